//! A row that should not wait and has come first, out of sight in a list that is scrolled. The list shows its top then,
//! but not under a hand: there it says who is first.

use web_sys::Element;
use yew::prelude::*;

use super::super::events::listen;
use crate::i18n::use_words;

/// What a list shows.
#[derive(Properties, Clone, PartialEq)]
pub struct AheadProps {
    /// The list.
    pub list: NodeRef,
    /// The key, the name and the class of the first row, if it should not wait.
    pub first: Option<(AttrValue, AttrValue, AttrValue)>,
    /// The key of the row that is shown first: a held list keeps its order.
    pub shown: Option<AttrValue>,
    /// Whether a hand is over the list, or the focus is in it.
    pub over: bool,
    /// Shows the present order.
    pub go: Callback<()>,
}

/// A list's place for it.
pub fn ahead(props: AheadProps) -> Html {
    html! { <Ahead ..props /> }
}

/// Whether the first row is not seen to be first: a held list shows it elsewhere, or it is `above` what is in sight.
pub(super) fn is_unseen(first: Option<&AttrValue>, shown: Option<&AttrValue>, above: bool) -> bool {
    first.is_some() && shown.is_some() && (shown != first || above)
}

#[component(Ahead)]
fn ahead_of(props: &AheadProps) -> Html {
    let words = use_words();
    let above = use_state(|| false);
    let before = use_mut_ref(|| None::<AttrValue>);
    let key = props.first.as_ref().map(|(key, ..)| key.clone());
    use_effect_with((props.shown.clone(), props.over), {
        let (list, above, key) = (props.list.clone(), above.clone(), key.clone());
        move |(shown, over): &(Option<AttrValue>, bool)| {
            let was = before.replace(shown.clone());
            let comes = was.is_some() && was != *shown;
            let is_first = key.is_some() && key == *shown;
            let scrolled = list.cast::<Element>().filter(|list| list.scroll_top() > 0);
            match scrolled.filter(|_| is_first && (comes || *above)) {
                Some(list) if !over => list.set_scroll_top(0),
                Some(_) => return above.set(true),
                None => {}
            }
            if *above {
                above.set(false);
            }
        }
    });
    use_effect_with((), {
        let (list, above) = (props.list.clone(), above.setter());
        move |()| {
            let list = list.cast::<Element>();
            let hears = list.map(|list| {
                let inner = list.clone();
                listen(&list, "scroll", false, move |_| {
                    if inner.scroll_top() == 0 {
                        above.set(false);
                    }
                })
            });
            move || drop(hears)
        }
    });
    let Some((_, name, class)) =
        props.first.as_ref().filter(|_| is_unseen(key.as_ref(), props.shown.as_ref(), *above))
    else {
        return html! {};
    };
    let onclick = {
        let (list, go) = (props.list.clone(), props.go.clone());
        Callback::from(move |_: MouseEvent| {
            go.emit(());
            if let Some(list) = list.cast::<Element>() {
                list.set_scroll_top(0);
            }
        })
    };
    let said =
        words.say_with("order-ahead", &[("name", name.as_str().into()), ("class", class.as_str().into())]);
    html! {
        <div role="status" class="pointer-events-none absolute inset-x-0 top-1 flex justify-center">
            <button type="button" data-ahead="" class="btn btn-sm btn-neutral pointer-events-auto shadow" {onclick}>{ said }</button>
        </div>
    }
}
