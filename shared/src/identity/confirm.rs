//! A signed-in person confirms their identity again before calls that a stolen session must not be able to make
//! (`docs/product.md` §1).

use serde::{Deserialize, Serialize};

/// How long a proof is valid, in seconds.
pub const CONFIRM_S: u32 = 300;
/// The header that carries a proof.
pub const CONFIRM_HEADER: &str = "medlane-confirm";

/// `POST /users/me/confirm`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// The present password.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Password))]
    pub password: String,
    /// The code of the authenticator app, or a backup code. Without it only the password is checked, as a locked
    /// screen asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::FactorCode>))]
    pub code: Option<String>,
}

/// The answer to a right password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Confirmed {
    /// The proof, for the header `Medlane-Confirm` of this session's calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// How long it is valid, in seconds.
    pub expires_in_s: u32,
    /// What is still needed before a proof is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<ConfirmNeeds>,
}

/// What is needed for a proof beside the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConfirmNeeds {
    /// A code of the person's second factor.
    Code,
    /// A second factor: the clinic requires one for this role, and the person has set up none.
    Factor,
}

/// The `present` of [`crate::fault::Code::ConfirmNeeded`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfirmWanted {
    /// Whether a code is needed beside the password.
    pub code: bool,
}
