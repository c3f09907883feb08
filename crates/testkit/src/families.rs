//! A family of tokens, the code that it comes from, and the presenting of its refresh token, for whoever tries or measures the store.

use chabi_spec::Scope;
use chabi_store::{
    account::AccountId,
    authorization_code::{AuthorizationCode, CodeId},
    browser_session::SessionId,
    token_family::{FamilyId, RefreshState, RefreshTokenFamily, Rotation},
};
use chabi_token::{Env, Seconds};

/// Granted now for a day, with a refresh token that idles for an hour; nobody's, at no status list.
#[must_use]
pub fn family(env: &Env) -> RefreshTokenFamily {
    let now = env.now();
    RefreshTokenFamily {
        id: FamilyId(env.new_id()),
        client_id: "app".into(),
        account: AccountId(env.new_id()),
        session: SessionId(env.new_id()),
        offline: true,
        scope: Scope::of(["openid", "notes:read"]),
        resource: vec!["https://notes.example".into()],
        auth_time: now,
        amr: vec!["pwd".into()],
        created_at: now,
        expires_at: now + Seconds::days(1),
        revoked_at: None,
        revoked_because: String::new(),
        status: None,
        refresh: Some(RefreshState {
            generation: 0,
            hash_current: env.random(),
            hash_previous: [0; 32],
            salt: env.random(),
            rotated_at: now,
            idle_expires_at: now + Seconds::hours(1),
            key_version: 1,
            request_hash: [5; 32],
        }),
        details: None,
    }
}

/// Good for an hour, with a challenge; nobody's.
#[must_use]
pub fn code(env: &Env) -> AuthorizationCode {
    let now = env.now();
    AuthorizationCode {
        id: CodeId(env.new_id()),
        secret_hash: env.random(),
        client_id: "app".into(),
        redirect_uri: "https://app.example/callback".into(),
        redirect_uri_was_sent: true,
        code_challenge: Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into()),
        scope: Scope::of(["openid", "notes:read"]),
        resource: vec!["https://notes.example".into()],
        nonce: None,
        account: AccountId(env.new_id()),
        session: SessionId(env.new_id()),
        auth_time: now,
        amr: vec!["pwd".into()],
        expires_at: now + Seconds::hours(1),
        details: None,
    }
}

/// Presents what the record holds as the current token, with a grace of 30 seconds.
#[must_use]
pub fn rotation(family: &RefreshTokenFamily, env: &Env) -> Rotation {
    let state = family.refresh.as_ref();
    Rotation {
        family: family.id,
        client_id: family.client_id.clone(),
        generation: state.map_or(0, |state| state.generation),
        presented_hash: state.map_or([0; 32], |state| state.hash_current),
        next_hash: env.random(),
        salt: env.random(),
        key_version: 1,
        request_hash: [5; 32],
        grace: Seconds(30),
        idle_lifetime: Seconds::hours(1),
        now: env.now(),
    }
}

/// The family as the store holds it once this rotation is done.
#[must_use]
pub fn after(family: RefreshTokenFamily, rotation: &Rotation) -> RefreshTokenFamily {
    let state = RefreshState {
        generation: rotation.generation + 1,
        hash_current: rotation.next_hash,
        hash_previous: rotation.presented_hash,
        salt: rotation.salt,
        rotated_at: rotation.now,
        idle_expires_at: rotation.now + rotation.idle_lifetime,
        key_version: rotation.key_version,
        request_hash: rotation.request_hash,
    };
    RefreshTokenFamily { refresh: Some(state), ..family }
}
