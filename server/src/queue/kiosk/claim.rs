//! Whose tickets of today somebody means, by what they show or who they say they are.

use medlane_shared::{
    fault::{Code, Fault},
    ids::{BranchId, TicketId},
    queue::{CheckInRequest, State},
};

use super::store;
use crate::{app::Core, clinic::Clinic, identity::typed};

/// The fewest digits that a phone number is looked for by.
const DIGITS_MIN: usize = 7;
/// Where the secret begins in what a ticket's QR says.
const LINK: &str = "/t/";

/// The tickets of a branch that a claim is of: those that have not ended. None where nobody is known by it.
///
/// # Errors
/// [`Code::Invalid`] where it is no claim; [`Code::TicketOver`], [`Code::TicketElsewhere`]; the database's.
pub async fn tickets_of(
    core: &Core,
    clinic: &Clinic,
    branch: BranchId,
    said: &CheckInRequest,
) -> Result<Vec<TicketId>, Fault> {
    match said {
        CheckInRequest { code: Some(text), phone: None, birth_date: None } => {
            by_text(core, clinic, branch, text.trim())
        }
        CheckInRequest { code: None, phone: Some(phone), birth_date: Some(birth_date) } => {
            let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
            if digits.len() < DIGITS_MIN {
                return Err(Fault::new(Code::Invalid).field("phone", "is at least 7 digits"));
            }
            // Typed at a kiosk, it may be without the country's code.
            let digits = digits.trim_start_matches('0');
            let mut conn = core.read().await?;
            let people = store::person_by_phone(&mut conn, clinic.id, digits, birth_date.trim()).await;
            let people = people.map_err(|error| core.broken(&error))?;
            let theirs = people.iter().flat_map(|person| {
                let dependants = clinic.dependants(*person);
                std::iter::once(*person).chain(dependants.iter().copied()).collect::<Vec<_>>()
            });
            Ok(clinic.with_live(|live| {
                let active = theirs.flat_map(|patient| live.of_patient(patient)).map(|live| &live.ticket);
                let here = active.filter(|ticket| ticket.branch == branch && ticket.state.is_active());
                here.map(|ticket| ticket.id).collect()
            }))
        }
        _ => Err(Fault::new(Code::Invalid).field("code", "is needed, or phone and birth_date")),
    }
}

fn by_text(core: &Core, clinic: &Clinic, branch: BranchId, text: &str) -> Result<Vec<TicketId>, Fault> {
    let secret = text.rsplit_once(LINK).map_or(text, |(_, secret)| secret);
    clinic.with_live(|live| {
        if let Some(id) = core.keys.linked(secret) {
            let found = live.ticket(id).map(|live| &live.ticket).filter(|ticket| ticket.state.is_active());
            let ticket = found.ok_or(Code::TicketOver)?;
            return if ticket.branch == branch { Ok(vec![id]) } else { Err(Code::TicketElsewhere.into()) };
        }
        let meant = typed(text);
        let all = State::ALL.iter().filter(|state| state.is_active());
        let all = all.flat_map(|state| live.in_state(branch, *state)).map(|live| live.ticket.id);
        Ok(all.filter(|id| core.keys.code(*id) == meant).collect())
    })
}
