//! The clinic's people: inviting them, and their right to sign in.

use medlane_shared::{
    access::Role,
    api::{
        InvitePerson, KeepPerson, ListPeople, ReinvitePerson, ResetMfa, SetRoles, SetStanding, UnmergePerson,
    },
    fault::{Code, Fault},
    identity::{
        InviteRequest, KeepRequest, Me, PeopleQuery, PersonView, RolesRequest, Standing, StandingRequest,
        UnmergeRequest,
    },
    ids::PersonId,
    notify::Channel,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::face::Face;
use crate::{
    admin::{contact_line, use_rest},
    backend::call,
    i18n::{Words, use_words},
    kit::{Button, Card, Field, Kind, alert, empty, focus, focus_first, focused, select, skeleton, use_kept},
    queue::{BranchChoice, use_branch},
};

/// The key of a role's name.
fn role_key(role: Role) -> String {
    format!("role-{}", role.text())
}

/// The properties of the screen.
#[derive(Properties, PartialEq)]
pub struct PeopleProps {
    /// The person who is signed in.
    pub me: Me,
}

/// The form that is open: an invitation, or the reason for a change.
#[derive(Clone, PartialEq)]
enum Asking {
    Nothing,
    Invite {
        name: String,
        email: String,
        role: Role,
    },
    Why {
        person: PersonId,
        standing: Standing,
        why: String,
    },
    Roles {
        person: PersonId,
        roles: Vec<Role>,
    },
    Factor {
        person: PersonId,
    },
    Keep {
        person: PersonId,
        why: String,
    },
    /// The new contact of a removed person, because their contacts were erased.
    Back {
        person: PersonId,
        email: String,
    },
}

impl Asking {
    /// The open form. A form for another person or action is another screen.
    fn opened(&self) -> Option<(&'static str, Option<PersonId>)> {
        match self {
            Self::Nothing => None,
            Self::Invite { .. } => Some(("invite-form", None)),
            Self::Why { person, .. } | Self::Keep { person, .. } => Some(("asked", Some(*person))),
            Self::Roles { person, .. } | Self::Factor { person } | Self::Back { person, .. } => {
                Some(("asked", Some(*person)))
            }
        }
    }
}

/// The possible actions.
#[derive(Clone, PartialEq)]
enum Doing {
    Ask(Asking),
    Invite,
    Reinvite(PersonId),
    Stand(PersonId, Standing),
    Promote(PersonId),
    Factor(PersonId),
    Unmerge(PersonId),
    Keep(PersonId),
}

/// What is shown when a page of people has come: the ones before it, its cursor, the text that was looked for, and why
/// the list is loaded again.
type Found = (Vec<PersonView>, Option<String>, String, Option<Fault>);

/// All people, newest first, in pages.
#[component(People)]
pub fn people(props: &PeopleProps) -> Html {
    let words = use_words();
    let place = use_branch(&props.me);
    let (list, next) = (use_state(|| None::<Vec<PersonView>>), use_state(|| None::<String>));
    let (q, fault) = (use_state(String::new), use_state(|| None::<Fault>));
    // Whether only people who asked for deletion are listed.
    let leaving = use_state(|| false);
    let asking = use_kept("people-asking", || Asking::Nothing);
    // The focus moves into the opened form, and back to the button that opened it.
    let opener = use_mut_ref(|| None::<String>);
    use_effect_with(asking.opened(), {
        let opener = opener.clone();
        move |opened| match opened {
            Some((id, _)) => {
                if opener.borrow().is_none() {
                    opener.replace(focused());
                }
                focus_first(id);
            }
            None => {
                if let Some(id) = opener.take() {
                    focus(&id);
                }
            }
        }
    });
    // The latest request: an answer to an older one may come later, and is not shown.
    let asked = use_mut_ref(|| 0_u32);
    let load = {
        let (list, next, fault) = (list.clone(), next.clone(), fault.clone());
        let only = (*leaving).then_some(true);
        Callback::from(move |(before, cursor, q, why): Found| {
            let (list, next, fault) = (list.clone(), next.clone(), fault.clone());
            *asked.borrow_mut() += 1;
            let (asked, turn) = (asked.clone(), *asked.borrow());
            spawn_local(async move {
                let q = Some(q.trim().to_owned()).filter(|q| !q.is_empty());
                let query = PeopleQuery { q, cursor, leaving: only, ..PeopleQuery::default() };
                let found = call::<ListPeople>(&[], &query).await;
                if *asked.borrow() != turn {
                    return;
                }
                match found {
                    Ok(page) => {
                        list.set(Some([before, page.items].concat()));
                        next.set(page.next);
                        fault.set(why);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    let rested = use_rest(&q);
    use_effect_with((rested, *leaving), {
        let load = load.clone();
        move |(q, _)| load.emit((Vec::new(), None, q.clone(), None))
    });
    let more = {
        let (load, list, next, q) =
            (load.clone(), (*list).clone().unwrap_or_default(), (*next).clone(), (*q).clone());
        Callback::from(move |()| load.emit((list.clone(), next.clone(), q.clone(), None)))
    };
    let act = {
        let (asking, fault, list, q) = (asking.clone(), fault.clone(), list.clone(), (*q).clone());
        let branch = place.chosen.as_ref().map(|branch| branch.id);
        let language = words.tag();
        Callback::from(move |doing: Doing| {
            let (now, people) = ((*asking).clone(), (*list).clone().unwrap_or_default());
            let version = |id: PersonId| people.iter().find(|one| one.id == id).map_or(0, |one| one.version);
            let change = match (doing, now) {
                (Doing::Ask(next), _) => return asking.set(next),
                (Doing::Invite, Asking::Invite { name, email, role }) => {
                    let branches = branch.into_iter().filter(|_| role != Role::Admin).collect();
                    let (roles, language) = (vec![role], Some(language.to_owned()));
                    Change::Invite(InviteRequest { name, email, roles, branches, language })
                }
                (Doing::Stand(id, standing), now) => {
                    let (why, email) = match now {
                        Asking::Why { why, .. } => (Some(why), None),
                        Asking::Back { email, .. } => (None, Some(email).filter(|email| !email.is_empty())),
                        _ => (None, None),
                    };
                    Change::Stand(id, StandingRequest { standing, why, email, version: version(id) })
                }
                (Doing::Reinvite(id), _) => Change::Reinvite(id),
                (Doing::Promote(id), Asking::Roles { roles, .. }) => {
                    let held = people.iter().find(|one| one.id == id).map(|one| one.branches.clone());
                    let branches = held.filter(|held| !held.is_empty());
                    let branches = branches.unwrap_or_else(|| branch.into_iter().collect());
                    Change::Promote(id, RolesRequest { roles, branches, version: version(id) })
                }
                (Doing::Factor(id), _) => Change::Factor(id),
                (Doing::Unmerge(id), _) => Change::Unmerge(id, UnmergeRequest { version: version(id) }),
                (Doing::Keep(id), Asking::Keep { why, .. }) => {
                    Change::Keep(id, KeepRequest { why, version: version(id) })
                }
                (Doing::Invite | Doing::Promote(_) | Doing::Keep(_), _) => return,
            };
            let (asking, fault, load, q) = (asking.clone(), fault.clone(), load.clone(), q.clone());
            spawn_local(async move {
                let done = match change {
                    Change::Invite(request) => call::<InvitePerson>(&[], &request).await,
                    Change::Stand(id, request) => call::<SetStanding>(&[&id.to_string()], &request).await,
                    Change::Reinvite(id) => call::<ReinvitePerson>(&[&id.to_string()], &()).await,
                    Change::Promote(id, request) => call::<SetRoles>(&[&id.to_string()], &request).await,
                    Change::Factor(id) => call::<ResetMfa>(&[&id.to_string()], &()).await,
                    Change::Keep(id, request) => call::<KeepPerson>(&[&id.to_string()], &request).await,
                    Change::Unmerge(id, request) => call::<UnmergePerson>(&[&id.to_string()], &request).await,
                };
                match done {
                    Ok(_) => {
                        asking.set(Asking::Nothing);
                        load.emit((Vec::new(), None, q, None));
                    }
                    // Another person has changed them: show the present state, and keep what was typed.
                    Err(refused) if refused.code == Code::VersionStale => {
                        load.emit((Vec::new(), None, q, Some(refused)));
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    let invite = act.reform(|()| {
        Doing::Ask(Asking::Invite { name: String::new(), email: String::new(), role: Role::Reception })
    });
    let toggle = {
        let leaving = leaving.clone();
        Callback::from(move |_: Event| leaving.set(!*leaving))
    };
    html! {
        <Card>
            <div class="flex flex-wrap items-end gap-3">
                <div class="w-full max-w-96"><Field name="people-q" autocomplete="off" label={words.say("people-find")} value={(*q).clone()}
                    oninput={Callback::from(move |text| q.set(text))} /></div>
                if props.me.role == Role::Admin {
                    <label class="flex items-center gap-2 pb-3">
                        <input type="checkbox" class="checkbox" id="people-leaving" checked={*leaving} onchange={toggle} />
                        { words.say("people-leaving") }
                    </label>
                }
                <span class="flex-1"></span>
                <Button kind={Kind::Primary} id="invite" onclick={invite}>{ words.say("invite") }</Button>
            </div>
            { alert(words, (*fault).clone()) }
            if let Asking::Invite { name, email, role } = &*asking {
                { invite_form(words, &props.me, &place, (name, email, *role), &act) }
            }
            { match &*list {
                None if fault.is_some() => html! {},
                None => skeleton(words),
                Some(people) if people.is_empty() => empty(words.say("nothing-found"), words.say("people-hint")),
                Some(people) => html! {
                    <ul class="divide-y divide-base-300">
                        { for people.iter().map(|person| row(words, person, &props.me, &asking, &act)) }
                    </ul>
                },
            } }
            if next.is_some() { <div><Button id="more" onclick={more}>{ words.say("more") }</Button></div> }
        </Card>
    }
}

/// A call that changes a person.
enum Change {
    Invite(InviteRequest),
    Reinvite(PersonId),
    Stand(PersonId, StandingRequest),
    Promote(PersonId, RolesRequest),
    Factor(PersonId),
    Unmerge(PersonId, UnmergeRequest),
    Keep(PersonId, KeepRequest),
}

/// The form for an invitation.
fn invite_form(
    words: Words,
    me: &Me,
    place: &BranchChoice,
    (name, email, role): (&str, &str, Role),
    act: &Callback<Doing>,
) -> Html {
    let roles: &[Role] = if me.role == Role::Admin {
        &[Role::Reception, Role::Doctor, Role::Manager, Role::Admin]
    } else {
        &[Role::Reception]
    };
    let options: Vec<(AttrValue, AttrValue)> =
        roles.iter().map(|role| (role.text().into(), words.say(&role_key(*role)))).collect();
    let places: Vec<(AttrValue, AttrValue)> = place
        .branches
        .iter()
        .map(|branch| (branch.id.to_string().into(), branch.name.clone().into()))
        .collect();
    let with = |change: fn(String, String, Role, String) -> Asking| {
        let (name, email) = (name.to_owned(), email.to_owned());
        act.reform(move |text: String| Doing::Ask(change(name.clone(), email.clone(), role, text)))
    };
    let send = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Doing::Invite
    });
    html! {
        <form class="space-y-4 rounded-box bg-base-200 p-4" id="invite-form" onsubmit={send}>
            <div class="grid gap-4 md:grid-cols-2">
                <Field name="invite-name" autocomplete="off" label={words.say("your-name-of")} value={name.to_owned()}
                    oninput={with(|_, email, role, name| Asking::Invite { name, email, role })} />
                <Field name="invite-email" autocomplete="off" inputmode="email" label={words.say("email")} value={email.to_owned()}
                    oninput={with(|name, _, role, email| Asking::Invite { name, email, role })} />
            </div>
            <div class="flex flex-wrap items-center gap-3">
                { select(words.say("role"), &options, role.text(), &with(|name, email, before, text| Asking::Invite { name, email, role: Role::from_text(&text).unwrap_or(before) })) }
                if role != Role::Admin && !places.is_empty() {
                    { select(words.say("branch"), &places, &place.chosen.as_ref().map(|branch| branch.id.to_string()).unwrap_or_default(), &place.choose) }
                }
                <span class="flex-1"></span>
                <button type="submit" id="invite-send" class="btn btn-primary">{ words.say("invite-send") }</button>
            </div>
        </form>
    }
}

/// A person, and the actions on them. An action that takes away a right asks for the reason.
fn row(words: Words, person: &PersonView, me: &Me, asking: &Asking, act: &Callback<Doing>) -> Html {
    let (id, is_self) = (person.id, me.person_id == Some(person.id));
    let may_promote = me.role == Role::Admin && person.standing == Standing::Active;
    let ask = |standing: Standing| {
        act.reform(move |()| Doing::Ask(Asking::Why { person: id, standing, why: String::new() }))
    };
    let asked = person.leaving_at.filter(|_| person.standing != Standing::Deleted);
    let button = |key: &str, kind: Kind, onclick: Callback<()>| {
        html! { <Button class="btn-sm" id={format!("{key}-{id}")} {kind} {onclick}>{ words.say(key) }</Button> }
    };
    let tone = match person.standing {
        Standing::Active => None,
        Standing::Suspended => Some(("badge-warning", "standing-suspended", "suspended")),
        Standing::Deleted => Some(("badge-error", "standing-deleted", "deleted")),
    };
    let roles: Vec<String> =
        person.roles.iter().map(|role| words.say(&role_key(*role)).to_string()).collect();
    html! {
        <li key={id.to_string()} class="space-y-3 py-3" data-person={person.email.clone().unwrap_or_default()} data-standing={tone.map_or("active", |tone| tone.2)}>
            <div class="flex flex-wrap items-center gap-x-3 gap-y-2">
                <Face key={person.version} {id} has={person.has_avatar && me.role == Role::Admin} />
                <div class="min-w-0 flex-1">
                    <p class="page-start font-medium break-words" dir="auto">{ &person.name }</p>
                    <p class="page-start flex flex-wrap items-center gap-x-3 text-sm text-base-content/70">
                        { reached(words, person) }<span>{ words.list(roles) }</span>
                    </p>
                    if let Some(why) = &person.why { <p class="page-start text-sm" dir="auto">{ why }</p> }
                    if let Some(at) = asked { <p class="text-sm font-medium" data-leaving="true">{ words.say_with("people-leaving-since", &[("at", words.day(at).as_str().into())]) }</p> }
                </div>
                if person.merged_into.is_some() {
                    <span class="badge badge-ghost">{ words.say("merged-into") }</span>
                    { button("duplicates-back", Kind::Plain, act.reform(move |()| Doing::Unmerge(id))) }
                }
                if person.invited { <span class="badge badge-info badge-soft">{ words.say("invited") }</span> }
                if let Some((tone, key, _)) = tone { <span class={classes!("badge", "badge-soft", tone)}>{ words.say(key) }</span> }
                if !is_self && person.merged_into.is_none() {
                    if asked.is_some() { { button("people-keep", Kind::Plain, act.reform(move |()| Doing::Ask(Asking::Keep { person: id, why: String::new() }))) } }
                    if person.has_factor { { button("factor-reset", Kind::Ghost, act.reform(move |()| Doing::Ask(Asking::Factor { person: id }))) } }
                    if may_promote {
                        { button("roles", Kind::Ghost, { let roles = person.roles.clone(); act.reform(move |()| Doing::Ask(Asking::Roles { person: id, roles: roles.clone() })) }) }
                    }
                    if person.invited && tone.is_none() { { button("invite-again", Kind::Plain, act.reform(move |()| Doing::Reinvite(id))) } }
                    if tone.is_none() {
                        { button("suspend", Kind::Plain, ask(Standing::Suspended)) }
                    } else {
                        { button("reinstate", Kind::Plain, if person.standing == Standing::Deleted {
                            act.reform(move |()| Doing::Ask(Asking::Back { person: id, email: String::new() }))
                        } else {
                            act.reform(move |()| Doing::Stand(id, Standing::Active))
                        }) }
                    }
                    if person.standing != Standing::Deleted { { button("remove", Kind::Ghost, ask(Standing::Deleted)) } }
                }
            </div>
            { match asking {
                Asking::Why { person: of, standing, why } if *of == id => {
                    let key = if *standing == Standing::Deleted { "remove" } else { "suspend" };
                    let standing = *standing;
                    let typed = act.reform(move |why| Doing::Ask(Asking::Why { person: id, standing, why }));
                    why_form(words, "why", why, typed, key, &act.reform(move |()| Doing::Stand(id, standing)), act)
                }
                Asking::Keep { person: of, why } if *of == id => {
                    let typed = act.reform(move |why| Doing::Ask(Asking::Keep { person: id, why }));
                    why_form(words, "people-keep-why", why, typed, "people-keep", &act.reform(move |()| Doing::Keep(id)), act)
                }
                Asking::Back { person: of, email } if *of == id => html! {
                    <div id="asked" class="flex flex-wrap items-end gap-3 rounded-box bg-base-200 p-4">
                        <div class="min-w-60 flex-1"><Field name="back-email" autocomplete="off" inputmode="email" label={words.say("email")} hint={words.say("people-back-hint")} value={email.clone()}
                            oninput={act.reform(move |email| Doing::Ask(Asking::Back { person: id, email }))} /></div>
                        <Button kind={Kind::Primary} id="sure" onclick={act.reform(move |()| Doing::Stand(id, Standing::Active))}>{ words.say("reinstate") }</Button>
                        <Button onclick={act.reform(|()| Doing::Ask(Asking::Nothing))}>{ words.say("cancel") }</Button>
                    </div>
                },
                Asking::Roles { person: of, roles } if *of == id => roles_form(words, id, roles, act),
                Asking::Factor { person: of } if *of == id => html! {
                    <div id="asked" class="flex flex-wrap items-center gap-3 rounded-box bg-base-200 p-4">
                        <p class="min-w-60 flex-1">{ words.say("factor-reset-sure") }</p>
                        <Button kind={Kind::Danger} id="sure" onclick={act.reform(move |()| Doing::Factor(id))}>{ words.say("factor-reset") }</Button>
                        <Button onclick={act.reform(|()| Doing::Ask(Asking::Nothing))}>{ words.say("cancel") }</Button>
                    </div>
                },
                _ => html! {},
            } }
        </li>
    }
}

/// A person's first contact, and whether it is confirmed.
fn reached(words: Words, person: &PersonView) -> Html {
    let both = [(&person.email, Channel::Email), (&person.phone, Channel::Sms)];
    let mut there = both.into_iter().filter_map(|(address, channel)| Some((address.as_ref()?, channel)));
    // For an invitation that is not accepted yet, the mark "unconfirmed" would add nothing.
    let line = |(address, channel): (&String, Channel)| {
        contact_line(words, address, person.invited || person.proven.contains(&channel))
    };
    there.next().map_or_else(Html::default, line)
}

/// The form for a person's roles.
fn roles_form(words: Words, person: PersonId, held: &[Role], act: &Callback<Doing>) -> Html {
    let all = [Role::Patient, Role::Reception, Role::Doctor, Role::Manager, Role::Admin];
    html! {
        <fieldset id="asked" class="flex flex-wrap items-center gap-4 rounded-box bg-base-200 p-4">
            <legend class="sr-only">{ words.say("roles") }</legend>
            { for all.into_iter().map(|role| {
                let has = held.contains(&role);
                let mut next: Vec<Role> = held.iter().copied().filter(|other| *other != role).collect();
                if !has {
                    next.push(role);
                }
                let onchange = act.reform(move |_: Event| Doing::Ask(Asking::Roles { person, roles: next.clone() }));
                html! {
                    <label key={role.text()} class="flex items-center gap-2">
                        <input type="checkbox" class="checkbox" name={role.text()} checked={has} {onchange} />{ words.say(&role_key(role)) }
                    </label>
                }
            }) }
            <span class="flex-1"></span>
            <Button kind={Kind::Primary} id="roles-save" disabled={held.is_empty()} onclick={act.reform(move |()| Doing::Promote(person))}>{ words.say("save") }</Button>
            <Button onclick={act.reform(|()| Doing::Ask(Asking::Nothing))}>{ words.say("cancel") }</Button>
        </fieldset>
    }
}

/// The form for a reason.
fn why_form(
    words: Words,
    asked: &str,
    why: &str,
    typed: Callback<String>,
    key: &str,
    go: &Callback<()>,
    act: &Callback<Doing>,
) -> Html {
    html! {
        <div id="asked" class="flex flex-wrap items-end gap-3 rounded-box bg-base-200 p-4">
            <div class="min-w-60 flex-1"><Field name="why" autocomplete="off" label={words.say(asked)} value={why.to_owned()} oninput={typed} /></div>
            <Button kind={Kind::Danger} id="sure" onclick={go.clone()}>{ words.say(key) }</Button>
            <Button onclick={act.reform(|()| Doing::Ask(Asking::Nothing))}>{ words.say("cancel") }</Button>
        </div>
    }
}
