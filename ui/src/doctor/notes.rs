//! The note of the present visit, the patient's earlier notes, and those that wait for their author's signature.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use medlane_shared::{
    ids::{NoteId, PersonId, TicketId},
    records::{DraftVersions, NOTE_MAX_CHARS, Note, VisitNotes},
    sync::Topic,
    time::Timestamp,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{
    apart::apart,
    chart::{Chart, chart_said, signed_note, use_chart},
    marks::is_behind,
    pen::{Of, Pen, page_changes},
    whose::{Facts, Whose},
};
use crate::{
    backend::use_live,
    i18n::use_words,
    kit::{
        Button, Card, Dialog, Kind, TextArea, alert, focus, focus_on, focused, skeleton, types_somewhere,
        use_next_focus,
    },
};

/// Holds the pens of the visits on the screen for the desk. A step that ends a visit saves its note first.
#[derive(Clone, Default)]
pub struct Visit {
    pens: Rc<RefCell<Vec<Rc<Pen>>>>,
    /// When the latest other unsigned draft of a visit was begun.
    others: Rc<RefCell<BTreeMap<TicketId, Timestamp>>>,
}

impl PartialEq for Visit {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.pens, &other.pens)
    }
}

impl Visit {
    /// The pen of a ticket's visit; `None` if its note is not loaded.
    #[must_use]
    pub fn pen(&self, ticket: TicketId) -> Option<Rc<Pen>> {
        self.pens.borrow().iter().find(|pen| pen.ticket() == Some(ticket)).cloned()
    }

    /// When another unsigned draft of a visit was begun; `None` if there is none.
    #[must_use]
    pub fn other(&self, ticket: TicketId) -> Option<Timestamp> {
        self.others.borrow().get(&ticket).copied()
    }

    fn has_other(&self, ticket: TicketId, began: Option<Timestamp>) {
        let mut others = self.others.borrow_mut();
        match began {
            Some(began) => others.insert(ticket, began),
            None => others.remove(&ticket),
        };
    }

    fn take_up(&self, pen: &Rc<Pen>) {
        self.pens.borrow_mut().push(pen.clone());
    }

    fn lay_down(&self, pen: &Rc<Pen>) {
        self.pens.borrow_mut().retain(|one| one != pen);
    }
}

/// Tells the desk which note was signed, and where to find it.
#[derive(Clone, PartialEq)]
pub struct NoteSaid(pub Callback<AttrValue>);

/// The properties of a visit's notes.
#[derive(Properties, PartialEq)]
pub struct NotesProps {
    /// The patient.
    pub patient: PersonId,
    /// The patient and the visit.
    pub whose: Whose,
    /// The visit's ticket.
    pub ticket: TicketId,
    /// The doctor.
    pub author: Option<PersonId>,
    /// Whether the server can be reached.
    pub online: bool,
    /// The notes that this computer stores and the server does not have yet.
    pub pending: Vec<NoteId>,
    /// Receives the visit's pen.
    pub visit: Visit,
    /// Called when a note was saved or signed.
    pub changed: Callback<()>,
    /// What has happened to the visit, if somebody else took it away while the note was being written.
    #[prop_or_default]
    pub happened: Option<AttrValue>,
    /// Whether the doctor has opened the notes of a visit that has ended.
    #[prop_or_default]
    pub is_read: bool,
    /// Closes the field of such a visit.
    #[prop_or_default]
    pub close: Callback<()>,
    /// Whether the visit has just begun, so that the field is to get the focus.
    #[prop_or_default]
    pub takes_focus: bool,
    /// Called once the user types in a field.
    #[prop_or_default]
    pub focused: Callback<()>,
}

