//! Live views of one socket: rendered when the clinic moves, sent when they changed.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use axum::extract::ws::Utf8Bytes;
use medlane_shared::{
    access::{Action, Actor, Resource, may},
    fault::Fault,
    sync::{ServerFrame, Topic},
};

use crate::{
    app::App,
    clinic::Clinic,
    identity::own,
    notify::inbox::inbox,
    queue::{linked_ticket, my_tickets, queue_view},
    writer::{By, Entry, Noted},
};

/// The views that a socket follows, with a fingerprint of what was last sent.
#[derive(Debug, Default)]
pub(super) struct Views(BTreeMap<Topic, u64>);

impl Views {
    /// Whether any is followed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn remove(&mut self, topic: &Topic) {
        self.0.remove(topic);
    }

    /// Begins to follow. A look at others' personal data is written down before it is shown.
    pub async fn follow(&mut self, app: &App, by: By, topic: &Topic) -> Result<(), Fault> {
        let target = match topic {
            Topic::Queue(branch) => {
                may(&by.actor, Action::QueueRead, &crate::queue::branch_resource(&by.actor, *branch))?;
                Some(("queue.read", format!("branch:{branch}")))
            }
            Topic::Activity => {
                may(&by.actor, Action::ActivityRead, &Resource::clinic())?;
                Some(("activity.read", format!("clinic:{}", by.actor.clinic())))
            }
            Topic::Mine => {
                may(&by.actor, Action::TicketRead, &Resource::default().of(by.actor.person()))?;
                None
            }
            Topic::Inbox => {
                own(&by.actor)?;
                None
            }
            Topic::Link(_) | Topic::Board(_) => None,
        };
        if let Some((action, target)) = target {
            app.writer.run(by, Noted(Entry::new(action, target))).await?;
        }
        self.0.insert(topic.clone(), 0);
        Ok(())
    }

    /// The frames of the views that changed.
    pub async fn changed(&mut self, app: &App, clinic: &Clinic, actor: &Actor) -> Vec<Utf8Bytes> {
        let mut frames = Vec::new();
        let mut refused = Vec::new();
        let seq = clinic.head().seq;
        for (topic, sent) in &mut self.0 {
            // It is in the database: it is read when it has moved, not with every call of somebody else.
            let moves = actor
                .person()
                .filter(|_| *topic == Topic::Inbox)
                .map(|person| clinic.inbox_moves(person) + 1);
            if moves == Some(*sent) {
                continue;
            }
            let frame = match render(app, clinic, actor, topic).await {
                Ok((body, mark)) if moves.unwrap_or(mark) != *sent => {
                    *sent = moves.unwrap_or(mark);
                    ServerFrame::View { topic: topic.clone(), seq, body }
                }
                Ok(_) => continue,
                Err(fault) => {
                    refused.push(topic.clone());
                    ServerFrame::Refused { topic: topic.clone(), fault }
                }
            };
            frames.extend(serde_json::to_string(&frame).ok().map(Utf8Bytes::from));
        }
        for topic in refused {
            self.0.remove(&topic);
        }
        frames
    }
}

/// A view's body, and a fingerprint that leaves out when it was made.
async fn render(
    app: &App,
    clinic: &Clinic,
    actor: &Actor,
    topic: &Topic,
) -> Result<(serde_json::Value, u64), Fault> {
    let core = &app.core;
    let body = match topic {
        Topic::Mine => serde_json::to_value(my_tickets(core, clinic, actor)?),
        Topic::Link(secret) => serde_json::to_value(linked_ticket(core, clinic, actor, secret)?),
        Topic::Queue(branch) => serde_json::to_value(queue_view(core, clinic, actor, *branch)?),
        Topic::Inbox => serde_json::to_value(inbox(core, clinic, actor).await?),
        Topic::Activity => serde_json::to_value(crate::audit::activity(core, clinic, actor).await?),
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
    Ok((body, hasher.finish().max(1)))
}
