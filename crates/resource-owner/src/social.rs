//! Sign-in by other providers: the way there, the way back, and whose account it opens.
//!
//! There: `{prefix}/{provider}/login/`, a button (GET) that starts (POST). Back: `{prefix}/{provider}/login/callback/`, one for each
//! provider (RFC 9700 §4.4). Whose account: [`link::decide`], and one transaction that carries it out.

mod arrival;
mod callback;
mod link;
mod start;
mod trouble;

use axum::{Router, routing::get};
use chabi_client::Provider;
use chabi_pages::ProviderButton;

use crate::{
    ResourceOwner,
    respond::{Halt, Trouble},
};

/// The purpose of the CSRF token of forms that connect a provider to the account that is signed in. What a form is for hangs on its
/// token, so that no other form can be made to connect.
pub(crate) const CONNECT: &str = "connect";

/// The routes of all providers.
pub(crate) fn routes(owner: &ResourceOwner) -> Router<ResourceOwner> {
    let at = |below: &str| owner.settings.path(below);
    Router::new()
        .route(&at("{provider}/login/"), get(start::show).post(start::begin))
        .route(&at("{provider}/login/callback/"), get(callback::finish))
}

/// A provider that people may use here, now: one that is switched off stops at once, for sign-ins under way too.
fn find<'o>(owner: &'o ResourceOwner, id: &str) -> Result<&'o Provider, Halt> {
    owner.providers.iter().find(|provider| provider.id == id).ok_or(Halt::Trouble(Trouble::NotFound))
}

/// Where the provider sends people back to: registered there, character by character.
fn redirect_uri(owner: &ResourceOwner, provider: &Provider) -> String {
    format!("{}{}", owner.settings.public_url, owner.settings.path(&format!("{}/login/callback/", provider.id)))
}

fn button(provider: &Provider) -> ProviderButton {
    ProviderButton::new(&provider.id, &provider.name)
}
