//! Calls to the server: what a page may ask for, and how an answer is read.

use medlane_shared::{
    api::{
        AskOrders, Call, CheckInDevice, ConfirmIdentity, DeviceWiped, EnrolDevice, Login, Logout, Method,
        Refresh, VerifyMfa, fill, find,
    },
    fault::{Code, Fault},
    identity::{CONFIRM_HEADER, ConfirmNeeds, ConfirmRequest, Confirmed},
};
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Request, Session};
use crate::clock::now;

impl Session {
    /// Makes a call that a page of this face may make.
    ///
    /// # Errors
    /// The server's fault, [`Code::Offline`], [`Code::DeviceLocked`], [`Code::Forbidden`] for a call that is not this
    /// face's.
    pub async fn call(&self, asked: &Request) -> Result<String, Fault> {
        if self.is_locked() {
            return Err(Code::ScreenLocked.into());
        }
        // The core makes these itself: they prove the device, or move tokens and proofs, which no page gets.
        let not_for_pages = [
            Login::NAME,
            VerifyMfa::NAME,
            Refresh::NAME,
            Logout::NAME,
            EnrolDevice::NAME,
            CheckInDevice::NAME,
            DeviceWiped::NAME,
            ConfirmIdentity::NAME,
            AskOrders::NAME,
        ];
        let call = find(&asked.name)
            .filter(|call| call.faces.contains(&self.face) && !not_for_pages.contains(&call.name))
            .ok_or(Code::Forbidden)?;
        let parameters: Vec<&str> = asked.parameters.iter().map(String::as_str).collect();
        let url = format!("{}{}", self.server()?, fill(call.path, &parameters).ok_or(Code::NotFound)?);
        let builder = match call.method {
            Method::Get => self.http.get(url).query(&query(&asked.request)),
            Method::Post => self.http.post(url).json(&asked.request),
            Method::Put => self.http.put(url).json(&asked.request),
            Method::Patch => self.http.patch(url).json(&asked.request),
            Method::Delete => self.http.delete(url),
        };
        let key = uuid::Uuid::new_v4().to_string();
        let builder = builder.header("accept-language", &asked.language).header("idempotency-key", key);
        let builder = match self.held().proof.clone().filter(|(_, until)| *until > now()) {
            Some((proof, _)) => builder.header(CONFIRM_HEADER, proof),
            None => builder,
        };
        let again = builder.try_clone().ok_or(Code::Internal)?;
        let Some(token) = self.token().await? else { return answered(builder).await };
        match answered(builder.bearer_auth(&token)).await {
            Err(fault) if fault.code == Code::TokenExpired => {
                answered(again.bearer_auth(self.renew(Some(&token)).await?)).await
            }
            done => done,
        }
    }

    /// Confirms the person's identity for the calls of the next minutes; returns what the proof still needs.
    ///
    /// # Errors
    /// The server's: [`Code::PasswordWrong`], [`Code::CodeWrong`]; [`Code::SignedOut`].
    pub async fn confirm(
        &self,
        password: String,
        code: Option<String>,
    ) -> Result<Option<ConfirmNeeds>, Fault> {
        let token = self.token().await?.ok_or(Code::SignedOut)?;
        let url = format!("{}{}", self.server()?, ConfirmIdentity::PATH);
        let asked = self.http.post(url).bearer_auth(token).json(&ConfirmRequest { password, code });
        let confirmed: Confirmed = from_text(&answered(asked).await?)?;
        let until = now().plus_ms(i64::from(confirmed.expires_in_s) * 1_000);
        self.held().proof = confirmed.proof.map(|proof| (proof, until));
        Ok(confirmed.needs)
    }

    /// Makes a call that needs no session.
    pub(super) async fn open_call<C: Call>(&self, request: &C::Request) -> Result<C::Response, Fault> {
        let body = answered(self.http.post(format!("{}{}", self.server()?, C::PATH)).json(request)).await?;
        from_text(&body)
    }
}

/// The pairs of a query, without those that are null.
fn query(request: &Value) -> Vec<(&str, String)> {
    request
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.as_str(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect()
}

async fn answered(builder: RequestBuilder) -> Result<String, Fault> {
    let offline = |_| Fault::new(Code::Offline);
    let response = builder.send().await.map_err(offline)?;
    let ok = response.status().is_success();
    if response.status().is_redirection() {
        return Err(Code::ServerElsewhere.into());
    }
    let text = response.text().await.map_err(offline)?;
    if ok { Ok(text) } else { Err(from_text(&text).unwrap_or_else(|_| Fault::new(Code::Offline))) }
}

fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(if text.is_empty() { "null" } else { text }).map_err(|_| Code::Internal.into())
}
