//! The caller's picture, and the request to delete their account, over REST.

use std::sync::Arc;

use axum::extract::State;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use medlane_shared::{
    api::{self, Call},
    fault::{Code, Fault, FieldCode},
    identity::{Deletion, PICTURE_MAX_BYTES},
};

use super::{
    ops::{AvatarSet, DeletionAsk, DeletionWithdraw},
    picture::portrait,
    views::{avatar_of, place},
};
use crate::{
    app::App,
    engine::own_by,
    http::{CallAnswer, Caller, Late, Reply, Routes},
    identity::{Pictures, accounts::store::person_by_id, subject},
    writer::Once,
};

/// The largest body: a picture in base64, and the JSON around it.
const BODY_MAX_BYTES: usize = PICTURE_MAX_BYTES / 3 * 4 + 1_024;

/// The part's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::GetAvatar, avatar)
        .on(api::SetAvatar, set)
        .on(api::RemoveAvatar, remove)
        .on(api::GetDeletion, deletion)
        .on(api::AskDeletion, ask)
        .on(api::WithdrawDeletion, withdraw)
}

async fn avatar(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::GetAvatar> {
    let (person, _, grant) = own_by(&caller.actor)?;
    Ok(CallAnswer::of(avatar_of(&app.core, &grant, person).await?))
}

async fn set(
    State(app): State<Arc<App>>,
    caller: Caller,
    picture: Late<api::SetAvatar>,
) -> Reply<api::SetAvatar> {
    // The large body is read only if the caller may send it, one at a time for each person, and within a time limit.
    let (person, _, grant) = own_by(&caller.actor)?;
    let sending =
        app.services.get::<Pictures>().sends(person, app.config.limits.pictures_an_hour, app.core.now())?;
    let picture = picture.read(&app, BODY_MAX_BYTES).await?;
    let turn = app.services.get::<Pictures>().turn(sending).await?;
    let unread = |_| Fault::new(Code::PictureUnread).field("data", FieldCode::Base64);
    let bytes = BASE64_STANDARD.decode(picture.data).map_err(unread)?;
    if bytes.len() > PICTURE_MAX_BYTES {
        return Err(Code::TooLarge.into());
    }
    let cut = app.services.get::<Pictures>().read(&turn, move || portrait(&bytes)).await?;
    drop(turn);
    let clinic = caller.actor.clinic();
    let subject = subject(&app.core, clinic, person).await?;
    let sealed = subject.key.seal(&place(clinic, person), &cut);
    let sealed = Some(sealed.map_err(|error| app.core.broken(&error.into()))?);
    app.writer.run(caller.by(Once::No), AvatarSet { sealed }).await?;
    Ok(CallAnswer::of(avatar_of(&app.core, &grant, person).await?))
}

async fn remove(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::RemoveAvatar> {
    app.writer.run(caller.by(Once::No), AvatarSet { sealed: None }).await?;
    Ok(CallAnswer::of(()))
}

async fn deletion<C: Call<Response = Deletion>>(State(app): State<Arc<App>>, caller: Caller) -> Reply<C> {
    let (person, _, grant) = own_by(&caller.actor)?;
    let view = person_by_id(&mut app.core.read().await?, &grant, person).await;
    let view = view.map_err(|error| app.core.broken(&error))?.ok_or(Code::SignedOut)?;
    Ok(CallAnswer::of(Deletion { asked_at: view.leaving_at }))
}

async fn ask(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::AskDeletion> {
    app.writer.run(caller.by(Once::No), DeletionAsk).await?;
    deletion(State(app), caller).await
}

async fn withdraw(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::WithdrawDeletion> {
    app.writer.run(caller.by(Once::No), DeletionWithdraw).await?;
    deletion(State(app), caller).await
}
