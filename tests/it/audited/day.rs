//! A day on which every call is made once, in a possible order.

use medlane_shared::{
    audit::{DeviceRead, Read},
    identity::{Face, ProofFor},
    ids::NoteId,
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    devices::DeviceKey,
    factor::app,
    kiosk::{Given, handed},
    profile::picture,
    push::Phone,
    world::{Answer, Client, PASSWORD, World},
};

/// The callers, and the answers of earlier calls.
pub(super) struct Day {
    pub(super) world: World,
    pub(super) patient: Client,
    pub(super) second: Client,
    pub(super) doctor: Client,
    pub(super) admin: Client,
    pub(super) tokens: Value,
    pub(super) ticket: Value,
    pub(super) code: Value,
    pub(super) key: DeviceKey,
}

impl Day {
    pub(super) async fn make(&mut self, name: &str) -> Answer {
        let branch = self.world.a.branches[0];
        let anyone = self.world.node.anyone();
        let note = NoteId::new(Timestamp::from_ms(1), [4; 10]);
        let patient = self.world.a.patients[0];
        match name {
            "Login" => {
                let body = json!({ "email": "patient5@test.example", "password": PASSWORD, "face": Face::Companion });
                let answer = anyone.post("/api/v1/auth/login", &body).await;
                self.tokens = answer.body.clone();
                answer
            }
            "Refresh" => {
                let body = json!({ "refresh_token": self.tokens["refresh_token"] });
                let answer = anyone.post("/api/v1/auth/refresh", &body).await;
                self.tokens = answer.body.clone();
                answer
            }
            "Logout" => {
                let body = json!({ "refresh_token": self.tokens["refresh_token"] });
                anyone.post("/api/v1/auth/logout", &body).await
            }
            "GetMe" => self.patient.get("/api/v1/me").await,
            "ListBranches" => anyone.get("/api/v1/branches").await,
            "ListServices" => anyone.get(&format!("/api/v1/branches/{branch}/services")).await,
            "GetBoard" => anyone.get(&format!("/api/v1/branches/{branch}/board")).await,
            "JoinQueue" => {
                let answer = self.patient.post("/api/v1/queue/join", &self.world.join()).await;
                self.ticket = answer.body.clone();
                answer
            }
            "MyStatus" => self.patient.get("/api/v1/queue/my-status").await,
            "MyHistory" => self.patient.get("/api/v1/queue/my-history").await,
            "GetLinkedTicket" => {
                anyone.get(&format!("/api/v1/tickets/{}", self.ticket["link"].as_str().unwrap())).await
            }
            "GetQueueStats" => self.admin.get(&format!("/api/v1/queue/stats?branch_id={branch}")).await,
            "GetEstimates" => self.admin.get(&format!("/api/v1/queue/estimates?branch_id={branch}")).await,
            "DoctorQueue" => self.doctor.get("/api/v1/queue/doctor-queue").await,
            "CallNext" => {
                let answer = self.doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await;
                self.ticket = answer.body.clone();
                answer
            }
            "StepTicket" => self.doctor.step(&self.ticket, "serve").await,
            "SaveNote" => self.draft(note).await,
            "DiscardNote" => self.discard(Self::second_note()).await,
            "ListNotes" => self.doctor.get(&format!("/api/v1/notes?patient_id={patient}")).await,
            "ListDrafts" => self.doctor.get("/api/v1/notes/drafts").await,
            "SignNote" => {
                let body = json!({ "id": note, "version": 1 });
                self.doctor.post(&format!("/api/v1/notes/{note}/sign"), &body).await
            }
            "AnswerCall" | "StepBack" | "ArriveSelf" | "CancelTicket" => self.place(name).await,
            "GetSettings" | "AddBranch" | "ChangeBranch" | "AddService" | "ChangeService" => {
                self.settings(name).await
            }
            "FindPatients" => self.admin.get("/api/v1/patients?q=patient0").await,
            "RegisterPatient" | "ChangePatient" | "SendContactCode" | "ConfirmContact" | "CheckIdentity"
            | "GetContacts" | "ProveContact" | "ConfirmOwnContact" => self.contact(name).await,
            "ControlQueue" => {
                self.admin
                    .put(&format!("/api/v1/branches/{branch}/queue"), &json!({ "door": "paused" }))
                    .await
            }
            "ListAudit" => self.admin.get("/api/v1/audit").await,
            "ListAuditPatients" => self.admin.get("/api/v1/audit/patients?seq=1").await,
            "ExportAudit" => self.admin.get("/api/v1/audit/export").await,
            "VerifyAudit" => self.admin.get("/api/v1/audit/verify").await,
            "GetAuditState" => self.admin.get("/api/v1/audit/state").await,
            "AskHelp" | "WithdrawHelp" | "AnswerHelp" | "CreateDeviceCode" | "ListDevices"
            | "ChangeDevice" | "EnrolDevice" | "CheckInDevice" | "HandOverReads" | "AskOrders"
            | "DeviceWiped" => self.device(name).await,
            "GetKiosk" | "CheckIn" | "SettleHeld" | "HandOverTickets" | "SettleTask" => {
                self.kiosk(name).await
            }
            "ListMessages" => self.admin.get("/api/v1/messages").await,
            "ExportAccount" | "ConfirmIdentity" | "ListDependants" | "AddDependant" | "EndDependant"
            | "ListSessions" | "EndSession" | "EndSessions" | "ChangeProfile" | "ChangePassword" => {
                self.own(name).await
            }
            "GetInbox" | "ReadInbox" | "GetPushKey" | "SubscribePush" | "UnsubscribePush" | "SetAvatar"
            | "GetAvatar" | "RemoveAvatar" | "GetNotices" | "ChooseNotices" | "AskDeletion"
            | "GetDeletion" | "WithdrawDeletion" => self.profile(name).await,
            "GetPersonAvatar" | "KeepPerson" | "ListPeople" | "InvitePerson" | "ReinvitePerson"
            | "AcceptInvitation" | "SetRoles" | "SetStanding" => self.people(name).await,
            "Register" | "ForgotPassword" | "ResendCode" | "VerifyCode" | "ResetPassword" => {
                self.prove(name).await
            }
            "GetMfa" | "SetUpMfa" | "EnableMfa" | "VerifyMfa" | "RenewBackupCodes" | "DisableMfa"
            | "ResetMfa" => self.factor(name).await,
            "ListDuplicates" | "MergePeople" | "UnmergePerson" | "TellApart" | "ListDecided"
            | "UntellApart" => self.twice(name).await,
            "RotateKeys" => self.admin.post("/api/v1/keys/rotate", &Value::Null).await,
            unknown => panic!("{unknown} is not made"),
        }
    }

