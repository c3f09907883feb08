//! Requests that were pushed (RFC 9126 §4): the browser brings a `request_uri`, and what it stands for is read from the store.

use chabi_spec::{ErrorCode, Failure, Refusal, authorization_request::REPEATABLE, form::Form};
use chabi_store::{
    application::RegisteredClient,
    authorization_transaction::AuthorizationTransaction,
    pushed_request::{PushedRequest, PushedRequestId},
};
use chabi_token::IdSecret;

use super::code;
use crate::{server::Shared, settings::Settings, trail::Trail};

/// What every `request_uri` of ours begins with (RFC 9126 §2.2); the id and the secret of the pushed request follow.
pub(crate) const URN: &str = "urn:ietf:params:oauth:request_uri:";

/// What proves who the application is. It is no part of the request, and is never stored with it.
const CREDENTIALS: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// An authorization request as it is to be judged, and how it came.
pub(crate) struct Sent {
    /// All parameters.
    pub form: Form,
    /// Where they stand, when they were pushed.
    pub pushed: Option<PushedRequest>,
    /// The `request_uri` by which the browser named it.
    request_uri: Option<String>,
}

impl Sent {
    /// The query that names this request in a URL of ours: of a pushed one no parameter stands there.
    pub(crate) fn query(&self) -> String {
        match (&self.pushed, &self.request_uri) {
            (Some(pushed), Some(request_uri)) => encoded(&[("client_id", &pushed.client_id), ("request_uri", request_uri)]),
            _ => self.form.to_encoded(),
        }
    }

    /// What a waiting transaction keeps: of a pushed request its application alone, since the rest stands once, and the secret nowhere.
    pub(crate) fn to_keep(&self) -> String {
        match &self.pushed {
            Some(pushed) => encoded(&[("client_id", &pushed.client_id)]),
            None => self.form.to_encoded(),
        }
    }
}

/// Puts what was pushed in the place of what came.
///
/// # Errors
/// For a `request_uri` of ours that is unknown, over, or another application's; a fault of the store.
pub(crate) async fn read(
    form: Form,
    waiting: Option<&AuthorizationTransaction>,
    shared: &Shared,
    trail: &mut Trail,
) -> Result<Sent, Failure> {
    if let Some(id) = waiting.and_then(|waiting| waiting.pushed_request) {
        return taken_up(id, shared).await;
    }
    let Some(request_uri) = form.get("request_uri").filter(|uri| uri.starts_with(URN)).map(str::to_owned) else {
        return Ok(Sent { form, pushed: None, request_uri: None });
    };
    let found = find(&request_uri, shared).await?;
    let pushed = trail.met("pushed::check_live", found.ok_or_else(unknown))?;
    trail.met("pushed::check_bound_to", check_bound_to(&pushed, &form))?;
    // RFC 9126 §4, RFC 9101 §6.3: what came beside it is ignored
    let form = Form::parse(pushed.parameters.as_bytes(), &REPEATABLE)?;
    Ok(Sent { form, pushed: Some(pushed), request_uri: Some(request_uri) })
}

/// A request that waited: it began in time, and stands for as long as nothing was given for it.
async fn taken_up(id: PushedRequestId, shared: &Shared) -> Result<Sent, Failure> {
    // RFC 9126 §4, §7.3: once a code was given it is dead, in whatever tab
    let found = shared.store.find_pushed_request(id, shared.env.now()).await?.ok_or_else(code::finished_before)?;
    let form = Form::parse(found.parameters.as_bytes(), &REPEATABLE)?;
    Ok(Sent { form, pushed: Some(found), request_uri: None })
}

/// RFC 9126 §2.2, §4: live, and the secret in it is right.
async fn find(request_uri: &str, shared: &Shared) -> Result<Option<PushedRequest>, Failure> {
    let Some(presented) = request_uri.strip_prefix(URN).and_then(|text| IdSecret::parse("", text, shared.settings.site)) else {
        return Ok(None);
    };
    let now = shared.env.now();
    let found = shared.store.find_pushed_request(PushedRequestId(presented.id), now).await?;
    Ok(found.filter(|pushed| presented.matches(&pushed.secret_hash) && now < pushed.expires_at))
}

/// RFC 9126 §2.2, §4: it belongs to the application that pushed it.
fn check_bound_to(pushed: &PushedRequest, form: &Form) -> Result<(), Refusal> {
    match form.require("client_id")? == pushed.client_id {
        true => Ok(()),
        false => Err(unknown()),
    }
}

/// One refusal for all that can be wrong with it: who guesses learns nothing.
fn unknown() -> Refusal {
    Refusal::new(
        ErrorCode::InvalidRequestUri,
        "request_uri_unknown",
        "request_uri is unknown, was used, or is too old: push the request again",
        "RFC 9126 §4",
    )
}

/// RFC 9126 §5, §6: where the server or the application says so, nothing but a pushed request is taken.
pub(crate) fn check_required(sent: &Sent, client: &RegisteredClient, settings: &Settings) -> Result<(), Refusal> {
    let required = settings.require_pushed_authorization_requests || client.settings.require_pushed_authorization_requests;
    match required && sent.pushed.is_none() {
        false => Ok(()),
        true => Err(Refusal::new(
            ErrorCode::InvalidRequest,
            "push_required",
            "push the request to the pushed authorization request endpoint first",
            "RFC 9126 §5",
        )),
    }
}

/// What is stored of a form that was pushed: everything but credentials, and `client_id` as it was proven.
pub(crate) fn to_store(form: &Form, client_id: &str) -> String {
    let rest = form.pairs().filter(|(name, _)| *name != "client_id" && !CREDENTIALS.contains(name));
    form_urlencoded::Serializer::new(String::new()).append_pair("client_id", client_id).extend_pairs(rest).finish()
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::application;

    // req: par.store
    #[test]
    fn what_is_stored_holds_no_credentials_and_the_proven_client_id() {
        let form = Form::parse(b"scope=openid&client_secret=s&client_assertion=a&client_assertion_type=t&client_id=other", &[]).unwrap();
        assert_eq!(to_store(&form, "app"), "client_id=app&scope=openid");
    }

    // req: par.must
    #[test]
    fn a_plain_request_is_refused_where_pushing_is_required_and_nowhere_else() {
        let plain = Sent { form: Form::default(), pushed: None, request_uri: None };
        let open = Settings::new("https://id.example");
        let strict = Settings { require_pushed_authorization_requests: true, ..open.clone() };
        let mut careful = application();
        careful.settings.require_pushed_authorization_requests = true;
        assert!(check_required(&plain, &application(), &open).is_ok());
        assert!(check_required(&plain, &application(), &strict).is_err());
        assert!(check_required(&plain, &careful, &open).is_err());
    }
}
