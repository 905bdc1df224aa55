//! A patient's contacts at the desk: which are confirmed, a code that the patient reads back, the identity check.

use medlane_shared::{
    api::{CheckIdentity, ConfirmContact, SendContactCode},
    fault::{Code, Fault},
    identity::{
        ContactCodeRequest, ContactConfirmRequest, IdentityCheckRequest, IdentityDocument, MergeProof,
        PatientView, PersonView, is_whole_code,
    },
    ids::{PersonId, VerificationId},
    notify::{Channel, masked},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    admin::contact_line,
    backend::call,
    i18n::{Words, use_words},
    kit::{Button, Field, Kind, alert, select},
};

/// The choice of a document.
fn documents(words: Words, chosen: IdentityDocument, choose: &Callback<IdentityDocument>) -> Html {
    let key = |document: &IdentityDocument| format!("document-{}", document.text().replace('_', "-"));
    let all: Vec<(AttrValue, AttrValue)> = IdentityDocument::ALL
        .iter()
        .map(|document| (document.text().into(), words.say(&key(document))))
        .collect();
    let choose = choose.reform(move |text: String| IdentityDocument::from_text(&text).unwrap_or(chosen));
    select(words.say("document"), &all, chosen.text(), &choose)
}

/// The form for the code that the patient reads back.
fn code_form(
    words: Words,
    (to, code): (&str, &str),
    typed: Callback<String>,
    key: &str,
    go: &Callback<()>,
) -> Html {
    let onsubmit = go.reform(|event: SubmitEvent| event.prevent_default());
    html! {
        <form class="flex flex-wrap items-end gap-3" {onsubmit}>
            <div class="w-full max-w-64"><Field name="read-code" inputmode="numeric" autocomplete="off" label={words.say("code")}
                hint={words.say_with("contact-read-back", &[("to", to.into())])} value={code.to_owned()} oninput={typed} /></div>
            <button type="submit" id="read-code-go" class="btn btn-primary" disabled={!is_whole_code(code)}>{ words.say(key) }</button>
        </form>
    }
}

/// The form that records a check of identity.
fn check_form(
    words: Words,
    document: IdentityDocument,
    choose: &Callback<IdentityDocument>,
    go: &Callback<()>,
) -> Html {
    html! {
        <div class="flex flex-wrap items-center gap-3">
            { documents(words, document, choose) }
            <Button kind={Kind::Primary} class="btn-sm" id="identity-go" onclick={go.clone()}>{ words.say("identity-go") }</Button>
            <p class="w-full text-sm text-base-content/70">{ words.say("identity-hint") }</p>
        </div>
    }
}

/// The properties of the contacts.
#[derive(Properties, PartialEq)]
pub struct ContactsProps {
    /// The patient.
    pub patient: PatientView,
    /// Called with the patient's data after a contact was confirmed.
    pub changed: Callback<PatientView>,
}

/// The action in progress for a contact.
#[derive(Clone, PartialEq)]
enum Under {
    Nothing,
    /// With a document where the code does not suffice.
    Code {
        channel: Channel,
        id: VerificationId,
        code: String,
        document: Option<IdentityDocument>,
    },
    Check {
        channel: Channel,
        document: IdentityDocument,
    },
}

/// An action on this screen.
#[derive(Clone, PartialEq)]
enum Doing {
    Send(Channel),
    Confirm,
    Ask(Under),
    Check,
    /// Record the check that a code asks for beside it, and confirm the contact.
    Both,
}

