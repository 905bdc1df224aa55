//! Every call, every step of a ticket and every message on a socket, with the one audit entry that it leaves, or
//! none. The build fails if one has no row.

mod day;
mod denied;
mod rights;
mod said;
mod shown;
mod steps;

use day::Day;
use medlane_shared::{api::CALLS, identity::Face};
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::{
    devices::DeviceKey,
    world::{Client, PASSWORD, World},
};

/// The calls in the order in which they are made. `-` leaves no entry, because nothing changes and no other person's
/// data is shown.
const MATRIX: &[(&str, &str)] = &[
    ("Login", "session.sign_in"),
    ("Refresh", "session.refresh"),
    ("GetMe", "-"),
    ("ListBranches", "-"),
    ("ListServices", "-"),
    ("GetBoard", "-"),
    ("JoinQueue", "ticket.join"),
    ("MyStatus", "-"),
    ("MyHistory", "-"),
    ("GetLinkedTicket", "-"),
    ("GetQueueStats", "-"),
    ("GetEstimates", "-"),
    ("DoctorQueue", "queue.read"),
    ("CallNext", "ticket.call"),
    ("AnswerCall", "ticket.on_way"),
    ("StepTicket", "ticket.serve"),
    ("SaveNote", "note.save"),
    ("ListNotes", "note.read"),
    ("ListDrafts", "note.list"),
    ("SignNote", "note.sign"),
    ("DiscardNote", "note.discard"),
    ("StepBack", "ticket.step_back"),
    ("ArriveSelf", "ticket.check_in"),
    ("CancelTicket", "ticket.cancel"),
    ("ControlQueue", "queue.control"),
    ("GetSettings", "-"),
    ("AddBranch", "branch.save"),
    ("ChangeBranch", "branch.save"),
    ("AddService", "service.save"),
    ("ChangeService", "service.save"),
    ("FindPatients", "patients.find"),
    ("RegisterPatient", "patient.register"),
    ("ChangePatient", "patient.correct"),
    ("SendContactCode", "contact.code"),
    ("ConfirmContact", "contact.confirm"),
    ("CheckIdentity", "contact.identity"),
    ("ListAudit", "audit.read"),
    ("ListAuditPatients", "audit.read"),
    ("ExportAudit", "audit.export"),
    ("VerifyAudit", "audit.verify"),
    ("GetAuditState", "-"),
    ("CreateDeviceCode", "device.code"),
    ("EnrolDevice", "device.enrol"),
    ("GetKiosk", "kiosk.letter"),
    ("CheckIn", "ticket.check_in"),
    ("SettleHeld", "ticket.take"),
    ("HandOverTickets", "kiosk.hand_over"),
    ("SettleTask", "task.settle"),
    ("AskHelp", "help.ask"),
    ("WithdrawHelp", "help.withdraw"),
    ("AnswerHelp", "help.answer"),
    ("ListDevices", "-"),
    ("CheckInDevice", "-"),
    ("HandOverReads", "queue.read"),
    ("ChangeDevice", "device.wipe"),
    ("AskOrders", "-"),
    ("DeviceWiped", "device.wiped"),
    ("ListMessages", "-"),
    ("Register", "account.register"),
    ("ResendCode", "account.resend"),
    ("VerifyCode", "account.open"),
    ("ForgotPassword", "password.forgot"),
    ("ResetPassword", "password.reset"),
    ("ListSessions", "-"),
    ("EndSession", "session.end"),
    ("EndSessions", "session.end"),
    ("ChangeProfile", "person.profile"),
    ("ConfirmIdentity", "session.confirm"),
    ("ExportAccount", "account.export"),
    ("GetContacts", "-"),
    ("ProveContact", "contact.code"),
    ("ConfirmOwnContact", "contact.confirm"),
    ("SetAvatar", "person.avatar"),
    ("GetAvatar", "-"),
    ("RemoveAvatar", "person.avatar"),
    ("GetNotices", "-"),
    ("ChooseNotices", "person.notices"),
    ("GetInbox", "-"),
    ("ReadInbox", "inbox.read"),
    ("GetPushKey", "-"),
    ("SubscribePush", "push.subscribe"),
    ("UnsubscribePush", "push.unsubscribe"),
    ("AskDeletion", "account.leave"),
    ("GetDeletion", "-"),
    ("WithdrawDeletion", "account.stay"),
    ("AddDependant", "dependant.add"),
    ("ListDependants", "-"),
    ("EndDependant", "dependant.end"),
    ("ChangePassword", "password.change"),
    ("ListPeople", "people.read"),
    ("InvitePerson", "person.invite"),
    ("ReinvitePerson", "person.invite"),
    ("AcceptInvitation", "person.accept"),
    ("GetPersonAvatar", "avatar.read"),
    ("KeepPerson", "person.keep"),
    ("SetRoles", "person.roles"),
    ("SetStanding", "person.suspend"),
    ("GetMfa", "-"),
    ("SetUpMfa", "factor.set_up"),
    ("EnableMfa", "factor.enable"),
    ("VerifyMfa", "session.factor"),
    ("RenewBackupCodes", "factor.codes"),
    ("DisableMfa", "factor.disable"),
    ("ResetMfa", "factor.reset"),
    ("ListDuplicates", "people.duplicates"),
    ("MergePeople", "person.merge"),
    ("UnmergePerson", "person.unmerge"),
    ("TellApart", "person.distinct"),
    ("ListDecided", "people.duplicates"),
    ("UntellApart", "person.distinct_end"),
    ("RotateKeys", "keys.rotate"),
    ("Logout", "session.sign_out"),
];

