//! Finds today's tickets of a patient, by a code that they show or by who they say they are.

use medlane_shared::{
    access::Grant,
    fault::{Code, Fault, FieldCode, FieldFault},
    ids::{BranchId, TicketId},
    queue::{CheckInChoice, CheckInRequest, State, Ticket, TicketPlaces},
};

use super::store;
use crate::{
    clinic::Catalogue,
    engine::{Clinic, Core},
    identity::{Guardians, typed},
    queue::LiveQueue,
    queue::secrets::{code, ticket_of_link},
};

/// The fewest digits of a phone number.
const DIGITS_MIN: usize = 7;
/// The text before the secret in a ticket's QR code.
const LINK: &str = "/t/";

/// The patient's tickets at the branch of the kiosk's grant that have not ended. Empty if the data fits no patient.
///
/// # Errors
/// [`Code::Invalid`] if the request names no patient and no code; [`Code::TicketOver`], [`Code::TicketElsewhere`]; an
/// error of the database.
pub async fn tickets_of(
    core: &Core,
    clinic: &Clinic,
    grant: &Grant,
    said: &CheckInRequest,
) -> Result<Vec<Ticket>, Fault> {
    let branch = grant.resource().branch.ok_or(Code::NotFound)?;
    match said {
        CheckInRequest { code: Some(text), phone: None, birth_date: None, .. } => {
            by_text(core, clinic, branch, text.trim())
        }
        CheckInRequest { code: None, phone: Some(phone), birth_date: Some(birth_date), .. } => {
            let digits = digits(phone);
            let significant = digits.trim_start_matches('0');
            if digits.len() < DIGITS_MIN {
                return Err(Fault::new(Code::Invalid).field(
                    "phone",
                    FieldFault { min: i64::try_from(DIGITS_MIN).ok(), ..FieldCode::Digits.into() },
                ));
            }
            let mut conn = core.read().await?;
            let born = store::born_list(&mut conn, grant, birth_date.trim()).await;
            drop(conn);
            let born = born.map_err(|error| core.broken(&error))?;
            let meant = |one: &&store::Born| one.phones.iter().any(|phone| is_whole(phone, significant));
            // A guardian may enter their own date of birth, or the child's.
            let theirs = born.iter().filter(meant).flat_map(|one| {
                let dependants = clinic.state::<Guardians>().dependants(one.id);
                std::iter::once(one.id).chain(dependants.iter().copied()).collect::<Vec<_>>()
            });
            clinic.with(|live: &LiveQueue| {
                let all = theirs.flat_map(|patient| live.of_patient(patient)).map(|live| &live.ticket);
                let active = all.filter(|ticket| ticket.state.is_active());
                let (here, elsewhere): (Vec<&Ticket>, Vec<&Ticket>) =
                    active.partition(|ticket| ticket.branch == branch);
                if here.is_empty() && !elsewhere.is_empty() {
                    return Err(for_others(clinic, elsewhere));
                }
                let mut found: Vec<Ticket> = here.into_iter().cloned().collect();
                found.sort_by(|a, b| a.label.cmp(&b.label));
                found.dedup_by_key(|ticket| ticket.id);
                Ok(found)
            })
        }
        _ => Err(Fault::new(Code::Invalid).field("code", FieldCode::Claim)),
    }
}

/// The refusal of tickets of other branches: it names these branches, and nothing else of the tickets.
fn for_others<'a>(clinic: &Clinic, tickets: impl IntoIterator<Item = &'a Ticket>) -> Fault {
    let catalogue = clinic.state::<Catalogue>();
    let names = tickets.into_iter().filter_map(|ticket| catalogue.branch(ticket.branch));
    let mut branches: Vec<String> = names.map(|branch| branch.name.clone()).collect();
    branches.sort();
    branches.dedup();
    Fault::new(Code::TicketElsewhere).present(&TicketPlaces { branches })
}

/// The digits of a text, in any script that our patients write.
fn digits(text: &str) -> String {
    medlane_shared::typed::digits(text).collect()
}

