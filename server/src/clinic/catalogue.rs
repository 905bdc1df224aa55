//! What a clinic offers, where, and by whom.

use std::collections::BTreeMap;

use medlane_shared::{
    clinic::{Branch, Service},
    ids::{BranchId, PersonId, ServiceId},
    time::Timestamp,
};

/// The branches and services of a clinic.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// The branches by name.
    pub branches: Vec<Branch>,
    /// What each branch offers, by name.
    pub offers: BTreeMap<BranchId, Vec<Service>>,
    /// Who gives a service at a branch without being a doctor: nurses, cashiers, whoever sits at a desk.
    pub desks: BTreeMap<(BranchId, ServiceId), Vec<PersonId>>,
    /// The versions of branches and services: their checksums in a replica.
    pub versions: BTreeMap<uuid::Uuid, i64>,
}

/// A service as one branch gives it.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// Where.
    pub branch: &'a Branch,
    /// What.
    pub service: &'a Service,
}

impl Catalogue {
    /// A branch.
    #[must_use]
    pub fn branch(&self, id: BranchId) -> Option<&Branch> {
        self.branches.iter().find(|branch| branch.id == id)
    }

    /// The services of a branch.
    #[must_use]
    pub fn services(&self, branch: BranchId) -> &[Service] {
        self.offers.get(&branch).map_or(&[], Vec::as_slice)
    }

    /// A service at a branch.
    #[must_use]
    pub fn offer(&self, branch: BranchId, service: ServiceId) -> Option<Offer<'_>> {
        let branch = self.branch(branch)?;
        let service = self.services(branch.id).iter().find(|offered| offered.id == service)?;
        Some(Offer { branch, service })
    }

    /// A service anywhere, for its name.
    #[must_use]
    pub fn service(&self, id: ServiceId) -> Option<&Service> {
        self.offers.values().flatten().find(|service| service.id == id)
    }

    /// A doctor's name.
    #[must_use]
    pub fn doctor_name(&self, id: PersonId) -> Option<&str> {
        let doctors = self.offers.values().flatten().flat_map(|service| &service.doctors);
        doctors.into_iter().find(|doctor| doctor.id == id).map(|doctor| doctor.name.as_str())
    }

    /// Whether somebody gives a service at a branch, as a doctor or at a desk.
    #[must_use]
    pub fn gives(&self, branch: BranchId, service: &Service, person: PersonId) -> bool {
        let at_desk = || self.desks.get(&(branch, service.id)).is_some_and(|all| all.contains(&person));
        service.doctors.iter().any(|given| given.id == person) || at_desk()
    }

    /// The services that somebody gives at a branch.
    #[must_use]
    pub fn given_by(&self, branch: BranchId, person: PersonId) -> Vec<ServiceId> {
        let services = self.services(branch).iter();
        services.filter(|service| self.gives(branch, service, person)).map(|service| service.id).collect()
    }
}

/// The branch's local calendar day, `2026-11-21`.
#[must_use]
pub fn local_day(branch: &Branch, at: Timestamp) -> String {
    let zone = jiff::tz::TimeZone::get(&branch.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let at = jiff::Timestamp::from_millisecond(at.ms()).unwrap_or_default();
    at.to_zoned(zone).date().to_string()
}
