//! Login and API in one process: open <http://localhost:8000/> and sign up. Mails are printed on the terminal.

use std::sync::Arc;

use axum::{Router, response::Html, routing::get};
use chabi::{Chabi, Env, Fault, Mail, Mailer, MasterSecret, resource_server::Bearer};
use futures_util::future::BoxFuture;

const URL: &str = "http://localhost:8000";

/// Your own way to send mail goes here; `chabi::smtp::SmtpMailer` is there, too.
struct Terminal;

impl Mailer for Terminal {
    #[expect(clippy::print_stderr, reason = "an example talks to its terminal")]
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), Fault>> {
        eprintln!("--- mail to {}: {}\n{}", mail.to, mail.subject, mail.text);
        Box::pin(async { Ok(()) })
    }
}

async fn notes(caller: Bearer) -> String {
    format!("notes of {}\n", caller.subject())
}

/// Everything in one router: yours, and Chabi's merged at the root.
async fn app() -> anyhow::Result<Router> {
    // in production: from a file, the same at every start, with `MasterSecret::parse`
    let secret = MasterSecret::generate(&Env::system());
    let chabi = Chabi::builder(URL).store_url("sqlite::memory:").master_secret(secret).mailer(Arc::new(Terminal)).build().await?;
    let api = Router::new().route("/api/notes", get(notes)).route_layer(chabi.bearer_layer(format!("{URL}/api"))?);
    let home = Router::new().route("/", get(async || Html("<h1>My app</h1><p><a href=\"/accounts/login/\">Sign in</a>")));
    Ok(home.merge(api).merge(chabi.router()))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app().await?).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn login_and_api_are_there_and_the_api_is_closed() {
        let app = super::app().await.unwrap();
        for (path, status) in [("/", 200), ("/accounts/login/", 200), ("/.well-known/openid-configuration", 200), ("/api/notes", 401)] {
            let request = Request::get(path).header("host", "localhost:8000").body(Body::empty()).unwrap();
            assert_eq!(app.clone().oneshot(request).await.unwrap().status(), status, "{path}");
        }
    }
}
