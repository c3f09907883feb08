//! Who wishes it, whom it is about, and where the browser goes afterwards.

use std::sync::Arc;

use chabi_spec::{ErrorCode, Failure, Fault, Refusal, logout_request::LogoutRequest};
use chabi_store::{application::RegisteredClient, logout_delivery::LogoutDelivery};
use chabi_token::{IdTokenClaims, id_token};

use crate::{gate::Authentication, server::Shared};

/// Evidence that a URI is registered for returning after logout. Made here alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrustedReturn {
    uri: String,
}

impl TrustedReturn {
    /// As it was registered.
    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }
}

/// What a request was found to mean.
pub(crate) struct Wish {
    /// The verified hint; `None` when there was none that is ours.
    pub hint: Option<IdTokenClaims>,
    pub client: Option<Arc<RegisteredClient>>,
    pub target: Option<TrustedReturn>,
}

/// Everything that can be known before asking who is present.
///
/// # Errors
/// A contradiction, or a URI that is not registered; a fault of the store.
pub(crate) async fn check(request: &LogoutRequest, shared: &Shared) -> Result<Wish, Failure> {
    let hint = read_hint(request, shared)?;
    let client_id = check_same_client(request, hint.as_ref())?;
    let client = match client_id {
        Some(client_id) => shared.registry.application(client_id, &shared.store).await?.filter(|client| client.disabled_at.is_none()),
        None => None,
    };
    let target = check_return(request, client.as_deref())?;
    Ok(Wish { hint, client, target })
}

/// RP-Initiated Logout §2: an ID token of ours, expired or not. Whoever sends something else is told so, and nobody is sent on by it.
fn read_hint(request: &LogoutRequest, shared: &Shared) -> Result<Option<IdTokenClaims>, Failure> {
    let Some(hint) = &request.id_token_hint else { return Ok(None) };
    let ring = shared.keys.ring()?;
    let verified = id_token::verify_hint(hint.expose(), ring.verification_keys(), &shared.settings.issuer);
    let verified = verified.map_err(|error| {
        refusal("id_token_hint_invalid", "id_token_hint is not an ID token of this server", "RP-Initiated Logout §2")
            .explain(error.to_string(), "an ID token that this server signed")
    })?;
    Ok(Some(verified))
}

/// RP-Initiated Logout §2: `client_id` beside a hint must be the one that the hint was issued to.
fn check_same_client<'a>(request: &'a LogoutRequest, hint: Option<&'a IdTokenClaims>) -> Result<Option<&'a str>, Refusal> {
    let hinted = hint.and_then(|claims| claims.aud.first()).map(String::as_str);
    match (request.client_id.as_deref(), hinted) {
        (Some(sent), Some(hinted)) if sent != hinted => {
            Err(refusal("client_id_differs", "client_id is not the one of id_token_hint", "RP-Initiated Logout §2").explain(sent, hinted))
        }
        (sent, hinted) => Ok(hinted.or(sent)),
    }
}

/// RP-Initiated Logout §3: byte for byte one of the application's registered ones, or the browser goes nowhere.
fn check_return(request: &LogoutRequest, client: Option<&RegisteredClient>) -> Result<Option<TrustedReturn>, Refusal> {
    let Some(uri) = &request.post_logout_redirect_uri else { return Ok(None) };
    let registered = client.map(|client| client.post_logout_redirect_uris.as_slice()).unwrap_or_default();
    match registered.contains(uri) {
        true => Ok(Some(TrustedReturn { uri: uri.clone() })),
        false => Err(refusal(
            "post_logout_redirect_uri_not_registered",
            "post_logout_redirect_uri is not registered for this application",
            "RP-Initiated Logout §3",
        )
        .explain(uri, registered.join(" "))),
    }
}

/// RP-Initiated Logout §6, ASVS 10.6.2: only the ID token of this very session signs out without asking; an image on a page has none.
///
/// # Errors
/// A fault of the store.
pub(crate) async fn is_about(wish: &Wish, person: &Authentication, shared: &Shared) -> Result<bool, Fault> {
    let Some(hint) = &wish.hint else { return Ok(false) };
    let known_as = wish.client.as_ref().map_or(person.subject().into(), |client| shared.subjects.of(person.subject(), client));
    let session = person.session();
    let known_session = wish.client.as_ref().map_or_else(|| session.to_string(), |client| shared.subjects.sid(session, client));
    if names(hint, &known_as, &known_session) {
        return Ok(true);
    }
    // the person proved again who they are since then: the session is another one, and this ID token's `sid` went over to it
    let handed_over = shared.store.list_logout_deliveries(person.session()).await?;
    let same =
        |told: &LogoutDelivery| hint.aud.contains(&told.client_id) && hint.sub == told.subject && hint.sid.as_ref() == Some(&told.sid);
    Ok(handed_over.iter().any(same))
}

/// `sub` and `sid` of whoever is present, as the application of the hint knows them.
fn names(hint: &IdTokenClaims, sub: &str, sid: &str) -> bool {
    hint.sub == sub && hint.sid.as_deref() == Some(sid)
}

fn refusal(rule: &'static str, hint: &'static str, clause: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, rule, hint, clause)
}

#[cfg(test)]
mod tests {
    use chabi_spec::form::Form;

    use super::*;
    use crate::fixtures::application;

    fn request(query: &str) -> LogoutRequest {
        LogoutRequest::parse(&Form::parse(query.as_bytes(), &[]).unwrap()).unwrap()
    }

    // req: lo.redir
    #[test]
    fn the_browser_returns_to_a_registered_uri_of_a_known_application_or_nowhere() {
        let application = application();
        for (uri, client, passes) in [
            ("https://app.example/bye", Some(&application), true),
            ("https://app.example/bye?foo=bar", Some(&application), false),
            ("https://app.example/bye/", Some(&application), false),
            ("https://evil.example/", Some(&application), false),
            ("https://app.example/bye", None, false),
        ] {
            let query = format!("post_logout_redirect_uri={uri}");
            assert_eq!(check_return(&request(&query), client).is_ok(), passes, "{uri}");
        }
        assert_eq!(check_return(&request("state=x"), None), Ok(None));
    }

    #[test]
    fn client_id_beside_a_hint_must_agree_with_it() {
        let hint = IdTokenClaims { aud: vec!["spa".to_owned()], ..IdTokenClaims::default() };
        assert_eq!(check_same_client(&request("client_id=spa"), Some(&hint)), Ok(Some("spa")));
        assert!(check_same_client(&request("client_id=other"), Some(&hint)).is_err());
        assert_eq!(check_same_client(&request(""), Some(&hint)), Ok(Some("spa")));
        assert_eq!(check_same_client(&request("client_id=other"), None), Ok(Some("other")));
    }

    // req: lo.csrf
    #[test]
    fn only_the_id_token_of_this_session_signs_out_without_asking() {
        let hint =
            |sub: &str, sid: Option<&str>| IdTokenClaims { sub: sub.to_owned(), sid: sid.map(str::to_owned), ..IdTokenClaims::default() };
        for (sub, sid, same) in [
            ("ada", Some("session"), true),
            ("ada", Some("another session"), false),
            ("ada", None, false),
            ("grace", Some("session"), false),
        ] {
            assert_eq!(names(&hint(sub, sid), "ada", "session"), same, "{sub} {sid:?}");
        }
    }
}
