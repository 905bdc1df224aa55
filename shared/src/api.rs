//! Every REST call, once: its name, method, path, and the types of its request and response.
//!
//! The front end calls through these types, and the server binds a handler to each: the type fixes path, method, request
//! and answer. The desktop core looks a name up here before it forwards a call. Tests compare the denial matrix with
//! this table.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    audit::{
        AuditEntry, AuditExport, AuditExportQuery, AuditPatientsQuery, AuditQuery, AuditState, AuditVerdict,
        DeviceReads, ShownPatient,
    },
    clinic::{Branch, BranchSettings, Page, Service, ServiceSettings, Settings},
    identity::{
        AcceptRequest, Accepted, AccountExport, Avatar, BackupCodes, ConfirmRequest, Confirmed,
        ContactCodeRequest, ContactConfirmRequest, Decided, DecidedQuery, Deletion, Dependant,
        DependantRequest, DeviceCheckIn, DeviceCode, DeviceCodeRequest, DeviceEnrolRequest, DeviceRequest,
        DeviceView, DistinctRequest, Duplicate, Enrolled, Face, ForgotRequest, IdentityCheckRequest,
        InviteRequest, KeepRequest, LoginRequest, Me, MergeRequest, MfaEnableRequest, MfaSetup,
        MfaSetupRequest, MfaVerifyRequest, MfaView, OrdersRequest, OwnContactRequest, OwnContacts,
        PasswordRequest, PatientChange, PatientRequest, PatientView, PatientsFound, PatientsQuery,
        PeopleQuery, PersonView, Picture, ProfileRequest, RefreshRequest, RegisterRequest, ResendRequest,
        ResetRequest, RolesRequest, SessionView, SignedOrder, StandingRequest, Tokens, UnmergeRequest,
        VerificationBegun, Verified, VerifyRequest,
    },
    notify::{Inbox, MessageView, NoticeChoice, Notices, PushKey, PushRequest},
    queue::{
        Board, BranchQuery, CallNextRequest, CheckInRequest, EstimateView, HandOver, HandedOver, HeldRequest,
        JoinRequest, KioskSetup, ListQuery, MyTickets, QueueControl, QueueRow, QueueStats, QueueView,
        StepBackRequest, StepRequest, TicketView,
    },
    records::{ChartNotes, DraftView, Note, NoteDiscard, NoteSave, NoteSign, NotesOf},
};

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads. The request goes into the query.
    Get,
    /// Performs an action.
    Post,
    /// Sets a row to the given contents.
    Put,
    /// Changes a row, or performs a step on it.
    Patch,
    /// Ends or removes something.
    Delete,
}

