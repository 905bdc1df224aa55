//! Steps of tickets, the branch at hand.

use std::rc::Rc;

use gloo_storage::Storage as _;
use medlane_shared::{
    api::{ListBranches, ListServices, StepTicket},
    clinic::{Branch, Service},
    fault::Fault,
    identity::Me,
    ids::{BranchId, TicketId},
    queue::{QueueRow, StepKind, StepRequest},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::Placed;
use crate::{backend::call, i18n::use_zone};

/// Taking steps, and how the last went.
#[derive(Clone, PartialEq)]
pub struct Steps {
    /// Takes a step.
    pub act: Callback<(QueueRow, StepKind)>,
    /// Takes a step that needs more than its name.
    pub ask: Callback<(QueueRow, StepRequest)>,
    /// Why the last was refused.
    pub fault: Option<Fault>,
    /// Says that something else was refused, or that nothing is.
    pub set_fault: Callback<Option<Fault>>,
    /// The ticket of the last step.
    pub last: Option<TicketId>,
    /// Remembers a ticket as the last.
    pub set_last: Callback<Option<TicketId>>,
    /// The call, or the beginning of a visit, that is asked about first: somebody else here has a name like it.
    pub asked: Option<(QueueRow, StepRequest)>,
    /// Takes that step, or leaves it.
    pub settle: Callback<bool>,
    /// The priority that was set last, once the server has taken it.
    pub placed: Option<Placed>,
    /// Remembers a priority that is set.
    pub set_placed: Callback<Placed>,
}

/// Steps of tickets; a call is to `room`.
#[hook]
pub fn use_steps(room: Option<String>) -> Steps {
    let (fault, last) = (use_state(|| None::<Fault>), use_state(|| None::<TicketId>));
    // The last priority that the server has taken: of which ticket, and the version that it made.
    let taken = use_state(|| None::<(TicketId, i64)>);
    let ask = {
        let (fault, last, taken) = (fault.clone(), last.clone(), taken.clone());
        Callback::from(move |(row, request): (QueueRow, StepRequest)| {
            let (fault, last, taken) = (fault.clone(), last.clone(), taken.clone());
            spawn_local(async move {
                let refused = call::<StepTicket>(&[&row.id.to_string()], &request).await.err();
                if refused.is_none() {
                    last.set(Some(row.id));
                    if request.step == StepKind::Prioritise {
                        taken.set(Some((row.id, row.version + 1)));
                    }
                }
                fault.set(refused);
            });
        })
    };
    let (asked, placed) = (use_state(|| None::<(QueueRow, StepRequest)>), use_state(|| None::<Placed>));
    let act = {
        let (ask, asked) = (ask.clone(), asked.clone());
        Callback::from(move |(row, step): (QueueRow, StepKind)| {
            let room = room.clone().filter(|_| step == StepKind::Call);
            let request = StepRequest { room, ..StepRequest::new(step, row.version) };
            // Whoever presses "Next" has chosen nobody: there the beginning of the visit asks.
            if matches!(step, StepKind::Call | StepKind::Serve) && row.similar_name {
                asked.set(Some((row, request)));
            } else {
                ask.emit((row, request));
            }
        })
    };
    let settle = {
        let (ask, asked) = (ask.clone(), asked.clone());
        Callback::from(move |yes: bool| {
            if let Some(call) = (*asked).clone().filter(|_| yes) {
                ask.emit(call);
            }
            asked.set(None);
        })
    };
    let set_placed = {
        let placed = placed.clone();
        Callback::from(move |now| placed.set(Some(now)))
    };
    let set_fault = {
        let fault = fault.clone();
        Callback::from(move |refused| fault.set(refused))
    };
    let set_last = {
        let last = last.clone();
        Callback::from(move |id| last.set(id))
    };
    let placed = (*placed).clone().filter(|placed| *taken == Some((placed.id, placed.version)));
    let asked = (*asked).clone();
    Steps {
        act,
        ask,
        fault: (*fault).clone(),
        set_fault,
        last: *last,
        set_last,
        asked,
        settle,
        placed,
        set_placed,
    }
}

/// What a branch offers; nothing until it is known.
#[hook]
pub fn use_services(branch: Option<BranchId>) -> Rc<Vec<Service>> {
    let services = use_state(Rc::<Vec<Service>>::default);
    use_effect_with(branch, {
        let services = services.clone();
        move |branch| {
            if let Some(branch) = branch.map(|branch| branch.to_string()) {
                spawn_local(async move {
                    // Without them nobody is sent on; all else goes on.
                    if let Ok(page) = call::<ListServices>(&[&branch], &()).await {
                        services.set(Rc::new(page.items));
                    }
                });
            }
        }
    });
    (*services).clone()
}

/// The branches at hand, the one chosen, and how to choose.
#[derive(Clone, PartialEq)]
pub struct BranchChoice {
    /// Those that the person belongs to; all for an administrator.
    pub branches: Vec<Branch>,
    /// The one looked at.
    pub chosen: Option<Branch>,
    /// Looks at another.
    pub choose: Callback<String>,
    /// Why they could not be read.
    pub fault: Option<Fault>,
}

const STORED: &str = "medlane.branch";

/// The branch that was chosen in this browser.
#[must_use]
pub fn chosen_branch() -> Option<BranchId> {
    gloo_storage::LocalStorage::raw().get_item(STORED).ok().flatten()?.parse().ok()
}

/// The branch that the person works in; the choice stays with the browser.
#[hook]
pub fn use_branch(me: &Me) -> BranchChoice {
    let (branches, chosen) = (use_state(Vec::<Branch>::new), use_state(|| None::<Branch>));
    let fault = use_state(|| None::<Fault>);
    use_effect_with(me.branches.clone(), {
        let (branches, chosen, fault) = (branches.clone(), chosen.clone(), fault.clone());
        move |own| {
            let own = own.clone();
            spawn_local(async move {
                match call::<ListBranches>(&[], &()).await {
                    Ok(page) => {
                        let mut found = page.items;
                        found.retain(|branch| own.is_empty() || own.contains(&branch.id));
                        let stored = chosen_branch();
                        let kept = found.iter().find(|branch| Some(branch.id) == stored);
                        chosen.set(kept.or_else(|| found.first()).cloned());
                        branches.set(found);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        }
    });
    let choose = {
        let (branches, chosen) = (branches.clone(), chosen.clone());
        Callback::from(move |id: String| {
            // Without storage the choice lasts as long as the page.
            drop(gloo_storage::LocalStorage::raw().set_item(STORED, &id));
            chosen.set(branches.iter().find(|branch| branch.id.to_string() == id).cloned());
        })
    };
    use_zone((*chosen).as_ref().map(|branch| branch.time_zone.clone()));
    BranchChoice { branches: (*branches).clone(), chosen: (*chosen).clone(), choose, fault: (*fault).clone() }
}
