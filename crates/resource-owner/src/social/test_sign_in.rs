//! An operator tries a social application out: the whole way to the provider and back, and a page that shows what came of it. Nobody is
//! signed in by it, no account is made, and nothing is kept.

use chabi_client::{Finished, UpstreamRefusal};
use chabi_pages::page::{ForeseenDecision, ProviderTested};
use chabi_spec::Fault;
use chabi_token::browser_binding::BrowserBinding;
use http::HeaderMap;

use super::{
    arrival::{Comer, foresee},
    attempt::{self, Beginning, Purpose},
    link::Decision,
    providers::OfferedProvider,
    trouble,
};
use crate::{
    ResourceOwner, Visit, browser,
    next::NextPath,
    respond::{self, Handled},
    session,
};

/// Why no test began.
#[derive(Debug, thiserror::Error)]
pub enum TestNotBegun {
    /// There is no such social application at this site, or it cannot be made of its settings: the log says why.
    #[error("there is no social application of this name that could be tried out here")]
    Unknown,
    /// Nobody is signed in, in this browser.
    #[error("nobody is signed in, in this browser")]
    NobodySignedIn,
    /// The provider's endpoints cannot be had; it says why.
    #[error("the provider cannot be asked: {0}")]
    Refused(String),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Begins a test of a social application, one that is switched off too: the URL to send this browser to. Whoever calls it has checked
/// that the person may. `back`: the page of ours that the result leads back to.
///
/// # Errors
/// See [`TestNotBegun`].
pub async fn begin_test(owner: &ResourceOwner, headers: &HeaderMap, provider: &str, back: &NextPath) -> Result<String, TestNotBegun> {
    let all = owner.providers.all(&owner.store, &owner.env).await;
    let offered = all.iter().find(|offered| offered.provider.id == provider).ok_or(TestNotBegun::Unknown)?;
    let signed_in = session::find(owner, headers).await?.ok_or(TestNotBegun::NobodySignedIn)?;
    let bound = browser::cookie(owner, headers, browser::BINDING_COOKIE).and_then(|text| BrowserBinding::parse(text, owner.settings.site));
    let browser_hash = bound.ok_or(TestNotBegun::NobodySignedIn)?.hash();
    let beginning = Beginning { browser_hash, purpose: Purpose::Test(signed_in.account.id), next: back.to_string() };
    attempt::begin(owner, offered, beginning).await?.map_err(|refusal| TestNotBegun::Refused(refusal.to_string()))
}

/// What came of it.
pub(super) async fn show(
    owner: &ResourceOwner,
    visit: &Visit,
    offered: &OfferedProvider,
    back: &str,
    finished: Result<Finished, UpstreamRefusal>,
) -> Handled {
    let visit = &trouble::away_from_callback(visit, back.to_owned());
    let mut page = ProviderTested { provider: super::button(&offered.provider), back_url: back.to_owned(), ..ProviderTested::default() };
    match finished {
        Ok(Finished { identity, tokens, .. }) => {
            let comer = Comer { offered, identity: &identity, tokens: None, once: None };
            page.decision = Some(in_words(&foresee(owner, &comer).await?));
            page.claims = claims(&identity);
            page.keeps_tokens = offered.keep_tokens && tokens.is_some();
        }
        Err(refusal) => page.refusal = Some(refusal.to_string()),
    }
    respond::show(owner, visit, &page)
}

/// What the provider's answer was read as, by the names of the standard claims.
fn claims(identity: &chabi_client::VerifiedIdentity) -> Vec<(String, String)> {
    let mut claims = vec![("iss", Some(identity.issuer().to_owned())), ("sub", Some(identity.subject().to_owned()))];
    if let Some(email) = identity.email() {
        claims.push(("email", Some(email.address.clone())));
        claims.push(("email_verified", Some(email.verified.to_string())));
        claims.push(("email_trusted", Some(email.authoritative.to_string())));
    }
    let about = identity.about();
    claims.push(("name", about.name.clone()));
    claims.push(("given_name", about.given_name.clone()));
    claims.push(("family_name", about.family_name.clone()));
    claims.push(("picture", about.picture.clone()));
    claims.push(("sid", identity.session().map(str::to_owned)));
    claims.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn in_words(decision: &Decision) -> ForeseenDecision {
    match decision {
        Decision::Enter(_) | Decision::Connect(_) | Decision::ConnectedElsewhere => ForeseenDecision::Enter,
        Decision::Join(..) => ForeseenDecision::Join,
        Decision::TakeOver(..) => ForeseenDecision::TakeOver,
        Decision::Create { .. } => ForeseenDecision::Create,
        Decision::SignInFirst(_) => ForeseenDecision::SignInFirst,
        Decision::Shut => ForeseenDecision::Shut,
        Decision::SignUpClosed => ForeseenDecision::SignUpClosed,
    }
}
