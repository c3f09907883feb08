//! The routes to which providers post, or have browsers post from their own pages: without our cookies, and from other origins by nature.
//! The refusal of cross-site forms does not stand around them, so that nothing here may act for who is signed in.

use axum::{Router, routing::post};

use super::{callback, logout_received};
use crate::ResourceOwner;

pub(crate) fn routes(owner: &ResourceOwner) -> Router<ResourceOwner> {
    let at = |below: &str| owner.settings.route(below);
    Router::new()
        .route(&at("{provider}/login/callback/"), post(callback::receive))
        .route(&at("{provider}/backchannel-logout/"), post(logout_received::receive))
}
