//! The person's picture.

use js_sys::{Function, Promise};
use medlane_shared::{
    api::{GetAvatar, RemoveAvatar, SetAvatar},
    fault::{Code, Fault},
    identity::{Avatar, PICTURE_MAX_BYTES, Picture},
};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{File, FileReader, HtmlInputElement};
use yew::prelude::*;

use crate::{
    backend::call,
    i18n::use_words,
    kit::{Button, Kind, alert, portrait},
};

/// An action on the picture.
#[derive(Clone, PartialEq)]
enum Doing {
    Look,
    Set(File),
    Remove,
}

/// A file's bytes as base64, with its type.
async fn read(file: &File) -> Result<Picture, Fault> {
    #[expect(clippy::cast_precision_loss, reason = "ten megabytes")]
    if file.size() > PICTURE_MAX_BYTES as f64 {
        return Err(Code::TooLarge.into());
    }
    let unread = |_| Fault::new(Code::PictureUnread);
    let reader = FileReader::new().map_err(unread)?;
    reader.read_as_data_url(file).map_err(unread)?;
    let done = Promise::new(&mut |resolve: Function, _: Function| reader.set_onloadend(Some(&resolve)));
    JsFuture::from(done).await.map_err(unread)?;
    let url = reader.result().ok().and_then(|url| url.as_string()).unwrap_or_default();
    let (_, data) = url.split_once(";base64,").ok_or(Code::PictureUnread)?;
    Ok(Picture { content_type: file.type_(), data: data.to_owned() })
}

/// The picture, and a button to choose another.
#[component(Portrait)]
pub fn chosen_portrait() -> Html {
    let words = use_words();
    let (avatar, fault) = (use_state(|| None::<Avatar>), use_state(|| None::<Fault>));
    let busy = use_state(|| false);
    let act = {
        let (avatar, fault, busy) = (avatar.clone(), fault.clone(), busy.clone());
        Callback::from(move |doing: Doing| {
            let (avatar, fault, busy) = (avatar.clone(), fault.clone(), busy.clone());
            busy.set(doing != Doing::Look);
            spawn_local(async move {
                let done = match doing {
                    Doing::Look => call::<GetAvatar>(&[], &()).await,
                    Doing::Set(file) => match read(&file).await {
                        Ok(picture) => call::<SetAvatar>(&[], &picture).await,
                        Err(refused) => Err(refused),
                    },
                    Doing::Remove => call::<RemoveAvatar>(&[], &()).await.map(|()| Avatar::default()),
                };
                busy.set(false);
                match done {
                    Ok(now) => {
                        avatar.set(Some(now));
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    use_effect_with((), {
        let act = act.clone();
        move |()| act.emit(Doing::Look)
    });
    let onchange = {
        let act = act.clone();
        Callback::from(move |event: Event| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            let Some(input) = input else { return };
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                act.emit(Doing::Set(file));
            }
            // Clears the input, so that the same file can be chosen again.
            input.set_value("");
        })
    };
    let has = avatar.as_ref().is_some_and(|avatar| avatar.picture.is_some());
    let label = words.say(if has { "portrait-other" } else { "portrait-choose" });
    html! {
        <div class="space-y-3">
            <div class="flex flex-wrap items-center gap-4">
                { portrait(words, avatar.as_ref().and_then(|avatar| avatar.picture.as_ref()), "size-20") }
                <label class={classes!("btn", "btn-soft", "focus-within:outline-2", busy.then_some("btn-disabled"))}>
                    if *busy { <span class="loading loading-spinner loading-sm" aria-hidden="true"></span> }
                    { label }
                    <input type="file" id="portrait" class="sr-only" accept="image/jpeg,image/png,image/webp" disabled={*busy} {onchange} />
                </label>
                if has {
                    <Button kind={Kind::Ghost} id="portrait-remove" onclick={act.reform(|()| Doing::Remove)}>{ words.say("remove") }</Button>
                }
            </div>
            <p class="text-sm text-base-content/70">{ words.say("portrait-hint") }</p>
            { alert(words, (*fault).clone()) }
        </div>
    }
}
