//! The inbox as its owner sees it.

use medlane_shared::{
    access::Actor,
    fault::Fault,
    notify::{INBOX_MAX, Inbox, NoticeView},
};

use super::store;
use crate::engine::{Clinic, Core, own_by};

/// The caller's inbox.
///
/// # Errors
/// A missing right, or an error of the database.
pub async fn inbox(core: &Core, clinic: &Clinic, actor: &Actor) -> Result<Inbox, Fault> {
    let (_, _, grant) = own_by(actor)?;
    let rows = store::notice_list(&mut core.read().await?, &grant, INBOX_MAX).await;
    let rows = rows.map_err(|error| core.broken(&error))?;
    let notices: sqlx::Result<Vec<NoticeView>> = rows.into_iter().map(|row| row.view(clinic)).collect();
    let notices = notices.map_err(|error| core.broken(&error))?;
    let unread = u32::try_from(notices.iter().filter(|notice| !notice.read).count()).unwrap_or(u32::MAX);
    Ok(Inbox { notices, unread })
}