    /// The note that is thrown away.
    pub(super) fn second_note() -> NoteId {
        NoteId::new(Timestamp::from_ms(1), [5; 10])
    }

    async fn discard(&self, note: NoteId) -> Answer {
        let body = json!({ "id": note, "version": 1 });
        self.doctor.post(&format!("/api/v1/notes/{note}/discard"), &body).await
    }

    /// Begins a note of the first patient's visit.
    pub(super) async fn draft(&self, note: NoteId) -> Answer {
        let (patient, ticket) = (self.world.a.patients[0], &self.ticket["id"]);
        let body =
            json!({ "id": note, "patient_id": patient, "ticket_id": ticket, "text": "x", "version": 0 });
        self.doctor.put(&format!("/api/v1/notes/{note}"), &body).await
    }

    /// The calls of a patient about their place in a line.
    async fn place(&self, name: &str) -> Answer {
        match name {
            "AnswerCall" => {
                let path = format!("/api/v1/queue/{}/on-my-way", self.ticket["id"].as_str().unwrap());
                self.patient.post(&path, &Value::Null).await
            }
            "StepBack" => {
                let mine: Value = self.second.get("/api/v1/queue/my-status").await.ok();
                let id = mine["tickets"][0]["id"].as_str().unwrap().to_owned();
                self.second.post(&format!("/api/v1/queue/{id}/step-back"), &json!({ "places": 1 })).await
            }
            "ArriveSelf" | "CancelTicket" => {
                let mine: Value = self.second.get("/api/v1/queue/my-status").await.ok();
                let path = format!("/api/v1/queue/{}", mine["tickets"][0]["id"].as_str().unwrap());
                if name == "CancelTicket" {
                    self.second.delete(&path).await
                } else {
                    self.second.post(&format!("{path}/check-in"), &Value::Null).await
                }
            }
            unknown => panic!("{unknown} is not made"),
        }
    }

