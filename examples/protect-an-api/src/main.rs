//! An API on <http://127.0.0.1:9000> that checks the tokens of `chabi dev`. It takes those of the demo app, so it names the same audience.
//!
//! It follows what is taken back: a token that was revoked is refused a moment later.

use std::time::Duration;

use axum::{Router, routing::get};
use chabi_resource_server::{Bearer, BuildError, ResourceServer};

async fn notes(caller: Bearer) -> String {
    format!("Notes of {}, asked for by {}.\n", caller.subject(), caller.client_id())
}

fn app() -> Result<Router, BuildError> {
    let api = ResourceServer::builder("http://localhost:8000")
        .audience("http://localhost:8000/demo/api")
        .fail_open_for(Duration::from_secs(60)) // rather 503 than not to know for longer what was taken back
        .build()?;
    let notes = get(notes).layer(api.require_scope("notes:read"));
    Ok(Router::new().route("/notes", notes).route("/health", get(async || "ok")))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:9000").await?;
    Ok(axum::serve(listener, app()?).await?)
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn without_a_token_the_notes_stay_closed_and_the_health_check_open() {
        for (path, status) in [("/notes", 401), ("/health", 200)] {
            let answer = super::app().unwrap().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status(), status, "{path}");
        }
    }
}
