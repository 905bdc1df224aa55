//! The list of all rooms: what each keeps in memory, and its entities in the feed.

use crate::{
    app::Asks,
    clinic::Catalogue,
    engine::{Intents, Rooms},
    gate::Sockets,
    identity::{
        Devices, Guardians, Sessions, Signing, Subjects, Visits, confirmed, known, patient_concerned,
    },
    notify::{Mail, inbox::Inboxes, outbox_ms},
    queue::{Away, LiveQueue, end_remote, ticket_concerned, waits},
    records::{Discard, NoteMoves, Save, Sign, note_concerned},
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
        .service(Intents::default().with::<Save>().with::<Sign>().with::<Discard>().with::<Away>())
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

    /// `shared/README.md` says which intents there are: the protocol of devices.
    #[test]
    fn the_description_names_every_intent() {
        let rooms = rooms();
        let names: Vec<&str> = rooms.get::<Intents>().names().collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        let text = include_str!("../../shared/README.md");
        let table = text.split("| name | args | answer |").nth(1).unwrap().split("\n\n").next().unwrap();
        let said: Vec<&str> =
            table.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(said, names);
    }
}