    /// The calls of an administrator about settings.
    async fn settings(&mut self, name: &str) -> Answer {
        let is_new = name.starts_with("Add");
        let (kind, mut body) = if name.ends_with("Branch") {
            let body = json!({ "name": "New", "address": "", "time_zone": "UTC", "languages": ["en"], "rooms": ["1"] });
            ("branches", body)
        } else {
            let body = json!({ "name": "New", "prefix": "NEW", "duration_min": 5, "price_minor": 0, "currency": "OMR",
                "walk_in": true, "given": [] });
            ("services", body)
        };
        if name == "GetSettings" {
            return self.admin.get("/api/v1/admin/settings").await;
        }
        if is_new {
            let answer = self.admin.post(&format!("/api/v1/admin/{kind}"), &body).await;
            self.code = answer.body.clone();
            return answer;
        }
        let mut all = self.code[kind].as_array().unwrap().iter();
        let made = all.find(|one| one["settings"]["name"] == "New").unwrap();
        body["version"] = made["settings"]["version"].clone();
        self.admin.put(&format!("/api/v1/admin/{kind}/{}", made["id"].as_str().unwrap()), &body).await
    }

    /// The calls of a kiosk, and those about what it leaves to the desk.
    async fn kiosk(&mut self, name: &str) -> Answer {
        let branch = self.world.a.branches[0];
        let token = self.tokens["kiosk"].as_str().map(str::to_owned);
        let kiosk = Client { token, ..self.world.node.anyone() };
        match name {
            "GetKiosk" => {
                let answer = kiosk.get("/api/v1/kiosk").await;
                self.code = answer.body.clone();
                answer
            }
            "CheckIn" => {
                let body = json!({ "code": self.ticket["joined"]["code"] });
                kiosk.post(&format!("/api/v1/branches/{branch}/check-in"), &body).await
            }
            "SettleHeld" => {
                let path = format!("/api/v1/queue/{}/held", self.ticket["held"]["id"].as_str().unwrap());
                kiosk.put(&path, &json!({ "taken": true })).await
            }
            "HandOverTickets" => {
                let claim = json!({ "code": self.ticket["joined"]["code"] });
                let now = self.world.node.core.now();
                let given = Given { number: 1, service: self.world.a.services[0], at: now, claim };
                kiosk.post("/api/v1/kiosk/tickets", &handed(&self.code, now, &[given])).await
            }
            "SettleTask" => {
                let task = self.ticket["tasks"][0]["id"].as_str().unwrap();
                self.admin.delete(&format!("/api/v1/branches/{branch}/tasks/{task}")).await
            }
            unknown => panic!("{unknown} is not made"),
        }
    }

