//! What views say of a visit that was sent on.

use medlane_shared::{
    ids::{BranchId, PersonId, ServiceId},
    queue::{Hand, LineLeft, SentFrom, SentOn, Taken, TakenBy, Ticket},
};

use super::{live::Live, views::Scene};

/// The most visits that a doctor sees as sent on.
const SENT_MAX: usize = 20;

impl Scene<'_> {
    /// The services through which a visit went before the present one. A transfer to another doctor of the same service
    /// adds none.
    pub(super) fn services_before(&self, ticket: &Ticket) -> Vec<String> {
        let mut through: Vec<ServiceId> = ticket.sent.iter().map(|sent| sent.service).collect();
        through.push(ticket.service);
        through.dedup();
        through.pop();
        through.into_iter().map(|service| self.service_name(service)).collect()
    }

    /// The visits of a doctor at a branch that were sent on, the latest first.
    pub(super) fn sent_on(&self, branch: BranchId, doctor: PersonId) -> Vec<SentOn> {
        let theirs = |sent: &&LineLeft| sent.called_by == Some(doctor);
        let sent = self.live.of_branch(branch).filter_map(|live| {
            let ticket = &live.ticket;
            let n = ticket.sent.iter().rposition(|sent| theirs(&sent))?;
            let sent = &ticket.sent[n];
            // A visit that came back to this doctor is in their queue.
            let is_back = ticket.call.as_ref().is_some_and(|call| call.by == doctor && call.at > sent.at);
            let (service, to) = ticket
                .sent
                .get(n + 1)
                .map_or((ticket.service, ticket.doctor), |next| (next.service, next.doctor));
            (!is_back).then(|| SentOn {
                id: ticket.id,
                label: ticket.label.clone(),
                service_name: self.service_name(service),
                doctor_name: to.and_then(|to| self.catalogue.doctor_name(to)).map(str::to_owned),
                at: sent.at,
                taken_by: sent.taken.map(|taken| self.named(taken)),
            })
        });
        let mut sent: Vec<SentOn> = sent.collect();
        sent.sort_by_key(|sent| std::cmp::Reverse((sent.at, sent.id)));
        sent.truncate(SENT_MAX);
        sent
    }

    /// The last transfer of a visit that goes on.
    pub(super) fn sent_from(&self, live: &Live, with_why: bool) -> Option<SentFrom> {
        let ticket = &live.ticket;
        let sent = ticket.sent.last().filter(|_| ticket.state.is_active())?;
        let why = live.why.as_ref().and_then(|why| why.text.of_transfer(ticket.sent.len()));
        Some(SentFrom {
            service_name: self.service_name(sent.service),
            at: sent.at,
            taken_by: sent.taken.map(|taken| self.named(taken)),
            why: why.filter(|_| with_why).map(str::to_owned),
        })
    }

    /// The line of a ticket in words: its service, and the doctor who was asked for by name.
    pub(super) fn line_name(&self, ticket: &Ticket) -> String {
        let service = self.service_name(ticket.service);
        match ticket.doctor.and_then(|doctor| self.catalogue.doctor_name(doctor)) {
            Some(doctor) => format!("{service} ({doctor})"),
            None => service,
        }
    }

    /// Who took a step, with the name of a doctor.
    pub(super) fn named(&self, Taken { hand, by }: Taken) -> TakenBy {
        let name = by.filter(|_| hand == Hand::Doctor).and_then(|by| self.catalogue.doctor_name(by));
        TakenBy { hand, person_id: by, name: name.map(str::to_owned) }
    }
}
