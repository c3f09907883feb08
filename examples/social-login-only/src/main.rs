//! "Login with Google" and the account id at <http://localhost:3000>, with the client alone: no server of ours, no database.
//!
//! Register `http://localhost:3000/callback` at Google, and set `GOOGLE_CLIENT_ID` and `GOOGLE_CLIENT_SECRET`.

use std::{env::var, error::Error, sync::Arc};

use axum::http::{HeaderMap, StatusCode};
use axum::{Router, extract::RawQuery, extract::State, response::AppendHeaders, response::Redirect, routing::get};
use chabi_client::{CookieSignIn, UpstreamRefusal};

type Google = State<Arc<CookieSignIn>>;
type Sent = Result<(AppendHeaders<[(&'static str, String); 1]>, Redirect), (StatusCode, &'static str)>;

/// To Google; what is pending goes along in a cookie.
async fn login(State(google): Google) -> Sent {
    let to = google.begin().await.map_err(refused)?;
    Ok((AppendHeaders([("set-cookie", to.cookie)]), Redirect::to(to.url.as_str())))
}

/// Back from Google: who it is, proven, in a cookie of their session.
async fn callback(State(google): Google, RawQuery(query): RawQuery, headers: HeaderMap) -> Sent {
    let person = google.arrive(query.as_deref(), &headers).await.map_err(refused)?;
    Ok((AppendHeaders([("set-cookie", person.cookie)]), Redirect::to("/")))
}

/// Your application: key its accounts by this id, never by an e-mail address.
async fn home(State(google): Google, headers: HeaderMap) -> String {
    google.account(&headers).map_or("Nobody is signed in: /login".into(), |id| format!("Your account is {id}"))
}

/// For people; the refusal itself says more, to a log.
fn refused(refusal: UpstreamRefusal) -> (StatusCode, &'static str) {
    (StatusCode::FORBIDDEN, refusal.page_key())
}

fn app(google: CookieSignIn) -> Router {
    Router::new().route("/", get(home)).route("/login", get(login)).route("/callback", get(callback)).with_state(Arc::new(google))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (id, secret) = (var("GOOGLE_CLIENT_ID")?, var("GOOGLE_CLIENT_SECRET")?);
    let google = CookieSignIn::at("google", id, secret, "http://localhost:3000/callback")?;
    Ok(axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app(google)).await?)
}

#[cfg(test)]
mod tests;
