//! The steps of tickets, and the chosen branch.

use std::rc::Rc;

use gloo_storage::Storage as _;
use medlane_shared::{
    api::{ListBranches, ListServices, StepTicket},
    clinic::{Branch, Service},
    fault::{Code, Fault},
    identity::Me,
    ids::{BranchId, TicketId},
    lean,
    queue::{QueueRow, StepKind, StepRequest},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::Placed;
use crate::{
    backend::{call, use_online},
    i18n::use_zone,
    kit::use_rounds,
};

/// Takes steps, and holds the result of the last one.
#[derive(Clone, PartialEq)]
pub struct Steps {
    /// Takes a step.
    pub act: Callback<(QueueRow, StepKind)>,
    /// Takes a step that needs arguments.
    pub ask: Callback<(QueueRow, StepRequest)>,
    /// Why the last step was refused.
    pub fault: Option<Fault>,
    /// Sets another fault, or clears it.
    pub set_fault: Callback<Option<Fault>>,
    /// The ticket of the last step.
    pub last: Option<TicketId>,
    /// Sets that ticket.
    pub set_last: Callback<Option<TicketId>>,
    /// The ticket right after that step, as the server answered it. A transfer takes it out of a doctor's queue, but not
    /// out of their reach for an undo.
    pub after: Option<QueueRow>,
    /// What the last step did, and when it was answered; `None` while another step is on its way.
    pub did: Option<Did>,
    /// The ticket of the last press.
    pub about: Option<TicketId>,
    /// The visit whose beginning was asked for, with the ticket's version before it.
    pub began: Option<(TicketId, i64)>,
    /// A call that asks first, because the caller has already called another patient.
    pub beside: Option<Beside>,
    /// Asks it, or takes the question away.
    pub set_beside: Callback<Option<Beside>>,
    /// A call or the beginning of a visit that asks first, because another patient here has a similar name.
    pub asked: Option<(QueueRow, StepRequest)>,
    /// Answers the question: take the step or not.
    pub settle: Callback<bool>,
    /// The priority that was set last, once the server has accepted it.
    pub placed: Option<Placed>,
    /// Sets that priority.
    pub set_placed: Callback<Placed>,
}

/// A step that the server has taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Did {
    /// The step.
    pub step: StepKind,
    /// The ticket after it.
    pub row: QueueRow,
}

/// A call that asks first, because the caller has already called another patient, or sees one.
#[derive(Debug, Clone, PartialEq)]
pub struct Beside {
    /// The other patient.
    pub other: QueueRow,
    /// The call: of a chosen row, or of the next patient.
    pub call: Option<(QueueRow, StepRequest)>,
    /// The other patients about whom the caller has answered already, with this one.
    pub named: Vec<TicketId>,
}

impl Beside {
    /// The question that a refused call leads to; `None` if it was refused for another reason.
    #[must_use]
    pub fn of(
        fault: &Fault,
        call: Option<(QueueRow, StepRequest)>,
        named: Option<Vec<TicketId>>,
    ) -> Option<Self> {
        let present = fault.present.clone().filter(|_| fault.code == Code::AlreadyCalled)?;
        let other: QueueRow = lean::read(present).ok()?;
        let named = named.into_iter().flatten().chain([other.id]).collect();
        Some(Self { other, call, named })
    }
}

/// Steps of tickets at a desk that calls for several doctors.
#[hook]
pub fn use_steps(room: Option<String>) -> Steps {
    use_all_steps(room, false)
}

/// Steps of tickets. Calls go to `room`, and ask first if the caller has already called another patient.
#[hook]
pub fn use_own_steps(room: Option<String>) -> Steps {
    use_all_steps(room, true)
}

