//! The live views of one socket: rendered when the clinic's data changes, sent when the view changed.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use axum::extract::ws::Utf8Bytes;
use medlane_shared::{
    access::{Action, Actor, Grant, Resource, may},
    fault::Fault,
    ids::PersonId,
    sync::{ServerFrame, Topic},
};
use tokio::time::Instant;

use crate::{
    app::App,
    engine::{Clinic, own},
    notify::inbox::{Inboxes, inbox},
    queue::{help_view, linked_ticket, may_see_help, my_tickets, queue_view},
    records::{NoteMoves, chart_moves, draft_versions, may_follow_chart},
    writer::{By, Entry, Noted},
};

/// The shortest time between two audit entries about new patients in a followed view. Patients are shown only with
/// their entry, so a view may be late by this time.
const NOTED_APART: Duration = Duration::from_millis(250);
/// The most patients that a view remembers as shown. Beyond it, it forgets them, and later entries name them again.
const SHOWN_MAX: usize = 10_000;

/// The views that a socket follows.
#[derive(Debug, Default)]
pub(super) struct Views(BTreeMap<Topic, Followed>);

/// The last state of a view that was sent to a socket.
#[derive(Debug, Default)]
struct Followed {
    /// A fingerprint of the view.
    sent: u64,
    /// The patients that audit entries have named since the view was followed.
    shown: HashSet<PersonId>,
    /// When the last of those entries was written.
    noted: Option<Instant>,
}

/// The frames to send.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// The frames.
    pub frames: Vec<Utf8Bytes>,
    /// The views that are no longer shown, and why.
    pub refused: Vec<(Topic, Fault)>,
    /// When to render again, if something could not be shown yet.
    pub again: Option<Instant>,
}

impl Changed {
    fn look_by(&mut self, again: Instant) {
        self.again = Some(self.again.map_or(again, |other| other.min(again)));
    }
}

/// The audit entry for reading a view with other people's data; `None` for other views.
fn read_of(topic: &Topic, actor: &Actor) -> Option<Entry> {
    match topic {
        Topic::Queue(branch) => Some(Entry::new("queue.read", format!("branch:{branch}"))),
        Topic::Activity => Some(Entry::new("activity.read", format!("clinic:{}", actor.clinic()))),
        Topic::Mine
        | Topic::Inbox
        | Topic::Link(_)
        | Topic::Board(_)
        | Topic::Help(_)
        | Topic::Drafts
        | Topic::Chart(_) => None,
    }
}

impl Views {
    /// Whether no view is followed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn remove(&mut self, topic: &Topic) {
        self.0.remove(topic);
    }

    /// Starts to follow a view.
    pub fn follow(&mut self, clinic: &Clinic, actor: &Actor, topic: &Topic) -> Result<(), Fault> {
        match topic {
            Topic::Queue(branch) => {
                may(actor, Action::QueueRead, &Resource::branch(*branch))?;
            }
            Topic::Activity => {
                may(actor, Action::ActivityRead, &Resource::clinic())?;
            }
            Topic::Mine => {
                may(actor, Action::TicketRead, &Resource::default().of(actor.person()))?;
            }
            Topic::Inbox => {
                own(actor)?;
            }
            Topic::Help(branch) => {
                may_see_help(actor, *branch)?;
            }
            Topic::Drafts => {
                may(actor, Action::NoteWrite, &Resource::default().written_by(actor.person()))?;
            }
            Topic::Chart(patient) => {
                may_follow_chart(clinic, actor, *patient)?;
            }
            Topic::Link(_) | Topic::Board(_) => {}
        }
        self.0.insert(topic.clone(), Followed::default());
        Ok(())
    }

    /// The frames of the views that changed. Before a view shows other people's data, an audit entry is written: with
    /// the first frame, and with each later frame that shows new patients.
    pub async fn changed(&mut self, app: &App, clinic: &Clinic, by: &By) -> Changed {
        let mut changed = Changed::default();
        let seq = clinic.head().seq;
        for (topic, followed) in &mut self.0 {
            // Inboxes and notes are in the database, so they are read only if this person's have changed, not after
            // every change.
            let moves = by.actor.person().and_then(|person| match topic {
                Topic::Inbox => Some(clinic.state::<Inboxes>().moves(person) + 1),
                Topic::Drafts => Some(clinic.state::<NoteMoves>().of(person) + 1),
                Topic::Chart(patient) => Some(clinic.state::<NoteMoves>().of_chart(*patient) + 1),
                _ => None,
            });
            if moves == Some(followed.sent) {
                continue;
            }
            let frame = match render(app, clinic, &by.actor, topic).await {
                Ok(view) if moves.unwrap_or(view.mark) != followed.sent => {
                    let noted = followed.noted;
                    if let Some(again) = followed.note(app, by, topic, &view).await {
                        changed.look_by(again);
                        continue;
                    }
                    if followed.noted != noted && *topic == Topic::Activity {
                        // This read is itself part of the activity, but does not advance the feed.
                        changed.look_by(Instant::now() + NOTED_APART);
                    }
                    followed.sent = moves.unwrap_or(view.mark);
                    ServerFrame::View { topic: topic.clone(), seq, body: view.body }
                }
                Ok(_) => continue,
                Err(fault) => {
                    changed.refused.push((topic.clone(), fault.clone()));
                    ServerFrame::Refused { topic: topic.clone(), fault }
                }
            };
            changed.frames.extend(serde_json::to_string(&frame).ok().map(Utf8Bytes::from));
        }
        for (topic, _) in &changed.refused {
            self.0.remove(topic);
        }
        changed
    }
}

