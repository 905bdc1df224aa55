//! Live lists that do not move under the user's hand, so that a press hits the row that the user saw.

mod ahead;

use std::{cell::Cell, rc::Rc};

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, FocusEvent, HtmlElement, Node};
use yew::prelude::*;

use super::{
    Dialog,
    events::{listen, window},
};
pub use ahead::{AheadProps, ahead};

use crate::{clock::now_ms, i18n::use_words};

/// A press this soon after its row moved was probably meant for another row, so it asks first. In milliseconds.
const FRESH_MS: f64 = 500.0;
/// After the user's own press the list shows changes at once for this long, in milliseconds.
const OWN_MS: f64 = 2_000.0;
/// A list is no longer held this long after the last pointer move or key press, in milliseconds.
const HOLD_MS: f64 = 10_000.0;

/// The order of the shown rows, and when each moved. This is the rule alone, without a screen.
#[derive(Debug, Clone, Default, PartialEq)]
struct Order {
    shown: Vec<AttrValue>,
    moved: Vec<(AttrValue, f64)>,
    pressed_at: Option<f64>,
    urgent: Vec<AttrValue>,
}

impl Order {
    /// The rows to show now. While the list is `held`, no row changes its place: rows that have left stay, and new
    /// ones are added at the end. A row that becomes `urgent` still comes first at once.
    fn next(&mut self, live: &[AttrValue], urgent: &[AttrValue], held: bool, now: f64) -> &[AttrValue] {
        let own = self.pressed_at.is_some_and(|at| now - at < OWN_MS);
        let mut next = live.to_vec();
        if held && !own {
            next.clone_from(&self.shown);
            next.extend(live.iter().filter(|key| !self.shown.contains(key)).cloned());
            let new: Vec<AttrValue> =
                urgent.iter().filter(|key| !self.urgent.contains(key)).cloned().collect();
            next.retain(|key| !new.contains(key));
            next.splice(0..0, new);
        }
        self.urgent = urgent.to_vec();
        self.moved.retain(|(key, at)| now - at < FRESH_MS && next.contains(key));
        if !self.shown.is_empty() {
            let is_moved = |(n, key): &(usize, &AttrValue)| self.shown.get(*n) != Some(key);
            let moved: Vec<AttrValue> =
                next.iter().enumerate().filter(is_moved).map(|(_, key)| key.clone()).collect();
            self.moved.retain(|(key, _)| !moved.contains(key));
            self.moved.extend(moved.into_iter().map(|key| (key, now)));
        }
        self.shown = next;
        &self.shown
    }

    /// Whether a row moved so recently that a press was probably meant for the row before it.
    fn is_fresh(&self, key: &str, now: f64) -> bool {
        self.moved.iter().any(|(moved, at)| moved == key && now - at < FRESH_MS)
    }

    /// After the question, the rows count as not moved.
    fn allow(&mut self) {
        self.moved.clear();
    }

    /// The user pressed a row, so the list shows changes at once.
    fn press(&mut self, now: f64) {
        self.pressed_at = Some(now);
    }
}

/// A row of a steady list.
#[derive(Clone, PartialEq)]
pub struct Item {
    /// The key that identifies it.
    pub key: AttrValue,
    /// Its name in a question.
    pub name: AttrValue,
    /// Danger to life. The row comes first at once, even in a held list.
    pub urgent: bool,
    /// Words of a class that should not wait. A list that is scrolled says so when such a row comes first.
    pub pressing: Option<AttrValue>,
    /// The row: one element with its key as `data-row`.
    pub html: Html,
}

/// The properties of a list.
#[derive(Properties, PartialEq)]
pub struct SteadyProps {
    /// The present rows.
    pub items: Vec<Item>,
    /// Its CSS classes.
    pub class: Classes,
    /// Its name. A list with a name can be scrolled with the keyboard.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    /// Shown if there are no rows.
    #[prop_or_default]
    pub none: Html,
    /// Shows the top of a scrolled list when a row that should not wait comes first: [`ahead`].
    #[prop_or_default]
    pub front: Option<Callback<AheadProps, Html>>,
}