/// Tells the server; with the patient's data if a contact was confirmed.
async fn told(doing: Doing, under: &UseStateHandle<Under>, id: &str) -> Result<Option<PatientView>, Fault> {
    match (doing, (**under).clone()) {
        (Doing::Send(channel), _) => {
            let request = ContactCodeRequest { channel, merge_into: None };
            let sent = call::<SendContactCode>(&[id], &request).await;
            sent.map(|sent| {
                let (id, code) = (sent.verification_id, String::new());
                under.set(Under::Code { channel, id, code, document: None });
                None
            })
        }
        (Doing::Confirm, Under::Code { channel, id: verification_id, code, .. }) => {
            let request = ContactConfirmRequest { verification_id, code: code.clone() };
            let done = call::<ConfirmContact>(&[id], &request).await;
            if done.as_ref().is_err_and(|refused| refused.code == Code::ContactUnchecked) {
                let document = Some(IdentityDocument::Passport);
                under.set(Under::Code { channel, id: verification_id, code, document });
            }
            done.map(Some)
        }
        (
            Doing::Both,
            Under::Code { channel: contact, id: verification_id, code, document: Some(document) },
        ) => {
            let request = IdentityCheckRequest { document, contact };
            match call::<CheckIdentity>(&[id], &request).await {
                Ok(_) => {
                    let request = ContactConfirmRequest { verification_id, code };
                    call::<ConfirmContact>(&[id], &request).await.map(Some)
                }
                Err(refused) => Err(refused),
            }
        }
        (Doing::Check, Under::Check { channel: contact, document }) => {
            let request = IdentityCheckRequest { document, contact };
            call::<CheckIdentity>(&[id], &request).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// Each contact, whether it is confirmed, and the ways to confirm it.
#[component(Contacts)]
pub fn contacts(props: &ContactsProps) -> Html {
    let words = use_words();
    let (under, fault) = (use_state(|| Under::Nothing), use_state(|| None::<Fault>));
    let act = {
        let (under, fault) = (under.clone(), fault.clone());
        let (id, changed) = (props.patient.id.to_string(), props.changed.clone());
        Callback::from(move |doing: Doing| {
            let (under, fault, id, changed) = (under.clone(), fault.clone(), id.clone(), changed.clone());
            if let Doing::Ask(next) = doing {
                return under.set(next);
            }
            spawn_local(async move {
                match told(doing, &under, &id).await {
                    Ok(now) => {
                        fault.set(None);
                        if let Some(now) = now {
                            under.set(Under::Nothing);
                            changed.emit(now);
                        }
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    let PatientView { email, phone, proven, .. } = &props.patient;
    let both = [(Channel::Email, email), (Channel::Sms, phone)];
    let one = |(channel, address): (Channel, &Option<String>)| {
        let Some(address) = address else { return html! {} };
        let is_proven = proven.contains(&channel);
        let ask = Under::Check { channel, document: IdentityDocument::Passport };
        html! {
            <li key={channel.text()} class="space-y-3 py-2" data-contact={channel.text()} data-proven={is_proven.to_string()}>
                <div class="flex flex-wrap items-center gap-2">
                    <div class="min-w-0 flex-1">{ contact_line(words, address, is_proven) }</div>
                    if !is_proven {
                        <Button class="btn-sm" id={format!("contact-send-{}", channel.text())} onclick={act.reform(move |()| Doing::Send(channel))}>{ words.say("contact-send") }</Button>
                        <Button kind={Kind::Ghost} class="btn-sm" id={format!("identity-{}", channel.text())} onclick={act.reform(move |()| Doing::Ask(ask.clone()))}>{ words.say("identity-check") }</Button>
                    }
                </div>
                { match &*under {
                    Under::Code { channel: of, id, code, document: None } if *of == channel => {
                        let id = *id;
                        let typed = act.reform(move |code| Doing::Ask(Under::Code { channel, id, code, document: None }));
                        code_form(words, (address, code), typed, "contact-confirm", &act.reform(|()| Doing::Confirm))
                    }
                    Under::Code { channel: of, id, code, document: Some(document) } if *of == channel => {
                        let (id, code) = (*id, code.clone());
                        let choose = act.reform(move |document| {
                            Doing::Ask(Under::Code { channel, id, code: code.clone(), document: Some(document) })
                        });
                        html! {
                            <div class="space-y-3">
                                { check_form(words, *document, &choose, &act.reform(|()| Doing::Both)) }
                                { for both.iter().filter(|(other, _)| *other != channel && proven.contains(other)).map(|(other, to)| {
                                    let other = *other;
                                    let to = masked(to.as_deref().unwrap_or_default());
                                    html! { <Button key={other.text()} class="btn-sm" id={format!("contact-instead-{}", other.text())} onclick={act.reform(move |()| Doing::Send(other))}>{ words.say_with("merge-send", &[("to", to.as_str().into())]) }</Button> }
                                }) }
                            </div>
                        }
                    }
                    Under::Check { channel: of, document } if *of == channel => {
                        let choose = act.reform(move |document| Doing::Ask(Under::Check { channel, document }));
                        check_form(words, *document, &choose, &act.reform(|()| Doing::Check))
                    }
                    _ => html! {},
                } }
            </li>
        }
    };
    if email.is_none() && phone.is_none() {
        return html! {};
    }
    html! {
        <div>
            { alert(words, (*fault).clone()) }
            <ul class="divide-y divide-base-300" aria-label={words.say("contacts")}>{ for both.into_iter().map(one) }</ul>
        </div>
    }
}

/// The properties of the proof.
#[derive(Properties, PartialEq)]
pub struct MergeProofProps {
    /// The record that stays.
    pub stays: PersonView,
    /// The record whose chart the merge would open.
    pub other: PersonView,
    /// Called with the proof, to merge.
    pub go: Callback<MergeProof>,
    /// Called to cancel.
    pub leave: Callback<()>,
}

/// Asks for proof that an account belongs to the record's person, before a chart is opened to it.
#[component(Proof)]
pub fn proof(props: &MergeProofProps) -> Html {
    let words = use_words();
    let (sent, code) = (use_state(|| None::<(Channel, VerificationId)>), use_state(String::new));
    let (document, fault) = (use_state(|| IdentityDocument::Passport), use_state(|| None::<Fault>));
    let send = {
        let (sent, fault) = (sent.clone(), fault.clone());
        let (id, into): (PersonId, PersonId) = (props.other.id, props.stays.id);
        Callback::from(move |channel: Channel| {
            let (sent, fault) = (sent.clone(), fault.clone());
            spawn_local(async move {
                let request = ContactCodeRequest { channel, merge_into: Some(into) };
                match call::<SendContactCode>(&[&id.to_string()], &request).await {
                    Ok(begun) => {
                        sent.set(Some((channel, begun.verification_id)));
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    let address = |channel: Channel| {
        let found = if channel == Channel::Email { &props.other.email } else { &props.other.phone };
        masked(found.as_deref().unwrap_or_default())
    };
    let by_code = {
        let (sent, code, go) = (sent.clone(), code.clone(), props.go.clone());
        Callback::from(move |()| {
            if let Some((_, verification_id)) = *sent {
                let code = (*code).clone();
                go.emit(MergeProof::Code(ContactConfirmRequest { verification_id, code }));
            }
        })
    };
    let by_document = {
        let document = *document;
        props.go.reform(move |()| MergeProof::Identity(document))
    };
    let choose = Callback::from({
        let document = document.clone();
        move |chosen| document.set(chosen)
    });
    html! {
        <div class="space-y-3 rounded-box border border-warning p-4" id="merge-proof">
            <p class="font-medium">{ words.say_with("merge-proof", &[("name", props.other.name.as_str().into())]) }</p>
            { alert(words, (*fault).clone()) }
            <div class="flex flex-wrap gap-2">
                { for props.other.proven.iter().map(|channel| {
                    let channel = *channel;
                    let to = address(channel);
                    html! { <Button key={channel.text()} class="btn-sm" id={format!("merge-send-{}", channel.text())} onclick={send.reform(move |()| channel)}>{ words.say_with("merge-send", &[("to", to.as_str().into())]) }</Button> }
                }) }
            </div>
            if let Some((channel, _)) = *sent {
                { code_form(words, (&address(channel), &code), Callback::from({ let code = code.clone(); move |text| code.set(text) }), "merge-go", &by_code) }
            }
            <div class="flex flex-wrap items-center gap-3">
                { documents(words, *document, &choose) }
                <Button class="btn-sm" id="merge-checked" onclick={by_document}>{ words.say("merge-checked") }</Button>
                <span class="flex-1"></span>
                <Button kind={Kind::Ghost} class="btn-sm" onclick={props.leave.clone()}>{ words.say("cancel") }</Button>
            </div>
        </div>
    }
}
