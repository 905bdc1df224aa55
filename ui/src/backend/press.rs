//! A call behind a button: whether it is running, and why it was refused.

use medlane_shared::{api::Call, fault::Fault};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::call;

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

    /// Makes a call.
    pub fn calls<C: Call + 'static>(&self, parameters: &[&str], request: C::Request)
    where
        C::Request: 'static,
    {
        self.busy.set(true);
        let own = self.clone();
        let parameters: Vec<String> = parameters.iter().map(|&text| text.to_owned()).collect();
        spawn_local(async move {
            let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
            own.fault.set(call::<C>(&parameters, &request).await.err());
            own.busy.set(false);
        });
    }
}

/// The calls of one part of a page.
#[hook]
pub fn use_press() -> Press {
    Press { busy: use_state(|| false), fault: use_state(|| None) }
}
