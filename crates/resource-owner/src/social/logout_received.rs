//! `{provider}/backchannel-logout/`: a provider says that somebody signed out there (OpenID Connect Back-Channel Logout 1.0 §2.5).
//!
//! No browser is involved. The token is verified and spent; the sessions that this sign-in opened end, with what they granted.

use axum::{
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use chabi_client::VerifiedLogout;
use chabi_spec::{Failure, form::Form};
use chabi_token::hash::sha256;
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};

use crate::{ResourceOwner, audit, session};

/// POST: the provider is one of ours, form, logout token, one transaction.
pub(super) async fn receive(State(owner): State<ResourceOwner>, Path(id): Path<String>, body: Bytes) -> Response {
    let Ok(offered) = super::find(&owner, &id).await else { return answer(Err("there is no such provider here")) };
    let form = Form::parse(&body, &[]).ok();
    let Some(token) = form.as_ref().and_then(|form| form.get("logout_token")) else {
        return answer(Err("logout_token is missing"));
    };
    let verified = match owner.upstream.verify_logout_token(&offered.provider, token, &owner.env).await {
        Ok(verified) => verified,
        Err(refusal) => {
            tracing::warn!(provider = %id, %refusal, "a logout token was refused");
            return answer(Err("the logout token is not good"));
        }
    };
    match end_sessions(&owner, &id, &verified).await {
        Ok(true) => answer(Ok(())),
        Ok(false) => answer(Err("the logout token was presented before")),
        Err(failure) => {
            tracing::error!(provider = %id, error = ?failure, "a logout that a provider asked for failed");
            answer(Err("the logout failed: send it again"))
        }
    }
}

/// `false`: it was presented before.
async fn end_sessions(owner: &ResourceOwner, provider: &str, logout: &VerifiedLogout) -> Result<bool, Failure> {
    let key = |text: &str| super::upstream_key(provider, logout.issuer(), text);
    let (subject, sid) = (logout.subject().map(key), logout.session().map(key));
    let once = sha256(format!("logout token/{}", key(logout.jti())).as_bytes());
    let (until, now) = (logout.expires_at(), owner.env.now());
    let (provider, event) = (provider.to_owned(), audit::event("logout.by_provider", None, None, provider, &owner.env));
    owner
        .store
        .transaction("logout_by_provider", move |verbs| {
            let (provider, subject, sid, event) = (provider.clone(), subject.clone(), sid.clone(), event.clone());
            Box::pin(async move {
                // Back-Channel Logout §2.6 (8): each token once
                if !verbs.use_once(once, until, now).await? {
                    return Ok(false);
                }
                // §2.7: by `sid` that session, by `sub` alone all of that person
                let sessions = verbs.list_sessions_of_upstream(&provider, subject.as_deref(), sid.as_deref(), now).await?;
                for session in &sessions {
                    session::end_with_grants(verbs, session.id, "logout_by_provider", now).await?;
                }
                if let Some(session) = sessions.first() {
                    verbs.insert_audit_event(chabi_store::audit::AuditEvent { account: Some(session.account), ..event }).await?;
                }
                Ok(true)
            })
        })
        .await
}

/// Back-Channel Logout §2.8: 200, or 400 with what was wrong.
fn answer(outcome: Result<(), &'static str>) -> Response {
    let mut response = match outcome {
        Ok(()) => StatusCode::OK.into_response(),
        Err(hint) => {
            let body = serde_json::json!({ "error": "invalid_request", "error_description": hint }).to_string();
            let mut response = (StatusCode::BAD_REQUEST, body).into_response();
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
