//! "Login with Google" at <http://localhost:3000/login>, and the account id, with the client alone: no server of ours, no database.
//!
//! Register `http://localhost:3000/callback` at Google, and set `GOOGLE_CLIENT_ID` and `GOOGLE_CLIENT_SECRET`.

use std::{
    collections::HashMap,
    env::var,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect},
    routing::get,
};
use chabi_client::{CookieSignIn, ProviderSettings, SecretText, UpstreamRefusal, provider};

struct App {
    google: CookieSignIn,
    accounts: Mutex<HashMap<(String, String), usize>>, // your table of accounts, by issuer and subject: never by e-mail address
}

async fn login(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Refused> {
    let departure = app.google.begin().await.map_err(words)?;
    Ok(([(header::SET_COOKIE, departure.cookie)], Redirect::to(departure.url.as_str())))
}

async fn callback(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<String, Refused> {
    let cookies = headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok());
    let person = app.google.finish(&query.unwrap_or_default(), cookies).await.map_err(words)?;
    let mut accounts = app.accounts.lock().unwrap_or_else(PoisonError::into_inner);
    let next = accounts.len() + 1;
    let account = accounts.entry((person.issuer().to_owned(), person.subject().to_owned())).or_insert(next);
    Ok(format!("Hello {}, your account is number {account}.\n", person.about().name.as_deref().unwrap_or("you")))
}

fn app(google: CookieSignIn) -> Router {
    let app = App { google, accounts: Mutex::default() };
    Router::new().route("/login", get(login)).route("/callback", get(callback)).with_state(Arc::new(app))
}

type Refused = (StatusCode, String);

/// What went wrong, for people; the refusal itself says more, to a log.
fn words(refusal: UpstreamRefusal) -> Refused {
    (StatusCode::FORBIDDEN, format!("You are not signed in ({}). Try again: /login\n", refusal.page_key()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let settings = ProviderSettings { catalogue: "google".into(), client_id: var("GOOGLE_CLIENT_ID")?, ..ProviderSettings::default() };
    let google = provider("google", &settings, SecretText::new(var("GOOGLE_CLIENT_SECRET")?))?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app(CookieSignIn::new(google, "http://localhost:3000/callback"))).await?)
}

#[cfg(test)]
mod tests;
