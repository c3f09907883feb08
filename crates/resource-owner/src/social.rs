//! Sign-in by other providers: the way there, the way back, and whose account it opens.
//!
//! There: `{prefix}/{provider}/login/`, a button (GET) that starts (POST). Back: `{prefix}/{provider}/login/callback/`, one for each
//! provider (RFC 9700 §4.4). Whose account: [`link::decide`], and one transaction that carries it out. Which providers there are:
//! [`Providers`].

mod arrival;
mod attempt;
mod callback;
mod elsewhere;
mod given_back;
mod kept_tokens;
mod link;
mod logout_received;
mod native;
mod providers;
mod start;
mod test_sign_in;
mod trouble;

pub(crate) use elsewhere::routes as routes_from_elsewhere;
pub use given_back::{ToGiveBack, forget_tokens};
pub use kept_tokens::{Refreshing, UpstreamAccess};
pub use link::Linking;
pub(crate) use native::sign_in as sign_in_by_token;
pub use providers::{Offered, OfferedProvider, Providers, SECRET_SEALED_FOR};
pub use test_sign_in::{TestNotBegun, begin_test};

use std::sync::Arc;

use axum::{Router, routing::get};
use chabi_client::{
    Provider,
    catalogue::{self, Entry},
};
use chabi_pages::{ProviderButton, ProviderMark};
use chabi_token::{base64url, hash::sha256};

use crate::{
    ResourceOwner,
    respond::{Halt, Trouble},
};

/// The purpose of the CSRF token of forms that connect a provider to the account that is signed in. What a form is for hangs on its
/// token, so that no other form can be made to connect.
pub(crate) const CONNECT: &str = "connect";

/// The routes of all providers that browsers ask for from our own pages.
pub(crate) fn routes(owner: &ResourceOwner) -> Router<ResourceOwner> {
    let at = |below: &str| owner.settings.route(below);
    Router::new()
        .route(&at("{provider}/login/"), get(start::show).post(start::begin))
        .route(&at("{provider}/login/callback/"), get(callback::finish))
}

impl ResourceOwner {
    /// The providers that people may come in by, in the order of their buttons.
    pub async fn offered_providers(&self) -> Vec<Arc<OfferedProvider>> {
        self.providers.offered(&self.store, &self.env).await
    }

    /// One of them.
    pub async fn offered_provider(&self, id: &str) -> Option<Arc<OfferedProvider>> {
        self.offered_providers().await.into_iter().find(|offered| offered.provider.id == id)
    }
}

/// A provider that people may use here, now: one that is switched off stops at once, for sign-ins under way too.
async fn find(owner: &ResourceOwner, id: &str) -> Result<Arc<OfferedProvider>, Halt> {
    owner.offered_provider(id).await.ok_or(Halt::Trouble(Trouble::NotFound))
}

/// The same, where one that is switched off may be tried out by its operator.
async fn find_known(owner: &ResourceOwner, id: &str) -> Result<Arc<OfferedProvider>, Halt> {
    let all = owner.providers.all(&owner.store, &owner.env).await;
    all.iter().find(|offered| offered.provider.id == id).cloned().ok_or(Halt::Trouble(Trouble::NotFound))
}

/// Where the provider sends people back to: registered there, character by character.
fn redirect_uri(owner: &ResourceOwner, provider: &Provider) -> String {
    owner.settings.callback_url(&provider.id)
}

/// What stands for a person or a session of a provider: its `sub` or `sid` with whose it is, as a hash.
fn upstream_key(provider: &str, issuer: &str, text: &str) -> String {
    base64url::encode(sha256(format!("{provider} {} {issuer} {text}", issuer.len()).as_bytes()))
}

pub(crate) fn button(provider: &Provider) -> ProviderButton {
    ProviderButton::new(&provider.id, &provider.name).marked(mark(catalogue::find(&provider.entry), &provider.name))
}

/// How a provider is drawn: by its entry of the catalogue, whatever an operator has named it.
#[must_use]
pub fn mark(entry: Option<&Entry>, name: &str) -> ProviderMark {
    match entry.and_then(|entry| Some((entry, entry.mark.as_ref()?))) {
        Some((entry, mark)) => ProviderMark::new(&entry.id, &mark.colour, &mark.letters),
        None => ProviderMark::neutral(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // WCAG 2.2 SC 1.4.3
    #[test]
    fn every_mark_has_a_colour_and_letters_that_are_read_on_it() {
        let marked: Vec<&Entry> = catalogue::all().iter().filter(|entry| entry.mark.is_some()).collect();
        assert_eq!(marked.len(), 25, "those that are used most");
        for entry in catalogue::all() {
            let drawn = mark(Some(entry), &entry.name);
            assert!(drawn.contrast() >= 4.5, "{}: {:.1}", entry.id, drawn.contrast());
            let Some(given) = &entry.mark else { continue };
            let digits = given.colour.strip_prefix('#').unwrap_or_default();
            let plain = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
            assert!(plain && (1..=2).contains(&given.letters.chars().count()), "{}", entry.id);
        }
    }
}
