//! A chime of two falling tones. A browser plays sound only after the first touch of the page.

use std::cell::RefCell;

use wasm_bindgen::JsValue;
use web_sys::AudioContext;
use yew::prelude::*;

use super::events::{listen, window};

thread_local! {
    static AUDIO: RefCell<Option<AudioContext>> = RefCell::default();
}

fn audio() -> Result<AudioContext, JsValue> {
    AUDIO.with_borrow_mut(|kept| {
        if kept.is_none() {
            *kept = Some(AudioContext::new()?);
        }
        kept.clone().ok_or(JsValue::NULL)
    })
}

/// Plays the chime. Before the first touch the browser stays silent.
pub fn chime() {
    let play = || -> Result<(), JsValue> {
        let audio = audio()?;
        drop(audio.resume()?);
        for (tone, at) in [(660.0, 0.0), (520.0, 0.35)] {
            let (oscillator, gain) = (audio.create_oscillator()?, audio.create_gain()?);
            let from = audio.current_time() + at;
            oscillator.frequency().set_value(tone);
            gain.gain().set_value_at_time(0.25, from)?;
            gain.gain().exponential_ramp_to_value_at_time(0.001, from + 0.6)?;
            oscillator.connect_with_audio_node(&gain)?;
            gain.connect_with_audio_node(&audio.destination())?;
            oscillator.start_with_when(from)?;
            oscillator.stop_with_when(from + 0.6)?;
        }
        Ok(())
    };
    // Without sound the screen still shows the call.
    drop(play());
}

/// Unlocks sound at the first touch of the page, so that a later chime is heard.
#[hook]
pub fn use_sound() {
    use_effect_with((), |()| {
        let unlock = |name| {
            let window = window()?;
            Some(listen(&window, name, true, |_| drop(audio().and_then(|audio| audio.resume()))))
        };
        let unlocking = (unlock("pointerdown"), unlock("keydown"));
        move || drop(unlocking)
    });
}
