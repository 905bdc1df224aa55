//! The list of all rooms: what each keeps in memory, and its entities in the feed.

use crate::{
    clinic::Catalogue,
    engine::Rooms,
    http::Sockets,
    identity::{Devices, Guardians, Sessions, Signing, Subjects},
    notify::{Mail, inbox::Inboxes},
    queue::{Boards, LiveQueue},
    records,
};

/// The rooms of this server.
#[must_use]
pub fn rooms() -> Rooms {
    Rooms::default()
        .state::<Catalogue>()
        .state::<Sessions>()
        .state::<Devices>()
        .state::<Guardians>()
        .state::<Signing>()
        .state::<Subjects>()
        .state::<LiveQueue>()
        .state::<Boards>()
        .state::<Inboxes>()
        .state::<Mail>()
        .state::<Sockets>()
        .entities(records::ENTITIES)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_rooms_have_one_entity() {
        let rooms = rooms();
        let all = rooms.all_entities();
        assert!(all.len() > 10, "{all:?}");
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
        for followed in rooms.followed() {
            assert!(all.contains(&followed), "{followed:?} is nobody's");
        }
    }
}
