//! A date in three fields, day, month and year, and the date in words: a date of birth unless a label says otherwise.
//! The browser's own date field follows the browser's language: 04/05 is April to some readers and May to others.

use medlane_shared::typed;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{described, wrong_text};
use crate::i18n::use_words;

/// The typed day, month and year.
type Parts = [String; 3];

/// The digits of a text, of any script, as ASCII digits.
fn digits(text: &str, most: usize) -> String {
    typed::digits(text).take(most).collect()
}

/// The date as `1980-01-31`, empty if nothing was typed. The server refuses a date that is incomplete or does not
/// exist.
fn iso([day, month, year]: &Parts) -> String {
    if day.is_empty() && month.is_empty() && year.is_empty() {
        return String::new();
    }
    format!("{year:0>4}-{month:0>2}-{day:0>2}")
}

/// The fields for a date: without the zeros in front.
fn parts(iso: &str) -> Parts {
    let mut all = iso.split('-').map(|part| part.trim_start_matches('0').to_owned());
    let [year, month, day] = std::array::from_fn(|_| all.next().unwrap_or_default());
    [day, month, year]
}

/// Whether a whole date was typed that the calendar does not have. The year is whole with four digits.
fn is_no_day([day, month, year]: &Parts) -> bool {
    let number = |part: &String| part.parse().unwrap_or_default();
    let is_whole = !day.is_empty() && !month.is_empty() && year.len() == 4;
    is_whole && !typed::is_day(number(year), number(month), number(day))
}

/// The properties of the fields.
#[derive(Properties, PartialEq)]
pub struct DateFieldsProps {
    /// Begins the ids of the fields: `<name>-day`, `<name>-month`, `<name>-year`.
    pub name: AttrValue,
    /// The date, `1980-01-31`, or empty.
    pub value: AttrValue,
    /// Called with the date, empty if the fields are.
    pub oninput: Callback<String>,
    /// Whether the reader's browser may fill in their own date.
    #[prop_or_default]
    pub own: bool,
    /// A hint.
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    /// What the date is; a date of birth if absent.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    /// What is wrong with the date.
    #[prop_or_default]
    pub wrong: Option<AttrValue>,
}

/// The three fields.
#[component(DateFields)]
pub fn date_fields(props: &DateFieldsProps) -> Html {
    let words = use_words();
    let typed = use_state(Parts::default);
    // A date that another part of the page has set replaces what was typed.
    let shown = if iso(&typed) == *props.value { (*typed).clone() } else { parts(&props.value) };
    // The page knows at once that there is no such day. What is wrong with another day the server knows.
    let no_day = is_no_day(&shown);
    let wrong = if no_day { Some(words.say("no-such-day")) } else { props.wrong.clone() };
    let one = |place: usize, part: &'static str, most: usize| {
        let oninput = {
            let (typed, shown) = (typed.clone(), shown.clone());
            props.oninput.reform(move |event: InputEvent| {
                let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
                let mut next = shown.clone();
                if let (Some(input), Some(field)) = (input, next.get_mut(place)) {
                    *field = digits(&input.value(), most);
                    input.set_value(field);
                }
                let date = iso(&next);
                typed.set(next);
                date
            })
        };
        let id = format!("{}-{part}", props.name);
        html! {
            <label class="block">
                <span class="mb-1 block text-xs text-base-content/70">{ words.say(&format!("birth-{part}")) }</span>
                <input id={id.clone()} name={id} type="text" inputmode="numeric" dir="ltr" autocomplete={if props.own { format!("bday-{part}") } else { "off".to_owned() }}
                    class={classes!("input", "input-lg", if most == 4 { "w-24" } else { "w-16" })} value={shown[place].clone()} {oninput}
                    aria-invalid={wrong.as_ref().map(|_| "true")} aria-describedby={described(&props.name, false, wrong.is_some())} />
            </label>
        }
    };
    let said = words.date(&props.value);
    html! {
        <fieldset class="min-w-0" data-birth={props.name.clone()}>
            <legend class="mb-0.5 text-sm font-medium">{ props.label.clone().unwrap_or_else(|| words.say("birth-date")) }</legend>
            <div class="flex flex-wrap items-end gap-2">
                { one(0, "day", 2) }{ one(1, "month", 2) }{ one(2, "year", 4) }
                // The date in words, once it is one.
                if said != *props.value && !no_day { <p class="py-3 font-medium" role="status" data-date=""><bdi>{ said }</bdi></p> }
            </div>
            <div role="status" class="empty:hidden">{ wrong_text(&props.name, wrong.as_ref()) }</div>
            if let Some(hint) = &props.hint { <p class="mt-1 text-sm text-base-content/70">{ hint }</p> }
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(day: &str, month: &str, year: &str) -> Parts {
        [day, month, year].map(str::to_owned)
    }

    #[test]
    fn the_first_field_is_the_day_and_the_second_the_month() {
        assert_eq!(iso(&of("4", "5", "1980")), "1980-05-04");
        assert_eq!(parts("1980-05-04"), of("4", "5", "1980"));
        assert_eq!((iso(&of("", "", "")), parts("")), (String::new(), of("", "", "")));
        // An incomplete date is no date, and is sent, so that the server names it instead of leaving it out.
        assert_eq!(iso(&of("4", "", "1980")), "1980-00-04");
    }

    #[test]
    fn a_day_that_does_not_exist_is_known_once_it_is_whole() {
        assert!(is_no_day(&of("31", "2", "1990")) && is_no_day(&of("1", "13", "1990")));
        for typed in [of("28", "2", "1990"), of("29", "2", "2000"), of("31", "", "1990"), of("31", "2", "19")]
        {
            assert!(!is_no_day(&typed), "{typed:?}");
        }
    }

    #[test]
    fn digits_of_any_script_are_taken() {
        assert_eq!(
            (digits("٠٤", 2), digits("१९८०", 4), digits("a1b23", 2)),
            ("04".into(), "1980".into(), "12".into())
        );
    }
}
