//! The catalogue of a clinic: its branches, its services, and who gives them.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use medlane_shared::{
    clinic::{Branch, BranchPolicy, ClassRate, Service, first_branch},
    ids::{BranchId, PersonId, ServiceId},
    queue::{Rates, Rules},
    time::Timestamp,
};

use crate::engine::Entity;

/// The catalogue in the feed: branches, services, and who gives them.
pub const CATALOGUE: Entity = Entity::new("catalogue");

/// The branches and services of a clinic.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// The branches, sorted by name.
    pub branches: Vec<Branch>,
    /// The services of each branch, sorted by name.
    pub offers: BTreeMap<BranchId, Vec<Service>>,
    /// Staff who give a service at a branch without being doctors: nurses, cashiers, desk staff.
    pub desks: BTreeMap<(BranchId, ServiceId), Vec<PersonId>>,
    /// The queue policy of each branch.
    pub policies: BTreeMap<BranchId, BranchPolicy>,
    /// The versions of branches and services: their checksums in a replica.
    pub versions: BTreeMap<uuid::Uuid, i64>,
}

/// A service at one branch.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// The branch.
    pub branch: &'a Branch,
    /// The service.
    pub service: &'a Service,
}

impl Catalogue {
    /// The branch with this id.
    #[must_use]
    pub fn branch(&self, id: BranchId) -> Option<&Branch> {
        self.branches.iter().find(|branch| branch.id == id)
    }

    /// The head start and the gain of each priority class at a branch.
    #[must_use]
    pub fn rates(&self, branch: BranchId) -> Rates {
        self.policies.get(&branch).map_or_else(Rates::default, BranchPolicy::rates)
    }

    /// The head start and the gain of `urgent` at a branch.
    #[must_use]
    pub fn urgent(&self, branch: BranchId) -> ClassRate {
        self.policies.get(&branch).map_or_else(ClassRate::urgent, |policy| policy.urgent)
    }

    /// The limits on steps at a branch.
    #[must_use]
    pub fn rules(&self, branch: BranchId) -> Rules {
        self.policies.get(&branch).map_or_else(Rules::default, BranchPolicy::rules)
    }

    /// Patients with fewer tickets than this ahead of them are told to come.
    #[must_use]
    pub fn near(&self, branch: BranchId) -> usize {
        self.policies.get(&branch).map_or_else(|| BranchPolicy::default().near, |policy| policy.near).into()
    }

    /// Whether the branch's opening hours let patients join at this time.
    #[must_use]
    pub fn is_open(&self, branch: BranchId, at: Timestamp) -> bool {
        let policy = self.policies.get(&branch).zip(self.branch(branch));
        policy.is_none_or(|(policy, branch)| {
            let now = local(branch, at);
            let minute = u16::from(now.hour().unsigned_abs()) * 60 + u16::from(now.minute().unsigned_abs());
            policy.is_open(now.weekday().to_monday_one_offset().unsigned_abs(), minute)
        })
    }

    /// The services of a branch.
    #[must_use]
    pub fn services(&self, branch: BranchId) -> &[Service] {
        self.offers.get(&branch).map_or(&[], Vec::as_slice)
    }

    /// A service at a branch; `None` if the branch does not offer it.
    #[must_use]
    pub fn offer(&self, branch: BranchId, service: ServiceId) -> Option<Offer<'_>> {
        let branch = self.branch(branch)?;
        let service = self.services(branch.id).iter().find(|offered| offered.id == service)?;
        Some(Offer { branch, service })
    }

    /// A service at any branch, to get its name.
    #[must_use]
    pub fn service(&self, id: ServiceId) -> Option<&Service> {
        self.offers.values().flatten().find(|service| service.id == id)
    }

    /// The name of a doctor who gives a service.
    #[must_use]
    pub fn doctor_name(&self, id: PersonId) -> Option<&str> {
        let doctors = self.offers.values().flatten().flat_map(|service| &service.doctors);
        doctors.into_iter().find(|doctor| doctor.id == id).map(|doctor| doctor.name.as_str())
    }

    /// Whether a person gives a service at a branch, as a doctor or at a desk.
    #[must_use]
    pub fn gives(&self, branch: BranchId, service: &Service, person: PersonId) -> bool {
        let at_desk = || self.desks.get(&(branch, service.id)).is_some_and(|all| all.contains(&person));
        service.doctors.iter().any(|given| given.id == person) || at_desk()
    }

    /// The services that a person gives at a branch.
    #[must_use]
    pub fn given_by(&self, branch: BranchId, person: PersonId) -> Vec<ServiceId> {
        let services = self.services(branch).iter();
        services.filter(|service| self.gives(branch, service, person)).map(|service| service.id).collect()
    }
}

impl Catalogue {
    /// The clinic's time zone: that of its first branch.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        first_branch(&self.branches).map_or(TimeZone::UTC, zone)
    }
}

/// The calendar day at the branch, such as `2026-11-21`.
#[must_use]
pub fn local_day(branch: &Branch, at: Timestamp) -> String {
    local(branch, at).date().to_string()
}

fn zone(branch: &Branch) -> TimeZone {
    TimeZone::get(&branch.time_zone).unwrap_or(TimeZone::UTC)
}

fn local(branch: &Branch, at: Timestamp) -> jiff::Zoned {
    jiff::Timestamp::from_millisecond(at.ms()).unwrap_or_default().to_zoned(zone(branch))
}