/// The visit's note, with the patient's earlier notes.
#[component(Notes)]
pub fn notes(props: &NotesProps) -> Html {
    let words = use_words();
    let (chart, fault, load) = use_chart(props.patient, props.online);
    // Another unsigned note of this patient that is open.
    let open = use_state(|| None::<NoteId>);
    let sorted = chart.as_ref().map(|chart| VisitNotes::of(&chart.read.items, props.ticket, props.author));
    let of = Of { author: props.author, patient: props.patient, ticket: Some(props.ticket) };
    // One pen for the visit, even if the chart is read again.
    let pen = use_mut_ref(|| None::<Rc<Pen>>);
    if pen.borrow().is_none()
        && let Some(sorted) = &sorted
    {
        let taken = Pen::at(of, &props.whose.name, sorted.own);
        props.visit.take_up(&taken);
        pen.replace(Some(taken));
    }
    use_effect_with((), {
        let (visit, pen, changed) = (props.visit.clone(), pen.clone(), props.changed.clone());
        move |()| {
            move || {
                let Some(pen) = pen.borrow().clone() else { return };
                visit.lay_down(&pen);
                // Notes that stay unsigned are in the list of unsigned notes.
                spawn_local(async move {
                    drop(pen.leave().await);
                    changed.emit(());
                });
            }
        }
    });
    use_effect_with(chart.clone(), {
        let (pen, ticket, author, online) = (pen.clone(), props.ticket, props.author, props.online);
        move |chart| {
            let pen = pen.borrow().clone();
            if let Some((pen, Chart { read, changes })) = pen.zip(chart.as_ref()) {
                let (notes, is_sure) = (&read.items, online && *changes == page_changes());
                pen.compare(notes, VisitNotes::of(notes, ticket, author).own, is_sure);
            }
        }
    });
    // The desk names the visit's other draft before the visit ends.
    let other = sorted.as_ref().zip(pen.borrow().clone()).and_then(|(sorted, pen)| {
        let beside = sorted.beside(pen.draft().id).into_iter();
        beside.filter(|note| note.ticket_id == Some(props.ticket)).map(|note| note.created_at).max()
    });
    props.visit.has_other(props.ticket, other);
    // Another window or computer has changed something of this chart.
    let marks = use_live::<DraftVersions>(props.author.map(|_| Topic::Drafts)).value;
    let before = use_mut_ref(|| None::<Rc<DraftVersions>>);
    use_effect_with((marks, chart.clone()), {
        let (pen, load) = (pen.clone(), load.clone());
        move |(marks, chart)| {
            let pen = pen.borrow().clone().filter(|pen| !pen.is_busy());
            if let (Some(marks), Some(chart), Some(pen)) = (marks, chart, pen) {
                let (draft, was) = (pen.draft(), before.replace(Some(marks.clone())));
                let was = was.as_ref().map(|was| was.notes.as_slice());
                if is_behind(was, &marks.notes, &chart.read.items, (draft.id, draft.version)) {
                    load.emit(());
                }
            }
        }
    });
    let id = if props.happened.is_some() { "note-held" } else { "note" };
    use_next_focus(sorted.as_ref().map(|sorted| sorted.unsigned.len()), vec![id.into()]);
    use_effect_with((props.takes_focus, pen.borrow().is_some(), fault.is_some()), {
        let focused = props.focused.clone();
        move |(takes_focus, has_field, has_failed)| {
            if *takes_focus && !types_somewhere() {
                focus(if *has_field || !*has_failed { id } else { "note-again" });
            }
            if *takes_focus && types_somewhere() {
                focused.emit(());
            }
        }
    });
    let signed = {
        let (load, changed) = (load.clone(), props.changed.clone());
        Callback::from(move |()| {
            load.emit(());
            changed.emit(());
        })
    };
    let written = {
        let (signed, close) = (signed.clone(), props.close.clone());
        let held = props.happened.is_some() && !props.is_read;
        Callback::from(move |()| {
            signed.emit(());
            if held {
                close.emit(());
            }
        })
    };
    let key = match (props.happened.is_some(), props.is_read) {
        (false, _) => "note-whose",
        (true, true) => "notes-whose",
        (true, false) => "note-unsigned-whose",
    };
    let title = words.say_with(key, &[("whose", props.whose.title(words).as_str().into())]);
    let facts =
        html! { <p class="-mt-2 text-sm text-base-content/80"><Facts whose={props.whose.clone()} /></p> };
    let class = classes!(props.happened.is_some().then_some("border-2 border-warning"));
    let (Some(sorted), Some(pen)) = (sorted, pen.borrow().clone()) else {
        return html! {
            <Card {title} {class}>
                { facts }
                if props.takes_focus && props.is_read { <span hidden=true data-opening=""></span> }
                if fault.is_some() {
                    { alert(words, fault) }
                    <Button id="note-again" onclick={load}>{ words.say("try-again") }</Button>
                } else {
                    { skeleton(words) }
                }
            </Card>
        };
    };
    let own = pen.draft().id;
    let above = AttrValue::from(pen.draft().text);
    let older = |note: &Note| {
        let of = Of { ticket: note.ticket_id, ..of };
        let is_this = note.ticket_id == Some(props.ticket);
        let whose = if is_this { props.whose.clone() } else { props.whose.of_other_visit(note.created_at) };
        let toggle = {
            let (open, id) = (open.clone(), note.id);
            Callback::from(move |()| open.set(if *open == Some(id) { None } else { Some(id) }))
        };
        html! {
            <Unsigned key={note.id.to_string()} note={note.clone()} {of} whose={whose} is_open={*open == Some(note.id)} {toggle}
                pending={props.pending.clone()} signed={signed.clone()} discarded={signed.clone()} left={signed.clone()} stays=true above={(note.ticket_id == Some(props.ticket)).then(|| above.clone())} />
        }
    };
    html! {
        <Card {title} {class}>
            { facts }
            { alert(words, fault) }
            <div class="space-y-2 empty:hidden" id="chart-said">{ for chart.iter().map(|chart| chart_said(words, &chart.read, props.ticket, props.author)) }</div>
            // It has an element of its own, so that the field below stays the same when it appears.
            <div class="empty:hidden">{ for props.happened.iter().map(|happened| html! {
                <div class="flex flex-wrap items-center gap-3 alert alert-warning alert-soft" id="note-happened">
                    <p role="alert" class="flex-1 break-words" dir="auto">{ happened }</p>
                    <Button class="btn-sm" id="note-close" onclick={props.close.clone()}>{ words.say(if pen.draft().is_begun() { "note-keep" } else { "close" }) }</Button>
                </div>
            }) }</div>
            <Writing {id} pen={pen} pending={props.pending.clone()} signed={written.clone()} discarded={written} whose={props.whose.clone()} stays={props.happened.is_none() || props.is_read} apart={signed.clone()} />
            // Each list has an element of its own, so that the field above keeps its place and the focus.
            <div class="space-y-4 empty:hidden">{ for sorted.beside(own).into_iter().map(older) }</div>
            <div class="space-y-4 empty:hidden">{ for sorted.signed.iter().map(|note| signed_note(words, note, props.ticket, props.author)) }</div>
        </Card>
    }
}

