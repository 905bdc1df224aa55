//! The list of all rooms: what each keeps in memory, and its entities in the feed.

use crate::{
    app::Asks,
    clinic::Catalogue,
    engine::Rooms,
    gate::Sockets,
    identity::{
        Devices, Guardians, Sessions, Signing, Subjects, Visits, confirmed, known, patient_concerned,
    },
    notify::{Mail, inbox::Inboxes, outbox_ms},
    queue::{LiveQueue, end_remote, ticket_concerned, waits},
    records::{NoteMoves, note_concerned},
    sync::Boards,
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
        .state::<NoteMoves>()
        .state::<Mail>()
        .state::<Sockets>()
        .service(Visits { end_remote, waits })
}

/// The functions by which HTTP asks the rooms.
#[must_use]
pub const fn asks() -> Asks {
    Asks {
        known: |core, token| known(core, token, None),
        confirmed,
        concerns: &[
            ("queue", ticket_concerned),
            ("notes", note_concerned),
            ("users", patient_concerned),
            ("patients", patient_concerned),
        ],
        outbox_ms,
    }
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
