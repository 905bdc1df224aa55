//! The picture of one of the clinic's people.

use medlane_shared::{api::GetPersonAvatar, identity::Avatar, ids::PersonId};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{backend::call, i18n::use_words, kit::portrait};

/// The properties of a picture.
#[derive(Properties, PartialEq)]
pub struct FaceProps {
    /// The person.
    pub id: PersonId,
    /// Whether the person has a picture that the reader may see.
    pub has: bool,
}

/// A person's picture, loaded if there is one.
#[component(Face)]
pub fn face(props: &FaceProps) -> Html {
    let words = use_words();
    let avatar = use_state(|| None::<Avatar>);
    let (id, has) = (props.id, props.has);
    use_effect_with(id, {
        let avatar = avatar.clone();
        move |id| {
            let id = id.to_string();
            if has {
                spawn_local(async move {
                    // Without the picture the list works as well.
                    if let Ok(found) = call::<GetPersonAvatar>(&[&id], &()).await {
                        avatar.set(Some(found));
                    }
                });
            }
        }
    });
    portrait(words, avatar.as_ref().and_then(|avatar| avatar.picture.as_ref()), "size-10")
}