/// The properties of a field with its pen.
#[derive(Properties, PartialEq)]
pub struct WritingProps {
    /// The field's id.
    pub id: &'static str,
    /// The pen.
    pub pen: Rc<Pen>,
    /// The patient and the visit, so that the author sees whose note they sign.
    pub whose: Whose,
    /// Whether the signed note is shown below the field.
    #[prop_or_default]
    pub stays: bool,
    /// The notes that this computer stores and the server does not have yet.
    pub pending: Vec<NoteId>,
    /// Called when the note was signed.
    pub signed: Callback<()>,
    /// Called when the draft was thrown away by its button.
    pub discarded: Callback<()>,
    /// Called when a draft without text was thrown away because its field was closed.
    #[prop_or_default]
    pub left: Callback<()>,
    /// Called when another window has written on the note too, so that there is another draft to show.
    #[prop_or_default]
    pub apart: Callback<()>,
}

/// A field to write a note, and buttons to sign it or to throw it away.
#[component(Writing)]
pub fn writing(props: &WritingProps) -> Html {
    let words = use_words();
    let (changed, tell) = (use_force_update(), use_context::<NoteSaid>());
    use_effect_with(props.pen.clone(), {
        let left = props.left.clone();
        move |pen| {
            let heard = Callback::from(move |()| changed.force_update());
            pen.when_changed(heard.clone());
            let pen = pen.clone();
            move || {
                pen.forget(&heard);
                spawn_local(async move {
                    let is_empty = !pen.draft().is_unsigned();
                    if pen.leave().await.is_ok() && is_empty {
                        left.emit(());
                    }
                });
            }
        }
    });
    let (draft, busy) = (props.pen.draft(), props.pen.is_busy());
    use_effect_with((props.pen.apart(), draft.id), {
        let apart = props.apart.clone();
        move |(now, _)| {
            if now.is_some() {
                apart.emit(());
            }
        }
    });
    let oninput = {
        let pen = props.pen.clone();
        Callback::from(move |text: String| pen.write(text))
    };
    let sign = {
        let (pen, signed, id) = (props.pen.clone(), props.signed.clone(), props.id);
        let said = if props.stays { "note-signed-below" } else { "note-signed-away" };
        let said = words.say_with(said, &[("whose", props.whose.title(words).as_str().into())]);
        Callback::from(move |()| {
            let (pen, signed, tell, said) = (pen.clone(), signed.clone(), tell.clone(), said.clone());
            spawn_local(async move {
                if pen.put_down(true).await.is_ok() {
                    if let Some(NoteSaid(tell)) = tell {
                        tell.emit(said);
                    }
                    signed.emit(());
                    focus(id);
                }
            });
        })
    };
    // A draft with text is thrown away after a question.
    let asks = use_state(|| false);
    let throw = {
        let (pen, asks) = (props.pen.clone(), asks.clone());
        let (discarded, apart) = (props.discarded.clone(), props.apart.clone());
        Callback::from(move |()| {
            let (pen, asks, discarded, apart) = (pen.clone(), asks.clone(), discarded.clone(), apart.clone());
            spawn_local(async move {
                let done = pen.discard().await;
                asks.set(false);
                match done {
                    Ok(()) => discarded.emit(()),
                    Err(_) => apart.emit(()),
                }
            });
        })
    };
    let discard = {
        let (pen, asks, throw) = (props.pen.clone(), asks.clone(), throw.clone());
        Callback::from(move |()| if pen.draft().is_unsigned() { asks.set(true) } else { throw.emit(()) })
    };
    let stay = {
        let asks = asks.clone();
        Callback::from(move |()| asks.set(false))
    };
    use_next_focus((*asks, draft.is_begun()), vec![props.id.into()]);
    let standing = if busy {
        "note-saving"
    } else if props.pen.is_thrown() {
        "draft-discarded"
    } else if draft.text != draft.saved {
        "note-unsaved"
    } else if props.pending.contains(&draft.id) {
        "note-pending"
    } else if draft.version > 0 {
        "note-saved"
    } else {
        "note-empty"
    };
    html! {
        <>
            { alert(words, props.pen.fault()) }
            <div class="empty:hidden">{ for props.pen.apart().map(|apart| html! {
                <p role="status" class="alert alert-warning alert-soft" id={format!("{}-apart", props.id)}>{ words.say(apart.key()) }</p>
            }) }</div>
            <TextArea name={props.id} label={words.say_with("note-of", &[("name", props.whose.name.as_str().into())])} rows=8 max={NOTE_MAX_CHARS} value={draft.text.clone()} {oninput} />
            <div class="flex flex-wrap items-center gap-3">
                <p class="min-w-32 flex-1 text-sm text-base-content/70" role="status" id={format!("{}-standing", props.id)} data-standing={standing}>{ words.say(standing) }</p>
                if draft.is_begun() {
                    <Button kind={Kind::Ghost} id={format!("{}-discard", props.id)} disabled={busy} onclick={discard}>{ words.say("draft-discard") }</Button>
                }
                <Button kind={Kind::Primary} id={format!("{}-sign", props.id)} {busy} disabled={!draft.is_unsigned()} onclick={sign}>{ words.say("note-sign") }</Button>
            </div>
            if *asks {
                <Dialog id={format!("{}-discarding", props.id)} title={words.say_with("draft-discard-title", &[("name", props.whose.name.as_str().into())])} text={words.say("draft-discard-text")}
                    acts={vec![(words.say("draft-discard-sure"), throw)]} {busy} dangerous=true stay={words.say("draft-keep")} close={stay}>
                    <p class="font-medium" dir="auto">{ props.whose.title(words) }</p>
                    <p><Facts whose={props.whose.clone()} /></p>
                </Dialog>
            }
        </>
    }
}

