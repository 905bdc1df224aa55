//! What somebody was told, as it stands in their inbox.

use serde::{Deserialize, Serialize};

use crate::{ids::NoticeId, time::Timestamp};

/// Notices that an inbox shows at the most.
pub const INBOX_MAX: i64 = 30;

/// Something that somebody was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeView {
    /// Which.
    pub id: NoticeId,
    /// What it is about, in short.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// Whether it was seen.
    pub read: bool,
}

/// `GET /users/me/inbox`, and the topic `inbox`: the last notices, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Inbox {
    /// The notices.
    pub notices: Vec<NoticeView>,
    /// How many of them were not seen yet.
    pub unread: u32,
}