    /// The calls of an administrator about devices, and those of devices themselves.
    async fn device(&mut self, name: &str) -> Answer {
        let branch = self.world.a.branches[0];
        let anyone = self.world.node.anyone();
        match name {
            "CreateDeviceCode" => {
                let body = json!({ "branch_id": branch, "kind": "kiosk", "name": "At the door" });
                let answer = self.admin.post("/api/v1/devices/codes", &body).await;
                self.code = answer.body.clone();
                answer
            }
            "AskHelp" => {
                let kiosk = Client { token: self.tokens["kiosk"].as_str().map(str::to_owned), ..anyone };
                kiosk.post(&format!("/api/v1/branches/{branch}/help"), &Value::Null).await
            }
            "WithdrawHelp" => {
                let kiosk = Client { token: self.tokens["kiosk"].as_str().map(str::to_owned), ..anyone };
                kiosk.delete(&format!("/api/v1/branches/{branch}/help")).await
            }
            "AnswerHelp" => {
                let devices: Value = self.admin.get("/api/v1/devices").await.ok();
                let id = devices["items"][0]["id"].as_str().unwrap().to_owned();
                self.admin.delete(&format!("/api/v1/branches/{branch}/help/{id}")).await
            }
            "ListDevices" => {
                let answer = self.admin.get("/api/v1/devices").await;
                self.code = answer.body["items"][0].clone();
                answer
            }
            "ChangeDevice" => {
                let path = format!("/api/v1/devices/{}", self.code["id"].as_str().unwrap());
                self.admin.patch(&path, &json!({ "order": "wipe", "version": 1 })).await
            }
            "CheckInDevice" => {
                let body = self.key.check_in(ProofFor::CheckIn, self.world.node.core.now());
                anyone.post("/api/v1/devices/check-in", &body).await
            }
            "HandOverReads" => {
                let (what, prev) = (Read::Queue(self.world.a.branches[0]), DeviceRead::genesis());
                let read =
                    self.key.read((1, &prev), self.world.a.doctors[0], what, self.world.node.core.now());
                anyone.post("/api/v1/devices/reads", &self.key.reads(&[read])).await
            }
            "AskOrders" => {
                let body = self.key.orders("0123456789012345678901", self.world.node.core.now());
                anyone.post("/api/v1/devices/orders", &body).await
            }
            "DeviceWiped" => {
                let body = self.key.check_in(ProofFor::Wiped, self.world.node.core.now());
                anyone.post("/api/v1/devices/wiped", &body).await
            }
            "EnrolDevice" => {
                let body = json!({ "code": self.code["code"], "public_key": self.key.public() });
                let answer = anyone.post("/api/v1/devices/enrol", &body).await;
                self.key.enrolled(&answer.body);
                self.tokens["kiosk"] = answer.body["tokens"]["access_token"].clone();
                answer
            }
            unknown => panic!("{unknown} is not made"),
        }
    }

    /// The calls of a person about their own account.
    async fn own(&self, name: &str) -> Answer {
        let me = "/api/v1/users/me";
        match name {
            "ListSessions" => self.second.get(&format!("{me}/sessions")).await,
            "EndSession" => {
                let page: Value = self.second.get(&format!("{me}/sessions")).await.ok();
                let mut sessions = page["items"].as_array().unwrap().iter();
                let other = sessions.find(|session| session["is_present"] == false).unwrap();
                self.second.delete(&format!("{me}/sessions/{}", other["id"].as_str().unwrap())).await
            }
            "EndSessions" => self.second.delete(&format!("{me}/sessions")).await,
            "ExportAccount" => self.second.get(&format!("{me}/export")).await,
            "ConfirmIdentity" => {
                self.second.post(&format!("{me}/confirm"), &json!({ "password": PASSWORD })).await
            }
            "ListDependants" => self.second.get(&format!("{me}/dependants")).await,
            "AddDependant" => {
                let body = json!({ "name": "Child", "birth_date": "2015-05-01" });
                self.second.post(&format!("{me}/dependants"), &body).await
            }
            "EndDependant" => {
                let page: Value = self.second.get(&format!("{me}/dependants")).await.ok();
                let id = page["items"][0]["id"].as_str().unwrap().to_owned();
                self.second.delete(&format!("{me}/dependants/{id}")).await
            }
            "ChangeProfile" => self.second.patch(me, &json!({ "gender": "other" })).await,
            "ChangePassword" => {
                let body = json!({ "password": "kettle-42-violin" });
                self.second.post(&format!("{me}/password"), &body).await
            }
            unknown => panic!("{unknown} is not made"),
        }
    }

