//! A call behind a button: whether it is running, and why it was refused.

use medlane_shared::{api::Call, fault::Fault};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{Asked, asked, exchange};

/// The state of the last press.
#[derive(Clone, PartialEq)]
pub struct Press {
    busy: UseStateHandle<bool>,
    fault: UseStateHandle<Option<Fault>>,
}

impl Press {
    /// Whether a call is running.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        *self.busy
    }

    /// Why the last call was refused.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        (*self.fault).clone()
    }

    /// Makes a call and ignores its answer.
    pub fn calls<C: Call>(&self, parameters: &[&str], request: &C::Request) {
        self.makes(asked::<C>(parameters, request), Callback::noop());
    }

    /// Makes a call, and `then` goes on once it has succeeded.
    pub fn calls_then<C: Call>(&self, parameters: &[&str], request: &C::Request, then: Callback<()>) {
        self.makes(asked::<C>(parameters, request), then);
    }

    /// Without the call's types: it is in the bundle once.
    fn makes(&self, asked: Result<Asked, Fault>, then: Callback<()>) {
        self.busy.set(true);
        let own = self.clone();
        spawn_local(async move {
            let made = match asked {
                Ok(asked) => exchange(asked, true).await.map(drop),
                Err(refused) => Err(refused),
            };
            own.busy.set(false);
            if made.is_ok() {
                then.emit(());
            }
            own.fault.set(made.err());
        });
    }
}

/// The calls of one part of a page.
#[hook]
pub fn use_press() -> Press {
    Press { busy: use_state(|| false), fault: use_state(|| None) }
}