#[tokio::test]
async fn every_act_leaves_one_entry() {
    for call in CALLS {
        assert!(MATRIX.iter().any(|(name, _)| *name == call.name), "{} has no row", call.name);
    }
    let world = World::sqlite().await;
    let second = world.patient(1).await.confirmed().await;
    world.patient(1).await;
    let mut day = Day {
        patient: world.patient(0).await.confirmed().await,
        doctor: world.doctor(0).await,
        admin: world.admin().await,
        tokens: Value::Null,
        ticket: Value::Null,
        code: Value::Null,
        key: DeviceKey::new(),
        second,
        world,
    };
    let mut wrong = Vec::new();
    for (name, expected) in MATRIX {
        let before = log(&day.world).await.len();
        let answer = day.make(name).await;
        assert!(answer.status.is_success(), "{name}: {} {}", answer.status, answer.body);
        let left = log(&day.world).await.split_off(before);
        let expected: &[(String, String)] =
            if *expected == "-" { &[] } else { &[((*expected).to_owned(), "success".to_owned())] };
        if left != expected {
            wrong.push(format!("{name}: {left:?}"));
        }
        if *name == "EnableMfa" {
            let body = json!({ "email": "patient0@test.example", "password": PASSWORD });
            let step = day.world.node.anyone().post("/api/v1/auth/login", &body).await;
            day.ticket = step.body["present"]["mfa_token"].clone();
        }
        if *name == "DisableMfa" {
            day.factor("SetUpMfa").await;
            day.factor("EnableMfa").await;
        }
        if *name == "GetKiosk" {
            let joined = day.world.patient(11).await.post("/api/v1/queue/join", &day.world.join()).await;
            let mut join = day.world.join();
            join["held"] = json!(true);
            let kiosk =
                Client { token: day.tokens["kiosk"].as_str().map(str::to_owned), ..day.world.node.anyone() };
            let held = kiosk.post("/api/v1/queue/join", &join).await;
            day.ticket = json!({ "joined": joined.body, "held": held.body });
        }
        if *name == "HandOverTickets" {
            let branch = day.world.a.branches[0];
            let path = format!("/api/v1/queue/doctor-queue?branch_id={branch}");
            day.ticket = day.admin.get(&path).await.body;
        }
        if *name == "GetPersonAvatar" {
            let leaver = day.world.patient(30).await.confirmed().await;
            leaver.post("/api/v1/users/me/deletion", &Value::Null).await.ok::<Value>();
        }
        if *name == "SignNote" {
            day.draft(Day::second_note()).await.ok::<Value>();
        }
        if *name == "JoinQueue" {
            for who in [&day.second, &day.world.patient(7).await] {
                who.post("/api/v1/queue/join", &day.world.join()).await.ok::<Value>();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    rights::every_act_says_what_allowed_it(&day.admin).await;
    // A failed sign-in leaves an entry too.
    let before = log(&day.world).await.len();
    let body = json!({ "email": "patient5@test.example", "password": "wrong", "face": Face::Companion });
    day.world.node.anyone().post("/api/v1/auth/login", &body).await.refused(401, "credentials_wrong");
    let left = log(&day.world).await.split_off(before);
    assert_eq!(left, [("session.sign_in".to_owned(), "refused".to_owned())]);
}

/// The action and the outcome of each entry in the log.
async fn log(world: &World) -> Vec<(String, String)> {
    let mut raw = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
    // The sender writes its entries at any time, so they are left out.
    let sql =
        "select action, outcome from audit where clinic_id = $1 and action <> 'message.send' order by seq";
    sqlx::query_as(sql).bind(world.a.id.to_string()).fetch_all(&mut raw).await.unwrap()
}
