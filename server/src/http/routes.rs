//! Binds each call to the function that answers it. The type of the call fixes method, path, request and answer, and
//! whether the call is repeatable or versioned.

use std::{str::FromStr, sync::Arc};

use axum::{
    Router,
    extract::State,
    handler::Handler,
    http::HeaderMap,
    routing::{self, MethodFilter, MethodRouter},
};
use medlane_shared::api::{Call, CallSpec, Method, Repeatable};

use super::{Asked, Body, Caller, Client, Late, Path, PathPair, Query, Reply, SeenVersion};
use crate::app::App;

/// The routes of a room.
///
/// A handler is bound to the call that its types name:
/// ```no_run
/// use medlane_server::http::{Asked, CallAnswer, Reply, Routes};
/// use medlane_shared::api;
///
/// async fn rotate(_: Asked<api::RotateKeys>) -> Reply<api::RotateKeys> {
///     Ok(CallAnswer::of(()))
/// }
/// Routes::new().on(api::RotateKeys, rotate);
/// ```
/// A handler of another call does not compile, even if both calls have the same types:
/// ```compile_fail,E0271
/// use medlane_server::http::{Asked, CallAnswer, Reply, Routes};
/// use medlane_shared::api;
///
/// async fn rotate(_: Asked<api::RotateKeys>) -> Reply<api::RotateKeys> {
///     Ok(CallAnswer::of(()))
/// }
/// Routes::new().on(api::UntellApart, rotate);
/// ```
/// A repeatable call is not bound without its `Asked`, which holds `once`:
/// ```compile_fail,E0080
/// use medlane_server::http::{CallAnswer, Caller, Reply, Routes};
/// use medlane_shared::api;
///
/// async fn rotate(_: Caller) -> Reply<api::RotateKeys> {
///     Ok(CallAnswer::of(()))
/// }
/// Routes::new().on(api::RotateKeys, rotate);
/// ```
/// A call that is not repeatable has no `Asked`:
/// ```compile_fail,E0277
/// use medlane_server::http::{Asked, CallAnswer, Reply, Routes};
/// use medlane_shared::api;
///
/// async fn ask(_: Asked<api::AskHelp>) -> Reply<api::AskHelp> {
///     Ok(CallAnswer::of(()))
/// }
/// ```
/// A tuple is no parameter of a path:
/// ```compile_fail,E0277
/// use medlane_server::http::{CallAnswer, Path, Reply, Routes};
/// use medlane_shared::api;
///
/// async fn answer(_: Path<(String, String)>) -> Reply<api::AnswerHelp> {
///     Ok(CallAnswer::of(()))
/// }
/// Routes::new().on(api::AnswerHelp, answer);
/// ```
#[derive(Debug, Default)]
pub struct Routes {
    router: Router<Arc<App>>,
    calls: Vec<&'static str>,
}

impl Routes {
    /// No routes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a call with the function that answers it. The build fails if the function leaves out a part of the request.
    #[must_use]
    pub fn on<C: Call, T: 'static, H: Answers<C, T>>(mut self, _: C, handler: H) -> Self {
        const {
            if let Some(why) = misfit(&C::SPEC, H::TAKEN) {
                panic!("{}", why);
            }
        }
        self.router = self.router.route(C::PATH, routing::on(filter(C::METHOD), handler));
        self.calls.push(C::NAME);
        self
    }

    /// Adds a path that is no call of the table: the socket, or a page.
    #[must_use]
    pub fn plain(mut self, path: &str, handlers: MethodRouter<Arc<App>>) -> Self {
        self.router = self.router.route(path, handlers);
        self
    }

    /// Adds the routes of another room.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.calls.extend(other.calls);
        self
    }

    /// The names of the calls that have a route.
    #[must_use]
    pub fn calls(&self) -> &[&'static str] {
        &self.calls
    }

    pub(super) fn into_router(self) -> Router<Arc<App>> {
        self.router
    }
}

const fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}

