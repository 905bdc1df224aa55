//! Dialogs over the page. They keep the focus while they are open, and then return it.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::{Button, Kind, focus};

/// The properties of a modal.
#[derive(Properties, PartialEq)]
pub struct ModalProps {
    /// Its id.
    pub id: AttrValue,
    /// The id of the element that names it.
    pub title: AttrValue,
    /// The id of the element that gets the focus.
    pub first: AttrValue,
    /// Whether it is urgent: screen readers read it at once.
    #[prop_or_default]
    pub urgent: bool,
    /// Called to close it by Escape or a phone's "back"; `None` if it must be answered.
    #[prop_or_default]
    pub leave: Option<Callback<()>>,
    /// The CSS classes.
    #[prop_or(Classes::from(
        "m-auto w-[calc(100%-2rem)] max-w-lg space-y-4 rounded-box bg-base-100 p-6 text-base-content shadow-xl backdrop:bg-black/50"
    ))]
    pub class: Classes,
    /// The contents.
    pub children: Html,
}

/// The browser's own dialog: nothing behind it can be reached, and the focus returns to where it was.
#[component(Modal)]
pub fn modal(props: &ModalProps) -> Html {
    let node = use_node_ref();
    use_effect_with((), {
        let (node, first) = (node.clone(), props.first.clone());
        move |()| {
            let dialog = node.cast::<HtmlDialogElement>();
            if let Some(dialog) = &dialog {
                // The element is in the page, but not open yet.
                drop(dialog.show_modal());
                focus(&first);
            }
            // Close it before it is removed: only then the browser returns the focus.
            move || {
                if let Some(dialog) = dialog {
                    dialog.close();
                }
            }
        }
    });
    let left = |event: &Event, leave: Option<&Callback<()>>| {
        event.prevent_default();
        if let Some(leave) = leave {
            leave.emit(());
        }
    };
    let oncancel = {
        let leave = props.leave.clone();
        Callback::from(move |event: Event| left(&event, leave.as_ref()))
    };
    let onkeydown = {
        let leave = props.leave.clone();
        Callback::from(move |event: KeyboardEvent| {
            // Shortcuts of the page behind it get no keys.
            event.stop_propagation();
            if event.key() == "Escape" {
                left(&event, leave.as_ref());
            }
        })
    };
    // Some browsers close it at the second "back" in any case: a modal that must be answered opens again.
    let onclose = {
        let (node, leave) = (node.clone(), props.leave.clone());
        Callback::from(move |_: Event| match (&leave, node.cast::<HtmlDialogElement>()) {
            (Some(leave), _) => leave.emit(()),
            (None, Some(dialog)) => drop(dialog.show_modal()),
            (None, None) => {}
        })
    };
    html! {
        <dialog ref={node} id={&props.id} role={props.urgent.then_some("alertdialog")} aria-labelledby={&props.title} class={props.class.clone()}
            {oncancel} {onkeydown} {onclose}>{ props.children.clone() }</dialog>
    }
}

/// The properties of a dialog.
#[derive(Properties, PartialEq)]
pub struct DialogProps {
    /// Its id. The answers have the ids `<id>-<n>` from 1; the one that changes nothing is `<id>-stay`.
    pub id: AttrValue,
    /// The question. It names the person or thing that the action is about.
    pub title: AttrValue,
    /// What the user has to know first.
    #[prop_or_default]
    pub text: AttrValue,
    /// The actions, the most usual first.
    #[prop_or_default]
    pub acts: Vec<(AttrValue, Callback<()>)>,
    /// Whether an action is running.
    #[prop_or_default]
    pub busy: bool,
    /// Whether the actions give something up for good. The answer that changes nothing stands first and is the coloured
    /// one then.
    #[prop_or_default]
    pub dangerous: bool,
    /// The words of the answer that changes nothing.
    pub stay: AttrValue,
    /// Called to close it without a change.
    pub close: Callback<()>,
    /// Further contents.
    #[prop_or_default]
    pub children: Html,
}

/// The question, above everything else. The focus starts on the answer that changes nothing.
#[component(Dialog)]
pub fn dialog(props: &DialogProps) -> Html {
    let stay = format!("{}-stay", props.id);
    let title = format!("{}-title", props.id);
    let kind = |n: usize| match n {
        _ if props.dangerous => Kind::Danger,
        0 => Kind::Primary,
        _ => Kind::Plain,
    };
    let keeps = if props.dangerous {
        (Kind::Primary, classes!("order-first"))
    } else {
        (Kind::Ghost, Classes::new())
    };
    html! {
        <Modal id={&props.id} title={title.clone()} first={stay.clone()} leave={(!props.busy).then(|| props.close.clone())}>
            <h2 id={title} class="text-lg font-semibold" dir="auto">{ &props.title }</h2>
            if !props.text.is_empty() { <p>{ &props.text }</p> }
            { props.children.clone() }
            <div class="flex flex-wrap gap-2">
                { for props.acts.iter().enumerate().map(|(n, (words, act))| html! {
                    <Button key={n} id={format!("{}-{}", props.id, n + 1)} kind={kind(n)} busy={props.busy} onclick={act.clone()}>{ words }</Button>
                }) }
                <Button id={stay} kind={keeps.0} class={keeps.1} busy={props.busy} onclick={props.close.clone()}>{ &props.stay }</Button>
            </div>
        </Modal>
    }
}
