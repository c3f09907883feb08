//! The decision path of one request: which rules it met, and how it ended. For the log, and for whoever observes.

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use chabi_spec::{Failure, Observer, Refusal, RequestRecord, Step};
use chabi_token::{Env, Timestamp};
use http::{HeaderValue, Method, Uri};

use crate::{
    authorize::pushed::URN,
    incoming::{Incoming, joined},
};

/// Collects the steps; [`Trail::close`] hands them over.
pub(crate) struct Trail {
    endpoint: &'static str,
    client_id: Option<String>,
    request_id: Option<HeaderValue>,
    /// Nobody watches: nothing is collected.
    observed: Option<Observed>,
}

/// What an observer is told, as it came: it is read when there is something to tell.
struct Observed {
    observer: Arc<dyn Observer>,
    at: Timestamp,
    method: Method,
    uri: Uri,
    body: Bytes,
    /// Of a stored request that goes on.
    resumed: Option<String>,
    steps: Vec<Step>,
}

impl Observed {
    fn parameters(&self, endpoint: &str) -> Vec<(String, String)> {
        let raw = match &self.resumed {
            Some(parameters) => redacted(parameters.as_bytes()),
            None => redacted(&joined(&self.method, &self.uri, &self.body)),
        };
        // what is kept is seen by others, and later; what was pushed is seen by nobody
        if !self.observer.wants_all() || endpoint == "/oauth2/par" { hidden(raw) } else { raw }
    }
}

/// What an endpoint answers, with the refusal behind it.
pub(crate) struct Answer {
    pub response: Response,
    pub refusal: Option<Refusal>,
}

impl Answer {
    /// An answer that refuses nothing.
    pub(crate) fn fine(response: Response) -> Self {
        Self { response, refusal: None }
    }
}

impl Trail {
    /// Begins at the door of an endpoint.
    pub(crate) fn begin(endpoint: &'static str, incoming: &Incoming, observer: Option<Arc<dyn Observer>>, env: &Env) -> Self {
        let observed = observer.map(|observer| Observed {
            observer,
            at: env.now(),
            method: incoming.method.clone(),
            uri: incoming.uri.clone(),
            // metadata are no list of parameters, and may hold a secret
            body: if endpoint == "/oauth2/register" { Bytes::new() } else { incoming.body.clone() },
            resumed: None,
            steps: Vec::with_capacity(MOST_STEPS),
        });
        Self { endpoint, client_id: None, request_id: incoming.headers.get("x-request-id").cloned(), observed }
    }

    /// Notes which application it is about.
    pub(crate) fn concerns(&mut self, client_id: &str) {
        self.client_id = Some(client_id.to_owned());
    }

    /// Notes that a stored request goes on, and with which parameters it came.
    pub(crate) fn resumes(&mut self, parameters: &str) {
        if let Some(observed) = &mut self.observed {
            observed.resumed = Some(parameters.to_owned());
        }
    }

    /// Notes that the request met a rule, and passes the outcome on.
    pub(crate) fn met<T, E: Into<Failure>>(&mut self, rule: &'static str, outcome: Result<T, E>) -> Result<T, Failure> {
        if let Some(observed) = &mut self.observed {
            observed.steps.push(Step { rule, passed: outcome.is_ok() });
        }
        outcome.map_err(Into::into)
    }

    /// Logs the outcome, tells the observer, and gives the response back.
    pub(crate) fn close(self, answer: Answer) -> Response {
        let Answer { response, refusal } = answer;
        let status = response.status().as_u16();
        let request_id = self.request_id.as_ref().and_then(|id| id.to_str().ok());
        if let Some(refusal) = &refusal {
            tracing::info!(
                endpoint = self.endpoint,
                request_id = request_id.unwrap_or_default(),
                // as Debug: what came from outside must not write lines of its own
                client_id = ?self.client_id,
                error = refusal.code.as_str(),
                rule = refusal.cause.rule,
                clause = refusal.clause,
                status,
                "request refused"
            );
        }
        if let Some(observed) = self.observed.filter(|observed| refusal.is_some() || observed.observer.wants_all()) {
            let record = RequestRecord {
                at: observed.at.0,
                method: observed.method.to_string(),
                endpoint: self.endpoint,
                client_id: self.client_id,
                parameters: observed.parameters(self.endpoint),
                steps: observed.steps,
                status,
                refusal,
                request_id: request_id.map(str::to_owned),
            };
            observed.observer.observe(record);
        }
        response
    }
}

/// As many rules as most requests meet: the list grows for others.
const MOST_STEPS: usize = 16;

/// Parameters whose values must be seen by nobody.
const SECRET: [&str; 17] = [
    "code",
    "code_verifier",
    "client_secret",
    "client_assertion",
    "refresh_token",
    "access_token",
    "id_token_hint",
    "token",
    "password",
    "csrf",
    "device_code",
    "user_code",
    "subject_token",
    "actor_token",
    "assertion",
    "request",
    "logout_hint",
];

/// As many parameters as a form may have, and no longer text than a page can show.
const MOST_PARAMETERS: usize = 100;
const LONGEST_VALUE: usize = 500;

fn redacted(raw: &[u8]) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(raw).take(MOST_PARAMETERS);
    pairs
        .map(|(name, value)| match SECRET.contains(&name.as_ref()) {
            true => (name.into_owned(), "…".to_owned()),
            // who has it can begin what was pushed
            false if name == "request_uri" && value.starts_with(URN) => (name.into_owned(), format!("{URN}…")),
            false => (name.into_owned(), value.chars().take(LONGEST_VALUE).collect()),
        })
        .collect()
}

/// What may be shown of a request that is kept, or was pushed so that nobody sees the rest (RFC 9126 §1).
const SHOWN: [&str; 24] = [
    "client_id",
    "redirect_uri",
    "post_logout_redirect_uri",
    "response_type",
    "response_mode",
    "grant_type",
    "scope",
    "resource",
    "audience",
    "prompt",
    "max_age",
    "acr_values",
    "claims",
    "ui_locales",
    "display",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "client_assertion_type",
    "token_type_hint",
    "requested_token_type",
    "subject_token_type",
    "actor_token_type",
    "iss",
];

fn hidden(parameters: Vec<(String, String)>) -> Vec<(String, String)> {
    let hide = |(name, value): (String, String)| if SHOWN.contains(&name.as_str()) { (name, value) } else { (name, "…".to_owned()) };
    parameters.into_iter().map(hide).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: lg.secret
    #[test]
    fn of_what_is_kept_only_what_is_known_to_be_harmless_is_shown() {
        let shown =
            hidden(redacted(b"client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=s&nonce=n&login_hint=ada&x_secret=x&code=c"));
        let values: Vec<_> = shown.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["app", "https://app.example/cb", "…", "…", "…", "…", "…"]);
    }

    // req: lg.secret
    #[test]
    fn the_values_of_secrets_are_replaced_and_the_others_kept_in_order() {
        let shown =
            redacted(b"grant_type=authorization_code&code=c&code_verifier=v&client_secret=s&refresh_token=r&token=t&id_token_hint=h");
        let values: Vec<_> = shown.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["authorization_code", "…", "…", "…", "…", "…", "…"]);
    }
}