/// Moves the focus on from a note that was closed.
pub(super) fn leave_to(id: NoteId) {
    if !focus_on("#note") {
        focus(&format!("open-{id}"));
    }
}

/// The properties of an unsigned note of another visit.
#[derive(Properties, PartialEq)]
pub struct UnsignedProps {
    /// The note.
    pub note: Note,
    /// The author, patient and visit of the note.
    pub of: Of,
    /// The patient and the visit.
    pub whose: Whose,
    /// Whether it is open.
    pub is_open: bool,
    /// Opens or closes it.
    pub toggle: Callback<()>,
    /// The notes that this computer stores and the server does not have yet.
    pub pending: Vec<NoteId>,
    /// Called when the note was signed.
    pub signed: Callback<()>,
    /// Called when it was thrown away by its button.
    pub discarded: Callback<()>,
    /// Called when it was closed without text, and so was thrown away.
    pub left: Callback<()>,
    /// Whether the signed note is shown near it.
    #[prop_or_default]
    pub stays: bool,
    /// The text of the draft above, if this is another draft of the same visit.
    #[prop_or_default]
    pub above: Option<AttrValue>,
}

/// Shows that the note exists. When opened, it can be completed and signed.
#[component(Unsigned)]
pub fn unsigned(props: &UnsignedProps) -> Html {
    let words = use_words();
    let was_open = use_mut_ref(|| false);
    let pen =
        use_memo((props.note.id, props.is_open), |_| Pen::at(props.of, &props.whose.name, Some(&props.note)));
    let when = words.day(props.note.created_at);
    // The cursor goes into the note that was opened, unless the author already writes in another one. When it closes, it
    // goes to what comes next: the note of the one who is here, or the button that opens this one again.
    use_effect_with(props.is_open, {
        let (id, before) = (props.note.id, was_open);
        move |is_open| {
            let was_open = before.replace(*is_open);
            if *is_open && !types_somewhere() {
                focus_on(&format!("[data-unsigned=\"{id}\"] textarea"));
            } else if was_open && !*is_open && focused() == Some(format!("open-{id}")) {
                leave_to(id);
            }
        }
    });
    html! {
        <section class="space-y-3 rounded-box border border-warning/50 p-4" data-unsigned={props.note.id.to_string()}>
            <div class="flex flex-wrap items-center gap-3">
                <p class="flex-1 text-sm font-medium"><span class="page-start block font-semibold" dir="auto" data-title="">{ props.whose.title(words) }</span><Facts whose={props.whose.clone()} /><span class="block">{ words.say_with(if props.above.is_some() { "note-second-from" } else { "note-unsigned-from" }, &[("at", when.as_str().into())]) }</span></p>
                <Button class="btn-sm" id={format!("open-{}", props.note.id)} onclick={props.toggle.clone()}>{ words.say(if props.is_open { "note-keep" } else { "note-open" }) }</Button>
            </div>
            <div class="empty:hidden">{ for props.above.iter().map(|above| apart(words, above, &props.note.text)) }</div>
            if props.is_open {
                <Writing id="note-older" pen={(*pen).clone()} whose={props.whose.clone()} stays={props.stays} pending={props.pending.clone()} signed={props.signed.clone()} discarded={props.discarded.clone()} left={props.left.clone()} />
            }
        </section>
    }
}