impl Followed {
    /// Writes an audit entry about the patients that a view newly shows. Returns when to try again, if it cannot be
    /// written yet.
    async fn note(&mut self, app: &App, by: &By, topic: &Topic, view: &View) -> Option<Instant> {
        let (entry, grant) = read_of(topic, &by.actor).zip(view.grant.as_ref())?;
        let fresh: Vec<PersonId> =
            view.patients.iter().filter(|id| !self.shown.contains(id)).copied().collect();
        if fresh.is_empty() && self.noted.is_some() {
            return None;
        }
        let now = Instant::now();
        if let Some(again) = self.noted.map(|noted| noted + NOTED_APART).filter(|again| *again > now) {
            return Some(again);
        }
        let read = Noted::read(grant, entry.shown(fresh.iter().copied()));
        if app.writer.run(by.clone(), read).await.is_err() {
            // The writer is overloaded or the database fails. A view without its audit entry is not shown.
            return Some(now + NOTED_APART);
        }
        if self.shown.len() >= SHOWN_MAX {
            self.shown.clear();
        }
        self.shown.extend(fresh);
        self.noted = Some(now);
        None
    }
}

/// The present state of a view.
struct View {
    body: serde_json::Value,
    /// A fingerprint, without the time at which the view was made.
    mark: u64,
    /// The patients that it names, if it shows other people's data.
    patients: Vec<PersonId>,
    /// What allows it to show them.
    grant: Option<Grant>,
}

async fn render(app: &App, clinic: &Clinic, actor: &Actor, topic: &Topic) -> Result<View, Fault> {
    let core = &app.core;
    let (mut patients, mut allowed) = (Vec::new(), None);
    let body = match topic {
        Topic::Mine => serde_json::to_value(my_tickets(core, clinic, actor)?),
        Topic::Link(secret) => serde_json::to_value(linked_ticket(core, clinic, actor, secret)?),
        Topic::Queue(branch) => {
            let grant = may(actor, Action::QueueRead, &Resource::branch(*branch))?;
            let view = queue_view(core, clinic, actor, &grant)?;
            patients.extend(view.patients());
            allowed = Some(grant);
            serde_json::to_value(view)
        }
        Topic::Help(branch) => serde_json::to_value(help_view(core, clinic, actor, *branch)?),
        Topic::Inbox => serde_json::to_value(inbox(core, clinic, actor).await?),
        Topic::Drafts => serde_json::to_value(draft_versions(core, actor).await?),
        Topic::Chart(patient) => {
            let grant = may_follow_chart(clinic, actor, *patient)?;
            serde_json::to_value(chart_moves(core, &grant).await?)
        }
        Topic::Activity => {
            let grant = may(actor, Action::ActivityRead, &Resource::clinic())?;
            let view = crate::audit::activity(core, clinic, &grant).await?;
            patients.extend(crate::audit::patients(&view.entries));
            allowed = Some(grant);
            serde_json::to_value(view)
        }
        // Boards are rendered once for all sockets.
        Topic::Board(_) => Ok(serde_json::Value::Null),
    };
    let body = body.map_err(|_| medlane_shared::fault::Code::Internal)?;
    let mut hasher = DefaultHasher::new();
    match body.as_object() {
        Some(fields) => {
            for (name, value) in fields.iter().filter(|(name, _)| *name != "at") {
                (name, value.to_string()).hash(&mut hasher);
            }
        }
        None => body.to_string().hash(&mut hasher),
    }
    Ok(View { body, mark: hasher.finish().max(1), patients, grant: allowed })
}
