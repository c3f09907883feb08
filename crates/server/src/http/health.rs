//! `/healthz`: the process lives. `/readyz`: it can serve: the store answers and the keys are there.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use chabi::Chabi;
use http::{HeaderValue, StatusCode, header};
use tokio::sync::watch;

/// Both routes. When `stopping` turns true, `/readyz` says no, so that a load balancer looks elsewhere.
pub fn router(chabi: Chabi, stopping: watch::Receiver<bool>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { answer(StatusCode::OK, "alive\n") }))
        .route("/livez", get(|| async { answer(StatusCode::OK, "alive\n") }))
        .route("/readyz", get(ready))
        .with_state((chabi, stopping))
}

async fn ready(State((chabi, stopping)): State<(Chabi, watch::Receiver<bool>)>) -> Response {
    if *stopping.borrow() {
        return answer(StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match chabi.ready().await {
        Ok(()) => answer(StatusCode::OK, "ready\n"),
        Err(fault) => {
            tracing::debug!(%fault, "not ready");
            answer(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }
}

fn answer(status: StatusCode, words: &'static str) -> Response {
    let mut answer = (status, [(header::CACHE_CONTROL, "no-store")], words).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    answer
}
