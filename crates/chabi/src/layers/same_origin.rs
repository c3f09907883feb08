//! People's forms come from our own pages: `Sec-Fetch-Site` and `Origin` are looked at before the token in the form is.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use chabi_spec::Fault;
use http::StatusCode;
use tower_http::csrf::{CsrfLayer, ProtectionError};

const WORDS: &str =
    "This form was sent from another site, or your browser does not say from where. Open the page again and send it anew.\n";

/// The layer's type.
pub(crate) type SameOrigin = CsrfLayer<fn(ProtectionError) -> Response<Body>>;

/// Refuses (403) what changes something and comes from another origin.
///
/// # Errors
/// The public URL is no origin: a defect, since the issuer was checked before.
pub(crate) fn required(public_url: &str) -> Result<SameOrigin, Fault> {
    // RFC 9700 §4.7: pages that act for whoever is signed in must know that the person meant it
    let layer = CsrfLayer::new().add_trusted_origin(public_url);
    let layer = layer.map_err(|error| Fault::internal("reading the public URL as an origin").because(error))?;
    Ok(layer.with_rejection_response(refused as fn(ProtectionError) -> Response<Body>))
}

fn refused(_: ProtectionError) -> Response<Body> {
    (StatusCode::FORBIDDEN, WORDS).into_response()
}
