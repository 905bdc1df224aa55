//! The filtered log as a file. The pieces are fetched one after another, and saved as one file.

use js_sys::Array;
use medlane_shared::{api::ExportAudit, audit::ExportFormat, fault::Fault};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, HtmlElement, Url};
use yew::prelude::*;

use super::asked::Asked;
use crate::{
    backend::call,
    clock::now,
    i18n::use_words,
    kit::{Button, alert, use_rounds},
};

/// The properties of the export.
#[derive(Properties, PartialEq)]
pub struct FileProps {
    /// The filter.
    pub asked: Asked,
}

/// How far an export is.
#[derive(Clone, PartialEq)]
enum Stage {
    Idle,
    /// So many entries have come.
    Fetching(u32),
    /// The address of the file, its name, and how many entries it has.
    Made(AttrValue, String, u32),
    Failed(Fault),
}

/// The buttons, and the file that they made.
#[component(File)]
pub fn file(props: &FileProps) -> Html {
    let words = use_words();
    let (stage, rounds) = (use_state(|| Stage::Idle), use_rounds());
    let link = use_node_ref();
    // A file of another filter must not stand under this one, nor come later.
    use_effect_with(props.asked.clone(), {
        let (stage, rounds) = (stage.clone(), rounds.clone());
        move |_| {
            rounds.begin();
            stage.set(Stage::Idle);
            move || drop(rounds.begin())
        }
    });
    let made = match &*stage {
        Stage::Made(address, ..) => Some(address.clone()),
        _ => None,
    };
    // The browser saves it at once; the link stays for those whose browser asks first.
    use_effect_with(made, {
        let link = link.clone();
        move |made| {
            if let (Some(_), Some(link)) = (&made, link.cast::<HtmlElement>()) {
                link.click();
            }
            let made = made.clone();
            move || {
                if let Some(address) = made {
                    drop(Url::revoke_object_url(&address));
                }
            }
        }
    });
    let start = {
        let (stage, rounds, asked) = (stage.clone(), rounds.clone(), props.asked.clone());
        Callback::from(move |format: ExportFormat| {
            let (stage, round, asked) = (stage.clone(), rounds.begin(), asked.clone());
            stage.set(Stage::Fetching(0));
            spawn_local(async move {
                let (texts, mut count, mut cursor) = (Array::new(), 0, None);
                let done = loop {
                    let query = asked.clone().query(None).export(format, cursor);
                    let piece = call::<ExportAudit>(&[], &query).await;
                    if round.is_over() {
                        return;
                    }
                    match piece {
                        Ok(piece) => {
                            texts.push(&JsValue::from_str(&piece.text));
                            count += piece.entries;
                            if piece.next.is_none() {
                                break Ok(());
                            }
                            cursor = piece.next;
                            stage.set(Stage::Fetching(count));
                        }
                        Err(refused) => break Err(refused),
                    }
                };
                let day = words.local_day(now());
                let name = format!("audit-{day}.{}", format.text());
                let blob = Blob::new_with_str_sequence(&texts);
                let address = blob.and_then(|blob| Url::create_object_url_with_blob(&blob));
                stage.set(match (done, address) {
                    (Ok(()), Ok(address)) => Stage::Made(address.into(), name, count),
                    (Err(refused), _) => Stage::Failed(refused),
                    (Ok(()), Err(_)) => Stage::Failed(Fault::new(medlane_shared::fault::Code::Internal)),
                });
            });
        })
    };
    let stop = {
        let stage = stage.clone();
        Callback::from(move |()| {
            rounds.begin();
            stage.set(Stage::Idle);
        })
    };
    let button = |format: ExportFormat| {
        let key = format!("audit-export-{}", format.text());
        html! { <Button id={key.clone()} onclick={start.reform(move |()| format)}>{ words.say(&key) }</Button> }
    };
    match &*stage {
        Stage::Fetching(count) => html! {
            <p class="flex flex-wrap items-center gap-3" role="status" id="audit-exporting">
                <span class="loading loading-spinner loading-sm" aria-hidden="true"></span>
                <span>{ words.say_with("audit-exporting", &[("n", (*count).into())]) }</span>
                <Button class="btn-sm" id="audit-export-stop" onclick={stop}>{ words.say("cancel") }</Button>
            </p>
        },
        other => html! {
            <>
                { button(ExportFormat::Csv) }
                { button(ExportFormat::Jsonl) }
                if let Stage::Made(address, name, count) = other {
                    <p role="status" id="audit-exported" class="text-sm">
                        <a ref={link} class="link" href={address} download={name.clone()}><bdi>{ name }</bdi></a>{ " " }
                        { words.say_with("audit-exported", &[("n", (*count).into())]) }
                    </p>
                }
                if let Stage::Failed(fault) = other { { alert(words, Some(fault.clone())) } }
            </>
        },
    }
}
