//! The tokens that let somebody register, and manage what was registered. Both come in the `Authorization` header alone (RFC 6750 §2.1).

use chabi_spec::{ErrorCode, Failure, Refusal, bearer::Authorization};
use chabi_store::{
    application::RegisteredClient,
    application_settings::RegisteredBy,
    registration::{InitialAccessTokenId, Registration},
};
use chabi_token::{IdSecret, hash};

use super::{INITIAL_ACCESS_TOKEN, REGISTRATION_ACCESS_TOKEN};
use crate::{incoming::Incoming, registration_settings::RegistrationMode, server::Shared};

/// An initial access token that was good a moment ago. It is spent when the application is written.
#[derive(Clone)]
pub(super) struct Initial {
    pub id: InitialAccessTokenId,
    pub secret_hash: [u8; 32],
}

/// The registration that a request manages: the token was its own.
pub(super) struct Managed {
    pub registration: Registration,
    pub application: RegisteredClient,
    pub token_hash: [u8; 32],
}

/// `None` where registration is open and no token came.
pub(super) async fn initial(incoming: &Incoming, shared: &Shared) -> Result<Option<Initial>, Failure> {
    let text = match incoming.authorization().map(Authorization::parse) {
        None if shared.settings.registration.mode == RegistrationMode::Open => return Ok(None),
        Some(Authorization::Bearer(text)) => text,
        // RFC 7591 §3: protected like any API
        None => return Err(missing().into()),
        Some(_) => return Err(not_good().into()),
    };
    let Some(presented) = IdSecret::parse(INITIAL_ACCESS_TOKEN, text, shared.settings.site) else { return Err(not_good().into()) };
    let initial = Initial { id: InitialAccessTokenId(presented.id), secret_hash: presented.secret_hash() };
    match shared.store.peek_initial_access_token(initial.id, initial.secret_hash, shared.env.now()).await? {
        true => Ok(Some(initial)),
        false => Err(not_good().into()),
    }
}

/// RFC 7592 §2: the registration access token of this very application. 401 alike for a wrong token and for an application that is not there.
pub(super) async fn manages(client_id: &str, incoming: &Incoming, shared: &Shared) -> Result<Managed, Failure> {
    let text = match incoming.authorization().map(Authorization::parse) {
        Some(Authorization::Bearer(text)) => text,
        None => return Err(missing().into()),
        Some(_) => return Err(not_good().into()),
    };
    let presented =
        IdSecret::parse(REGISTRATION_ACCESS_TOKEN, text, shared.settings.site).filter(|presented| presented.id.to_string() == client_id);
    let Some(presented) = presented else { return Err(not_good().into()) };
    let token_hash = presented.secret_hash();
    let found = shared.store.find_registration(client_id, shared.env.now()).await?;
    let Some(registration) = found.filter(|found| found.token_hash.is_some_and(|own| hash::constant_time_eq(&own, &token_hash))) else {
        return Err(not_good().into());
    };
    let application = shared.store.find_application(client_id).await?;
    let open =
        |application: &RegisteredClient| application.disabled_at.is_none() && application.settings.registered_by == RegisteredBy::Itself;
    let application = application.filter(open).ok_or_else(not_good)?;
    Ok(Managed { registration, application, token_hash })
}

/// The rule's name when no token came: whoever sent none is told nothing but the scheme (RFC 6750 §3.1).
pub(crate) const MISSING: &str = "registration_token_missing";

fn missing() -> Refusal {
    Refusal::new(ErrorCode::InvalidToken, MISSING, "send the token in the Authorization header", "RFC 6750 §3.1")
}

/// One refusal for all that can be wrong with a token.
pub(super) fn not_good() -> Refusal {
    let hint = "the token is unknown, expired, spent, or not for this";
    Refusal::new(ErrorCode::InvalidToken, "registration_token_not_good", hint, "RFC 6750 §3.1")
}
