//! A day with every call, every step of a ticket and every message on a socket, with the one audit entry that it leaves, or
//! none. The build fails if one is not made.

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
    denial::row,
    devices::DeviceKey,
    world::{Client, PASSWORD, World},
};

/// The calls in the order in which they are made. What each leaves stands in its row of the room's matrix.
const ORDER: &[&str] = &[
    "Login",
    "Refresh",
    "GetMe",
    "ListBranches",
    "ListServices",
    "GetBoard",
    "JoinQueue",
    "MyStatus",
    "MyHistory",
    "GetLinkedTicket",
    "GetQueueStats",
    "GetEstimates",
    "DoctorQueue",
    "CallNext",
    "AnswerCall",
    "StepTicket",
    "SaveNote",
    "ListNotes",
    "ListDrafts",
    "SignNote",
    "DiscardNote",
    "StepBack",
    "ArriveSelf",
    "CancelTicket",
    "ControlQueue",
    "GetSettings",
    "AddBranch",
    "ChangeBranch",
    "AddService",
    "ChangeService",
    "FindPatients",
    "RegisterPatient",
    "ChangePatient",
    "SendContactCode",
    "ConfirmContact",
    "CheckIdentity",
    "ListAudit",
    "ListAuditPatients",
    "ExportAudit",
    "VerifyAudit",
    "GetAuditState",
    "CreateDeviceCode",
    "EnrolDevice",
    "GetKiosk",
    "CheckIn",
    "SettleHeld",
    "HandOverTickets",
    "SettleTask",
    "AskHelp",
    "WithdrawHelp",
    "AnswerHelp",
    "ListDevices",
    "CheckInDevice",
    "HandOverReads",
    "ChangeDevice",
    "AskOrders",
    "DeviceWiped",
    "ListMessages",
    "Register",
    "ResendCode",
    "VerifyCode",
    "ForgotPassword",
    "ResetPassword",
    "ListSessions",
    "EndSession",
    "EndSessions",
    "ChangeProfile",
    "ConfirmIdentity",
    "ExportAccount",
    "GetContacts",
    "ProveContact",
    "ConfirmOwnContact",
    "SetAvatar",
    "GetAvatar",
    "RemoveAvatar",
    "GetNotices",
    "ChooseNotices",
    "GetInbox",
    "ReadInbox",
    "GetPushKey",
    "SubscribePush",
    "UnsubscribePush",
    "AskDeletion",
    "GetDeletion",
    "WithdrawDeletion",
    "AddDependant",
    "ListDependants",
    "EndDependant",
    "ChangePassword",
    "ListPeople",
    "InvitePerson",
    "ReinvitePerson",
    "AcceptInvitation",
    "GetPersonAvatar",
    "KeepPerson",
    "SetRoles",
    "SetStanding",
    "GetMfa",
    "SetUpMfa",
    "EnableMfa",
    "VerifyMfa",
    "RenewBackupCodes",
    "DisableMfa",
    "ResetMfa",
    "ListDuplicates",
    "MergePeople",
    "UnmergePerson",
    "TellApart",
    "ListDecided",
    "UntellApart",
    "RotateKeys",
    "Logout",
];

#[tokio::test]
async fn every_act_leaves_one_entry() {
    for call in CALLS {
        assert!(ORDER.contains(&call.name), "{} is not made", call.name);
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
    for name in ORDER {
        let before = log(&day.world).await.len();
        let answer = day.make(name).await;
        assert!(answer.status.is_success(), "{name}: {} {}", answer.status, answer.body);
        let left = log(&day.world).await.split_off(before);
        let expected = row(name).leaves.map(|action| (action.to_owned(), "success".to_owned()));
        if left != expected.as_slice() {
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
pub async fn log(world: &World) -> Vec<(String, String)> {
    let mut raw = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
    // The sender writes its entries at any time, so they are left out.
    let sql =
        "select action, outcome from audit where clinic_id = $1 and action <> 'message.send' order by seq";
    sqlx::query_as(sql).bind(world.a.id.to_string()).fetch_all(&mut raw).await.unwrap()
}
