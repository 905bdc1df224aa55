//! The secrets of a ticket: its link and its code.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use medlane_shared::{
    ids::{ClinicId, TicketId},
    seal::OpenKey,
};
use zeroize::Zeroizing;

use crate::{
    identity::lettered,
    keys::{Root, mac, same},
};

/// The length of the code that checks a ticket in: 40 bits, protected by a limit on tries.
const CODE_CHARS: usize = 8;
/// The length of a link's proof in bytes: 80 bits, protected by a limit on requests.
const LINK_PROOF: usize = 10;

/// The secrets of a ticket, for the person who took it and nobody else.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// The secret of its live link.
    pub link: String,
    /// The code that checks it in at a kiosk.
    pub code: String,
}

fn key(root: &Root) -> Zeroizing<[u8; 32]> {
    root.derive("ticket link", &[])
}

impl Secrets {
    /// Of a ticket. The link holds the ticket's id and a proof that this server made the link.
    #[must_use]
    pub fn of(root: &Root, ticket: TicketId) -> Self {
        let id = ticket.0.as_bytes();
        let proof = mac(&key(root), id);
        let link = BASE64_URL_SAFE_NO_PAD.encode([&id[..], &proof[..LINK_PROOF]].concat());
        Self { link, code: code(root, ticket) }
    }
}

/// The code that checks a ticket in: 8 characters of Crockford's base 32.
#[must_use]
pub fn code(root: &Root, ticket: TicketId) -> String {
    let proof = mac(&key(root), &[b"code", ticket.0.as_bytes().as_slice()].concat());
    lettered(&proof[..CODE_CHARS])
}

/// The ticket that a link's secret names.
#[must_use]
pub fn ticket_of_link(root: &Root, secret: &str) -> Option<TicketId> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(secret).ok()?;
    let (id, proof) = bytes.split_first_chunk::<16>()?;
    let own = mac(&key(root), id);
    // The comparison never ends early, so its time reveals nothing.
    same(&own[..LINK_PROOF], proof).then(|| TicketId(uuid::Uuid::from_bytes(*id)))
}

/// The key that a clinic's kiosks seal their tickets to.
#[must_use]
pub fn kiosk_key(root: &Root, clinic: ClinicId) -> OpenKey {
    OpenKey::of(&root.derive("kiosk tickets", clinic.0.as_bytes()))
}
