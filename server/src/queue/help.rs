//! Help at the kiosks: asked for there, answered at the desk.

use medlane_shared::{
    access::{Action, Actor, Known, Resource, Who, may},
    fault::Code,
    ids::{BranchId, DeviceId},
};

use super::{Effect, store};
use crate::writer::{Done, Entity, Entry, Failure, Op, Unit};

/// Asks for help, or answers.
#[derive(Debug, Clone, Copy)]
pub struct Help {
    /// Where.
    pub branch: BranchId,
    /// The kiosk where somebody goes; none to ask for help at the one that asks.
    pub answered: Option<DeviceId>,
}

impl Op for Help {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let action = if self.answered.is_some() { Action::HelpAnswer } else { Action::HelpAsk };
        may(unit.actor(), action, &Resource::branch(self.branch))?;
        let catalogue = unit.catalogue();
        catalogue.branch(self.branch).ok_or(Code::NotFound)?;
        let at = unit.at();
        let entry = if let Some(device) = self.answered {
            store::help_delete(unit.writes().await?, self.branch, device).await?;
            Entry::new("help.answer", format!("device:{device}"))
        } else {
            let Actor::Known(Known { who: Who::Device(device), .. }) = *unit.actor() else {
                return Err(Code::Forbidden.into());
            };
            store::help_put(unit.writes().await?, self.branch, device, at).await?;
            Entry::new("help.ask", format!("device:{device}"))
        };
        let calls = store::help_list(unit.reads().await?, self.branch).await?;
        unit.effect(Effect::Help(self.branch, calls.into()));
        unit.changed(Entity::Queue, self.branch, Some(self.branch), None);
        Ok(unit.commit(entry, ()))
    }
}
