//! Intents: the operations that a device may want after it was away from the server. A room registers each kind in the
//! list of rooms; the socket runs them all alike.

use std::future::Future;

use futures_util::future::BoxFuture;
use medlane_shared::{
    access::Actor,
    fault::{Code, Fault, FieldCode},
    sync::IntentArgs,
};
use serde_json::Value;

use super::Core;
use crate::writer::{Done, Failure, Op, Unit};

/// An operation that a device may want.
pub trait IntentOp: Op {
    /// Its arguments.
    type Args: IntentArgs;

    /// Checks the arguments, and fetches what the writer must not wait for.
    fn prepare(
        core: &Core,
        actor: &Actor,
        args: Self::Args,
    ) -> impl Future<Output = Result<Self, Fault>> + Send;

    /// Takes note that the operation was refused, in the transaction that settles the intent.
    fn refused(&self, _unit: &mut Unit<'_>) -> impl Future<Output = Result<(), Failure>> + Send {
        async { Ok(()) }
    }
}

/// A prepared intent with its type erased.
pub trait Act: Send + Sync {
    /// As [`Op::run`], with the answer as it is stored.
    fn run<'a>(&'a self, unit: &'a mut Unit<'_>) -> BoxFuture<'a, Result<Done<Value>, Failure>>;
    /// As [`Op::still`].
    fn still<'a>(&'a self, unit: &'a mut Unit<'_>) -> BoxFuture<'a, Result<(), Failure>>;
    /// As [`IntentOp::refused`].
    fn refused<'a>(&'a self, unit: &'a mut Unit<'_>) -> BoxFuture<'a, Result<(), Failure>>;
}

impl<O: IntentOp> Act for O {
    fn run<'a>(&'a self, unit: &'a mut Unit<'_>) -> BoxFuture<'a, Result<Done<Value>, Failure>> {
        Box::pin(async move {
            let done = Op::run(self, unit).await?;
            let answer = serde_json::to_value(done.out()).map_err(|_| Code::Internal)?;
            Ok(done.map(|_| answer))
        })
    }

    fn still<'a>(&'a self, unit: &'a mut Unit<'_>) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(Op::still(self, unit))
    }

    fn refused<'a>(&'a self, unit: &'a mut Unit<'_>) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(IntentOp::refused(self, unit))
    }
}

type Prepared<'a> = BoxFuture<'a, Result<Box<dyn Act>, Fault>>;

/// A kind of intent.
pub struct IntentKind {
    name: &'static str,
    prepare: for<'a> fn(&'a Core, &'a Actor, &'a Value) -> Prepared<'a>,
}

impl IntentKind {
    /// Prepares an intent of this kind.
    ///
    /// # Errors
    /// [`Code::Malformed`]; the operation's.
    pub async fn prepare(&self, core: &Core, actor: &Actor, args: &Value) -> Result<Box<dyn Act>, Fault> {
        (self.prepare)(core, actor, args).await
    }
}

/// The kinds of intents of all rooms: a service of the list of rooms.
#[derive(Default)]
pub struct Intents(Vec<IntentKind>);

impl Intents {
    /// Adds the kind that this operation carries out.
    #[must_use]
    pub fn with<O: IntentOp>(mut self) -> Self {
        self.0.push(IntentKind { name: O::Args::NAME, prepare: prepare::<O> });
        self
    }

    /// The kind with this name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&IntentKind> {
        self.0.iter().find(|kind| kind.name == name)
    }

    /// The names of all kinds.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|kind| kind.name)
    }
}

fn prepare<'a, O: IntentOp>(core: &'a Core, actor: &'a Actor, args: &'a Value) -> Prepared<'a> {
    Box::pin(async move {
        let args = serde_path_to_error::deserialize(args)
            .map_err(|error| Fault::new(Code::Malformed).field(&error.path().to_string(), FieldCode::Form))?;
        let op: Box<dyn Act> = Box::new(O::prepare(core, actor, args).await?);
        Ok(op)
    })
}
