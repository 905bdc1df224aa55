//! Live views of one socket: rendered when the clinic moves, sent when they changed.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use axum::extract::ws::Utf8Bytes;
use medlane_shared::{
    access::{Action, Actor, Resource, may},
    fault::Fault,
    ids::PersonId,
    sync::{ServerFrame, Topic},
};
use tokio::time::Instant;

use crate::{
    app::App,
    clinic::Clinic,
    identity::own,
    notify::inbox::inbox,
    queue::{help_view, linked_ticket, may_see_help, my_tickets, queue_view},
    writer::{By, Entry, Noted},
};

/// New patients of a view that is followed are written down at most this often; they are shown with their entry, so this is
/// also how long a view may be late.
const NOTED_APART: Duration = Duration::from_millis(250);
/// Patients that a view remembers to have shown; beyond it they are named again.
const SHOWN_MAX: usize = 10_000;

/// The views that a socket follows.
#[derive(Debug, Default)]
pub(super) struct Views(BTreeMap<Topic, Followed>);

/// What a socket was last sent of a view.
#[derive(Debug, Default)]
struct Followed {
    /// A fingerprint of it.
    sent: u64,
    /// The patients whom an entry has named since it was followed.
    shown: HashSet<PersonId>,
    /// When the last of those entries was written.
    noted: Option<Instant>,
}

/// What is to be sent.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// The frames.
    pub frames: Vec<Utf8Bytes>,
    /// What is not shown any more, and why.
    pub refused: Vec<(Topic, Fault)>,
    /// When to look again, where something could not be shown yet.
    pub again: Option<Instant>,
}

impl Changed {
    fn look_by(&mut self, again: Instant) {
        self.again = Some(self.again.map_or(again, |other| other.min(again)));
    }
}

/// The entry that a look at others' personal data leaves.
fn read_of(topic: &Topic, actor: &Actor) -> Option<Entry> {
    match topic {
        Topic::Queue(branch) => Some(Entry::new("queue.read", format!("branch:{branch}"))),
        Topic::Activity => Some(Entry::new("activity.read", format!("clinic:{}", actor.clinic()))),
        Topic::Mine | Topic::Inbox | Topic::Link(_) | Topic::Board(_) | Topic::Help(_) => None,
    }
}

impl Views {
    /// Whether any is followed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn remove(&mut self, topic: &Topic) {
        self.0.remove(topic);
    }

    /// Begins to follow.
    pub fn follow(&mut self, actor: &Actor, topic: &Topic) -> Result<(), Fault> {
        match topic {
            Topic::Queue(branch) => {
                may(actor, Action::QueueRead, &crate::queue::branch_resource(actor, *branch))?;
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
            Topic::Link(_) | Topic::Board(_) => {}
        }
        self.0.insert(topic.clone(), Followed::default());
        Ok(())
    }

    /// The frames of the views that changed. Others' personal data is written down before it is shown: with the first frame
    /// of a view, and with each later one that shows patients whom none before it has shown.
    pub async fn changed(&mut self, app: &App, clinic: &Clinic, by: &By) -> Changed {
        let mut changed = Changed::default();
        let seq = clinic.head().seq;
        for (topic, followed) in &mut self.0 {
            // It is in the database: it is read when it has moved, not with every call of somebody else.
            let moves = by
                .actor
                .person()
                .filter(|_| *topic == Topic::Inbox)
                .map(|person| clinic.inbox_moves(person) + 1);
            if moves == Some(followed.sent) {
                continue;
            }
            let frame = match render(app, clinic, &by.actor, topic).await {
                Ok(view) if moves.unwrap_or(view.mark) != followed.sent => {
                    let noted = followed.noted;
                    if let Some(again) = followed.note(app, by, topic, &view.patients).await {
                        changed.look_by(again);
                        continue;
                    }
                    if followed.noted != noted && *topic == Topic::Activity {
                        // The look itself is a part of the activity, and moves no feed.
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
    /// Writes down whom a view shows anew; when to look again, where that cannot be yet.
    async fn note(&mut self, app: &App, by: &By, topic: &Topic, patients: &[PersonId]) -> Option<Instant> {
        let entry = read_of(topic, &by.actor)?;
        let fresh: Vec<PersonId> = patients.iter().filter(|id| !self.shown.contains(id)).copied().collect();
        if fresh.is_empty() && self.noted.is_some() {
            return None;
        }
        let now = Instant::now();
        if let Some(again) = self.noted.map(|noted| noted + NOTED_APART).filter(|again| *again > now) {
            return Some(again);
        }
        if app.writer.run(by.clone(), Noted(entry.shown(fresh.iter().copied()))).await.is_err() {
            // Too much waits, or the database fails: nothing is shown that is not written down.
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

/// A view as it is now.
struct View {
    body: serde_json::Value,
    /// A fingerprint that leaves out when it was made.
    mark: u64,
    /// The patients whom it names, where it is a look at others.
    patients: Vec<PersonId>,
}

async fn render(app: &App, clinic: &Clinic, actor: &Actor, topic: &Topic) -> Result<View, Fault> {
    let core = &app.core;
    let mut patients = Vec::new();
    let body = match topic {
        Topic::Mine => serde_json::to_value(my_tickets(core, clinic, actor)?),
        Topic::Link(secret) => serde_json::to_value(linked_ticket(core, clinic, actor, secret)?),
        Topic::Queue(branch) => {
            let view = queue_view(core, clinic, actor, *branch)?;
            patients.extend(view.patients());
            serde_json::to_value(view)
        }
        Topic::Help(branch) => serde_json::to_value(help_view(core, clinic, actor, *branch)?),
        Topic::Inbox => serde_json::to_value(inbox(core, clinic, actor).await?),
        Topic::Activity => {
            let view = crate::audit::activity(core, clinic, actor).await?;
            patients.extend(crate::audit::patients(&view.entries));
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
    Ok(View { body, mark: hasher.finish().max(1), patients })
}
