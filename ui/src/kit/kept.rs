//! Text that a person has typed but not sent. It outlives its screen, so that a lock or the end of the session loses
//! nothing. Another person who signs in does not see it.

use std::{any::Any, cell::RefCell, rc::Rc};

use medlane_shared::ids::PersonId;
use yew::prelude::*;

use crate::backend::person;

type Of = Option<PersonId>;
/// The name, the owner, and the value.
type Kept = (&'static str, Of, Rc<dyn Any>);

thread_local! {
    // A page keeps a few: a map would be more code.
    static KEPT: RefCell<Vec<Kept>> = RefCell::default();
}

fn find<T: Clone + 'static>(name: &'static str, of: Of) -> Option<T> {
    KEPT.with_borrow_mut(|kept| {
        // Drop the values of a person as soon as another one works here.
        kept.retain(|(_, owner, _)| *owner == of);
        let (.., value) = kept.iter().find(|(known, ..)| *known == name)?;
        value.downcast_ref::<T>().cloned()
    })
}

fn put<T: 'static>(name: &'static str, of: Of, value: Rc<T>) {
    forget_kept(name);
    KEPT.with_borrow_mut(|kept| kept.push((name, of, value)));
}

/// Forgets a kept value at once, also if its screen goes before it is drawn again.
pub fn forget_kept(name: &'static str) {
    KEPT.with_borrow_mut(|kept| kept.retain(|(known, ..)| *known != name));
}

/// A state that survives the removal of its screen, for the same person.
#[hook]
pub fn use_kept<T: Clone + PartialEq + 'static>(name: &'static str, first: fn() -> T) -> UseStateHandle<T> {
    let of = person();
    let state = use_state(|| find(name, of).unwrap_or_else(first));
    use_effect_with((*state).clone(), move |value| put(name, of, Rc::new(value.clone())));
    state
}

#[cfg(test)]
mod tests {
    use medlane_shared::time::Timestamp;

    use super::*;

    #[test]
    fn what_is_kept_is_its_writers_alone() {
        let [one, other] = [1, 2].map(|n| Some(PersonId::new(Timestamp::from_ms(1), [n; 10])));
        put("fields", one, Rc::new("typed".to_owned()));
        assert_eq!(find::<String>("fields", one).as_deref(), Some("typed"));
        assert_eq!(find::<String>("fields", other), None);
        assert_eq!(find::<String>("fields", one), None, "it is forgotten then");
        put("fields", one, Rc::new("typed".to_owned()));
        forget_kept("fields");
        assert_eq!(find::<String>("fields", one), None);
    }
}