/// A function that answers the call `C`. Implemented for each async function that takes parts of the request of `C`
/// and returns `Reply<C>`.
#[diagnostic::on_unimplemented(
    message = "this function does not answer the call `{C}`",
    label = "does not answer `{C}`",
    note = "it has to be an async function that returns `Reply<{C}>`",
    note = "it may take `State`, `Caller`, `Client`, `HeaderMap`, `Path`, `PathPair` and `SeenVersion`, and last the request",
    note = "the request is an `Asked<{C}>` if the call is marked `once`, otherwise a `Query<{C}>` or `Body<{C}>`"
)]
pub trait Answers<C, T>: Handler<T, Arc<App>> {
    /// The parts of the request that it takes.
    const TAKEN: Taken;
}

/// A part of the request that the handler of the call `C` may take.
#[diagnostic::on_unimplemented(
    message = "the handler of the call `{C}` cannot take `{Self}`",
    label = "is no part of the request of `{C}`",
    note = "only calls that are marked `once` have an `Asked<{C}>`; the others have a `Query<{C}>` or a `Body<{C}>`"
)]
pub trait Takes<C> {
    /// The part.
    const TAKEN: Taken = Taken::NOTHING;
}

/// The parts of a request that a handler takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of its own")]
pub struct Taken {
    query: bool,
    body: bool,
    once: bool,
    version: bool,
    parameters: usize,
}

impl Taken {
    /// Nothing that the table of calls names.
    const NOTHING: Self = Self { query: false, body: false, once: false, version: false, parameters: 0 };

    const fn and(self, other: Self) -> Self {
        Self {
            query: self.query || other.query,
            body: self.body || other.body,
            once: self.once || other.once,
            version: self.version || other.version,
            parameters: self.parameters + other.parameters,
        }
    }
}

impl<C> Takes<C> for State<Arc<App>> {}
impl<C> Takes<C> for Caller {}
impl<C> Takes<C> for Client {}
impl<C> Takes<C> for HeaderMap {}
impl<C, T: FromStr> Takes<C> for Path<T> {
    const TAKEN: Taken = Taken { parameters: 1, ..Taken::NOTHING };
}
impl<C, A, B> Takes<C> for PathPair<A, B> {
    const TAKEN: Taken = Taken { parameters: 2, ..Taken::NOTHING };
}
impl<C> Takes<C> for SeenVersion {
    const TAKEN: Taken = Taken { version: true, ..Taken::NOTHING };
}
impl<C: Call> Takes<C> for Query<C> {
    const TAKEN: Taken = Taken { query: true, ..Taken::NOTHING };
}
impl<C: Call> Takes<C> for Body<C> {
    const TAKEN: Taken = Taken { body: true, ..Taken::NOTHING };
}
impl<C: Call> Takes<C> for Late<C> {
    const TAKEN: Taken = Taken { body: true, ..Taken::NOTHING };
}
impl<C: Repeatable> Takes<C> for Asked<C> {
    const TAKEN: Taken = Taken { body: C::SPEC.asks, once: true, ..Taken::NOTHING };
}

/// What the handler of a call takes that the call does not have, or the other way round.
const fn misfit(call: &CallSpec, taken: Taken) -> Option<&'static str> {
    let is_get = matches!(call.method, Method::Get);
    if taken.query != (call.asks && is_get) {
        return Some("a handler takes a `Query` exactly if its call is a GET with a request");
    }
    if taken.body != (call.asks && !is_get) {
        return Some("a handler takes a `Body` or `Asked` exactly if its call has a request and is no GET");
    }
    if taken.once != call.once {
        return Some("a handler takes `Asked` exactly if its call is marked `once`");
    }
    if taken.version != call.versioned {
        return Some("a handler takes `SeenVersion` exactly if its call is marked `versioned`");
    }
    if taken.parameters != parameters(call.path) {
        return Some(
            "a handler takes as many parameters as the path of its call has: `Path` one, `PathPair` two",
        );
    }
    None
}

