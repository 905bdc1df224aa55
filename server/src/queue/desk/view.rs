//! Calls for help, as the desk and the kiosks see them.

use medlane_shared::{
    access::{Action, Actor, Known, Resource, Who, may},
    fault::{Code, Fault},
    ids::{BranchId, DeviceId},
    queue::{HELP_COMING_MS, HELP_WITHDRAWN_MS, HelpCall, HelpView},
};

use crate::{
    clinic::Catalogue,
    engine::{Clinic, Core},
    queue::{Branch, LiveQueue},
};

/// The calls for help from a branch's kiosks. Staff see all of them; a kiosk sees its own.
///
/// # Errors
/// A missing right, or [`Code::NotFound`].
pub fn help_view(core: &Core, clinic: &Clinic, actor: &Actor, branch: BranchId) -> Result<HelpView, Fault> {
    let kiosk = may_see_help(actor, branch)?;
    let catalogue = clinic.state::<Catalogue>();
    let place = catalogue.branch(branch).ok_or(Code::NotFound)?;
    let at_desk = clinic.with(|live: &LiveQueue| live.branch(branch).map(Branch::at_desk).cloned());
    let at_desk = at_desk.unwrap_or_default();
    let is_shown = |device: DeviceId| kiosk.is_none_or(|own| own == device);
    let is_coming =
        |(device, at): &(DeviceId, _)| kiosk == Some(*device) && core.now().since_ms(*at) < HELP_COMING_MS;
    // Only the desk needs this: the kiosk itself took the request back.
    let is_news = |call: &&HelpCall| kiosk.is_none() && core.now().since_ms(call.at) < HELP_WITHDRAWN_MS;
    Ok(HelpView {
        withdrawn: at_desk.withdrawn.iter().filter(is_news).cloned().collect(),
        branch_name: place.name.clone(),
        calls: at_desk.help.iter().filter(|call| is_shown(call.device_id)).cloned().collect(),
        coming: at_desk.coming.iter().any(is_coming),
    })
}

/// Whether a caller may see calls for help. Returns the kiosk if the caller is one and sees only its own call.
///
/// # Errors
/// A missing right.
pub fn may_see_help(actor: &Actor, branch: BranchId) -> Result<Option<DeviceId>, Fault> {
    let resource = Resource::branch(branch);
    if let Actor::Known(Known { who: Who::Device(device), .. }) = actor
        && may(actor, Action::HelpAsk, &resource).is_ok()
    {
        return Ok(Some(*device));
    }
    may(actor, Action::HelpAnswer, &resource)?;
    Ok(None)
}