    /// The calls about contacts: at the desk, and the person's own.
    async fn contact(&mut self, name: &str) -> Answer {
        let desk = format!("/api/v1/patients/{}", self.code["id"].as_str().unwrap_or_default());
        let own = "/api/v1/users/me/contacts";
        let read = async |day: &Self| json!({ "verification_id": day.ticket["verification_id"], "code": day.world.code().await });
        match name {
            "RegisterPatient" => {
                let body = json!({ "name": "Walks in", "phone": "+968 9212 3456" });
                let answer = self.admin.post("/api/v1/patients", &body).await;
                self.code = answer.body.clone();
                answer
            }
            "ChangePatient" => {
                let mut body = json!({ "name": "Walks In", "version": self.code["version"] });
                body["phone"] = self.code["phone"].clone();
                self.admin.put(&desk, &body).await
            }
            "SendContactCode" => {
                let ask = json!({ "channel": "sms" });
                let answer = self.admin.post(&format!("{desk}/contact-code"), &ask).await;
                self.ticket = answer.body.clone();
                answer
            }
            "ConfirmContact" => self.admin.post(&format!("{desk}/contact-confirm"), &read(self).await).await,
            "CheckIdentity" => {
                let body = json!({ "document": "passport", "contact": "sms" });
                self.admin.post(&format!("{desk}/identity-check"), &body).await
            }
            "GetContacts" => self.second.get(own).await,
            "ProveContact" => {
                let ask = json!({ "phone": "+968 9212 3457" });
                let answer = self.second.post(&format!("{own}/code"), &ask).await;
                self.ticket = answer.body.clone();
                answer
            }
            "ConfirmOwnContact" => self.second.post(&format!("{own}/confirm"), &read(self).await).await,
            unknown => panic!("{unknown} is not made"),
        }
    }

    /// The calls of a person about their profile and notices.
    async fn profile(&self, name: &str) -> Answer {
        let me = "/api/v1/users/me";
        match name {
            "SetAvatar" => self.second.put(&format!("{me}/avatar"), &picture()).await,
            "GetAvatar" => self.second.get(&format!("{me}/avatar")).await,
            "RemoveAvatar" => self.second.delete(&format!("{me}/avatar")).await,
            "GetNotices" => self.second.get(&format!("{me}/notices")).await,
            "GetInbox" => self.second.get(&format!("{me}/inbox")).await,
            "ReadInbox" => self.second.post(&format!("{me}/inbox/read"), &Value::Null).await,
            "GetPushKey" => self.second.get(&format!("{me}/push")).await,
            "SubscribePush" => {
                let browser = Phone::new("https://push.apple.com/device");
                self.second.put(&format!("{me}/push"), &browser.subscription()).await
            }
            "UnsubscribePush" => self.second.delete(&format!("{me}/push")).await,
            "ChooseNotices" => self.second.put(&format!("{me}/notices"), &json!({ "channels": [] })).await,
            "AskDeletion" => self.second.post(&format!("{me}/deletion"), &Value::Null).await,
            "GetDeletion" => self.second.get(&format!("{me}/deletion")).await,
            "WithdrawDeletion" => self.second.delete(&format!("{me}/deletion")).await,
            unknown => panic!("{unknown} is not made"),
        }
    }

    /// The calls of a person about their second factor.
    pub(super) async fn factor(&mut self, name: &str) -> Answer {
        let mfa = "/api/v1/auth/mfa";
        match name {
            "GetMfa" => self.patient.get(mfa).await,
            "SetUpMfa" => {
                let answer = self.patient.post(&format!("{mfa}/setup"), &json!({})).await;
                self.code = answer.body.clone();
                answer
            }
            "EnableMfa" => {
                let code = app(&self.code).generate(self.world.seconds()).to_string();
                let answer = self.patient.post(&format!("{mfa}/enable"), &json!({ "code": code })).await;
                self.code = answer.body["codes"].clone();
                answer
            }
            "VerifyMfa" => {
                let body = json!({ "mfa_token": self.ticket, "code": self.code[0] });
                self.world.node.anyone().post(&format!("{mfa}/verify"), &body).await
            }
            "RenewBackupCodes" => {
                let answer = self.patient.post(&format!("{mfa}/backup-codes"), &Value::Null).await;
                self.code = answer.body["codes"].clone();
                answer
            }
            "DisableMfa" => self.patient.post(&format!("{mfa}/disable"), &Value::Null).await,
            "ResetMfa" => {
                let patient = self.world.a.patients[0];
                self.admin.delete(&format!("/api/v1/admin/users/{patient}/mfa")).await
            }
            unknown => panic!("{unknown} is not made"),
        }
    }

