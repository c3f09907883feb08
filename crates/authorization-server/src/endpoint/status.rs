//! What was taken back, for whoever checks tokens offline: `/oauth2/status/{list}`, `/oauth2/status`, `/oauth2/status/changes`.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use chabi_spec::Fault;
use chabi_token::{Algorithm, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{incoming::Incoming, issue::key_of, respond::json, revocations::stream, server::Shared};

/// A Status List Token (Token Status List §8.1): public, since it says nothing of whom or what.
pub(crate) async fn list(State(shared): State<Arc<Shared>>, Path(list): Path<String>, headers: HeaderMap) -> Response {
    let now = shared.env.now();
    // one text for one list: no sign, no leading zero
    let Some(number) = list.parse::<i64>().ok().filter(|number| number.to_string() == list) else { return json::not_found() };
    let exists = match shared.registry.has_list(number, &shared.store).await {
        Ok(exists) => exists,
        Err(fault) => return json::faulty(&fault),
    };
    if !exists {
        return json::not_found();
    }
    let issuer = &shared.settings.issuer;
    let key = shared.keys.ring().and_then(|ring| key_of(&ring, Algorithm::ES256, now));
    let found = key.and_then(|key| shared.feed.list(number, issuer, &key, now));
    found.map_or_else(|fault| json::faulty(&fault), |document| document.answer(&headers))
}

/// The lists that tell of something (Token Status List §9.1).
pub(crate) async fn aggregation(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let found = shared.feed.aggregation(&shared.settings.issuer, shared.env.now());
    found.map_or_else(|fault| json::faulty(&fault), |document| document.answer(&headers))
}

/// Server-sent events, with resume by `Last-Event-ID` or `since`.
pub(crate) async fn changes(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    if shared.feed.fresh().is_none() {
        return json::faulty(&Fault::unavailable("telling what was taken back: the store was not asked yet"));
    }
    let Some(seat) = shared.listeners.sit_down(incoming.network().as_deref()) else {
        return json::faulty(&Fault::unavailable("another stream of changes: there are too many"));
    };
    let body = stream::body(Arc::clone(&shared.feed), since(&incoming), seat, shared.closing.clone());
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // proxies such as nginx would hold events back
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// What the client knows already. Nonsense counts as nothing: then it gets all.
fn since(incoming: &Incoming) -> Option<Timestamp> {
    let last = incoming.header(&HeaderName::from_static("last-event-id")).map(str::to_owned);
    let query =
        || form_urlencoded::parse(incoming.uri.query()?.as_bytes()).find(|(name, _)| name == "since").map(|(_, id)| id.into_owned());
    last.or_else(query)?.parse().ok().map(Timestamp)
}
