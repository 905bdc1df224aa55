//! Web Push (RFC 8030, 8291, 8292): a browser is told also while no page of ours is open.

use serde::{Deserialize, Serialize};

/// `GET /users/me/push`: what a browser subscribes with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushKey {
    /// The clinic's public key, base64url (VAPID, RFC 8292).
    pub public_key: String,
}

/// `PUT /users/me/push`: this session's browser wants to be told. As the browser's `PushSubscription` has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PushRequest {
    /// The push service's address for it.
    pub endpoint: String,
    /// Its public key, base64url: P-256, uncompressed.
    pub p256dh: String,
    /// Its secret, base64url: 16 bytes.
    pub auth: String,
}
