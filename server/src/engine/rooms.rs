//! The list of rooms, and their states with the types erased: the engine handles all of them alike.

use std::{
    any::{Any, TypeId, type_name},
    marker::PhantomData,
    sync::Arc,
};

use futures_util::future::BoxFuture;
use medlane_shared::ids::ClinicId;

use super::{
    entity::Entity,
    room::{Load, RoomState},
    services::Services,
};
use crate::{db::Script, writer::ChangeRow};

/// The rooms of a server, in the order in which their states are loaded and their rows are written.
#[derive(Default)]
pub struct Rooms {
    slots: Vec<Box<dyn Slot>>,
    entities: Vec<Entity>,
    services: Services,
}

impl Rooms {
    /// Adds a state.
    #[must_use]
    pub fn state<S: RoomState>(mut self) -> Self {
        self.slots.push(Box::new(Of::<S>(PhantomData)));
        self.entities.extend(S::ENTITIES);
        self
    }

    /// Adds the entities of a room that keeps nothing in memory.
    #[must_use]
    pub fn entities(mut self, entities: &[Entity]) -> Self {
        self.entities.extend(entities);
        self
    }

    /// Adds a service that a lower room calls without knowing which room answers.
    #[must_use]
    pub fn service<T: Any + Send + Sync>(mut self, service: T) -> Self {
        self.services = self.services.with(service);
        self
    }

    /// The service of a type.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> &T {
        self.services.get()
    }

    /// The entities of all rooms.
    #[must_use]
    pub fn all_entities(&self) -> &[Entity] {
        &self.entities
    }

    /// The entities that a state of another room follows.
    pub fn followed(&self) -> impl Iterator<Item = Entity> {
        self.slots.iter().flat_map(|slot| slot.follows()).copied()
    }

    pub(super) fn slots(&self) -> &[Box<dyn Slot>] {
        &self.slots
    }
}

impl std::fmt::Debug for Rooms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rooms({:?})", self.entities)
    }
}

/// A published state.
type Published = Arc<dyn Any + Send + Sync>;

/// The states of a clinic as they were committed together.
pub struct States(Vec<(TypeId, Published)>);

impl States {
    pub(super) const fn new(states: Vec<(TypeId, Published)>) -> Self {
        Self(states)
    }

    /// The state of a room.
    pub fn get<S: RoomState>(&self) -> &Arc<dyn Any + Send + Sync> {
        let found = self.0.iter().find(|(of, _)| *of == TypeId::of::<S>());
        found.map_or_else(|| missing::<S>(), |(_, state)| state)
    }

    /// The state of a room, borrowed.
    pub fn look<S: RoomState>(&self) -> &S {
        self.get::<S>().downcast_ref().unwrap_or_else(|| missing::<S>())
    }

    /// The state of a room, to keep.
    pub fn take<S: RoomState>(&self) -> Arc<S> {
        Arc::clone(self.get::<S>()).downcast().unwrap_or_else(|_| missing::<S>())
    }

    /// Copies for a batch to work on.
    pub(crate) fn parts(&self, rooms: &Rooms) -> Vec<Box<dyn Part>> {
        rooms.slots.iter().map(|slot| slot.part(self)).collect()
    }
}

/// Every state is in the list of rooms: without it the tests of its room fail.
fn missing<S>() -> ! {
    unreachable!("{} is not in the list of rooms", type_name::<S>())
}

/// What the engine does with a room's state.
pub(super) trait Slot: Send + Sync {
    fn follows(&self) -> &'static [Entity];
    fn load<'a>(&self, at: Load<'a>) -> BoxFuture<'a, sqlx::Result<(TypeId, Published)>>;
    fn part(&self, states: &States) -> Box<dyn Part>;
}

struct Of<S>(PhantomData<fn() -> S>);

impl<S: RoomState> Slot for Of<S> {
    fn follows(&self) -> &'static [Entity] {
        S::FOLLOWS
    }

    fn load<'a>(&self, at: Load<'a>) -> BoxFuture<'a, sqlx::Result<(TypeId, Published)>> {
        Box::pin(async move {
            let state: Published = Arc::new(S::load(at).await?);
            Ok((TypeId::of::<S>(), state))
        })
    }

    fn part(&self, states: &States) -> Box<dyn Part> {
        Box::new(Copied::<S> { state: states.take(), changes: Vec::new(), written: 0 })
    }
}

