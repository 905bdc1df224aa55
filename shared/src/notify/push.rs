//! Web Push (RFC 8030, 8291, 8292): a browser gets notices while no page of ours is open.

use serde::{Deserialize, Serialize};

/// `GET /users/me/push`: the key that a browser subscribes with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushKey {
    /// The clinic's public key, base64url (VAPID, RFC 8292).
    pub public_key: String,
    /// Whether this session has a subscription. The server forgets it when the session ends or the password changes; the
    /// page of a browser that is still subscribed then sends it again.
    #[serde(default)]
    pub subscribed: bool,
}

/// `PUT /users/me/push`: subscribes this session's browser. The fields are those of the browser's `PushSubscription`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PushRequest {
    /// The browser's address at its push service.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::PushEndpoint))]
    pub endpoint: String,
    /// The browser's public key, base64url: P-256, uncompressed.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::PushKeyText))]
    pub p256dh: String,
    /// The browser's secret, base64url: 16 bytes.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::PushSecretText))]
    pub auth: String,
}
