//! The live queue in the engine: how it is loaded, follows the feed, and is written.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use medlane_shared::ids::{BranchId, ClinicId, TicketId};

use super::{
    change::{Change, QUEUE, RowChange, TICKET},
    desk,
    live::{Live, LiveQueue},
    store,
};
use crate::{
    clinic::door_list,
    db::Script,
    engine::{Entity, Load, RoomState},
    identity::{KEY, PERSON, demographics_list},
    writer::{ChangeRow, Unit},
};

impl RoomState for LiveQueue {
    type Change = Change;

    const ENTITIES: &'static [Entity] = &[TICKET, QUEUE];
    // Rows show the patient's details and the reason of the visit, which is sealed with the patient's key.
    const FOLLOWS: &'static [Entity] = &[PERSON, KEY];

    async fn load(at: Load<'_>) -> sqlx::Result<Self> {
        store::live_load(at).await
    }

    fn apply(&mut self, change: &Change) {
        Self::apply(self, change);
    }

    async fn catch_up(at: Load<'_>, news: &[&ChangeRow]) -> sqlx::Result<Vec<Change>> {
        let Load { conn, root, clinic, key } = at;
        let mut changes = Vec::new();
        let ids = |entity| news.iter().filter(move |row| row.is(entity));
        for person in ids(PERSON) {
            for (id, details) in demographics_list(conn, clinic, person.id()?).await? {
                changes.push(Change::Person(id, details.into()));
            }
        }
        for person in ids(KEY) {
            changes.push(Change::Sealed(person.id()?));
        }
        let branches = ids(QUEUE).map(|row| row.id()).collect::<sqlx::Result<HashSet<BranchId>>>()?;
        if !branches.is_empty() {
            let doors = door_list(conn, clinic).await?;
            let doors = doors.into_iter().filter(|(branch, ..)| branches.contains(branch));
            changes.extend(doors.map(|(branch, door, set)| Change::Door(branch, door, set.map(Arc::new))));
        }
        for branch in branches {
            let day = store::day_ended(conn, branch).await?;
            changes.extend(day.map(|day| Change::DayEnded(branch, day.into())));
            changes.push(Change::Desk(branch, desk::at_desk(conn, branch).await?.into()));
        }
        let tickets = ids(TICKET).map(|row| row.id()).collect::<sqlx::Result<Vec<TicketId>>>()?;
        // The end of a visit teaches, and so does a wait that was held against its forecast.
        let learned = store::learned_list(conn, clinic).await?;
        changes.extend(learned.into_iter().map(|(branch, service, it)| Change::Learned(branch, service, it)));
        for live in store::live_list(conn, root, clinic, key, &tickets).await? {
            changes.push(Change::Ticket(Arc::new(live), RowChange::Update));
        }
        Ok(changes)
    }

    fn flush(clinic: ClinicId, changes: &[Change], script: &mut Script) {
        let tickets = changes.iter().filter_map(|change| match change {
            Change::Ticket(live, row) => Some((live, *row)),
            _ => None,
        });
        let ids = |of: RowChange| -> HashSet<TicketId> {
            tickets.clone().filter(|(_, row)| *row == of).map(|(live, _)| live.ticket.id).collect()
        };
        let (joined, moved) = (ids(RowChange::Insert), ids(RowChange::Move));
        // A statement may change a row only once: a ticket that changed twice in the batch is written in its last
        // state.
        let mut seen = HashSet::<TicketId>::new();
        let all: Vec<&Arc<Live>> = tickets.map(|(live, _)| live).collect();
        let mut last: Vec<Arc<Live>> =
            all.into_iter().rev().filter(|live| seen.insert(live.ticket.id)).cloned().collect();
        last.reverse();
        let (new, known): (Vec<_>, Vec<_>) =
            last.into_iter().partition(|live| joined.contains(&live.ticket.id));
        let moved: Vec<_> = known.iter().filter(|live| moved.contains(&live.ticket.id)).cloned().collect();
        // Update before insert: a patient may leave and rejoin in one batch.
        store::ticket_update(script, clinic, &known, &moved);
        store::ticket_insert(script, clinic, &new);
        let learned: BTreeMap<_, _> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Learned(branch, service, learned) => Some(((*branch, *service), *learned)),
                _ => None,
            })
            .collect();
        store::learned_put(script, clinic, learned);
    }
}

/// Stores a ticket as it is now.
pub fn ticket_put(unit: &mut Unit<'_>, live: Live) {
    let (branch, patient, id) = (live.ticket.branch, live.ticket.patient, live.ticket.id);
    let row = match unit.state::<LiveQueue>().ticket(id) {
        None => RowChange::Insert,
        Some(before) if before.ticket.service != live.ticket.service => RowChange::Move,
        Some(_) => RowChange::Update,
    };
    unit.change::<LiveQueue>(Change::Ticket(Arc::new(live), row));
    unit.changed(TICKET, id, Some(branch), patient);
}
