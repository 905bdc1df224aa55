//! Every call × everyone who could ask: the build fails where a call has no row.

use medlane_shared::{
    api::{CALLS, Method, fill},
    identity::Face,
    ids::NoteId,
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::world::{Client, PASSWORD, World};

/// Anonymous; the ticket's patient; another patient; its doctor; a doctor of another branch; reception of its branch;
/// an administrator; a kiosk of another branch; a doctor of another clinic.
/// `+` goes past rights, `1` 401, `3` 403, `4` 404.
const MATRIX: &[(&str, &str)] = &[
    ("Login", "+++++++++"),
    ("Refresh", "111111111"),
    ("GetMe", "1++++++++"),
    ("ListBranches", "+++++++++"),
    ("ListServices", "++++++++4"),
    ("GetBoard", "++++++++4"),
    ("JoinQueue", "1++44++44"),
    ("MyStatus", "1++444+34"),
    ("MyHistory", "1++444+34"),
    ("DoctorQueue", "133+4++34"),
    ("CallNext", "133+44334"),
    ("StepTicket", "133+4+334"),
    ("CancelTicket", "1+4+4++34"),
    ("ControlQueue", "13344++34"),
    ("GetQueueStats", "133+4++34"),
    ("GetLinkedTicket", "++++++++4"),
    ("ListNotes", "1+4++3334"),
    ("SaveNote", "133+43334"),
    ("SignNote", "133+43334"),
    ("ListAudit", "133333+33"),
    ("VerifyAudit", "133333+33"),
    ("CreateDeviceCode", "133333+33"),
    ("EnrolDevice", "+++++++++"),
    ("CheckInDevice", "111111111"),
    ("DeviceWiped", "111111111"),
    ("ListMessages", "133333+33"),
    ("ListDevices", "133333+33"),
    ("ChangeDevice", "133333433"),
    ("ListSessions", "1++++++3+"),
    ("EndSession", "144444434"),
    ("EndSessions", "1++++++3+"),
    ("ChangeProfile", "1++++++3+"),
    ("ConfirmPassword", "1++++++3+"),
    ("ExportAccount", "1++++++3+"),
    ("ListDependants", "1++++++3+"),
    ("AddDependant", "1++333333"),
    ("EndDependant", "144444434"),
    ("ChangePassword", "1++++++3+"),
    ("ListPeople", "133333+33"),
    ("InvitePerson", "133333+33"),
    ("ReinvitePerson", "133333+33"),
    ("SetStanding", "133333+33"),
    ("SetRoles", "133333+33"),
    ("AcceptInvitation", "+++++++++"),
    ("VerifyMfa", "111111111"),
    ("SetUpMfa", "1++++++3+"),
    ("EnableMfa", "1++++++3+"),
    ("GetMfa", "1++++++3+"),
    ("DisableMfa", "1++++++3+"),
    ("RenewBackupCodes", "1++++++3+"),
    ("ResetMfa", "133333+33"),
    ("ListDuplicates", "13333++33"),
    ("MergePeople", "13333++33"),
    ("UnmergePerson", "13333++33"),
    ("TellApart", "13333++33"),
    ("RotateKeys", "133333+33"),
    ("Register", "+++++++++"),
    ("ResendCode", "+++++++++"),
    ("VerifyCode", "+++++++++"),
    ("ForgotPassword", "+++++++++"),
    ("ResetPassword", "+++++++++"),
    // Last: it ends their sessions.
    ("Logout", "1++++++++"),
];

struct Things {
    ticket: Value,
    note: NoteId,
}

#[tokio::test]
async fn nobody_does_what_they_may_not() {
    let world = World::sqlite().await;
    let owner = world.patient(0).await;
    let ticket: Value = owner.post("/api/v1/queue/join", &world.join()).await.ok();
    let doctor = world.doctor(0).await;
    let note = NoteId::new(Timestamp::from_ms(1), rand::random());
    let draft = json!({ "id": note, "patient_id": world.a.patients[0], "text": "x", "version": 0 });
    doctor.put(&format!("/api/v1/notes/{note}"), &draft).await.ok::<Value>();
    let things = Things { ticket, note };
    let foreign = world.node.sign_in(&world.b, "doctor0@test.example", Face::Doctor).await;
    let everyone = [
        world.node.anyone(),
        owner,
        world.patient(1).await,
        doctor,
        world.doctor(2).await,
        world.reception().await,
        world.admin().await,
        kiosk(&world).await,
        foreign,
    ];
    for call in CALLS {
        assert!(MATRIX.iter().any(|(name, _)| *name == call.name), "{} has no row", call.name);
    }
    let mut wrong = Vec::new();
    for (name, row) in MATRIX {
        let mut found = String::new();
        for who in &everyone {
            let status = ask(&world, &things, who, name).await;
            found.push(match status {
                401 => '1',
                403 => '3',
                404 => '4',
                _ => '+',
            });
        }
        if found != *row {
            wrong.push(format!("{name}: expected {row}, found {found}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

async fn kiosk(world: &World) -> Client {
    let ask = json!({ "branch_id": world.a.branches[1], "kind": "kiosk", "name": "South" });
    let code: Value = world.admin().await.post("/api/v1/devices/codes", &ask).await.ok();
    let mut kiosk = world.node.anyone();
    let tokens: Value = kiosk.post("/api/v1/devices/enrol", &json!({ "code": code["code"] })).await.ok();
    kiosk.token = Some(tokens["tokens"]["access_token"].as_str().unwrap().to_owned());
    kiosk
}

async fn ask(world: &World, things: &Things, who: &Client, name: &str) -> u16 {
    let call = medlane_shared::api::find(name).unwrap();
    let branch = world.a.branches[0].to_string();
    let (ticket, note) = (things.ticket["id"].as_str().unwrap().to_owned(), things.note.to_string());
    let patient = world.a.patients[0];
    let parameters: &[&str] = match name {
        "ListServices" | "GetBoard" | "ControlQueue" => &[&branch],
        "StepTicket" | "CancelTicket" => &[&ticket],
        "GetLinkedTicket" => &[things.ticket["link"].as_str().unwrap()],
        "SignNote" | "EndSession" | "ChangeDevice" | "EndDependant" => &[&note],
        "ReinvitePerson" | "SetStanding" | "SetRoles" | "ResetMfa" | "MergePeople" | "UnmergePerson"
        | "TellApart" => &[&patient.to_string()],
        "SaveNote" => &[&NoteId::new(Timestamp::from_ms(1), rand::random()).to_string()],
        _ => &[],
    };
    let mut path = fill(call.path, parameters).unwrap();
    match name {
        "DoctorQueue" | "GetQueueStats" => path = format!("{path}?branch_id={branch}"),
        "ListNotes" => path = format!("{path}?patient_id={patient}"),
        _ => {}
    }
    let body = match name {
        "Login" => json!({ "email": "patient3@test.example", "password": PASSWORD }),
        "Refresh" => json!({ "refresh_token": "bm9uc2Vuc2U" }),
        "JoinQueue" => world.join(),
        "StepTicket" => json!({ "step": "recall", "version": 999 }),
        "ControlQueue" => json!({ "door": "open" }),
        "SaveNote" => {
            json!({ "id": path.rsplit('/').next(), "patient_id": patient, "text": "x", "version": 0 })
        }
        "SignNote" => json!({ "id": note, "version": 999 }),
        "CreateDeviceCode" => json!({ "branch_id": branch, "kind": "kiosk", "name": "K" }),
        "EnrolDevice" => json!({ "code": "NOSUCHCODE" }),
        "CheckInDevice" | "DeviceWiped" => {
            let proof = json!({ "device_id": note, "at": Timestamp::from_ms(1), "signature": "x" });
            json!({ "proof": proof, "app_version": "1" })
        }
        "ConfirmPassword" => json!({ "password": "wrong" }),
        "AddDependant" => json!({ "name": "Child", "birth_date": "2015-05-01" }),
        "ChangePassword" => json!({ "present": "wrong", "password": "kettle-42-violin" }),
        "InvitePerson" => {
            json!({ "name": "N", "email": "staff@test.example", "roles": ["doctor"], "branches": [branch] })
        }
        "ChangeDevice" => json!({ "order": "wipe", "version": 1 }),
        "SetStanding" => json!({ "standing": "suspended", "why": "x", "version": 999 }),
        "MergePeople" => json!({ "other_id": world.a.patients[9], "version": 999, "other_version": 999 }),
        "UnmergePerson" => json!({ "version": 999 }),
        "TellApart" => json!({ "other_id": world.a.patients[9] }),
        "SetRoles" => json!({ "roles": ["patient"], "version": 999 }),
        "AcceptInvitation" => {
            json!({ "invitation_id": note, "secret": "x", "password": "kettle-42-violin" })
        }
        "Register" => json!({ "name": "New", "email": "new@test.example" }),
        "ForgotPassword" => json!({ "email": "new@test.example" }),
        "ResendCode" => json!({ "verification_id": note }),
        "VerifyMfa" => json!({ "mfa_token": "x.y.z", "code": "123456" }),
        "EnableMfa" => json!({ "code": "123456" }),
        "DisableMfa" | "RenewBackupCodes" => json!({ "password": "wrong", "code": "123456" }),
        "VerifyCode" | "ResetPassword" => json!({ "verification_id": note, "code": "123456" }),
        _ => json!({}),
    };
    let method = reqwest::Method::from_bytes(call.method.text().as_bytes()).unwrap();
    let mut request = who.request(method, &path);
    if name == "CancelTicket" {
        request = request.header("if-match", "999");
    }
    if !matches!(call.method, Method::Get | Method::Delete) {
        request = request.json(&body);
    }
    who.send(request).await.status.as_u16()
}