/// The number of parameters of a path.
const fn parameters(path: &str) -> usize {
    let (path, mut at, mut found) = (path.as_bytes(), 0, 0);
    while at < path.len() {
        if path[at] == b'{' {
            found += 1;
        }
        at += 1;
    }
    found
}

macro_rules! answers {
    ($($part:ident),*) => {
        impl<C, F, Answering, M, $($part),*> Answers<C, (M, $($part,)*)> for F
        where
            C: Call,
            F: Fn($($part),*) -> Answering + Handler<(M, $($part,)*), Arc<App>>,
            Answering: Future<Output = Reply<C>>,
            $($part: Takes<C>,)*
        {
            const TAKEN: Taken = Taken::NOTHING$(.and(<$part as Takes<C>>::TAKEN))*;
        }
    };
}

answers!(A);
answers!(A, B);
answers!(A, B, D);
answers!(A, B, D, E);
answers!(A, B, D, E, G);
answers!(A, B, D, E, G, H);
answers!(A, B, D, E, G, H, I);

#[cfg(test)]
mod tests {
    use std::marker::PhantomData;

    use medlane_shared::{
        api::{
            CancelTicket, ListDecided, ListPeople, Login, Logout, MergePeople, Refresh, Register, RotateKeys,
            UnmergePerson, UntellApart,
        },
        ids::PersonId,
    };

    use super::*;

    struct Probe<P, C>(PhantomData<(P, C)>);

    trait TakenByNone {
        const TAKES: bool = false;
    }

    impl<P, C> TakenByNone for Probe<P, C> {}

    impl<P: Takes<C>, C> Probe<P, C> {
        const TAKES: bool = true;
    }

    /// Whether a handler of the call may take the part. The inherent constant hides the trait's where there is one.
    macro_rules! takes {
        ($call:ty, $part:ty) => {
            Probe::<$part, $call>::TAKES
        };
    }

    #[test]
    fn a_handler_of_another_call_is_refused() {
        let own = [
            takes!(MergePeople, Asked<MergePeople>),
            takes!(Login, Body<Login>),
            takes!(ListPeople, Query<ListPeople>),
            takes!(ListPeople, Path<PersonId>),
        ];
        assert_eq!(own, [true; 4]);
        let others = [
            takes!(MergePeople, Asked<UnmergePerson>),
            takes!(Login, Body<Register>),
            takes!(ListPeople, Query<ListDecided>),
            // Calls with the same types.
            takes!(UntellApart, Asked<RotateKeys>),
            takes!(Refresh, Body<Logout>),
            // A pair is a `PathPair`.
            takes!(ListPeople, Path<(PersonId, PersonId)>),
        ];
        assert_eq!(others, [false; 6]);
    }

    const fn taken(parameters: usize) -> Taken {
        Taken { parameters, ..Taken::NOTHING }
    }

    #[test]
    fn a_handler_takes_all_parts_of_its_request_and_no_others() {
        let (query, body) =
            (Taken { query: true, ..taken(0) }, |parameters| Taken { body: true, ..taken(parameters) });
        let once = |taken| Taken { once: true, ..taken };
        let version = |taken| Taken { version: true, ..taken };
        for (call, fits, others) in [
            (ListPeople::SPEC, query, vec![taken(0), body(0), Taken { parameters: 1, ..query }]),
            (Login::SPEC, body(0), vec![taken(0), query, once(body(0)), body(1)]),
            (MergePeople::SPEC, once(body(1)), vec![body(1), once(taken(1)), once(body(0)), once(body(2))]),
            (UntellApart::SPEC, once(taken(2)), vec![taken(2), once(taken(1)), once(body(2))]),
            (CancelTicket::SPEC, version(once(taken(1))), vec![once(taken(1)), version(taken(1))]),
        ] {
            assert_eq!(misfit(&call, fits), None, "{}", call.name);
            for other in others {
                assert!(misfit(&call, other).is_some(), "{}: {other:?}", call.name);
            }
        }
    }
}