#[hook]
fn use_all_steps(room: Option<String>, is_alone: bool) -> Steps {
    let (fault, last) = (use_state(|| None::<Fault>), use_state(|| None::<TicketId>));
    // The ticket and the new version of the last priority that the server has accepted.
    let taken = use_state(|| None::<(TicketId, i64)>);
    let (after, began) = (use_state(|| None::<QueueRow>), use_state(|| None::<(TicketId, i64)>));
    let beside = use_state(|| None::<Beside>);
    let (did, about) = (use_state(|| None::<Did>), use_state(|| None::<TicketId>));
    // The last step: a second press of the same one, as by a double click, is no second step. It stays when the step was
    // taken, since the list may still show the ticket as it was before.
    let on_way = use_mut_ref(|| None::<(TicketId, i64, StepKind)>);
    let ask = {
        let (fault, last, taken, beside) = (fault.clone(), last.clone(), taken.clone(), beside.clone());
        let (after, began, did, about) = (after.clone(), began.clone(), did.clone(), about.clone());
        Callback::from(move |(row, request): (QueueRow, StepRequest)| {
            let (fault, last, taken, beside) = (fault.clone(), last.clone(), taken.clone(), beside.clone());
            let (after, began, did) = (after.clone(), began.clone(), did.clone());
            let step = Some((row.id, row.version, request.step));
            if on_way.replace(step) == step {
                return;
            }
            let on_way = on_way.clone();
            // What was said of the step before is over.
            about.set(Some(row.id));
            did.set(None);
            taken.set(None);
            fault.set(None);
            began.set((request.step == StepKind::Serve).then_some((row.id, row.version)));
            spawn_local(async move {
                let answer = call::<StepTicket>(&[&row.id.to_string()], &request).await;
                if answer.is_err() && *on_way.borrow() == step {
                    on_way.replace(None);
                }
                match answer {
                    Ok(stepped) => {
                        last.set(Some(row.id));
                        after.set(Some(stepped.clone()));
                        let patient_name = stepped.patient_name.clone().or(row.patient_name);
                        did.set(Some(Did { step: request.step, row: QueueRow { patient_name, ..stepped } }));
                        if request.step == StepKind::Prioritise {
                            taken.set(Some((row.id, row.version + 1)));
                        }
                        fault.set(None);
                    }
                    Err(refused) => {
                        began.set(None);
                        let named = request.beside.clone();
                        let question = Beside::of(&refused, Some((row, request)), named);
                        fault.set(Some(refused).filter(|_| question.is_none()));
                        beside.set(question);
                    }
                }
            });
        })
    };
    let (asked, placed) = (use_state(|| None::<(QueueRow, StepRequest)>), use_state(|| None::<Placed>));
    let act = {
        let (ask, asked) = (ask.clone(), asked.clone());
        Callback::from(move |(row, step): (QueueRow, StepKind)| {
            let room = room.clone().filter(|_| match step {
                StepKind::Call => true,
                // A desk calls for several doctors: a call again stays where the patient was called to.
                StepKind::Recall => is_alone || row.room.is_none(),
                _ => false,
            });
            let beside = (is_alone && step == StepKind::Call).then(Vec::new);
            let request = StepRequest { room, beside, ..StepRequest::new(step, row.version) };
            // A doctor who presses "Next" has not chosen a patient, so there the beginning of the visit asks.
            let asks = matches!(step, StepKind::Call | StepKind::Serve | StepKind::Cancel | StepKind::NoShow);
            let asks = asks || (!is_alone && step == StepKind::Park);
            if asks && row.similar_name {
                asked.set(Some((row, request)));
            } else {
                ask.emit((row, request));
            }
        })
    };
    // The patient of a doctor is in front of them. A desk sends on whom it does not see.
    let first = {
        let (ask, asked) = (ask.clone(), asked.clone());
        Callback::from(move |(row, request): (QueueRow, StepRequest)| {
            if !is_alone && request.step == StepKind::Transfer && row.similar_name {
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
    let set_beside = {
        let beside = beside.clone();
        Callback::from(move |question| beside.set(question))
    };
    let set_last = {
        let (last, did, taken) = (last.clone(), did.clone(), taken.clone());
        Callback::from(move |id| {
            last.set(id);
            did.set(None);
            taken.set(None);
        })
    };
    // A failure to reach the server is over once it answers again.
    let online = use_online();
    use_effect_with(online, {
        let fault = fault.clone();
        move |online| {
            if *online && fault.as_ref().is_some_and(|fault| fault.code == Code::Offline) {
                fault.set(None);
            }
        }
    });
    let placed = (*placed).clone().filter(|placed| *taken == Some((placed.id, placed.version)));
    let asked = (*asked).clone();
    Steps {
        act,
        ask: first,
        fault: (*fault).clone(),
        set_fault,
        last: *last,
        set_last,
        after: (*after).clone(),
        did: (*did).clone(),
        about: *about,
        began: *began,
        beside: (*beside).clone(),
        set_beside,
        asked,
        settle,
        placed,
        set_placed,
    }
}

/// The services of a branch; empty until they are loaded.
#[hook]
pub fn use_services(branch: Option<BranchId>) -> Rc<Vec<Service>> {
    let (services, rounds) = (use_state(Rc::<Vec<Service>>::default), use_rounds());
    use_effect_with(branch, {
        let services = services.clone();
        move |branch| {
            // The services of another branch must not stand under this one.
            let round = rounds.begin();
            services.set(Rc::default());
            if let Some(branch) = branch.map(|branch| branch.to_string()) {
                spawn_local(async move {
                    // Without services nobody can be transferred, but all else works.
                    if let Ok(page) = call::<ListServices>(&[&branch], &()).await
                        && !round.is_over()
                    {
                        services.set(Rc::new(page.items));
                    }
                });
            }
        }
    });
    (*services).clone()
}

/// The branches, the chosen one, and a way to choose.
#[derive(Clone, PartialEq)]
pub struct BranchChoice {
    /// The branches that the person belongs to; all for an administrator.
    pub branches: Vec<Branch>,
    /// The chosen branch.
    pub chosen: Option<Branch>,
    /// Chooses a branch by its id.
    pub choose: Callback<String>,
    /// Why the branches could not be loaded.
    pub fault: Option<Fault>,
}

const STORED: &str = "medlane.branch";

/// The branch that was chosen in this browser.
#[must_use]
pub fn chosen_branch() -> Option<BranchId> {
    gloo_storage::LocalStorage::raw().get_item(STORED).ok().flatten()?.parse().ok()
}

/// The branch that the person works in. The browser remembers the choice.
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
