//! Says which note was signed, and where to find it.

use medlane_shared::ids::TicketId;
use yew::prelude::*;

use super::whose::Whose;
use crate::i18n::Words;

/// A sentence about a signed note, and the ticket of the visit that ends with it.
pub(super) type Signed = (Option<TicketId>, AttrValue);

/// The sentence, until the next step. A visit that ends with a signature says both: there the sentence stays until the next
/// step of another visit. `about` is the ticket of the last step, `present` that of the present patient.
#[hook]
pub(super) fn use_signed(
    about: Option<TicketId>,
    present: Option<TicketId>,
) -> (Option<AttrValue>, Callback<Signed>) {
    let said = use_state(|| None::<Signed>);
    let ends = said.as_ref().map(|(ends, _)| *ends);
    use_effect_with(about, {
        let said = said.setter();
        move |about| {
            if ends.is_some_and(|ends| ends.is_none() || ends != *about) {
                said.set(None);
            }
        }
    });
    use_effect_with(present, {
        let said = said.setter();
        move |_| {
            if ends == Some(None) {
                said.set(None);
            }
        }
    });
    let setter = said.setter();
    (said.as_ref().map(|(_, text)| text.clone()), Callback::from(move |signed| setter.set(Some(signed))))
}

/// The note was signed, and is away with its visit.
pub(super) fn signed_away(words: Words, ends: TicketId, whose: &Whose) -> Signed {
    (Some(ends), words.say_with("note-signed-away", &[("whose", whose.title(words).as_str().into())]))
}