impl Method {
    /// The name of the method in HTTP.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One REST call.
pub trait Call {
    /// The call, as data.
    const SPEC: CallSpec;
    /// Its name, the same everywhere.
    const NAME: &'static str = Self::SPEC.name;
    /// Its method.
    const METHOD: Method = Self::SPEC.method;
    /// Its path with `{…}` for parameters.
    const PATH: &'static str = Self::SPEC.path;
    /// The request: the query of a GET, otherwise the body; `()` for none.
    type Request: Serialize + DeserializeOwned + 'static;
    /// The response; `()` for none.
    type Response: Serialize + DeserializeOwned + 'static;
}

/// A call that honours `Idempotency-Key`: with the same key it takes effect once.
pub trait Repeatable: Call {}

/// A call, as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, named in the table")]
pub struct CallSpec {
    /// Its name.
    pub name: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path with `{…}` for parameters.
    pub path: &'static str,
    /// The faces that may make it.
    pub faces: &'static [Face],
    /// What it does, in one sentence.
    pub about: &'static str,
    /// Whether it has a request: a query or a body.
    pub asks: bool,
    /// Whether it can be made without a session.
    pub open: bool,
    /// Whether the call honours `Idempotency-Key`: with the same key it takes effect once.
    pub once: bool,
    /// Whether `If-Match` may carry the version that the caller saw.
    pub versioned: bool,
    /// Whether the caller has to confirm their identity first and send the proof in the header `Medlane-Confirm`.
    pub confirmed: bool,
}

macro_rules! calls {
    (@open open) => { true };
    (@once once) => { true };
    (@versioned versioned) => { true };
    (@confirmed confirmed) => { true };
    (@asks (())) => { false };
    (@asks $request:tt) => { true };
    (@type ($type:ty)) => { $type };
    (@repeatable $name:ident once) => { impl Repeatable for $name {} };
    (@repeatable $name:ident $other:ident) => {};
    (@$asked:ident $other:ident) => { false };
    ($($(#[doc = $doc:literal])* $name:ident = $method:ident $path:literal $request:tt -> $response:ty, [$($face:ident),*] $(, $trait:ident)*;)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl Call for $name {
                const SPEC: CallSpec = CallSpec {
                    name: stringify!($name),
                    method: Method::$method,
                    path: $path,
                    faces: &[$(Face::$face),*],
                    about: concat!($($doc),*),
                    asks: calls!(@asks $request),
                    open: false $(|| calls!(@open $trait))*,
                    once: false $(|| calls!(@once $trait))*,
                    versioned: false $(|| calls!(@versioned $trait))*,
                    confirmed: false $(|| calls!(@confirmed $trait))*,
                };
                type Request = calls!(@type $request);
                type Response = $response;
            }
            $(calls!(@repeatable $name $trait);)*
        )*
        /// Every call.
        pub const CALLS: &[CallSpec] = &[$($name::SPEC),*];

        /// Passes the names of all calls to a macro, for code that needs their types.
        #[macro_export]
        macro_rules! for_each_call {
            ($then:ident) => { $then!($($name),*) };
        }
        pub use for_each_call;
    };
}

calls! {
    /// Signs a person in.
    Login = Post "/api/v1/auth/login" (LoginRequest) -> Tokens, [Companion, Doctor, Admin, Kiosk], open;
    /// Trades a refresh token for fresh tokens.
    Refresh = Post "/api/v1/auth/refresh" (RefreshRequest) -> Tokens, [Companion, Doctor, Admin, Kiosk], open;
    /// Second step of a sign-in: a code of the authenticator app, or a backup code.
    VerifyMfa = Post "/api/v1/auth/mfa/verify" (MfaVerifyRequest) -> Tokens, [Companion, Doctor, Admin], open;
    /// Starts to set up a second factor; it counts only after one of its codes was entered.
    SetUpMfa = Post "/api/v1/auth/mfa/setup" (MfaSetupRequest) -> MfaSetup, [Companion], open, confirmed;
    /// Switches on the second factor that was set up; the backup codes are shown only this once.
    EnableMfa = Post "/api/v1/auth/mfa/enable" (MfaEnableRequest) -> BackupCodes, [Companion], open;
    /// Whether the caller has a second factor, and its state.
    GetMfa = Get "/api/v1/auth/mfa" (()) -> MfaView, [Companion];
    /// Switches the caller's second factor off.
    DisableMfa = Post "/api/v1/auth/mfa/disable" (()) -> (), [Companion], confirmed;
    /// Makes new backup codes; the old ones no longer work.
    RenewBackupCodes = Post "/api/v1/auth/mfa/backup-codes" (()) -> BackupCodes, [Companion], confirmed;
    /// First step of a registration: sends a code to the contact.
    Register = Post "/api/v1/auth/register" (RegisterRequest) -> VerificationBegun, [Companion], open;
    /// Sends another code.
    ResendCode = Post "/api/v1/auth/resend-otp" (ResendRequest) -> VerificationBegun, [Companion, Doctor, Admin], open;
    /// Second step of a registration: creates the account from the code and a password.
    VerifyCode = Post "/api/v1/auth/verify-otp" (VerifyRequest) -> Verified, [Companion], open;
    /// Sends a code for a new password.
    ForgotPassword = Post "/api/v1/auth/forgot-password" (ForgotRequest) -> VerificationBegun, [Companion, Doctor, Admin], open;
    /// Sets a new password, by the code that was sent.
    ResetPassword = Post "/api/v1/auth/reset-password" (ResetRequest) -> (), [Companion, Doctor, Admin], open;
    /// Ends the session.
    Logout = Post "/api/v1/auth/logout" (RefreshRequest) -> (), [Companion, Doctor, Admin, Kiosk], open;
    /// Who is signed in.
    GetMe = Get "/api/v1/me" (()) -> Me, [Companion, Doctor, Admin, Kiosk];
    /// The caller's sessions.
    ListSessions = Get "/api/v1/users/me/sessions" (()) -> Page<SessionView>, [Companion, Doctor, Admin];
    /// Ends one of the caller's sessions.
    EndSession = Delete "/api/v1/users/me/sessions/{id}" (()) -> (), [Companion, Doctor, Admin];
    /// Ends all of the caller's sessions except the one that asks.
    EndSessions = Delete "/api/v1/users/me/sessions" (()) -> (), [Companion, Doctor, Admin];
    /// Changes the caller's profile.
    ChangeProfile = Patch "/api/v1/users/me" (ProfileRequest) -> Me, [Companion, Doctor, Admin], once, confirmed;
    /// The caller's addresses and phone numbers, and which of them are confirmed.
    GetContacts = Get "/api/v1/users/me/contacts" (()) -> OwnContacts, [Companion];
    /// Sends a code to a new contact of the caller.
    ProveContact = Post "/api/v1/users/me/contacts/code" (OwnContactRequest) -> VerificationBegun, [Companion];
    /// Confirms the new contact by that code; it replaces the old one.
    ConfirmOwnContact = Post "/api/v1/users/me/contacts/confirm" (ContactConfirmRequest) -> OwnContacts, [Companion];
    /// The caller's picture.
    GetAvatar = Get "/api/v1/users/me/avatar" (()) -> Avatar, [Companion];
    /// Sets the caller's picture.
    SetAvatar = Put "/api/v1/users/me/avatar" (Picture) -> Avatar, [Companion];
    /// Removes the caller's picture.
    RemoveAvatar = Delete "/api/v1/users/me/avatar" (()) -> (), [Companion];
    /// How the caller is told about their visits.
    GetNotices = Get "/api/v1/users/me/notices" (()) -> Notices, [Companion];
    /// Chooses how the caller is told about their visits.
    ChooseNotices = Put "/api/v1/users/me/notices" (NoticeChoice) -> Notices, [Companion], once;
    /// The notices that the caller was sent.
    GetInbox = Get "/api/v1/users/me/inbox" (()) -> Inbox, [Companion];
    /// Marks the caller's inbox as read.
    ReadInbox = Post "/api/v1/users/me/inbox/read" (()) -> Inbox, [Companion];
    /// The key that the caller's browser needs to subscribe to Web Push.
    GetPushKey = Get "/api/v1/users/me/push" (()) -> PushKey, [Companion];
    /// Lets the server notify the caller's browser while no page is open.
    SubscribePush = Put "/api/v1/users/me/push" (PushRequest) -> (), [Companion], once;
    /// Stops the notices to the caller's browser.
    UnsubscribePush = Delete "/api/v1/users/me/push" (()) -> (), [Companion];
    /// Whether the caller has asked the clinic to delete their account.
    GetDeletion = Get "/api/v1/users/me/deletion" (()) -> Deletion, [Companion];
    /// Asks the clinic to delete the caller's account.
    AskDeletion = Post "/api/v1/users/me/deletion" (()) -> Deletion, [Companion], confirmed;
    /// Withdraws that request.
    WithdrawDeletion = Delete "/api/v1/users/me/deletion" (()) -> Deletion, [Companion];
    /// All data kept about the caller, as a file.
    ExportAccount = Get "/api/v1/users/me/export" (()) -> AccountExport, [Companion];
    /// Proves the caller's identity again, by the password alone if a locked screen asks.
    ConfirmIdentity = Post "/api/v1/users/me/confirm" (ConfirmRequest) -> Confirmed, [Companion, Doctor, Admin];
    /// The people whom the caller looks after.
    ListDependants = Get "/api/v1/users/me/dependants" (()) -> Page<Dependant>, [Companion];
    /// Adds a person without an account of their own, whom the caller will look after.
    AddDependant = Post "/api/v1/users/me/dependants" (DependantRequest) -> Dependant, [Companion], once;
    /// Stops looking after a person.
    EndDependant = Delete "/api/v1/users/me/dependants/{id}" (()) -> (), [Companion];
    /// Changes the caller's password.
    ChangePassword = Post "/api/v1/users/me/password" (PasswordRequest) -> (), [Companion, Doctor, Admin], confirmed;
    /// The clinic's people, newest first.
    ListPeople = Get "/api/v1/admin/users" (PeopleQuery) -> Page<PersonView>, [Admin];
    /// Invites staff by a one-time link.
    InvitePerson = Post "/api/v1/admin/users/invite" (InviteRequest) -> PersonView, [Admin], once, confirmed;
    /// Sends an invitation again; the earlier link no longer works.
    ReinvitePerson = Post "/api/v1/admin/users/{id}/invite" (()) -> PersonView, [Admin], confirmed;
    /// Suspends, reinstates or removes a person; to reinstate one the caller has to confirm their identity.
    SetStanding = Patch "/api/v1/admin/users/{id}/standing" (StandingRequest) -> PersonView, [Admin], once, confirmed;
    /// A person's picture.
    GetPersonAvatar = Get "/api/v1/admin/users/{id}/avatar" (()) -> Avatar, [Admin];
    /// Keeps the account of a person who asked to delete it, and tells them why.
    KeepPerson = Post "/api/v1/admin/users/{id}/keep" (KeepRequest) -> PersonView, [Admin], once;
    /// Changes a person's roles and branches.
    SetRoles = Patch "/api/v1/admin/users/{id}/roles" (RolesRequest) -> PersonView, [Admin], once, confirmed;
    /// Patients who are probably registered twice, the most certain first.
    ListDuplicates = Get "/api/v1/admin/users/duplicates" (()) -> Page<Duplicate>, [Admin];
    /// Merges two patients: the records and visits of the other become this patient's.
    MergePeople = Post "/api/v1/admin/users/{id}/merge" (MergeRequest) -> PersonView, [Admin], once;
    /// Undoes a merge.
    UnmergePerson = Post "/api/v1/admin/users/{id}/unmerge" (UnmergeRequest) -> PersonView, [Admin], once;
    /// Notes that two similar patients are two different people.
    TellApart = Post "/api/v1/admin/users/{id}/distinct" (DistinctRequest) -> (), [Admin], once;
    /// Takes back that two patients are two different people, so that they can be reported again.
    UntellApart = Delete "/api/v1/admin/users/{id}/distinct/{other}" (()) -> (), [Admin], once;
    /// The pairs about which somebody has decided: merged, or two people; the latest first.
    ListDecided = Get "/api/v1/admin/users/duplicates/decided" (DecidedQuery) -> Page<Decided>, [Admin];
    /// Removes the second factor of a person who has lost it, and ends their sessions.
    ResetMfa = Delete "/api/v1/admin/users/{id}/mfa" (()) -> PersonView, [Admin], confirmed;
    /// Accepts an invitation.
    AcceptInvitation = Post "/api/v1/auth/accept-invitation" (AcceptRequest) -> Accepted, [Companion, Doctor, Admin], open;
    /// The clinic's branches.
    ListBranches = Get "/api/v1/branches" (()) -> Page<Branch>, [Companion, Doctor, Admin, Kiosk], open;
    /// The settings: branches, services, and the people who may give them.
    GetSettings = Get "/api/v1/admin/settings" (()) -> Settings, [Admin];
    /// Adds a branch.
    AddBranch = Post "/api/v1/admin/branches" (BranchSettings) -> Settings, [Admin], once;
    /// Changes a branch.
    ChangeBranch = Put "/api/v1/admin/branches/{id}" (BranchSettings) -> Settings, [Admin], once;
    /// Adds a service.
    AddService = Post "/api/v1/admin/services" (ServiceSettings) -> Settings, [Admin], once;
    /// Changes a service.
    ChangeService = Put "/api/v1/admin/services/{id}" (ServiceSettings) -> Settings, [Admin], once;
    /// The services of a branch, and the doctors who give them.
    ListServices = Get "/api/v1/branches/{id}/services" (()) -> Page<Service>, [Companion, Doctor, Admin, Kiosk], open;
    /// The public board of a branch.
    GetBoard = Get "/api/v1/branches/{id}/board" (()) -> Board, [Companion, Doctor, Admin, Kiosk], open;
    /// Finds patients by name, number, address or date of birth.
    FindPatients = Get "/api/v1/patients" (PatientsQuery) -> PatientsFound, [Admin];
    /// Registers a patient at the desk.
    RegisterPatient = Post "/api/v1/patients" (PatientRequest) -> PatientView, [Admin], once;
    /// Corrects a patient's details and contacts. A changed contact is unproven until it is confirmed.
    ChangePatient = Put "/api/v1/patients/{id}" (PatientChange) -> PatientView, [Admin], once, versioned;
    /// Sends a code to a patient's contact; the patient reads it back at the desk or on the telephone.
    SendContactCode = Post "/api/v1/patients/{id}/contact-code" (ContactCodeRequest) -> VerificationBegun, [Admin];
    /// Confirms a patient's contact by the code that the patient read back.
    ConfirmContact = Post "/api/v1/patients/{id}/contact-confirm" (ContactConfirmRequest) -> PatientView, [Admin];
    /// Records that a patient's identity was checked, and that they confirmed a contact.
    CheckIdentity = Post "/api/v1/patients/{id}/identity-check" (IdentityCheckRequest) -> PatientView, [Admin], once;
    /// Takes a place in a queue.
    JoinQueue = Post "/api/v1/queue/join" (JoinRequest) -> TicketView, [Companion, Admin, Kiosk], once;
    /// The caller's tickets that have not ended, and those of today that ended last.
    MyStatus = Get "/api/v1/queue/my-status" (()) -> MyTickets, [Companion];
    /// The ended tickets of the caller and of the people they look after.
    MyHistory = Get "/api/v1/queue/my-history" (ListQuery) -> Page<TicketView>, [Companion];
    /// The signed-in doctor's queue.
    DoctorQueue = Get "/api/v1/queue/doctor-queue" (BranchQuery) -> QueueView, [Doctor];
    /// Calls the next patient and finishes the one being served.
    CallNext = Post "/api/v1/queue/call-next" (CallNextRequest) -> QueueRow, [Doctor], once;
    /// Performs one step on a ticket, for staff. Patients cancel, step back and arrive by calls of their own.
    StepTicket = Patch "/api/v1/queue/{id}/status" (StepRequest) -> QueueRow, [Doctor, Admin], once, versioned;
    /// Leaves a queue.
    CancelTicket = Delete "/api/v1/queue/{id}" (()) -> TicketView, [Companion, Admin], once, versioned;
    /// Lets some of the patients behind go first.
    StepBack = Post "/api/v1/queue/{id}/step-back" (StepBackRequest) -> TicketView, [Companion], once, versioned;
    /// Marks that the caller has arrived for their ticket of today. A patient who missed their call is back in line,
    /// within the grace period.
    ArriveSelf = Post "/api/v1/queue/{id}/check-in" (()) -> TicketView, [Companion];
    /// Answers a call: the patient is on the way, and staff see it until they come or are called again.
    AnswerCall = Post "/api/v1/queue/{id}/on-my-way" (()) -> TicketView, [Companion];
    /// Checks a patient who joined from home in at a kiosk.
    CheckIn = Post "/api/v1/branches/{id}/check-in" (CheckInRequest) -> MyTickets, [Kiosk];
    /// Settles a ticket that a kiosk holds: it becomes valid, or void.
    SettleHeld = Put "/api/v1/queue/{id}/held" (HeldRequest) -> TicketView, [Kiosk], once;
    /// The data that a kiosk keeps to go on without the network.
    GetKiosk = Get "/api/v1/kiosk" (()) -> KioskSetup, [Kiosk];
    /// Hands over the tickets that a kiosk gave without the network.
    HandOverTickets = Post "/api/v1/kiosk/tickets" (HandOver) -> Page<HandedOver>, [Kiosk];
    /// Marks a task at the desk as settled.
    SettleTask = Delete "/api/v1/branches/{id}/tasks/{task}" (()) -> (), [Admin];
    /// Opens, pauses or closes a branch's queue.
    ControlQueue = Put "/api/v1/branches/{id}/queue" (QueueControl) -> QueueControl, [Doctor, Admin], once;
    /// Asks for help at a kiosk.
    AskHelp = Post "/api/v1/branches/{id}/help" (()) -> (), [Kiosk];
    /// Takes back a kiosk's request for help: it is no longer needed.
    WithdrawHelp = Delete "/api/v1/branches/{id}/help" (()) -> (), [Kiosk];
    /// Answers a kiosk's request for help.
    AnswerHelp = Delete "/api/v1/branches/{id}/help/{device}" (()) -> (), [Admin];
    /// The figures of today at a branch.
    GetQueueStats = Get "/api/v1/queue/stats" (BranchQuery) -> QueueStats, [Doctor, Admin];
    /// How accurate the forecast waiting times were, by service.
    GetEstimates = Get "/api/v1/queue/estimates" (BranchQuery) -> Page<EstimateView>, [Admin];
    /// The live ticket that a secret link names.
    GetLinkedTicket = Get "/api/v1/tickets/{secret}" (()) -> TicketView, [Companion, Kiosk], open;
    /// The notes of one patient that the caller may read.
    ListNotes = Get "/api/v1/notes" (NotesOf) -> ChartNotes, [Doctor];
    /// The caller's own unsigned notes of all patients, newest first, without their texts.
    ListDrafts = Get "/api/v1/notes/drafts" (()) -> Page<DraftView>, [Doctor];
    /// Saves a draft.
    SaveNote = Put "/api/v1/notes/{id}" (NoteSave) -> Note, [Doctor], once;
    /// Signs a note.
    SignNote = Post "/api/v1/notes/{id}/sign" (NoteSign) -> Note, [Doctor], once;
    /// Throws an own draft away, if nobody has written on it since. A signed note stays.
    DiscardNote = Post "/api/v1/notes/{id}/discard" (NoteDiscard) -> (), [Doctor], once;
    /// The audit log, newest first.
    ListAudit = Get "/api/v1/audit" (AuditQuery) -> Page<AuditEntry>, [Admin];
    /// The patients whom the list of an audit entry showed.
    ListAuditPatients = Get "/api/v1/audit/patients" (AuditPatientsQuery) -> Page<ShownPatient>, [Admin];
    /// A piece of the audit log as a file: a table, or lines of JSON. The log records each piece.
    ExportAudit = Get "/api/v1/audit/export" (AuditExportQuery) -> AuditExport, [Admin];
    /// Checks the audit log's chain and checkpoints.
    VerifyAudit = Get "/api/v1/audit/verify" (()) -> AuditVerdict, [Admin];
    /// What the last check of the audit log found.
    GetAuditState = Get "/api/v1/audit/state" (()) -> AuditState, [Admin];
    /// The delivery state of the clinic's messages, newest first.
    ListMessages = Get "/api/v1/messages" (ListQuery) -> Page<MessageView>, [Admin];
    /// Replaces the key that signs tokens; tokens already issued stay valid until they expire.
    RotateKeys = Post "/api/v1/keys/rotate" (()) -> (), [Admin], once, confirmed;
    /// Makes a one-time code that enrols a device.
    CreateDeviceCode = Post "/api/v1/devices/codes" (DeviceCodeRequest) -> DeviceCode, [Admin], confirmed;
    /// The clinic's devices, newest first.
    ListDevices = Get "/api/v1/devices" (()) -> Page<DeviceView>, [Admin];
    /// Renames, locks, unlocks or wipes a device; unlocking and wiping have to be confirmed.
    ChangeDevice = Patch "/api/v1/devices/{id}" (DeviceRequest) -> DeviceView, [Admin], once, confirmed;
    /// Enrols a device and signs it in.
    EnrolDevice = Post "/api/v1/devices/enrol" (DeviceEnrolRequest) -> Enrolled, [Doctor, Admin, Kiosk], open;
    /// A device asks for its state, and reports the version it runs.
    CheckInDevice = Post "/api/v1/devices/check-in" (DeviceCheckIn) -> (), [Doctor, Admin, Kiosk], open;
    /// A device asks for its clinic's order; the answer is signed.
    AskOrders = Post "/api/v1/devices/orders" (OrdersRequest) -> SignedOrder, [Doctor, Admin, Kiosk], open;
    /// A device reports that it has erased everything.
    DeviceWiped = Post "/api/v1/devices/wiped" (DeviceCheckIn) -> (), [Doctor, Admin, Kiosk], open;
    /// A device hands over the reads that happened there without the network.
    HandOverReads = Post "/api/v1/devices/reads" (DeviceReads) -> (), [Doctor], open;
}

/// The call with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static CallSpec> {
    CALLS.iter().find(|call| call.name == name)
}

