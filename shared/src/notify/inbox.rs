//! The notices in a person's inbox.

use serde::{Deserialize, Serialize};

use crate::{ids::NoticeId, time::Timestamp};

/// The most notices that an inbox shows.
pub const INBOX_MAX: i64 = 30;

/// A notice that a person was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeView {
    /// Its id.
    pub id: NoticeId,
    /// Its subject, in a few words.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// When it was written.
    pub at: Timestamp,
    /// Whether the person has seen it.
    pub read: bool,
}

/// `GET /users/me/inbox`, and the topic `inbox`: the latest notices, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Inbox {
    /// The notices.
    pub notices: Vec<NoticeView>,
    /// How many of them the person has not seen yet.
    pub unread: u32,
}
