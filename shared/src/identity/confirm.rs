//! Somebody who is signed in proves again to be who they are, before what a stolen session must not do (`docs/product.md` §1).

use serde::{Deserialize, Serialize};

/// Seconds that a proof counts.
pub const CONFIRM_S: u32 = 300;
/// The header that carries a proof.
pub const CONFIRM_HEADER: &str = "medlane-confirm";

/// `POST /users/me/confirm`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// The present password.
    pub password: String,
    /// What the authenticator app shows, or a backup code. Without it the password alone is looked at, as a locked screen
    /// asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// The password was right.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Confirmed {
    /// The proof, for the header `Medlane-Confirm` of this session's calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// Seconds that it counts.
    pub expires_in_s: u32,
    /// What a proof still needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<ConfirmNeeds>,
}

/// What a proof needs beside the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConfirmNeeds {
    /// A code of the person's second factor.
    Code,
    /// A second factor: the clinic requires one of this role, and none is set up.
    Factor,
}

/// The `present` of [`crate::fault::Code::ConfirmNeeded`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfirmWanted {
    /// Whether a code is needed beside the password.
    pub code: bool,
}
