//! Whether an access token is good at this moment: verified, and not taken back. Asks the store, unlike APIs, which check offline.

use std::sync::Arc;

use chabi_resource_server::{Bearer, Reason};
use chabi_spec::{Failure, Fault};
use chabi_store::{
    account::AccountId,
    application::RegisteredClient,
    people::Person as StoredPerson,
    token_family::{FamilyId, RefreshTokenFamily},
};
use chabi_token::VerifiedAccessToken;

use crate::{gate::PersonClaims, server::Shared};

/// A token that is good now.
pub(crate) struct LiveToken {
    pub token: Bearer,
    /// Whom it was issued to.
    pub application: Arc<RegisteredClient>,
    /// What it belongs to; `None` when an application got it for itself.
    pub family: Option<RefreshTokenFamily>,
    /// The rows of its person, found with it.
    person: Option<StoredPerson>,
}

impl LiveToken {
    /// What may be told of its person; `None` for an application's own token, and when the account is gone or disabled.
    pub(crate) async fn take_claims(&mut self, shared: &Shared) -> Result<Option<PersonClaims>, Fault> {
        let rows = self.take_person();
        let Some(family) = &self.family else { return Ok(None) };
        claims_of(rows, family.account, shared).await
    }

    /// For who asks by [`claims_of`], when it is time to.
    pub(crate) const fn take_person(&mut self) -> Option<StoredPerson> {
        self.person.take()
    }
}

/// What may be told of a person whose rows were found with a token; of a gate with people of its own, it is asked.
pub(crate) async fn claims_of(rows: Option<StoredPerson>, account: AccountId, shared: &Shared) -> Result<Option<PersonClaims>, Fault> {
    match (shared.gate.people_of_the_store(), rows) {
        (Some(people), Some((account, emails))) => Ok(people.claims_of(account, &emails)),
        _ => shared.gate.claims(account).await,
    }
}

/// `None` when it is not an access token of ours, has expired, or was revoked.
pub(crate) async fn find(text: &str, shared: &Shared) -> Result<Option<LiveToken>, Failure> {
    let now = shared.env.now();
    let Some(token) = verify(text, shared).await? else { return Ok(None) };
    // a disabled application's tokens are good for nothing, also those that it got for itself
    let application = shared.registry.application(token.client_id(), &shared.store).await?;
    let Some(application) = application.filter(|application| application.disabled_at.is_none()) else { return Ok(None) };
    let Some(family) = family_of(&token) else {
        let denied = shared.store.is_access_token_denied(token.jti());
        let (denied, current) = tokio::try_join!(denied, is_epoch_current(&token, shared))?;
        return Ok((current && !denied).then_some(LiveToken { token, application, family: None, person: None }));
    };
    let found = shared.store.find_family_of_token(family, token.jti()).await?;
    let alive = found.filter(|(family, denied, _)| !denied && family.revoked_at.is_none() && now < family.expires_at);
    Ok(alive.map(|(family, _, person)| LiveToken { token, application, family: Some(family), person }))
}

/// What an application got for itself ends with its epoch. A token of a version before 0003 names none.
async fn is_epoch_current(token: &VerifiedAccessToken, shared: &Shared) -> Result<bool, Fault> {
    match token.status() {
        Some(status) => shared.store.is_client_epoch_current(status).await,
        None => Ok(true),
    }
}

/// Whether its sender holds the key that it may be bound to is not asked here.
/// Signature, issuer, type, times and claims, for whichever API: by the code that APIs have, which remembers what it has verified.
pub(crate) async fn verify(text: &str, shared: &Shared) -> Result<Option<Bearer>, Failure> {
    match shared.own_layer.verify_for_whomever(text).await {
        Ok(token) => Ok(Some(token)),
        Err(rejection) if *rejection.reason() == Reason::KeysUnavailable => {
            Err(Fault::unavailable("the signing keys are being made").into())
        }
        Err(_) => Ok(None),
    }
}

/// The family that a token names in its `jti`; `None` for those that an application got for itself.
pub(crate) fn family_of(token: &VerifiedAccessToken) -> Option<FamilyId> {
    token.jti().split_once('.').and_then(|(family, _)| family.parse().ok())
}
