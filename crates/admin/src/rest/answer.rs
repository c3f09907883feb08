//! How an operation's outcome is told: JSON with a tag, or a problem (RFC 9457) that says how to mend it.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use chabi_spec::{Fault, FaultKind};
use http::{HeaderValue, StatusCode, header, request::Parts};
use serde_json::{Value, json};

use crate::{
    OperationError, Problem as Broken,
    operation::{Entry, Method, tag_of},
};

/// A problem (RFC 9457), ready to be answered.
pub(super) struct Problem {
    status: StatusCode,
    /// The last part of its `type`.
    kind: &'static str,
    title: &'static str,
    detail: Box<str>,
    mend: Box<str>,
    problems: Vec<Broken>,
    has_body: bool,
    challenge: Option<String>,
}

/// Where each type of problem is explained.
const TYPES: &str = "urn:chabi:problem:";

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<Box<str>>, mend: impl Into<Box<str>>) -> Self {
        Self { status, kind, title, detail: detail.into(), mend: mend.into(), problems: Vec::new(), has_body: false, challenge: None }
    }

    /// Of an operation that was not done. Our own trouble is logged, and not described.
    pub(super) fn of(error: &OperationError) -> Self {
        use OperationError as E;
        let detail = error.to_string();
        match error {
            E::NotFound(_) => {
                Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail, "Look at the list, or at which site your role is for.")
            }
            E::Forbidden(permission) => {
                let mend = format!("Ask an owner for a role that has `{}`.", permission.as_str());
                Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail, mend)
            }
            E::Above(_) => Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail, "Ask somebody with a mightier role."),
            E::Conflict(words) => Self::new(StatusCode::CONFLICT, "conflict", "It contradicts what is there", detail, words.as_str()),
            E::Invalid(problems) => {
                let mend = "Change what `problems` names, and send it again.";
                let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The input breaks a rule", detail, mend);
                Self { problems: problems.clone(), ..problem }
            }
            E::Changed => {
                let mend = "Read it again, and send your change with the new tag in `If-Match`.";
                Self::new(StatusCode::PRECONDITION_FAILED, "changed", "Changed meanwhile", detail, mend)
            }
            E::Fault(fault) => Self::from_fault(fault),
        }
    }

    /// Of an operation whose input has a body: problems point into it.
    pub(super) fn in_body(self) -> Self {
        Self { has_body: true, ..self }
    }

    fn from_fault(fault: &Fault) -> Self {
        tracing::error!(%fault, "an operation failed");
        match fault.kind {
            FaultKind::Unavailable => {
                let words = "Something that is needed could not be had in time.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not now", words, "Try again in a few seconds.")
            }
            FaultKind::Internal => {
                let words = "This is the server's own trouble; its log has the reason, under the `x-request-id` of this answer.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", "Something is broken", words, "Tell whoever runs the server.")
            }
        }
    }

    /// No token, or none that is good here.
    pub(super) fn unauthorized() -> Self {
        let mend = "Send `Authorization: Bearer` with an access token whose audience is this API.";
        let problem =
            Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Who are you?", "There is no token, or it is not good here.", mend);
        Self { challenge: Some("Bearer error=\"invalid_token\"".to_owned()), ..problem }
    }

    /// RFC 6750 §3.1.
    pub(super) fn insufficient_scope(needed: &'static str) -> Self {
        let detail = format!("The token's scope lacks `{needed}`.");
        let mend = format!("Ask for a token with the scope `{needed}`.");
        let problem = Self::new(StatusCode::FORBIDDEN, "insufficient-scope", "The scope is too narrow", detail, mend);
        Self { challenge: Some(format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\"")), ..problem }
    }

    /// An application that registered itself, or is off.
    pub(super) fn no_application() -> Self {
        let mend = "Use an application that an operator registered.";
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", "This application may not speak here.", mend)
    }

    /// Not JSON.
    pub(super) fn unsupported_media_type() -> Self {
        let mend = "Send `Content-Type: application/json`.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Not JSON", "The body must be JSON.", mend)
    }

    /// Of a header.
    pub(super) fn header(detail: &'static str, mend: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "header", "A header is malformed", detail, mend)
    }

    /// The same `Idempotency-Key` is in use.
    pub(super) fn running() -> Self {
        let words = "A request with this Idempotency-Key is being answered.";
        Self::new(StatusCode::CONFLICT, "idempotency-running", "Still at it", words, "Send it again in a few seconds.")
    }

    /// The same `Idempotency-Key` came with another request.
    pub(super) fn of_another_request() -> Self {
        let words = "This Idempotency-Key came with another request before.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key", "The key is used", words, "Make a new key for a new request.")
    }

    /// Whether asking again may be answered otherwise: such an answer is not kept.
    pub(super) fn passes(&self) -> bool {
        self.status.is_server_error()
    }

    /// Status and body, to be kept.
    pub(super) fn parts(&self) -> (StatusCode, Value) {
        let mut body = json!({
            "type": format!("{TYPES}{}", self.kind),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "mend": self.mend,
        });
        if let (false, Some(members)) = (self.problems.is_empty(), body.as_object_mut()) {
            members.insert("problems".to_owned(), self.problems.iter().map(|problem| told(problem, self.has_body)).collect());
        }
        (self.status, body)
    }
}

/// RFC 9457 §3, as its example has it: where in the body a problem is, as a JSON pointer (RFC 6901).
fn told(problem: &Broken, has_body: bool) -> Value {
    let mut told = json!(problem);
    if let (true, false, Some(members)) = (has_body, problem.field.is_empty(), told.as_object_mut()) {
        let pointer: String = problem.field.split('.').map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect();
        members.insert("pointer".to_owned(), format!("#{pointer}").into());
    }
    told
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::from_fault(&fault)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, body) = self.parts();
        let mut response = written(status, "application/problem+json", body.to_string());
        if let Some(challenge) = self.challenge.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// An answer that nobody keeps.
