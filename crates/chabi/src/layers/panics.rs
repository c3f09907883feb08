//! A panic in a handler is a 500 for that request, and a line in the log. It should not happen; if it does, the server goes on.

use std::{convert::Infallible, panic::AssertUnwindSafe};

use axum::response::Response;
use chabi_spec::FaultKind;
use futures_util::FutureExt as _;

use crate::trouble::{Asked, Trouble};

/// Answers 500, and never says why.
pub(super) async fn become_500(handled: impl Future<Output = Result<Response, Infallible>>, trouble: &Trouble, asked: &Asked) -> Response {
    // the handler's values are dropped with it; what is shared holds its own invariants
    match AssertUnwindSafe(handled).catch_unwind().await {
        Ok(Ok(answer)) => answer,
        Ok(Err(never)) => match never {},
        Err(_) => {
            tracing::error!(path = asked.printable_path(), request_id = asked.id(), "a handler panicked");
            trouble.fault(FaultKind::Internal, asked)
        }
    }
}
