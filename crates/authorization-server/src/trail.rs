//! The decision path of one request: which rules it met, and how it ended. For the log, and for whoever observes.

use std::sync::Arc;

use axum::response::Response;
use chabi_spec::{Failure, Observer, Refusal, RequestRecord, Step};
use chabi_token::Env;
use http::HeaderValue;

use crate::{authorize::pushed::URN, incoming::Incoming};

/// Collects the steps; [`Trail::close`] hands them over.
pub(crate) struct Trail {
    endpoint: &'static str,
    client_id: Option<String>,
    request_id: Option<HeaderValue>,
    /// Nobody watches: nothing is collected.
    observed: Option<Observed>,
}

/// What an observer is told.
struct Observed {
    observer: Arc<dyn Observer>,
    record: RequestRecord,
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
        let observed = observer.map(|observer| {
            let record = RequestRecord {
                at: env.now().0,
                method: incoming.method.to_string(),
                endpoint,
                client_id: None,
                parameters: match endpoint {
                    "/oauth2/par" => hidden(redacted(&incoming.query_and_body())),
                    _ => redacted(&incoming.query_and_body()),
                },
                steps: Vec::new(),
                status: 0,
                refusal: None,
                request_id: None,
            };
            Observed { observer, record }
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
            observed.record.parameters = redacted(parameters.as_bytes());
        }
    }

    /// Notes that the request met a rule, and passes the outcome on.
    pub(crate) fn met<T, E: Into<Failure>>(&mut self, rule: &'static str, outcome: Result<T, E>) -> Result<T, Failure> {
        if let Some(observed) = &mut self.observed {
            observed.record.steps.push(Step { rule, passed: outcome.is_ok() });
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
        if let Some(Observed { observer, record }) = self.observed {
            let request_id = request_id.map(str::to_owned);
            observer.observe(RequestRecord { client_id: self.client_id, status, refusal, request_id, ..record });
        }
        response
    }
}

/// Parameters whose values must be seen by nobody.
const SECRET: [&str; 10] = [
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

/// What of a pushed request may be shown: it was pushed so that nobody sees the rest (RFC 9126 §1).
const SHOWN: [&str; 9] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "resource",
    "prompt",
    "code_challenge_method",
    "client_assertion_type",
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
    fn the_values_of_secrets_are_replaced_and_the_others_kept_in_order() {
        let shown =
            redacted(b"grant_type=authorization_code&code=c&code_verifier=v&client_secret=s&refresh_token=r&token=t&id_token_hint=h");
        let values: Vec<_> = shown.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["authorization_code", "…", "…", "…", "…", "…", "…"]);
    }
}
