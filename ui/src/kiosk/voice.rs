//! The system's speech synthesis. A system without a voice stays silent.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::i18n::unmarked;

fn speech() -> Result<JsValue, JsValue> {
    Reflect::get(&js_sys::global(), &"speechSynthesis".into())
}

/// Whether there is speech synthesis.
pub fn is_here() -> bool {
    speech().is_ok_and(|speech| speech.is_object())
}

/// Speaks a text in a language, after the texts that are being spoken.
pub fn say(text: &str, tag: &str) {
    let spoken = || -> Result<(), JsValue> {
        let utterance: Function =
            Reflect::get(&js_sys::global(), &"SpeechSynthesisUtterance".into())?.dyn_into()?;
        let utterance = Reflect::construct(&utterance, &Array::of1(&unmarked(text).into()))?;
        Reflect::set(&utterance, &"lang".into(), &tag.into())?;
        ask("speak", &Array::of1(&utterance))
    };
    drop(spoken());
}

/// Stops speaking.
pub fn hush() {
    drop(ask("cancel", &Array::new()));
}

fn ask(name: &str, arguments: &Array) -> Result<(), JsValue> {
    let speech = speech()?;
    let call: Function = Reflect::get(&speech, &name.into())?.dyn_into()?;
    call.apply(&speech, arguments).map(drop)
}
