//! Measures how long nobody has touched the screen.

use std::{cell::Cell, rc::Rc};

use gloo_timers::callback::Interval;
use wasm_bindgen::{JsCast as _, closure::Closure};
use yew::prelude::*;

use crate::clock::now_ms;

/// The events that count as a touch.
pub const SIGNS: [&str; 3] = ["pointerdown", "keydown", "wheel"];

/// While `watches` is set, calls `still` every `look_ms` with the milliseconds since the last touch.
#[hook]
pub fn use_stillness(watches: bool, look_ms: u32, still: Callback<f64>) {
    let latest = use_mut_ref(|| still.clone());
    *latest.borrow_mut() = still;
    use_effect_with(watches, move |watches| {
        let watch = watches.then(|| {
            let last = Rc::new(Cell::new(now_ms()));
            let seen = Rc::clone(&last);
            let sign = Closure::<dyn Fn()>::new(move || seen.set(now_ms()));
            let window = web_sys::window();
            for name in SIGNS {
                let added = window.as_ref().map(|window| {
                    window.add_event_listener_with_callback(name, sign.as_ref().unchecked_ref())
                });
                drop(added);
            }
            let timer = Interval::new(look_ms, move || {
                let still = latest.borrow().clone();
                still.emit(now_ms() - last.get());
            });
            (timer, sign, window)
        });
        move || {
            if let Some((timer, sign, window)) = watch {
                drop(timer);
                for name in SIGNS {
                    drop(window.as_ref().map(|window| {
                        window.remove_event_listener_with_callback(name, sign.as_ref().unchecked_ref())
                    }));
                }
            }
        }
    });
}
