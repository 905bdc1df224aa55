//! Notes that the server has refused. Only this computer has their text, until the author sends or deletes them.

use medlane_shared::{fault::Fault, ids::NoteId, records::NoteRefused};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::settle_refused,
    i18n::use_words,
    kit::{Button, Kind, alert, use_next_focus},
};

/// The properties of the list.
#[derive(Properties, PartialEq)]
pub struct RefusedProps {
    /// The refused notes.
    pub notes: Vec<NoteRefused>,
}

/// The list; empty if there are none.
#[component(Refused)]
pub fn refused(props: &RefusedProps) -> Html {
    let words = use_words();
    let fault = use_state(|| None::<Fault>);
    // Deleting a note asks first.
    let sure = use_state(|| None::<NoteId>);
    use_next_focus(props.notes.len(), vec!["refused".into(), "note".into(), "main".into()]);
    if props.notes.is_empty() {
        return html! {};
    }
    let settle = |id: NoteId, keep: bool| {
        let fault = fault.clone();
        move |()| {
            let fault = fault.clone();
            spawn_local(async move { fault.set(settle_refused(id, keep).await.err()) });
        }
    };
    html! {
        <section class="mb-4 space-y-3 rounded-box border border-error/40 bg-base-100 p-4 outline-none" id="refused" tabindex="-1">
            <h2 class="font-semibold">{ words.say_with("notes-refused", &[("n", props.notes.len().into())]) }</h2>
            <p class="text-sm text-base-content/70">{ words.say("notes-refused-hint") }</p>
            { alert(words, (*fault).clone()) }
            { for props.notes.iter().map(|note| html! {
                <div key={note.id.to_string()} class="space-y-2 border-t border-base-300 pt-3" data-refused={note.id.to_string()}>
                    <p class="text-sm tabular-nums text-base-content/70">{ words.day(note.written_at) }</p>
                    { alert(words, Some(note.fault.clone())) }
                    <p class="max-h-40 overflow-y-auto whitespace-pre-wrap rounded-box bg-base-200 px-3 py-2 select-text" dir="auto" tabindex="0">{ &note.text }</p>
                    <div class="flex flex-wrap gap-2">
                        <Button id={format!("retry-{}", note.id)} onclick={settle(note.id, true)}>{ words.say("note-retry") }</Button>
                        if *sure == Some(note.id) {
                            <Button id={format!("sure-{}", note.id)} kind={Kind::Danger} onclick={settle(note.id, false)}>{ words.say("note-discard-sure") }</Button>
                        } else {
                            <Button id={format!("discard-{}", note.id)} kind={Kind::Ghost} onclick={ let (sure, id) = (sure.clone(), note.id); move |()| sure.set(Some(id)) }>{ words.say("note-discard") }</Button>
                        }
                    </div>
                </div>
            }) }
        </section>
    }
}
