//! The mail inbox of development mode: everything that Chabi would have sent, at `/dev/mail`.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use chabi_pages::mail::{Mail, Mailer};
use chabi_spec::Fault;
use chabi_token::{Env, Timestamp};
use futures_util::future::BoxFuture;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;

use crate::{moment, respond};

/// The oldest mail makes room.
const MOST: usize = 200;

/// Keeps the mails in memory; give it to Chabi as its mailer. Clones share one inbox.
#[derive(Clone)]
pub struct MailInbox(Arc<Inner>);

struct Inner {
    env: Env,
    mails: Mutex<(u64, VecDeque<Received>)>,
}

#[derive(Clone)]
struct Received {
    number: u64,
    at: Timestamp,
    mail: Mail,
}

impl MailInbox {
    /// An empty inbox.
    #[must_use]
    pub fn new(env: Env) -> Self {
        Self(Arc::new(Inner { env, mails: Mutex::default() }))
    }

    fn lock(&self) -> MutexGuard<'_, (u64, VecDeque<Received>)> {
        self.0.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Newest first.
    fn all(&self) -> Vec<MailView> {
        self.lock().1.iter().rev().map(MailView::of).collect()
    }
}

impl Mailer for MailInbox {
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), Fault>> {
        let at = self.0.env.now();
        let mut kept = self.lock();
        let (last, mails) = &mut *kept;
        *last += 1;
        if mails.len() >= MOST {
            mails.pop_front();
        }
        mails.push_back(Received { number: *last, at, mail });
        Box::pin(std::future::ready(Ok(())))
    }
}

#[derive(Serialize)]
struct MailView {
    number: u64,
    at: String,
    to: String,
    subject: String,
    text: String,
    html: String,
    links: Vec<String>,
}

impl MailView {
    fn of(received: &Received) -> Self {
        let Mail { to, subject, text, html, .. } = received.mail.clone();
        Self { number: received.number, at: moment::text(received.at), links: links(&text), to, subject, text, html }
    }
}

/// The addresses in a text, in order: from `http://` or `https://` to the next space, quote or bracket.
fn links(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || ['<', '>', '"', '\''].contains(&c));
    words
        .filter_map(|word| ["http://", "https://"].iter().filter_map(|scheme| word.find(scheme)).min().and_then(|start| word.get(start..)))
        .map(|link| link.trim_end_matches(['.', ',', ')', ';']).to_owned())
        .collect()
}

/// The pages, with their full paths; `/dev/mail.json` is an array, newest first.
pub(crate) fn router(inbox: MailInbox) -> Router {
    Router::new()
        .route("/dev/mail", get(list))
        .route("/dev/mail.json", get(as_json))
        .route("/dev/mail/{number}", get(one))
        .with_state(inbox)
}

async fn list(State(inbox): State<MailInbox>) -> Response {
    respond::page(StatusCode::OK, "mail.html", &json!({ "mails": inbox.all() }))
}

async fn one(State(inbox): State<MailInbox>, Path(number): Path<u64>) -> Response {
    let mails: Vec<_> = inbox.all().into_iter().filter(|mail| mail.number == number).collect();
    match mails.is_empty() {
        true => respond::page(StatusCode::NOT_FOUND, "missing.html", &json!({})),
        false => respond::page(StatusCode::OK, "mail.html", &json!({ "mails": mails })),
    }
}

async fn as_json(State(inbox): State<MailInbox>) -> Response {
    respond::json(StatusCode::OK, &inbox.all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_between_words_brackets_and_full_stops() {
        let text = "Go to <http://localhost:8000/accounts/confirm-email/abc>, or (https://b.test/c?d=e&f=g).\njavascript:alert(1)";
        assert_eq!(links(text), ["http://localhost:8000/accounts/confirm-email/abc", "https://b.test/c?d=e&f=g"]);
    }
}