    /// The calls about patients with two records.
    async fn twice(&self, name: &str) -> Answer {
        let users = "/api/v1/admin/users";
        let (one, other) = (self.world.a.patients[20], self.world.a.patients[21]);
        match name {
            "ListDuplicates" => self.admin.get(&format!("{users}/duplicates")).await,
            "MergePeople" => {
                let body = json!({ "other_id": other, "version": 1, "other_version": 1 });
                self.admin.post(&format!("{users}/{one}/merge"), &body).await
            }
            "UnmergePerson" => {
                self.admin.post(&format!("{users}/{other}/unmerge"), &json!({ "version": 2 })).await
            }
            "TellApart" => {
                let body = json!({ "other_id": other });
                self.admin.post(&format!("{users}/{one}/distinct"), &body).await
            }
            "ListDecided" => self.admin.get(&format!("{users}/duplicates/decided")).await,
            "UntellApart" => self.admin.delete(&format!("{users}/{one}/distinct/{other}")).await,
            unknown => panic!("{unknown} is not made"),
        }
    }

    /// The calls of an administrator about people.
    async fn people(&mut self, name: &str) -> Answer {
        let users = "/api/v1/admin/users";
        let person = format!("{users}/{}", self.code["id"].as_str().unwrap_or_default());
        let branch = self.world.a.branches[0];
        match name {
            "ListPeople" => self.admin.get(users).await,
            "GetPersonAvatar" => {
                self.admin.get(&format!("{users}/{}/avatar", self.world.a.patients[1])).await
            }
            "KeepPerson" => {
                let body = json!({ "why": "By law", "version": 2 });
                self.admin.post(&format!("{users}/{}/keep", self.world.a.patients[30]), &body).await
            }
            "InvitePerson" => {
                let body = json!({ "name": "N", "email": "staff@test.example", "roles": ["doctor"], "branches": [branch] });
                let answer = self.admin.post(&format!("{users}/invite"), &body).await;
                self.code = answer.body.clone();
                answer
            }
            "ReinvitePerson" => self.admin.post(&format!("{person}/invite"), &Value::Null).await,
            "AcceptInvitation" => {
                let body = self.world.invitation("kettle-42-violin").await;
                self.world.node.anyone().post("/api/v1/auth/accept-invitation", &body).await
            }
            "SetRoles" => {
                let body = json!({ "roles": ["reception"], "branches": [branch], "version": 3 });
                self.admin.patch(&format!("{person}/roles"), &body).await
            }
            "SetStanding" => {
                let body = json!({ "standing": "suspended", "why": "left", "version": 4 });
                self.admin.patch(&format!("{person}/standing"), &body).await
            }
            unknown => panic!("{unknown} is not made"),
        }
    }

    /// The calls to register and to replace a password.
    async fn prove(&mut self, name: &str) -> Answer {
        let anyone = self.world.node.anyone();
        match name {
            "Register" | "ForgotPassword" => {
                let (path, body) = if name == "Register" {
                    ("register", json!({ "name": "New", "email": "new@test.example" }))
                } else {
                    ("forgot-password", json!({ "email": "patient6@test.example" }))
                };
                let answer = anyone.post(&format!("/api/v1/auth/{path}"), &body).await;
                self.code = answer.body.clone();
                answer
            }
            "ResendCode" => {
                let body = json!({ "verification_id": self.code["verification_id"] });
                anyone.post("/api/v1/auth/resend-otp", &body).await
            }
            "VerifyCode" | "ResetPassword" => {
                let path = if name == "VerifyCode" { "verify-otp" } else { "reset-password" };
                let code = self.world.code().await;
                let body = json!({
                    "verification_id": self.code["verification_id"], "code": code, "password": "kettle-42-violin",
                });
                anyone.post(&format!("/api/v1/auth/{path}"), &body).await
            }
            unknown => panic!("{unknown} is not made"),
        }
    }
}
