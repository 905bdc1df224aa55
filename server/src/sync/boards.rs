//! The public boards. Each is rendered and serialised once for a change, however many sockets follow it.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::extract::ws::Utf8Bytes;
use medlane_shared::{
    ids::{BranchId, TicketId},
    queue::{State, Ticket},
    sync::{Cursor, ServerFrame, Topic},
};
use tokio::sync::watch;

use crate::{
    clinic::Catalogue,
    engine::{Clinic, Core, Entity, Load, RoomState},
    lock::hold,
    queue::{LiveQueue, Scene},
};

/// Changes within this time are shown together. The first change and every call are shown at once.
const COALESCE: Duration = Duration::from_millis(75);
/// While changes keep coming, the time doubles up to this.
const COALESCE_MAX: Duration = Duration::from_millis(600);

/// A board in the form that sockets send; `None` until it is first rendered.
pub type Rendered = Option<Utf8Bytes>;

/// The boards of a clinic that somebody follows.
#[derive(Debug, Clone, Default)]
pub struct Boards(Arc<Mutex<HashMap<BranchId, watch::Sender<Rendered>>>>);

impl RoomState for Boards {
    type Change = Infallible;

    const ENTITIES: &'static [Entity] = &[];

    async fn load(_at: Load<'_>) -> sqlx::Result<Self> {
        Ok(Self::default())
    }
}

impl Boards {
    /// Follows a branch's board. The first follower starts its rendering; the rendering ends when nobody follows any
    /// more.
    #[must_use]
    pub fn follow(core: &Arc<Core>, clinic: &Arc<Clinic>, branch: BranchId) -> watch::Receiver<Rendered> {
        let kept = clinic.state::<Self>();
        let mut boards = hold(&kept.0);
        if let Some(board) = boards.get(&branch) {
            return board.subscribe();
        }
        // Listen before the first rendering: a commit between the two must not be missed.
        let moved = clinic.moved();
        let board = watch::Sender::new(render(core, clinic, branch));
        let receiver = board.subscribe();
        boards.insert(branch, board);
        tokio::spawn(keep(core.clone(), clinic.clone(), branch, moved));
        receiver
    }

    /// Drops a board that nobody follows. Returns whether it was dropped.
    fn drop_idle(&self, branch: BranchId) -> bool {
        let mut boards = hold(&self.0);
        let idle = boards.get(&branch).is_none_or(|board| board.receiver_count() == 0);
        if idle {
            boards.remove(&branch);
        }
        idle
    }

    fn show(&self, branch: BranchId, rendered: Rendered) {
        if let Some(board) = hold(&self.0).get(&branch) {
            board.send_replace(rendered);
        }
    }
}

/// Renders a board after every change of the clinic, until nobody follows it.
async fn keep(core: Arc<Core>, clinic: Arc<Clinic>, branch: BranchId, mut moved: watch::Receiver<Cursor>) {
    // Waiting times change with the clock.
    let mut minute = tokio::time::interval(Duration::from_mins(1));
    minute.tick().await;
    let mut pause = COALESCE;
    loop {
        tokio::select! {
            changed = moved.changed() => if changed.is_err() { return },
            _ = minute.tick() => {}
        }
        let boards = clinic.state::<Boards>();
        if boards.drop_idle(branch) {
            return;
        }
        let shown = calls(&clinic, branch);
        boards.show(branch, render(&core, &clinic, branch));
        let until = tokio::time::Instant::now() + pause;
        let mut busy = false;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => break,
                changed = moved.changed() => if changed.is_err() { return },
            }
            busy = true;
            if calls(&clinic, branch) != shown {
                break;
            }
        }
        if busy {
            // A change that came meanwhile is shown in the next turn.
            moved.mark_changed();
        }
        pause = if busy { (pause * 2).min(COALESCE_MAX) } else { COALESCE };
    }
}

/// The calls, with their count and room. A change of them must show at once.
fn calls(clinic: &Clinic, branch: BranchId) -> Vec<(TicketId, u8, Option<String>)> {
    clinic.with(|live: &LiveQueue| {
        let called = live.in_state(branch, State::Called).map(|live| &live.ticket);
        let call = |ticket: &Ticket| {
            let call = ticket.call.as_ref()?;
            Some((ticket.id, call.times, call.room.clone()))
        };
        called.filter_map(call).collect()
    })
}

fn render(core: &Core, clinic: &Clinic, branch: BranchId) -> Rendered {
    let now = clinic.now();
    let (catalogue, live): (&Catalogue, &LiveQueue) = (now.state(), now.state());
    let board = Scene { catalogue, live, at: core.now() }.board(branch)?;
    let body = serde_json::to_value(board).ok()?;
    let frame = ServerFrame::View { topic: Topic::Board(branch), seq: now.head.seq, body };
    serde_json::to_string(&frame).ok().map(Utf8Bytes::from)
}
