//! Whether an access token is good at this moment: verified, and not taken back. Asks the store, unlike APIs, which check offline.

use chabi_spec::{Failure, Fault};
use chabi_store::token_family::{FamilyId, RefreshTokenFamily};
use chabi_token::{AccessTokenProfile, VerifiedAccessToken, verify_access_token};

use crate::server::Shared;

/// A token that is good now.
pub(crate) struct LiveToken {
    pub token: VerifiedAccessToken,
    /// What it belongs to; `None` when an application got it for itself.
    pub family: Option<RefreshTokenFamily>,
}

/// `None` when it is not an access token of ours, has expired, or was revoked.
pub(crate) async fn find(text: &str, shared: &Shared) -> Result<Option<LiveToken>, Failure> {
    let now = shared.env.now();
    let Some(token) = verify(text, shared)? else { return Ok(None) };
    // a disabled application's tokens are good for nothing, also those that it got for itself
    let application = shared.registry.application(token.client_id(), &shared.store).await?;
    if application.is_none_or(|application| application.disabled_at.is_some()) {
        return Ok(None);
    }
    let denied = shared.store.is_access_token_denied(token.jti());
    let Some(family) = family_of(&token) else {
        let (denied, current) = tokio::try_join!(denied, is_epoch_current(&token, shared))?;
        return Ok((current && !denied).then_some(LiveToken { token, family: None }));
    };
    let (denied, found) = tokio::try_join!(denied, shared.store.find_family(family))?;
    let alive = found.filter(|family| family.revoked_at.is_none() && now < family.expires_at && family.client_id == token.client_id());
    Ok(alive.filter(|_| !denied).map(|family| LiveToken { token, family: Some(family) }))
}

/// What an application got for itself ends with its epoch. A token of a version before 0003 names none.
async fn is_epoch_current(token: &VerifiedAccessToken, shared: &Shared) -> Result<bool, Fault> {
    match token.status() {
        Some(status) => shared.store.is_client_epoch_current(status).await,
        None => Ok(true),
    }
}

/// Signature, issuer, type, times and claims. Which API it is for does not matter here.
pub(crate) fn verify(text: &str, shared: &Shared) -> Result<Option<VerifiedAccessToken>, Failure> {
    let ring = shared.keys.ring()?;
    let profile = AccessTokenProfile::of_issuer(shared.settings.issuer.as_str());
    Ok(verify_access_token(text, ring.verification_keys(), &profile, shared.env.now()).ok())
}

/// The family that a token names in its `jti`; `None` for those that an application got for itself.
pub(crate) fn family_of(token: &VerifiedAccessToken) -> Option<FamilyId> {
    token.jti().split_once('.').and_then(|(family, _)| family.parse().ok())
}
