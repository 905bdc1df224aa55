//! How a contact is proven, and how reception knows that somebody is who they say (`docs/product.md` §1).

use serde::{Deserialize, Serialize};

use crate::{
    ids::{PersonId, VerificationId},
    notify::Channel,
    time::Timestamp,
};

/// How a contact was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProvenHow {
    /// A code that was sent to it came back.
    Code,
    /// The link of an invitation that was sent to it was opened.
    Link,
    /// Added by whoever set the clinic up, or proven before this was written down.
    Record,
    /// Reception checked who the person is, and they confirmed it.
    Identity,
}

impl ProvenHow {
    /// Every way.
    pub const ALL: &[Self] = &[Self::Code, Self::Link, Self::Record, Self::Identity];

    /// As it stands in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Link => "link",
            Self::Record => "record",
            Self::Identity => "identity",
        }
    }

    /// The way of a text of [`ProvenHow::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|how| how.text() == text)
    }

    /// Whether somebody was seen to read what is sent there. An identity check shows who a person is, and a typing mistake in
    /// their address stays: such an address gives no password, and yields to who proves it by a code.
    #[must_use]
    pub const fn is_held(self) -> bool {
        !matches!(self, Self::Identity)
    }
}

/// What reception looked at. The number of a document is never kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum IdentityDocument {
    /// A passport.
    Passport,
    /// A national identity card.
    IdCard,
    /// A residence card.
    ResidenceCard,
    /// A driving licence.
    DrivingLicence,
    /// None: reception knows the person.
    KnownInPerson,
}

impl IdentityDocument {
    /// Every kind.
    pub const ALL: &[Self] =
        &[Self::Passport, Self::IdCard, Self::ResidenceCard, Self::DrivingLicence, Self::KnownInPerson];

    /// As it stands on the wire and in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Passport => "passport",
            Self::IdCard => "id_card",
            Self::ResidenceCard => "residence_card",
            Self::DrivingLicence => "driving_licence",
            Self::KnownInPerson => "known_in_person",
        }
    }

    /// The kind of a text of [`IdentityDocument::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|document| document.text() == text)
    }
}

/// `POST /patients/{id}/contact-code`: a code goes to a contact of the record; the person at the desk or on the telephone
/// reads it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContactCodeRequest {
    /// Which contact: `email` or `sms`.
    pub channel: Channel,
    /// The record that this one is to be merged into. The code then proves nothing but the wish to do so, and goes to a
    /// confirmed contact alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_into: Option<PersonId>,
}

/// A code that was sent, as it was read back: `POST /patients/{id}/contact-confirm`, `POST /users/me/contacts/confirm`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContactConfirmRequest {
    /// What was answered when the code was sent.
    pub verification_id: VerificationId,
    /// The code.
    pub code: String,
}

/// `POST /patients/{id}/identity-check`: reception has seen who the person is, and they confirmed a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct IdentityCheckRequest {
    /// What was looked at.
    pub document: IdentityDocument,
    /// The contact that they confirmed: `email` or `sms`.
    pub contact: Channel,
}

/// Why an account may be shown a record that has a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MergeProof {
    /// A code that went to a confirmed contact of the record, for this merge.
    Code(ContactConfirmRequest),
    /// Reception checked that the account's owner is the record's person.
    Identity(IdentityDocument),
}

/// A contact of the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnContact {
    /// `email` or `sms`.
    pub channel: Channel,
    /// The address, or the number in E.164.
    pub address: String,
    /// When it was confirmed; without it nothing is sent there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven_at: Option<Timestamp>,
    /// How.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven_how: Option<ProvenHow>,
}

/// `GET /users/me/contacts`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnContacts {
    /// The e-mail address before the number; those that there are.
    pub contacts: Vec<OwnContact>,
}

/// `POST /users/me/contacts/code`: a code goes to an address that is to be the caller's, in the place of the one before once
/// the code came back. Who asks has just confirmed to be who they are: whoever takes a session does not take the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OwnContactRequest {
    /// An e-mail address; this or `phone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A phone number with its country code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}
