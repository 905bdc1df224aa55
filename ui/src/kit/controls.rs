//! Buttons and fields.

use wasm_bindgen::JsCast as _;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

/// How much attention a button draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// The main action of the screen.
    Primary,
    /// One of several actions.
    #[default]
    Plain,
    /// A quiet action.
    Ghost,
    /// An action that gives something up.
    Danger,
}

/// The properties of a button.
#[derive(Properties, PartialEq)]
pub struct ButtonProps {
    /// How much attention it draws.
    #[prop_or_default]
    pub kind: Kind,
    /// Called when it is pressed.
    pub onclick: Callback<()>,
    /// Whether its action is running. It cannot be pressed then.
    #[prop_or_default]
    pub busy: bool,
    /// Whether it cannot be pressed.
    #[prop_or_default]
    pub disabled: bool,
    /// The shortcut to show beside its words.
    #[prop_or_default]
    pub shortcut: Option<AttrValue>,
    /// Additional CSS classes.
    #[prop_or_default]
    pub class: Classes,
    /// Its id, for tests and styles.
    #[prop_or_default]
    pub id: Option<AttrValue>,
    /// Its words.
    pub children: Html,
}

/// A button.
#[component(Button)]
pub fn button(props: &ButtonProps) -> Html {
    let tone = match props.kind {
        Kind::Primary => "btn-primary",
        Kind::Plain => "btn-soft",
        Kind::Ghost => "btn-ghost",
        Kind::Danger => "btn-error btn-soft",
    };
    let onclick = props.onclick.reform(|_| ());
    html! {
        <button type="button" id={props.id.clone()} class={classes!("btn", tone, props.class.clone())} {onclick}
            disabled={props.disabled || props.busy} aria-busy={props.busy.then_some("true")}>
            if props.busy { <span class="loading loading-spinner loading-sm" aria-hidden="true"></span> }
            { props.children.clone() }
            if let Some(key) = &props.shortcut { <kbd class="kbd kbd-xs ms-1 hidden lg:inline-flex">{ key }</kbd> }
        </button>
    }
}

/// The properties of a field.
#[derive(Properties, PartialEq)]
pub struct FieldProps {
    /// Its label.
    pub label: AttrValue,
    /// Its name, and the id of its input.
    pub name: AttrValue,
    /// The text in it.
    pub value: AttrValue,
    /// Called with the typed text.
    pub oninput: Callback<String>,
    /// The type of the input: `email`, `password`, `text`.
    #[prop_or(AttrValue::Static("text"))]
    pub kind: AttrValue,
    /// The `autocomplete` attribute: what a browser may fill in and keep. `off` for the data of somebody else than the
    /// reader.
    pub autocomplete: AttrValue,
    /// The keyboard that a phone shows: `numeric`, `email`.
    #[prop_or_default]
    pub inputmode: Option<AttrValue>,
    /// A hint that helps to fill it in.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// What is wrong with the text in it.
    #[prop_or_default]
    pub wrong: Option<AttrValue>,
}

/// What is wrong with a field, to stand below it. The field names it with [`described`].
pub fn wrong_text(name: &str, wrong: Option<&AttrValue>) -> Html {
    match wrong {
        Some(wrong) => {
            html! { <span id={format!("{name}-wrong")} class="mt-1 block text-sm font-medium text-error">{ wrong }</span> }
        }
        None => html! {},
    }
}

/// The ids of the texts that describe a field: its hint, and what is wrong with it.
#[must_use]
pub fn described(name: &str, has_hint: bool, is_wrong: bool) -> Option<String> {
    let of = |part: &str, there: bool| there.then(|| format!("{name}-{part}"));
    let ids: Vec<String> = [of("wrong", is_wrong), of("hint", has_hint)].into_iter().flatten().collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// A labelled input.
#[component(Field)]
pub fn field(props: &FieldProps) -> Html {
    let oninput = props.oninput.reform(|event: InputEvent| {
        event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
            .map(|i| i.value())
            .unwrap_or_default()
    });
    html! {
        <label class="block">
            <span class="mb-1.5 block text-sm font-medium">{ &props.label }</span>
            <input id={&props.name} name={&props.name} type={&props.kind} value={&props.value} {oninput}
                class="input input-lg w-full" autocomplete={&props.autocomplete} inputmode={props.inputmode.clone()}
                dir={props.inputmode.as_ref().map(|_| "ltr")} autocapitalize={props.inputmode.as_ref().map(|_| "none")} aria-invalid={props.wrong.as_ref().map(|_| "true")}
                aria-describedby={described(&props.name, props.hint.is_some(), props.wrong.is_some())} />
            { wrong_text(&props.name, props.wrong.as_ref()) }
            if let Some(hint) = &props.hint {
                <span id={format!("{}-hint", props.name)} class="mt-1 block text-sm text-base-content/70">{ hint }</span>
            }
        </label>
    }
}

/// The properties of a text area.
#[derive(Properties, PartialEq)]
pub struct TextAreaProps {
    /// Its label.
    pub label: AttrValue,
    /// Its name, and the id of its input.
    pub name: AttrValue,
    /// The text in it.
    pub value: AttrValue,
    /// Called with the typed text.
    pub oninput: Callback<String>,
    /// How many lines it shows.
    #[prop_or(3)]
    pub rows: u32,
    /// The most characters.
    pub max: usize,
    /// A hint about its purpose.
    #[prop_or_default]
    pub hint: AttrValue,
    /// What is wrong with the text in it.
    #[prop_or_default]
    pub wrong: Option<AttrValue>,
}

/// A labelled text area.
#[component(TextArea)]
pub fn text_area(props: &TextAreaProps) -> Html {
    let oninput = props.oninput.reform(|event: InputEvent| {
        event
            .target()
            .and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok())
            .map(|i| i.value())
            .unwrap_or_default()
    });
    html! {
        <label class="block">
            <span class="mb-1.5 block text-sm font-medium">{ &props.label }</span>
            <textarea id={&props.name} name={&props.name} autocomplete="off" rows={props.rows.to_string()} maxlength={props.max.to_string()}
                value={&props.value} {oninput} class="textarea textarea-lg w-full leading-relaxed" dir="auto"
                aria-invalid={props.wrong.as_ref().map(|_| "true")} aria-describedby={described(&props.name, true, props.wrong.is_some())} />
            { wrong_text(&props.name, props.wrong.as_ref()) }
            <span id={format!("{}-hint", props.name)} class="mt-1 block text-sm text-base-content/70">{ &props.hint }</span>
        </label>
    }
}

/// The value that a choice has now.
#[must_use]
pub fn chosen_by(event: &Event) -> String {
    let chosen = event.target().and_then(|target| js_sys::Reflect::get(&target, &"value".into()).ok());
    chosen.and_then(|value| value.as_string()).unwrap_or_default()
}

/// A choice of one. It takes a label for screen readers, the value and words of each option, and the chosen value.
pub fn select(
    label: AttrValue,
    options: &[(AttrValue, AttrValue)],
    chosen: &str,
    choose: &Callback<String>,
) -> Html {
    let onchange = choose.reform(|event: Event| chosen_by(&event));
    html! {
        <select class="select pe-8 text-ellipsis" autocomplete="off" aria-label={label} {onchange}>
            { for options.iter().map(|(value, words)| html! {
                <option key={value.to_string()} value={value} selected={*value == chosen}>{ words }</option>
            }) }
        </select>
    }
}