/// Whether the typed digits, without leading zeros, are a complete number: with its country code, or as dialled
/// within the country. The last digits of a number alone do not count.
fn is_whole(phone: &str, significant: &str) -> bool {
    let Ok(number) = phonenumber::parse(None, phone) else { return false };
    let national = number.national().value().to_string();
    significant == national || significant == format!("{}{national}", number.code().value())
}

/// The tickets to check in: all, if they are one person's. If they are several people's, those chosen by label, even
/// if only one of them has not arrived yet, because a person who is here already may have come a second time.
///
/// # Errors
/// [`Code::CheckInWhich`] with the labels, if none was chosen; [`Code::CheckInUnknown`] for a label that does not
/// fit.
pub fn present(tickets: &[Ticket], said: &CheckInRequest) -> Result<Vec<TicketId>, Fault> {
    if !said.labels.is_empty() {
        let chosen = tickets.iter().filter(|ticket| said.labels.contains(&ticket.label));
        let chosen: Vec<TicketId> = chosen.map(|ticket| ticket.id).collect();
        return if chosen.len() == said.labels.len() { Ok(chosen) } else { Err(Code::CheckInUnknown.into()) };
    }
    let mut away: Vec<&Ticket> = tickets.iter().filter(|ticket| ticket.arrived_at.is_none()).collect();
    if away.is_empty() {
        // A patient who has checked in before gets the same answer again.
        return Ok(tickets.iter().map(|ticket| ticket.id).collect());
    }
    if tickets.iter().any(|ticket| ticket.patient != away[0].patient) {
        away.sort_by(|a, b| a.label.cmp(&b.label));
        let labels = away.iter().map(|ticket| ticket.label.clone()).collect();
        return Err(Fault::new(Code::CheckInWhich).present(&CheckInChoice { labels }));
    }
    Ok(away.iter().map(|ticket| ticket.id).collect())
}

fn by_text(core: &Core, clinic: &Clinic, branch: BranchId, text: &str) -> Result<Vec<Ticket>, Fault> {
    let secret = text.rsplit_once(LINK).map_or(text, |(_, secret)| secret);
    clinic.with(|live: &LiveQueue| {
        if let Some(id) = ticket_of_link(&core.root, secret) {
            let found = live.ticket(id).map(|live| &live.ticket).filter(|ticket| ticket.state.is_active());
            let ticket = found.ok_or(Code::TicketOver)?;
            return if ticket.branch == branch {
                Ok(vec![ticket.clone()])
            } else {
                Err(for_others(clinic, [ticket]))
            };
        }
        let meant = typed(text);
        let of = |branch| {
            let active = State::ALL.iter().filter(|state| state.is_active());
            let all = active.flat_map(move |state| live.in_state(branch, *state)).map(|live| &live.ticket);
            all.filter(|ticket| code(&core.root, ticket.id) == meant)
        };
        let here: Vec<Ticket> = of(branch).cloned().collect();
        if !here.is_empty() {
            return Ok(here);
        }
        // A code has 40 bits: whoever types it has the ticket. Labels are no codes, because each branch gives the same ones.
        let catalogue = clinic.state::<Catalogue>();
        let others = catalogue.branches.iter().map(|other| other.id).filter(|other| *other != branch);
        let elsewhere: Vec<&Ticket> = others.flat_map(of).collect();
        if elsewhere.is_empty() { Ok(here) } else { Err(for_others(clinic, elsewhere)) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_compared_whole() {
        for (phone, typed) in [
            ("+96892123456", "92123456"),
            ("+96892123456", "0092123456"),
            ("+96892123456", "0096892123456"),
            ("+96892123456", "96892123456"),
            ("+96892123456", "٩٢١٢٣٤٥٦"),
            ("+441632960001", "01632 960001"),
            ("+390612345678", "0612345678"),
        ] {
            assert!(is_whole(phone, digits(typed).trim_start_matches('0')), "{phone} {typed}");
        }
        for (phone, typed) in [
            ("+96892123456", "2123456"),
            ("+96892123456", "0000000"),
            ("+96892123456", "892123456"),
            ("+96892123456", "192123456"),
            ("+441632960001", "92960001"),
            ("nobody's", "92123456"),
        ] {
            assert!(!is_whole(phone, digits(typed).trim_start_matches('0')), "{phone} {typed}");
        }
    }
}
