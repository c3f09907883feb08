//! People's forms come from our own pages: `Sec-Fetch-Site` and `Origin` are looked at before the token in the form is.

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use chabi_spec::{Fault, issuer};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use crate::trouble::{Asked, Trouble};

/// The rule, for this public URL.
///
/// # Errors
/// The public URL is no origin: a defect, since the issuer was checked before.
pub(crate) fn rule(public_url: &str) -> Result<CsrfLayer, Fault> {
    let (origin, _) = issuer::split(public_url);
    let layer = CsrfLayer::new().add_trusted_origin(origin);
    layer.map_err(|error| Fault::internal("reading the public URL as an origin").because(error))
}

/// Refuses (403, with a page) what changes something and comes from another origin.
pub(crate) fn required(router: Router, rule: &CsrfLayer, trouble: &Trouble) -> Router {
    // RFC 9700 §4.7: pages that act for whoever is signed in must know that the person meant it
    router.layer(rule.clone()).layer(middleware::from_fn_with_state(trouble.clone(), explained))
}

/// The rule answers without words; people get a page.
async fn explained(State(trouble): State<Trouble>, request: Request, next: Next) -> Response {
    let asked = Asked::by(&request);
    let answer = next.run(request).await;
    match answer.extensions().get::<ProtectionError>() {
        Some(error) => {
            tracing::info!(path = asked.printable_path(), request_id = asked.id(), %error, "a form of another site was refused");
            trouble.other_site(&asked)
        }
        None => answer,
    }
}
