//! What each kind of caller hears, in columns with names, and the rows that occur more than once.

/// The status that each caller hears.
#[derive(Debug, Clone, Copy)]
pub struct Hears {
    /// Without a token.
    pub nobody: u16,
    /// The ticket's patient.
    pub patient: u16,
    /// Another patient.
    pub other_patient: u16,
    /// The doctor of the visit.
    pub doctor: u16,
    /// A doctor of another branch.
    pub other_doctor: u16,
    /// Reception of the ticket's branch.
    pub reception: u16,
    /// Reception of another branch.
    pub other_reception: u16,
    /// A manager of the ticket's branch.
    pub manager: u16,
    /// An administrator.
    pub admin: u16,
    /// A kiosk of another branch.
    pub kiosk: u16,
    /// A board of the ticket's branch.
    pub board: u16,
    /// A doctor of another clinic.
    pub foreign: u16,
}

impl Hears {
    /// The columns in the order of [`everyone`](super::callers::everyone).
    pub const fn columns(self) -> [(&'static str, u16); 12] {
        [
            ("nobody", self.nobody),
            ("patient", self.patient),
            ("other_patient", self.other_patient),
            ("doctor", self.doctor),
            ("other_doctor", self.other_doctor),
            ("reception", self.reception),
            ("other_reception", self.other_reception),
            ("manager", self.manager),
            ("admin", self.admin),
            ("kiosk", self.kiosk),
            ("board", self.board),
            ("foreign", self.foreign),
        ]
    }
}

/// Everybody, of every clinic.
pub const fn anybody(ok: u16) -> Hears {
    Hears {
        nobody: ok,
        patient: ok,
        other_patient: ok,
        doctor: ok,
        other_doctor: ok,
        reception: ok,
        other_reception: ok,
        manager: ok,
        admin: ok,
        kiosk: ok,
        board: ok,
        foreign: ok,
    }
}

/// Everybody, of this clinic's things.
pub const fn public(ok: u16) -> Hears {
    Hears {
        nobody: ok,
        patient: ok,
        other_patient: ok,
        doctor: ok,
        other_doctor: ok,
        reception: ok,
        other_reception: ok,
        manager: ok,
        admin: ok,
        kiosk: ok,
        board: ok,
        foreign: 404,
    }
}

/// Everybody who is signed in, devices too.
pub const fn signed_in(ok: u16) -> Hears {
    Hears {
        nobody: 401,
        patient: ok,
        other_patient: ok,
        doctor: ok,
        other_doctor: ok,
        reception: ok,
        other_reception: ok,
        manager: ok,
        admin: ok,
        kiosk: ok,
        board: ok,
        foreign: ok,
    }
}

/// Every person, about themselves.
pub const fn own(ok: u16) -> Hears {
    Hears {
        patient: ok,
        other_patient: ok,
        doctor: ok,
        other_doctor: ok,
        reception: ok,
        other_reception: ok,
        manager: ok,
        admin: ok,
        foreign: ok,
        ..signed_in(403)
    }
}

/// Patients, about themselves.
pub const fn patients(ok: u16) -> Hears {
    Hears { patient: ok, other_patient: ok, ..signed_in(403) }
}

/// Who may have tickets of their own.
pub const fn own_tickets(ok: u16) -> Hears {
    Hears { patient: ok, other_patient: ok, admin: ok, kiosk: 403, board: 403, ..signed_in(404) }
}

/// The patient of a ticket, and staff of its branch.
pub const fn on_a_ticket(ok: u16) -> Hears {
    Hears {
        patient: ok,
        doctor: ok,
        reception: ok,
        manager: ok,
        admin: ok,
        kiosk: 403,
        board: 403,
        ..signed_in(404)
    }
}

/// Staff of the branch.
pub const fn at_branch(ok: u16) -> Hears {
    Hears {
        doctor: ok,
        other_doctor: 404,
        reception: ok,
        other_reception: 404,
        manager: ok,
        admin: ok,
        foreign: 404,
        ..signed_in(403)
    }
}

/// The doctor of the visit.
pub const fn author(ok: u16) -> Hears {
    Hears { doctor: ok, other_doctor: 404, foreign: 404, ..signed_in(403) }
}

/// The desk of any branch.
pub const fn desk(ok: u16) -> Hears {
    Hears { reception: ok, other_reception: ok, manager: ok, admin: ok, ..signed_in(403) }
}

/// Managers and administrators.
pub const fn managers(ok: u16) -> Hears {
    Hears { manager: ok, admin: ok, ..signed_in(403) }
}

/// Administrators.
pub const fn admin(ok: u16) -> Hears {
    Hears { admin: ok, ..signed_in(403) }
}

/// Administrators, about somebody whom a manager does not manage.
pub const fn admin_of_all(ok: u16) -> Hears {
    Hears { manager: 404, admin: ok, ..signed_in(403) }
}

/// The desk of the branch.
pub const fn desk_at_branch(ok: u16) -> Hears {
    Hears { reception: ok, other_reception: 404, manager: ok, admin: ok, ..signed_in(403) }
}

/// Doctors, of every clinic.
pub const fn doctors(ok: u16) -> Hears {
    Hears { doctor: ok, other_doctor: ok, foreign: ok, ..signed_in(403) }
}

/// Kiosks.
pub const fn kiosk(ok: u16) -> Hears {
    Hears { kiosk: ok, ..signed_in(403) }
}

/// Kiosks, but not this one.
pub const fn no_kiosk_here() -> Hears {
    Hears { kiosk: 404, ..signed_in(403) }
}

/// Every person, about something of their own that is not there.
pub const fn nothing_there() -> Hears {
    Hears { kiosk: 403, board: 403, ..signed_in(404) }
}

/// Nobody: the proof in the request is wrong.
pub const fn unproven() -> Hears {
    Hears {
        nobody: 401,
        patient: 401,
        other_patient: 401,
        doctor: 401,
        other_doctor: 401,
        reception: 401,
        other_reception: 401,
        manager: 401,
        admin: 401,
        kiosk: 401,
        board: 401,
        foreign: 401,
    }
}

/// A chart is its patient's, and their doctor's of today.
pub const fn chart() -> Hears {
    Hears { patient: 200, other_patient: 404, doctor: 200, other_doctor: 404, foreign: 404, ..signed_in(403) }
}
