//! A question that has to be answered first.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::{Button, Kind, focus};

/// A question, and what can be answered.
#[derive(Properties, PartialEq)]
pub struct DialogProps {
    /// Its name: the answers' ids are `<id>-<n>` from 1, the one that leaves it is `<id>-stay`.
    pub id: AttrValue,
    /// What is asked. It names the person or thing that the act is about.
    pub title: AttrValue,
    /// What has to be known first.
    #[prop_or_default]
    pub text: AttrValue,
    /// The acts, the most usual first.
    #[prop_or_default]
    pub acts: Vec<(AttrValue, Callback<()>)>,
    /// Whether an act is at work.
    #[prop_or_default]
    pub busy: bool,
    /// The words of the answer that leaves everything as it is.
    pub stay: AttrValue,
    /// Leaves everything as it is.
    pub close: Callback<()>,
    /// More of it.
    #[prop_or_default]
    pub children: Html,
}

/// The question, before everything else. The focus begins at the answer that changes nothing.
#[component(Dialog)]
pub fn dialog(props: &DialogProps) -> Html {
    let node = use_node_ref();
    let stay = format!("{}-stay", props.id);
    use_effect_with((), {
        let (node, stay) = (node.clone(), stay.clone());
        move |()| {
            let dialog = node.cast::<HtmlDialogElement>();
            if let Some(dialog) = &dialog {
                // It is in the page, and not open yet.
                drop(dialog.show_modal());
                focus(&stay);
            }
            // Closed, and not only gone: the browser then gives the focus back to what had it before.
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
