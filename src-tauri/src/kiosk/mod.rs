//! A kiosk: it prints tickets, and goes on giving them while the network is down.

mod printer;
mod store;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use medlane_shared::{
    api::{Call, GetKiosk, HandOverTickets, ListBranches, ListServices, SettleHeld},
    clinic::Page,
    fault::{Code, Fault},
    ids::{ServiceId, TicketId},
    queue::{
        CheckInRequest, HANDED_MAX, HandOver, HandedOver, HeldRequest, KioskSetup, KioskTicket, Label,
        SealedTicket, kiosk_place, series_label,
    },
    seal::seal,
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{Notify, watch};

use printer::Spool;
pub use printer::{NoPrinter, Picture, Printer};
use store::Store;

use crate::{
    clock::now,
    session::{Request, Session},
};

/// The calls whose last answer is shown while the server cannot be reached. Their answers are public.
const KEPT: &[&str] = &[ListBranches::NAME, ListServices::NAME];
/// The pause after a failed call to the server.
const PAUSE: Duration = Duration::from_secs(5);

/// A ticket that was given without the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Given {
    /// Its id.
    pub id: TicketId,
    /// The label that is printed and called.
    pub label: Label,
}

/// The state of a kiosk.
pub struct Kiosk {
    session: Arc<Session>,
    printer: Option<Spool>,
    store: Mutex<Store>,
    /// Wakes the task that tells the server about changes.
    news: Notify,
}

impl Kiosk {
    /// Starts with the state stored in its folder. `online` says whether the connection is up.
    ///
    /// # Errors
    /// An error of the disk.
    pub fn start(
        session: Arc<Session>,
        folder: &Path,
        printer: Option<Printer>,
        online: watch::Receiver<bool>,
    ) -> std::io::Result<Arc<Self>> {
        let store = Mutex::new(Store::open(folder)?);
        let printer = printer.map(Spool::new);
        let kiosk = Arc::new(Self { session, printer, store, news: Notify::new() });
        tokio::spawn(Self::keep(Arc::clone(&kiosk), online));
        Ok(kiosk)
    }

    /// Whether this kiosk prints tickets.
    #[must_use]
    pub const fn prints(&self) -> bool {
        self.printer.is_some()
    }

    /// Prints a ticket.
    ///
    /// # Errors
    /// [`Code::PrinterGone`], [`Code::PaperOut`], [`Code::Malformed`]; [`Code::SwitchedOff`] without a printer.
    pub async fn print(&self, picture: &Picture) -> Result<(), Fault> {
        self.printer.as_ref().ok_or(Code::SwitchedOff)?.print(picture).await
    }

