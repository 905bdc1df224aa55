//! Help calls and tasks: a kiosk or the server asks, the desk answers.

use medlane_shared::{
    access::{Action, Actor, Known, Resource, Who, may},
    fault::Code,
    ids::{BranchId, DeviceId, TaskId, TicketId},
    queue::TaskKind,
};

use super::store;
use crate::{
    clinic::Catalogue,
    queue::{Change, LiveQueue, QUEUE},
    writer::{Done, Entry, Failure, Op, Unit},
};

/// A step of a request for help at a kiosk.
#[derive(Debug, Clone, Copy)]
pub enum HelpStep {
    /// The kiosk asks.
    Ask,
    /// The kiosk takes the request back: help is no longer needed.
    Withdraw,
    /// Somebody is going to this kiosk.
    Answer(DeviceId),
}

/// Asks for help, takes the request back, or answers it.
#[derive(Debug, Clone, Copy)]
pub struct Help {
    /// The branch.
    pub branch: BranchId,
    /// The step.
    pub step: HelpStep,
}

impl Op for Help {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let action = match self.step {
            HelpStep::Ask | HelpStep::Withdraw => Action::HelpAsk,
            HelpStep::Answer(_) => Action::HelpAnswer,
        };
        let grant = may(unit.actor(), action, &Resource::branch(self.branch))?;
        let catalogue = unit.keep::<Catalogue>();
        catalogue.branch(self.branch).ok_or(Code::NotFound)?;
        let at = unit.at();
        let own = match *unit.actor() {
            Actor::Known(Known { who: Who::Device(device), .. }) => Some(device),
            _ => None,
        };
        let (device, name) = match self.step {
            HelpStep::Answer(device) => (device, "help.answer"),
            HelpStep::Ask => (own.ok_or(Code::Forbidden)?, "help.ask"),
            HelpStep::Withdraw => (own.ok_or(Code::Forbidden)?, "help.withdraw"),
        };
        let conn = unit.writes().await?;
        match self.step {
            HelpStep::Answer(_) => store::help_answer(conn, self.branch, device, at).await?,
            HelpStep::Ask => store::help_put(conn, self.branch, device, at).await?,
            HelpStep::Withdraw => store::help_withdraw(conn, self.branch, device, at).await?,
        }
        let entry = Entry::new(name, format!("device:{device}")).by(&grant);
        show(unit, self.branch).await?;
        Ok(unit.commit(entry, ()))
    }
}

/// Settles a task at the desk.
#[derive(Debug, Clone, Copy)]
pub struct TaskSettle {
    /// The branch.
    pub branch: BranchId,
    /// The task.
    pub id: TaskId,
}

impl Op for TaskSettle {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let grant = may(unit.actor(), Action::TaskSettle, &Resource::branch(self.branch))?;
        let at = unit.at();
        if !store::task_settle(unit.writes().await?, self.branch, self.id, at).await? {
            return Err(Code::NotFound.into());
        }
        show(unit, self.branch).await?;
        Ok(unit.commit(Entry::new("task.settle", format!("task:{}", self.id)).by(&grant), ()))
    }
}

/// Creates a task for the desk, within the operation that found the problem.
///
/// # Errors
/// An error of the database.
pub async fn ask(
    unit: &mut Unit<'_>,
    branch: BranchId,
    kind: TaskKind,
    ticket: TicketId,
    other: Option<String>,
) -> Result<(), Failure> {
    let id = TaskId::new(unit.at(), rand::random());
    leave(unit, branch, store::Task { id, kind, ticket: Some(ticket), other }).await
}

/// Creates a task about a ticket that could not join. Repeated hand-overs create only one. Its label is in it, if
/// known.
///
/// # Errors
/// An error of the database.
pub async fn not_taken(
    unit: &mut Unit<'_>,
    branch: BranchId,
    ticket: TicketId,
    label: Option<String>,
) -> Result<(), Failure> {
    let task = store::Task { id: TaskId(ticket.0), kind: TaskKind::NotTaken, ticket: None, other: label };
    leave(unit, branch, task).await
}

async fn leave(unit: &mut Unit<'_>, branch: BranchId, task: store::Task) -> Result<(), Failure> {
    let at = unit.at();
    store::task_insert(unit.writes().await?, branch, &task, at).await?;
    show(unit, branch).await
}

/// Shows the desk's tasks and calls on its screens, also on the other nodes.
async fn show(unit: &mut Unit<'_>, branch: BranchId) -> Result<(), Failure> {
    let at_desk = store::at_desk(unit.reads().await?, branch).await?;
    unit.change::<LiveQueue>(Change::Desk(branch, at_desk.into()));
    unit.changed(QUEUE, branch, Some(branch), None);
    Ok(())
}