pub(super) fn written(status: StatusCode, kind: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The output, as it was asked for.
pub(super) fn of(entry: &Entry, output: Value, parts: &Parts) -> Result<Response, Problem> {
    let status = StatusCode::from_u16(entry.status).unwrap_or(StatusCode::OK);
    if status == StatusCode::NO_CONTENT {
        return Ok((status, [(header::CACHE_CONTROL, "no-store")]).into_response());
    }
    if let Some(lines) = export(entry, &output, parts) {
        return Ok(lines);
    }
    let tag = format!("\"{}\"", tag_of(&output)?);
    // RFC 9110 §13.1.2: who has it already is told so
    let known = parts.headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    if entry.method == Method::Get && known.is_some_and(|tags| tags.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)) {
        return Ok(with_tag(StatusCode::NOT_MODIFIED.into_response(), &tag));
    }
    let response = written(status, "application/json", output.to_string());
    Ok(if entry.method == Method::Post { response } else { with_tag(response, &tag) })
}

fn with_tag(mut response: Response, tag: &str) -> Response {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The tag that `If-Match` names, without quotes; `None`: none is asked for.
pub(super) fn tag_asked(parts: &Parts) -> Result<Option<String>, Problem> {
    let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let plain = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|tag| !tag.contains('"'));
    match (text, plain) {
        ("*", _) => Ok(Some("*".to_owned())),
        (_, Some(tag)) => Ok(Some(tag.to_owned())),
        _ => Err(Problem::header("If-Match names one tag in quotes.", "Send the `ETag` that you got, as it is.")),
    }
}

/// A list as JSON lines or as CSV, where `Accept` asks for one of them first; the next page is named in `Link`.
fn export(entry: &Entry, output: &Value, parts: &Parts) -> Option<Response> {
    let items = output.get("items")?.as_array()?;
    let accept = parts.headers.get(header::ACCEPT)?.to_str().ok()?;
    let (kind, body) = match accept.split([',', ';']).next()?.trim() {
        "application/jsonl" => ("application/jsonl; charset=utf-8", items.iter().map(|item| format!("{item}\n")).collect()),
        "text/csv" => ("text/csv; charset=utf-8; header=present", csv(items)),
        _ => return None,
    };
    let mut response = written(StatusCode::OK, kind, body);
    if let Some(cursor) = output.get("next_cursor").and_then(Value::as_str) {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).filter(|(name, _)| name != "cursor") {
            query.append_pair(&name, &value);
        }
        query.append_pair("cursor", cursor);
        let link = format!("<{}{}?{}>; rel=\"next\"", super::PATH, entry.path, query.finish());
        response.headers_mut().insert(header::LINK, HeaderValue::from_str(&link).ok()?);
    }
    Some(response)
}

/// What a table takes for the beginning of a formula, or skips before one; also as wide as a letter of Chinese.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// RFC 4180: a column for each member that any item has.
fn csv(items: &[Value]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for name in items.iter().filter_map(Value::as_object).flat_map(|item| item.keys()) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let cell = |value: Option<&Value>| {
        let text = match value {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        // OWASP "CSV Injection": a table calculates nothing that came from outside
        let text = if text.starts_with(FORMULA) { format!("'{text}") } else { text };
        format!("\"{}\"", text.replace('"', "\"\""))
    };
    let mut lines = columns.join(",") + "\r\n";
    for item in items {
        let cells: Vec<String> = columns.iter().map(|name| cell(item.get(name))).collect();
        lines.push_str(&(cells.join(",") + "\r\n"));
    }
    lines
}

/// 405.
pub(super) fn not_allowed(allow: &str) -> Response {
    let mend = format!("Here are: {allow}.");
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method",
        "No such method here",
        "There is something here, and not by this method.",
        mend,
    );
    let mut response = problem.into_response();
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// What the layer before the operations refuses, told as a problem; its headers stay.
pub(super) async fn refusals_as_problems(response: Response) -> Response {
    let is_ours = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    let problem = match response.status() {
        _ if is_ours => return response,
        StatusCode::UNAUTHORIZED => Problem::unauthorized(),
        StatusCode::BAD_REQUEST => Problem::header("The Authorization header or the DPoP proof is malformed.", "Send one of each."),
        StatusCode::FORBIDDEN => Problem::insufficient_scope(super::READ),
        StatusCode::SERVICE_UNAVAILABLE => Problem::from(Fault::unavailable("checking an access token")),
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", "The body is too large.", "Send 64 KB at the most.")
        }
        _ => return response,
    };
    let (mut told, of_layer) = (Problem { challenge: None, ..problem }.into_response(), response.headers());
    for name in [header::WWW_AUTHENTICATE, header::RETRY_AFTER, header::HeaderName::from_static("dpop-nonce")] {
        for value in of_layer.get_all(&name) {
            told.headers_mut().append(&name, value.clone());
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_of_a_table_is_a_formula() {
        for typed in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\u{ff1d}1+1", "\u{ff0b}1", "\u{ff0d}1", "\u{ff20}SUM(A1)"] {
            assert_eq!(csv(&[json!({ "name": typed })]), format!("name\r\n\"'{typed}\"\r\n"), "{typed:?}");
        }
        assert_eq!(csv(&[json!({ "name": "a \"b\"" })]), "name\r\n\"a \"\"b\"\"\"\r\n");
    }
}
