//! What a person's grant makes, whichever way it came: a family, and its first refresh token if the application may have one.

use chabi_spec::{Scope, SecretText};
use chabi_store::{
    account::AccountId,
    application::RegisteredClient,
    browser_session::SessionId,
    grant_details::GrantDetails,
    token_family::{FamilyId, RefreshState, RefreshTokenFamily},
};
use chabi_token::{StatusIndex, Timestamp};

use crate::{server::Shared, settings::LONGEST_ACCESS_TOKEN};

/// What was granted, by whom.
pub(super) struct Granted<'a> {
    pub account: AccountId,
    pub session: SessionId,
    pub scope: &'a Scope,
    pub resource: &'a [String],
    pub auth_time: Timestamp,
    pub amr: &'a [String],
    pub details: Option<Box<GrantDetails>>,
}

/// The family that this grant makes. Nothing is written yet.
pub(super) fn new_family(
    granted: Granted<'_>,
    client: &RegisteredClient,
    status: StatusIndex,
    shared: &Shared,
) -> (RefreshTokenFamily, Option<SecretText>) {
    let (settings, env) = (&shared.settings, &shared.env);
    let now = env.now();
    let id = FamilyId(env.new_id());
    let refreshes = client.grant_types.iter().any(|grant| grant == "refresh_token");
    let first = refreshes.then(|| shared.refresh_keys.first(id.0, env));
    let refresh = first.as_ref().map(|(_, hash)| RefreshState {
        generation: 0,
        hash_current: *hash,
        hash_previous: [0; 32],
        salt: [0; 16],
        rotated_at: now,
        idle_expires_at: now + settings.refresh_idle_lifetime,
        key_version: shared.refresh_keys.key_version(),
        request_hash: [0; 32],
    });
    let family = RefreshTokenFamily {
        id,
        client_id: client.client_id.clone(),
        account: granted.account,
        session: granted.session,
        offline: granted.scope.contains("offline_access"),
        scope: granted.scope.clone(),
        resource: granted.resource.to_vec(),
        auth_time: granted.auth_time,
        amr: granted.amr.to_vec(),
        created_at: now,
        // a family without refresh token is remembered as long as its access token lives, so that it can be revoked
        expires_at: now + if refreshes { settings.refresh_lifetime } else { LONGEST_ACCESS_TOKEN },
        revoked_at: None,
        revoked_because: String::new(),
        status: Some(status),
        refresh,
        details: granted.details,
    };
    (family, first.map(|(text, _)| text))
}
