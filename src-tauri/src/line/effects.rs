//! Carries out the effects of the protocol machine, and tells pages.

use std::{collections::VecDeque, sync::Arc};

use futures_util::SinkExt as _;
use medlane_shared::{
    fault::{Code, Fault},
    identity::Face,
    sync::{
        IntentOutcome, ServerFrame,
        client::{ClientEffect, ClientEvent},
    },
};
use tokio_tungstenite::tungstenite::Message;

use super::Driver;
use crate::{
    clock::now,
    rooms,
    session::is_bar,
    socket::connect,
    told::{Pending, Told},
    vault::VaultError,
};

impl Driver {
    /// Feeds an event to the protocol machine, and carries out the effects, until no event is left.
    pub(super) async fn happen(&mut self, event: ClientEvent) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for effect in self.client.on(event, now(), rand::random()) {
                match self.effect(effect).await {
                    Ok(more) => events.extend(more),
                    Err(error) => {
                        // A change that cannot be stored is not acknowledged either: the server sends it again.
                        tracing::error!(%error, "a change could not be stored");
                        self.socket = None;
                        events.clear();
                        events.push_back(ClientEvent::Closed);
                        break;
                    }
                }
            }
        }
    }

    async fn effect(&mut self, effect: ClientEffect) -> Result<Option<ClientEvent>, VaultError> {
        match effect {
            ClientEffect::Connect => self.connecting = Some(connect(Arc::clone(&self.session))),
            ClientEffect::Close => self.socket = None,
            ClientEffect::Send(frame) => {
                let text = serde_json::to_string(&frame)?;
                if let Some(socket) = &mut self.socket {
                    // The reader notices a broken socket.
                    drop(socket.send(Message::text(text)).await);
                }
            }
            ClientEffect::View { topic, body, .. } => {
                self.keep(&format!("view {topic}"), &body.to_string());
                (self.tell)(Told::View { topic, body });
            }
            ClientEffect::Refused { topic, fault } => (self.tell)(Told::Refused { topic, fault }),
            ClientEffect::Online(online) => {
                if let Some(vault) = self.vault.as_ref().filter(|_| online) {
                    vault.lease(self.session.time().now())?;
                }
                if online {
                    self.in_doubt = false;
                    let session = Arc::clone(&self.session);
                    tokio::spawn(async move { session.hand_over_reads().await });
                }
                (self.tell)(Told::Online { online });
            }
            ClientEffect::Ended(fault) => return Ok(self.line_ended(fault).await),
            ClientEffect::WakeAt(at) => self.wake = Some(at),
            ClientEffect::Load { from } => {
                if let Some(vault) = &self.vault {
                    return Ok(Some(ClientEvent::Loaded(vault.intents(from)?)));
                }
            }
            ClientEffect::Apply(checkpoint) => {
                if let Some(vault) = &mut self.vault {
                    vault.apply(&checkpoint)?;
                }
            }
            ClientEffect::Replace { bucket, rows } => {
                if let Some(vault) = &mut self.vault {
                    vault.replace(bucket, &rows, self.session.time().now())?;
                }
            }
            ClientEffect::Check(sums) => {
                if let Some(vault) = &self.vault {
                    return Ok(Some(ClientEvent::Diverged(vault.diverged(&sums)?)));
                }
            }
            ClientEffect::Purge(bucket) => {
                if let Some(vault) = &mut self.vault {
                    vault.purge(bucket)?;
                }
            }
            ClientEffect::Settle(answer) => {
                if let Some(vault) = &mut self.vault {
                    if let IntentOutcome::Refused { fault } = &answer.outcome {
                        tracing::warn!(code = ?fault.code, intent = answer.intent_id, "an intent was refused");
                    }
                    let settled = rooms::settle(vault, &answer, self.session.time().now())?;
                    if let Some((key, fault)) = settled.refused {
                        self.stays(&key, &fault);
                    }
                    self.pending();
                    return Ok(settled.next.map(ClientEvent::Intent));
                }
            }
        }
        Ok(None)
    }

    /// The server has ended the line. Returns the event that begins it anew.
    async fn line_ended(&mut self, fault: Fault) -> Option<ClientEvent> {
        if is_bar(&fault) {
            Box::pin(self.barred(fault)).await;
        } else if fault.code == Code::DeviceRestart {
            (self.tell)(Told::Restart);
        } else if self.session.correct_clock(&fault) {
            return Some(ClientEvent::Start);
        } else if fault.code.status() == 401 && self.session.face() != Face::Kiosk {
            Box::pin(self.ended(&fault)).await;
        } else {
            tracing::warn!(code = ?fault.code, "the server ended the line");
        }
        None
    }

    pub(super) fn keep(&mut self, name: &str, body: &str) {
        if let Some(vault) = &mut self.vault
            && let Err(error) = vault.see(name, body.as_bytes(), self.session.time().now())
        {
            tracing::error!(%error, "a view could not be kept");
        }
    }

    /// Deletes the kept data after the lease without the server. If the clock was set back meanwhile, shows only the
    /// person's own notes until the server tells the time.
    pub(super) fn expire(&mut self) {
        let time = self.session.time();
        if let Some(vault) = &mut self.vault
            && let Err(error) = vault.expire(time.now()).and_then(|()| vault.keep_latest(time))
        {
            tracing::error!(%error, "the lease could not be applied to the kept data");
        }
        // The page starts again when this changes, also when the time has caught up.
        if self.vault.is_some() && !self.client.is_live() && time.went_back() != self.in_doubt {
            self.restart(None);
            self.begun = false;
            (self.tell)(Told::Barred { fault: Code::ClockWrong.into() });
        }
    }

    /// Takes the time from a server at which a person is signed in.
    pub(super) fn hears_time(&mut self, frame: &ServerFrame) {
        let at = match frame {
            ServerFrame::Welcome(welcome) => welcome.at,
            ServerFrame::Pong { at, .. } => *at,
            _ => return,
        };
        let time = self.session.time();
        time.told(at);
        if let Some(vault) = &mut self.vault
            && let Err(error) = vault.keep_latest(time)
        {
            tracing::error!(%error, "the latest known time could not be stored");
        }
    }

    /// Tells the callers who wait for it that a draft is gone, and why the server refused it.
    fn stays(&mut self, key: &str, fault: &Fault) {
        let waiters = std::mem::take(&mut self.waiters);
        let (those, others): (Vec<_>, Vec<_>) = waiters.into_iter().partition(|(of, _)| of == key);
        self.waiters = others;
        for (_, waiter) in those {
            // The receiver is gone if its time ran out.
            drop(waiter.send(Some(fault.clone())));
        }
    }

    /// Tells pages which work waits, and answers the callers whose draft does not wait any more.
    pub(super) fn pending(&mut self) {
        let vault = self.vault.as_deref();
        let is_under_way = |key: &str| vault.map_or(Ok(false), |vault| rooms::is_under_way(vault, key));
        let (waiting, answered): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiters)
            .into_iter()
            .partition(|(key, _)| is_under_way(key).map_err(rooms::failed).unwrap_or_default());
        let pending = vault.map_or_else(|| Ok(Pending::default()), rooms::pending);
        self.waiters = waiting;
        for (_, waiter) in answered {
            // The receiver is gone if its time ran out.
            drop(waiter.send(None));
        }
        // Pages go on with what they were told before if the vault does not open: no work is said to be done.
        if let Ok(pending) = pending.map_err(rooms::failed) {
            (self.tell)(Told::Pending(pending));
        }
    }
}