/// Fills the parameters into a path, in order. Parameters are ids and secrets, whose characters need no escaping; a
/// value with any other character is refused.
#[must_use]
pub fn fill(path: &str, parameters: &[&str]) -> Option<String> {
    let mut filled = String::with_capacity(path.len() + 40);
    let mut rest = path;
    let mut parameters = parameters.iter();
    while let Some((before, after)) = rest.split_once('{') {
        let (_, after) = after.split_once('}')?;
        let value = parameters.next()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if value.is_empty() || !value.chars().all(plain) {
            return None;
        }
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    parameters.next().is_none().then_some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_routes_are_unique() {
        for (n, call) in CALLS.iter().enumerate() {
            assert!(CALLS[..n].iter().all(|c| c.name != call.name), "{}", call.name);
            assert!(
                CALLS[..n].iter().all(|c| (c.method, c.path) != (call.method, call.path)),
                "{}",
                call.path
            );
        }
    }

    #[test]
    fn the_parameters_of_a_path_have_names() {
        for call in CALLS {
            let parts = || call.path.split('/').filter(|part| part.contains(['{', '}']));
            let names: Vec<&str> =
                parts().filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
            assert_eq!(
                names.len(),
                parts().count(),
                "{}: a parameter is a whole part of the path",
                call.path
            );
            for (n, name) in names.iter().enumerate() {
                let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                assert!(is_name && !names[..n].contains(name), "{}: {name}", call.path);
            }
        }
    }

    #[test]
    fn a_path_is_filled_or_refused() {
        assert_eq!(fill("/a/{id}/b", &["x-1"]).as_deref(), Some("/a/x-1/b"));
        assert_eq!(fill("/a/{id}", &[]), None);
        assert_eq!(fill("/a/{id}", &["../b"]), None);
        assert_eq!(fill("/a", &["x"]), None);
    }
}
