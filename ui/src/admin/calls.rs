//! Calls from the desk: the room that they go to, and who is next.

use medlane_shared::{
    clinic::Branch,
    ids::PersonId,
    queue::{QueueRow, QueueView, StepKind},
};
use yew::prelude::*;

use crate::{
    i18n::Words,
    kit::{chosen_by, focus},
    queue::room_used,
};

/// The room of the desk's calls.
#[derive(Clone, PartialEq)]
pub(super) struct DeskRoom {
    /// The rooms of the branch.
    pub rooms: Vec<String>,
    /// The room that calls go to; `None` if none is chosen.
    pub chosen: Option<String>,
    /// Whether a call was asked for before a room was chosen.
    is_missed: bool,
    miss: Callback<()>,
    choose: Callback<String>,
}

impl DeskRoom {
    /// Whether calls say where to go. If not, the choice of the room says that it comes first.
    pub(super) fn is_set(&self) -> bool {
        let is_set = self.chosen.is_some() || self.rooms.is_empty();
        if !is_set {
            self.miss.emit(());
            focus("desk-room");
        }
        is_set
    }

    /// The choice; nothing where the branch has no rooms.
    pub(super) fn choice(&self, words: Words) -> Html {
        if self.rooms.is_empty() {
            return html! {};
        }
        let is_missed = self.is_missed && self.chosen.is_none();
        let onchange = self.choose.reform(|event: Event| chosen_by(&event));
        let chosen = self.chosen.as_deref().unwrap_or_default();
        let tone = is_missed.then_some("select-error");
        html! {
            <div>
                <select id="desk-room" autocomplete="off" class={classes!("select", "pe-8", "text-ellipsis", tone)} aria-label={words.say("desk-room")}
                    aria-invalid={is_missed.then_some("true")} aria-describedby={is_missed.then_some("desk-room-first")} {onchange}>
                    if self.chosen.is_none() { <option key="" value="" selected=true>{ words.say("desk-room-none") }</option> }
                    { for self.rooms.iter().map(|room| html! {
                        <option key={room.clone()} value={room.clone()} selected={room == chosen}>{ room }</option>
                    }) }
                </select>
                if is_missed { <p class="mt-1 max-w-72 text-sm font-medium text-error" role="alert" id="desk-room-first">{ words.say("desk-room-first") }</p> }
            </div>
        }
    }
}

/// The room of the desk's calls: the one that was chosen here, otherwise the one that this person last called to.
#[hook]
pub(super) fn use_desk_room(
    branch: Option<&Branch>,
    view: Option<&QueueView>,
    person: Option<PersonId>,
) -> DeskRoom {
    let (room, is_missed) = (use_state(|| None::<String>), use_state(|| false));
    let rooms: Vec<String> =
        branch.into_iter().flat_map(|branch| &branch.rooms).map(|room| room.name.clone()).collect();
    let used = view.and_then(|view| room_used(view, person));
    let chosen = (*room).clone().into_iter().chain(used).find(|room| rooms.contains(room));
    let miss = {
        let is_missed = is_missed.clone();
        Callback::from(move |()| is_missed.set(true))
    };
    let choose = {
        let is_missed = is_missed.clone();
        Callback::from(move |name: String| {
            is_missed.set(false);
            room.set(Some(name).filter(|name| !name.is_empty()));
        })
    };
    DeskRoom { rooms, chosen, is_missed: *is_missed, miss, choose }
}

/// Whether a step calls a patient to the room of the desk.
pub(super) fn calls(row: &QueueRow, step: StepKind) -> bool {
    step == StepKind::Call || (step == StepKind::Recall && row.room.is_none())
}

/// The patient whom "Call next" calls: the first one of the list who has arrived. `after` is the ticket as the last
/// step left it: the list may not show that yet.
pub(super) fn next_here<'a>(view: &'a QueueView, after: Option<&QueueRow>) -> Option<&'a QueueRow> {
    let is_old =
        |row: &QueueRow| after.is_some_and(|after| after.id == row.id && after.version > row.version);
    view.waiting.iter().find(|row| row.arrived_at.is_some() && !is_old(row))
}

/// Says that nobody who waits has arrived, and how many were on the way.
pub(super) fn nobody_here(words: Words, on_the_way: usize) -> Html {
    let said = words.say_with("desk-nobody", &[("n", on_the_way.into())]);
    html! { <p role="status" class="alert alert-info alert-soft mb-4" id="desk-nobody">{ said }</p> }
}

#[cfg(test)]
mod tests {
    use medlane_shared::{
        ids::{BranchId, TicketId},
        lean,
        time::Timestamp,
    };
    use serde_json::{Value, json};

    use super::*;

    fn row(n: u8, arrived: bool) -> Value {
        let branch = BranchId::new(Timestamp::from_ms(1), [1; 10]);
        json!({
            "id": TicketId::new(Timestamp::from_ms(1), [n; 10]), "label": format!("GP-{n:03}"), "state": "waiting",
            "version": 1, "service_id": branch, "service_name": "GP", "priority": "normal", "calls": 0,
            "waiting_since": Timestamp::from_ms(0), "arrived_at": arrived.then(|| Timestamp::from_ms(1)),
        })
    }

    #[test]
    fn the_first_of_the_list_who_has_arrived_is_next() {
        let view = |rows: Vec<Value>| -> QueueView {
            lean::read(json!({
                "branch_id": BranchId::new(Timestamp::from_ms(1), [1; 10]), "at": Timestamp::from_ms(1), "waiting": rows,
                "called": [], "serving": [], "parked": [], "ended": [], "door": "open",
            }))
            .unwrap()
        };
        let label = |row: Option<&QueueRow>| row.map(|row| row.label.to_string());
        let some = view(vec![row(1, false), row(2, true), row(3, true)]);
        assert_eq!(label(next_here(&some, None)).as_deref(), Some("GP-002"));
        let called = QueueRow { version: 2, ..some.waiting[1].clone() };
        assert_eq!(label(next_here(&some, Some(&called))).as_deref(), Some("GP-003"), "it is called already");
        let back = QueueRow { version: 1, ..called };
        assert_eq!(label(next_here(&some, Some(&back))).as_deref(), Some("GP-002"));
        assert_eq!(next_here(&view(vec![row(1, false)]), None), None);
    }
}
