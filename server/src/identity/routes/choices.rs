//! How people choose to be told about their visits, over REST.

use std::sync::Arc;

use axum::extract::State;
use medlane_shared::{
    api::{self, Call},
    fault::Code,
    notify::{Channel, Notices, Reached, masked},
};

use crate::{
    app::App,
    engine::own_by,
    http::{Asked, CallAnswer, Caller, Reply},
    identity::{
        notices::{Choose, reached, unchosen},
        store::account_held,
    },
    notify::choice_own,
};

pub async fn get<C: Call<Response = Notices>>(State(app): State<Arc<App>>, caller: Caller) -> Reply<C> {
    let (person, _, grant) = own_by(&caller.actor)?;
    let broken = |error: sqlx::Error| app.core.broken(&error);
    let mut conn = app.core.read().await?;
    let account = account_held(&mut conn, &grant, person).await.map_err(broken)?.ok_or(Code::SignedOut)?;
    let choice = choice_own(&mut conn, &grant).await.map_err(broken)?;
    let shown = |(channel, address): (Channel, String)| Reached { channel, address: masked(&address) };
    let reached = reached(&account);
    Ok(CallAnswer::of(Notices {
        choice: choice.unwrap_or_else(|| unchosen(&reached)),
        reached: reached.into_iter().map(shown).collect(),
    }))
}

pub async fn choose(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { body: choice, once }: Asked<api::ChooseNotices>,
) -> Reply<api::ChooseNotices> {
    app.writer.run(caller.by(once), Choose(choice)).await?;
    get(State(app), caller).await
}
