//! A dialog with a question that has to be answered first.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::{Button, Kind, focus};

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
    let node = use_node_ref();
    let stay = format!("{}-stay", props.id);
    use_effect_with((), {
        let (node, stay) = (node.clone(), stay.clone());
        move |()| {
            let dialog = node.cast::<HtmlDialogElement>();
            if let Some(dialog) = &dialog {
                // It is in the page and not open yet, so this does not fail.
                drop(dialog.show_modal());
                focus(&stay);
            }
            // Closing it, instead of only removing it, makes the browser give the focus back.
            move || {
                if let Some(dialog) = dialog {
                    dialog.close();
                }
            }
        }
    });
    let oncancel = props.close.reform(|event: Event| event.prevent_default());
    let title = format!("{}-title", props.id);
    html! {
        <dialog ref={node} id={&props.id} aria-labelledby={title.clone()} {oncancel}
            class="m-auto w-full max-w-lg space-y-4 rounded-box bg-base-100 p-6 text-base-content shadow-xl backdrop:bg-black/50">
            <h2 id={title} class="text-lg font-semibold" dir="auto">{ &props.title }</h2>
            if !props.text.is_empty() { <p>{ &props.text }</p> }
            { props.children.clone() }
            <div class="flex flex-wrap gap-2">
                { for props.acts.iter().enumerate().map(|(n, (words, act))| html! {
                    <Button key={n} id={format!("{}-{}", props.id, n + 1)} kind={if n == 0 { Kind::Primary } else { Kind::Plain }} busy={props.busy} onclick={act.clone()}>{ words }</Button>
                }) }
                <Button id={stay} kind={Kind::Ghost} onclick={props.close.clone()}>{ &props.stay }</Button>
            </div>
        </dialog>
    }
}
