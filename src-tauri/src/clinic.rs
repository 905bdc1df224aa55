//! The clinic's lists, as last seen while the server is away.

use std::sync::Arc;

use medlane_shared::{
    api::{Call, ListBranches, ListServices},
    fault::{Code, Fault},
};

use crate::{
    rooms::{Desk, Part, Room, failed},
    session::Request,
};

/// The calls whose last answer is shown while the server is away.
const SERVED_AS_SEEN: &[&str] = &[ListBranches::NAME, ListServices::NAME];

/// The room.
pub(crate) struct Catalogue;

impl Room for Catalogue {
    fn part(&self, request: &Request) -> Option<Arc<dyn Part>> {
        let is_kept = SERVED_AS_SEEN.contains(&request.name.as_str());
        let name = || format!("call {} {}", request.name, request.parameters.join(" "));
        is_kept.then(|| Arc::new(AsSeen(name())) as Arc<dyn Part>)
    }
}

/// A call that is answered as last seen, with the vault's name of the answer.
struct AsSeen(String);

impl Part for AsSeen {
    fn away(&self, desk: &mut Desk<'_>) -> Result<String, Fault> {
        desk.may_look()?;
        desk.vault.seen(&self.0).map_err(failed)?.ok_or_else(|| Code::Offline.into())
    }

    fn over(&self, answer: String, desk: &mut Desk<'_>) -> Result<String, Fault> {
        desk.see(&self.0, &answer);
        Ok(answer)
    }
}
