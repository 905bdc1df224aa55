//! How a contact is proven, and how reception checks a person's identity (`docs/product.md` §1).

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
    /// The person entered a code that was sent to it.
    Code,
    /// The person opened the link of an invitation that was sent to it.
    Link,
    /// Added when the clinic was set up, or proven before the way was recorded.
    Record,
    /// Reception checked the person's identity, and they confirmed the contact.
    Identity,
}

impl ProvenHow {
    /// Every way.
    pub const ALL: &[Self] = &[Self::Code, Self::Link, Self::Record, Self::Identity];

    /// The text in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Link => "link",
            Self::Record => "record",
            Self::Identity => "identity",
        }
    }

    /// The way with this [`ProvenHow::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|how| how.text() == text)
    }

    /// Whether it is proven that the person reads what is sent there. An identity check does not prove it: a typing
    /// mistake in the address would stay. Such an address cannot reset a password, and a person who proves it by a
    /// code takes it over.
    #[must_use]
    pub const fn is_held(self) -> bool {
        !matches!(self, Self::Identity)
    }
}

/// What reception looked at. The document's number is never stored.
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
    /// No document: reception knows the person.
    KnownInPerson,
}

impl IdentityDocument {
    /// Every kind.
    pub const ALL: &[Self] =
        &[Self::Passport, Self::IdCard, Self::ResidenceCard, Self::DrivingLicence, Self::KnownInPerson];

    /// The text on the wire and in the database.
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

    /// The kind with this [`IdentityDocument::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|document| document.text() == text)
    }
}

/// `POST /patients/{id}/contact-code`: sends a code to a contact of the record. The person at the desk or on the
/// telephone reads it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContactCodeRequest {
    /// The contact: `email` or `sms`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::ContactChannel))]
    pub channel: Channel,
    /// The record that this one will be merged into. The code then proves only that the person agrees to the merge,
    /// and it is sent to a confirmed contact only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_into: Option<PersonId>,
}

/// A code as the person read it back: `POST /patients/{id}/contact-confirm`, `POST /users/me/contacts/confirm`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ContactConfirmRequest {
    /// The id from the answer that came when the code was sent.
    pub verification_id: VerificationId,
    /// The code.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::SentCode))]
    pub code: String,
}

/// `POST /patients/{id}/identity-check`: reception has checked the person's identity, and the person confirmed a
/// contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct IdentityCheckRequest {
    /// What reception looked at.
    pub document: IdentityDocument,
    /// The contact that they confirmed: `email` or `sms`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::ContactChannel))]
    pub contact: Channel,
}

/// Why an account may see a record that has a chart.
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
    /// When it was confirmed; `None` if it is not. Nothing is sent to an unconfirmed contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven_at: Option<Timestamp>,
    /// How it was confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven_how: Option<ProvenHow>,
}

/// `GET /users/me/contacts`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnContacts {
    /// The contacts that there are; the e-mail address before the number.
    pub contacts: Vec<OwnContact>,
}

/// `POST /users/me/contacts/code`: sends a code to the caller's new contact, which replaces the old one once the code
/// is entered. The caller has to confirm their identity first, so that a stolen session does not give away the
/// account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OwnContactRequest {
    /// An e-mail address; this or `phone` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::EmailAddress>))]
    pub email: Option<String>,
    /// A phone number with its country code, or as it is dialled in the country of the branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::PhoneNumber>))]
    pub phone: Option<String>,
}