    /// Makes a call. If the server cannot be reached, a public call gets its last answer.
    ///
    /// # Errors
    /// As for [`Session::call`].
    pub async fn call(&self, request: &Request) -> Result<String, Fault> {
        let done = self.session.call(request).await;
        if !KEPT.contains(&request.name.as_str()) {
            return done;
        }
        let name = format!("{} {}", request.name, request.parameters.join(" "));
        match done {
            Ok(body) => {
                // Without the copy the kiosk shows less during an outage; now it works. The disk's error is logged.
                let _logged = self.change(|kept| drop(kept.answers.insert(name, body.clone())));
                Ok(body)
            }
            Err(fault) if fault.code == Code::Offline => {
                self.store().kept().answers.get(&name).cloned().ok_or(fault)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Gives a ticket of the kiosk's own series. It is sealed, and stored on the disk before this returns.
    ///
    /// # Errors
    /// [`Code::Offline`] at a kiosk that has never reached its server; [`Code::Internal`] if the disk fails.
    pub fn give(&self, service_id: ServiceId, check_in: Option<CheckInRequest>) -> Result<Given, Fault> {
        let (at, id) = (now(), TicketId::new(now(), rand::random()));
        let given = self.change(|kept| {
            let setup = kept.setup.as_ref().ok_or(Code::Offline)?;
            let number = kept.number + 1;
            let label = series_label(setup.letter, number).ok_or(Code::Internal)?;
            let ticket = KioskTicket { number, service_id, at, check_in };
            let text = serde_json::to_vec(&ticket).map_err(|_| Code::Internal)?;
            let key = BASE64_URL_SAFE_NO_PAD.decode(&setup.seal_key).map_err(|_| Code::Internal)?;
            let sealed = seal(&key, &kiosk_place(setup.device_id, id), &text, &mut rand::rng());
            let sealed = BASE64_URL_SAFE_NO_PAD.encode(sealed.map_err(|_| Code::Internal)?);
            kept.number = number;
            let ticket = SealedTicket { id, sealed };
            // If the kiosk prints, the ticket counts only once it is printed.
            let kept = if self.prints() { &mut kept.undecided } else { &mut kept.pending };
            kept.push(ticket);
            Ok::<_, Code>(Given { id, label })
        })?;
        self.news.notify_one();
        Ok(given?)
    }

    /// Settles a ticket that may not be in the patient's hands: it becomes valid, or void. The server is told as soon
    /// as it can be reached, and at once if the disk fails. It never hears of a void ticket that this kiosk gave.
    ///
    /// # Errors
    /// If the disk fails and the server does not learn it at once: the server's fault, [`Code::Offline`]. The kiosk
    /// tells it later, unless it is restarted before.
    pub async fn settle(&self, id: TicketId, taken: bool) -> Result<(), Fault> {
        let written = self.note(|kept| {
            let is_it = |ticket: &SealedTicket| ticket.id == id;
            if let Some(n) = kept.undecided.iter().position(is_it) {
                let ticket = kept.undecided.remove(n);
                if taken {
                    kept.pending.push(ticket);
                }
            } else if kept.pending.iter().any(is_it) {
                kept.pending.retain(|ticket| taken || !is_it(ticket));
            } else {
                kept.settled.push((id, taken));
            }
        });
        self.news.notify_one();
        if written { Ok(()) } else { self.tell().await }
    }

    /// Changes the kept data, on the disk if that works: whether it did.
    fn note(&self, change: impl FnOnce(&mut store::Kept)) -> bool {
        let written = self.store().note(change);
        if let Err(error) = &written {
            tracing::error!(%error, "the kiosk cannot write to its disk");
        }
        written.is_ok()
    }

    fn change<T>(&self, change: impl FnOnce(&mut store::Kept) -> T) -> Result<T, Fault> {
        self.store().change(change).map_err(|error| {
            tracing::error!(%error, "the kiosk cannot write to its disk");
            Code::Internal.into()
        })
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whenever the server can be reached, tells it what it does not know yet.
    async fn keep(self: Arc<Self>, mut online: watch::Receiver<bool>) {
        loop {
            let is_online = *online.borrow_and_update();
            let told = if is_online { self.tell().await } else { Ok(()) };
            let again = async {
                match told {
                    Ok(()) => std::future::pending().await,
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            };
            tokio::select! {
                changed = online.changed() => if changed.is_err() { return },
                () = self.news.notified() => {}
                () = again => {}
            }
        }
    }

    async fn tell(&self) -> Result<(), Fault> {
        loop {
            let next = self.store().kept().settled.first().copied();
            let Some((id, taken)) = next else { break };
            let done = self.ask::<SettleHeld>(&[&id.to_string()], &HeldRequest { taken }).await;
            // A ticket that has lapsed or was settled before needs nothing more.
            if let Err(fault) = done
                && !matches!(fault.code, Code::TicketStepRefused | Code::NotFound)
            {
                return Err(fault);
            }
            self.note(|kept| kept.settled.retain(|known| *known != (id, taken)));
        }
        loop {
            let tickets: Vec<SealedTicket> =
                self.store().kept().pending.iter().take(HANDED_MAX).cloned().collect();
            if tickets.is_empty() {
                break;
            }
            let done: Page<HandedOver> =
                self.ask::<HandOverTickets>(&[], &HandOver { now: now(), tickets }).await?;
            for ticket in done.items.iter().filter(|ticket| ticket.code.is_some()) {
                tracing::warn!(id = %ticket.id, code = ?ticket.code, "a ticket given without the network did not join");
            }
            let joined = |id| done.items.iter().any(|ticket| ticket.id == id);
            self.note(|kept| kept.pending.retain(|ticket| !joined(ticket.id)));
        }
        let setup: KioskSetup = match self.ask::<GetKiosk>(&[], &()).await {
            Ok(setup) => setup,
            // A board gives no tickets.
            Err(fault) if fault.code == Code::Forbidden => return Ok(()),
            Err(fault) => return Err(fault),
        };
        self.note(|kept| {
            // The next number follows the highest one that the server knows, unless the server still lacks some
            // tickets.
            if kept.pending.is_empty() && kept.undecided.is_empty() {
                kept.number = setup.last_number;
            }
            kept.setup = Some(setup);
        });
        Ok(())
    }

    async fn ask<C: Call>(&self, parameters: &[&str], request: &C::Request) -> Result<C::Response, Fault>
    where
        C::Response: DeserializeOwned,
    {
        let request = Request {
            name: C::NAME.to_owned(),
            parameters: parameters.iter().map(|&text| text.to_owned()).collect(),
            request: serde_json::to_value(request).map_err(|_| Code::Malformed)?,
            language: String::new(),
        };
        let body = self.session.call(&request).await?;
        serde_json::from_str(&body).map_err(|_| Code::Internal.into())
    }
}