/// A press that asks first: its row, and the pressed element.
#[derive(Clone, PartialEq)]
struct Asked {
    name: AttrValue,
    target: Element,
}

/// Rows in their order. The order is held while the pointer is over them or the focus is in them.
#[component(Steady)]
pub fn steady(props: &SteadyProps) -> Html {
    let words = use_words();
    let node = use_node_ref();
    let order = use_mut_ref(Order::default);
    let seen = use_mut_ref(Vec::<Item>::new);
    let (pointed, focused) = (use_memo((), |()| Cell::new(false)), use_memo((), |()| Cell::new(false)));
    let asked = use_state(|| None::<Asked>);
    let changed = use_force_update();
    let now = now_ms();
    let touched = use_memo((), |()| Cell::new(0.0_f64));
    let over = pointed.get() || (focused.get() && has_focus(&node));
    let held = over && is_touched(touched.get(), now);
    let live: Vec<AttrValue> = props.items.iter().map(|item| item.key.clone()).collect();
    let urgent: Vec<AttrValue> =
        props.items.iter().filter(|item| item.urgent).map(|item| item.key.clone()).collect();
    let shown = order.borrow_mut().next(&live, &urgent, held, now).to_vec();
    let rows: Vec<Item> = shown
        .iter()
        .filter_map(|key| {
            let is_it = |item: &&Item| item.key == *key;
            props.items.iter().find(is_it).or(seen.borrow().iter().find(is_it)).cloned()
        })
        .collect();
    seen.borrow_mut().clone_from(&rows);
    let is_behind = shown != live;
    use_effect({
        let (node, live) = (node.clone(), live.clone());
        move || mark_gone(&node, &live)
    });
    // Held changes are shown once the user has not moved for long enough.
    use_effect({
        let (changed, left) = (changed.clone(), touched.get() + HOLD_MS - now);
        move || {
            let ends =
                (is_behind && held).then(|| Timeout::new(wait_ms(left), move || changed.force_update()));
            move || drop(ends)
        }
    });
    use_effect_with((), {
        let (node, order, seen, asked) = (node.clone(), order.clone(), seen.clone(), asked.setter());
        let changed = changed.clone();
        move |()| {
            let list = node.cast::<HtmlElement>();
            let flag = |flag: &Rc<Cell<bool>>, on: bool| {
                let (flag, changed) = (flag.clone(), changed.clone());
                move || {
                    if flag.replace(on) != on {
                        changed.force_update();
                    }
                }
            };
            let (enter, leave) = (flag(&pointed, true), flag(&pointed, false));
            let (focus, blur) = (flag(&focused, true), flag(&focused, false));
            let hears = list.clone().map(|list| {
                let inside = list.clone();
                let touch = || {
                    let touched = touched.clone();
                    move |_| touched.set(now_ms())
                };
                [
                    // These listeners have to run before those that hold the list.
                    listen(&list, "pointerenter", true, touch()),
                    listen(&list, "focusin", true, touch()),
                    listen(&list, "pointermove", true, touch()),
                    listen(&list, "pointerdown", true, touch()),
                    listen(&list, "keydown", true, touch()),
                    listen(&list, "pointerenter", false, move |_| enter()),
                    listen(&list, "pointerleave", false, move |_| leave()),
                    listen(&list, "focusin", false, move |_| focus()),
                    listen(&list, "focusout", false, move |event| {
                        let to = event.dyn_into::<FocusEvent>().ok().and_then(|event| event.related_target());
                        if !to.is_some_and(|to| inside.contains(to.dyn_ref::<Node>())) {
                            blur();
                        }
                    }),
                ]
            });
            // Runs before any component gets the event.
            let guard = list.zip(window()).map(|(list, window)| {
                listen(&window, "click", true, move |event| {
                    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                    let row = target.as_ref().and_then(|target| target.closest("[data-row]").ok().flatten());
                    let (Some(target), Some(row)) = (target, row.filter(|row| list.contains(Some(row))))
                    else {
                        return;
                    };
                    let (key, now) = (row.get_attribute("data-row").unwrap_or_default(), now_ms());
                    if order.borrow().is_fresh(&key, now) {
                        event.stop_immediate_propagation();
                        event.prevent_default();
                        let name =
                            seen.borrow().iter().find(|item| item.key == key).map(|item| item.name.clone());
                        asked.set(Some(Asked { name: name.unwrap_or_default(), target }));
                    } else {
                        order.borrow_mut().press(now);
                    }
                })
            });
            move || drop((hears, guard))
        }
    });
    let close = {
        let asked = asked.clone();
        Callback::from(move |()| asked.set(None))
    };
    let ask = asked.as_ref().map(|Asked { name, target }| {
        let (leave, target, order) = (close.clone(), target.clone(), order.clone());
        let press = Callback::from(move |()| {
            leave.emit(());
            order.borrow_mut().allow();
            if let Some(target) = target.dyn_ref::<HtmlElement>() {
                target.click();
            }
        });
        let title = words.say_with("moved-ask", &[("name", name.as_str().into())]);
        html! { <Dialog id="moved" {title} text={words.say("moved-why")} acts={vec![(words.say("moved-yes"), press)]} stay={words.say("moved-no")} close={close.clone()} /> }
    });
    let show = Callback::from(move |()| {
        order.borrow_mut().press(now_ms());
        changed.force_update();
    });
    let front = props.front.as_ref().map(|front| {
        let first = props.items.first();
        let first =
            first.and_then(|item| Some((item.key.clone(), item.name.clone(), item.pressing.clone()?)));
        front.emit(AheadProps {
            list: node.clone(),
            first,
            shown: shown.first().cloned(),
            over,
            go: show.clone(),
        })
    });
    html! {
        <div class="relative">
            <ul ref={node} class={props.class.clone()} tabindex={props.label.as_ref().map(|_| "0")} aria-label={props.label.clone()}>
                { for rows.iter().map(|item| item.html.clone()) }
            </ul>
            if rows.is_empty() { { props.none.clone() } }
            if is_behind {
                <div role="status" class="pointer-events-none absolute inset-x-0 bottom-1 flex justify-center">
                    <button type="button" data-behind="" class="btn btn-sm btn-neutral pointer-events-auto shadow" onclick={show.reform(|_: MouseEvent| ())}>{ words.say("order-changed") }</button>
                </div>
            }
            { front.unwrap_or_default() }
            { ask.unwrap_or_default() }
        </div>
    }
}

/// Whether the user is still active. A pointer that just lies on a list does not hold it.
fn is_touched(touched: f64, now: f64) -> bool {
    now - touched < HOLD_MS
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "milliseconds, at most some thousands"
)]
fn wait_ms(left: f64) -> u32 {
    left.clamp(1.0, HOLD_MS) as u32
}

/// Disables rows that no longer exist.
fn mark_gone(list: &NodeRef, live: &[AttrValue]) {
    let mut row = list.cast::<Element>().and_then(|list| list.first_element_child());
    while let Some(element) = row {
        let key = element.get_attribute("data-row").unwrap_or_default();
        let is_gone = live.iter().all(|live| *live != key);
        drop(if is_gone { element.set_attribute("inert", "") } else { element.remove_attribute("inert") });
        row = element.next_element_sibling();
    }
}

/// Whether the focus is in a list or on it.
fn has_focus(list: &NodeRef) -> bool {
    let active = web_sys::window().and_then(|window| window.document()?.active_element());
    list.get().is_some_and(|list| list.contains(active.as_deref()))
}

#[cfg(test)]
mod tests;
