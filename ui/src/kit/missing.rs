//! What a page says where it shows nothing.

use yew::prelude::*;

use crate::i18n::Words;

/// Why there is nothing to see here, and the way to the app's first page.
pub fn missing(words: Words, why: &'static str, start: &'static str) -> Html {
    html! {
        <div id="missing" data-why={why} class="mx-auto max-w-md space-y-4 pt-6 text-center">
            <h2 class="text-lg font-semibold">{ words.say(why) }</h2>
            <a class="btn btn-primary" href={start}>{ words.say("page-start") }</a>
        </div>
    }
}