/// Which entries of the feed a state catches up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    /// Another node wrote them.
    Elsewhere,
    /// This batch wrote them: the room that they belong to has its changes already.
    Here,
}

/// The state of a room in a batch, its type erased.
pub(crate) trait Part: Send + Sync {
    fn any(&self) -> &dyn Any;
    fn any_mut(&mut self) -> &mut dyn Any;
    /// Whether any of these entries concerns the state.
    fn concerns(&self, news: &[ChangeRow], from: News) -> bool;
    /// Catches up with entries of the feed.
    fn catch_up<'a>(
        &'a mut self,
        at: Load<'a>,
        news: &'a [ChangeRow],
        from: News,
    ) -> BoxFuture<'a, sqlx::Result<()>>;
    /// Adds the rows of the changes that are not written yet.
    fn flush(&mut self, clinic: ClinicId, script: &mut Script);
    /// The state, once it is committed.
    fn published(&self) -> (TypeId, Published);
    /// Tells the room what was published.
    fn tell(&mut self);
}

/// The state of a room in a batch: shared with the published one until the first change.
pub(crate) struct Copied<S: RoomState> {
    state: Arc<S>,
    changes: Vec<S::Change>,
    /// How many changes have their rows, or need none.
    written: usize,
}

impl<S: RoomState> Copied<S> {
    fn change(&mut self, change: S::Change) {
        Arc::make_mut(&mut self.state).apply(&change);
        self.changes.push(change);
    }
}

/// Whether a state catches up with an entry.
fn concerning<S: RoomState>(row: &ChangeRow, from: News) -> bool {
    S::FOLLOWS.iter().any(|entity| row.is(*entity))
        || (from == News::Elsewhere && S::ENTITIES.iter().any(|entity| row.is(*entity)))
}

impl<S: RoomState> Part for Copied<S> {
    fn any(&self) -> &dyn Any {
        self
    }

    fn any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn concerns(&self, news: &[ChangeRow], from: News) -> bool {
        news.iter().any(|row| concerning::<S>(row, from))
    }

    fn catch_up<'a>(
        &'a mut self,
        at: Load<'a>,
        news: &'a [ChangeRow],
        from: News,
    ) -> BoxFuture<'a, sqlx::Result<()>> {
        Box::pin(async move {
            let news: Vec<&ChangeRow> = news.iter().filter(|row| concerning::<S>(row, from)).collect();
            for change in S::catch_up(at, &news).await? {
                self.change(change);
            }
            // These changes were read from their rows: nothing is left to write.
            self.written = self.changes.len();
            Ok(())
        })
    }

    fn flush(&mut self, clinic: ClinicId, script: &mut Script) {
        let fresh = &self.changes[self.written..];
        if !fresh.is_empty() {
            S::flush(clinic, fresh, script);
            self.written = self.changes.len();
        }
    }

    fn published(&self) -> (TypeId, Published) {
        let state: Published = self.state.clone();
        (TypeId::of::<S>(), state)
    }

    fn tell(&mut self) {
        if !self.changes.is_empty() {
            self.state.published(&self.changes);
            self.changes.clear();
            self.written = 0;
        }
    }
}

/// The state of a room inside a batch.
pub(crate) fn look<S: RoomState>(parts: &[Box<dyn Part>]) -> &Arc<S> {
    let found = parts.iter().find_map(|part| part.any().downcast_ref::<Copied<S>>());
    found.map_or_else(|| missing::<S>(), |part| &part.state)
}

/// Changes a state inside a batch.
pub(crate) fn change<S: RoomState>(parts: &mut [Box<dyn Part>], change: S::Change) {
    let found = parts.iter_mut().find_map(|part| part.any_mut().downcast_mut::<Copied<S>>());
    found.unwrap_or_else(|| missing::<S>()).change(change);
}
