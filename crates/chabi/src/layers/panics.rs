//! A panic in a handler is a 500 for that request, and a line in the log. It should not happen; if it does, the server goes on.

use std::panic::AssertUnwindSafe;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use chabi_spec::FaultKind;
use futures_util::FutureExt as _;

use crate::trouble::{Asked, Trouble};

/// Answers 500, and never says why.
pub(crate) async fn become_500(State(trouble): State<Trouble>, request: Request, next: Next) -> Response {
    let asked = Asked::by(&request);
    // the handler's values are dropped with it; what is shared holds its own invariants
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(answer) => answer,
        Err(_) => {
            tracing::error!(path = asked.printable_path(), request_id = asked.id(), "a handler panicked");
            trouble.fault(FaultKind::Internal, &asked)
        }
    }
}
