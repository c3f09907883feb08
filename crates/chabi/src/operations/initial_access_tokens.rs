//! Tokens that let somebody register applications (RFC 7591 §3).

use chabi_authorization_server::INITIAL_ACCESS_TOKEN;
use chabi_spec::Fault;
use chabi_store::{
    Store,
    registration::{InitialAccessToken, InitialAccessTokenId},
};
use chabi_token::{Env, IdSecret, Seconds, SecretText, SiteTag};

/// Makes one. Its text is never to be had again.
///
/// # Errors
/// The store's fault.
pub async fn add(store: &Store, label: &str, uses: i64, lifetime: Seconds, env: &Env) -> Result<(InitialAccessToken, SecretText), Fault> {
    let secret = IdSecret::new(SiteTag::MAIN, env);
    let now = env.now();
    let token = InitialAccessToken {
        id: InitialAccessTokenId(secret.id),
        secret_hash: secret.secret_hash(),
        label: label.to_owned(),
        uses_left: uses,
        created_at: now,
        expires_at: now + lifetime,
    };
    store.insert_initial_access_token(token.clone()).await?;
    Ok((token, secret.text(INITIAL_ACCESS_TOKEN)))
}

/// Those that have not expired, the oldest first.
///
/// # Errors
/// The store's fault.
pub async fn list(store: &Store, env: &Env) -> Result<Vec<InitialAccessToken>, Fault> {
    store.list_initial_access_tokens(env.now()).await
}

/// Takes one back; what was registered with it stays. `false`: there was none.
///
/// # Errors
/// The store's fault.
pub async fn remove(store: &Store, id: InitialAccessTokenId) -> Result<bool, Fault> {
    store.delete_initial_access_token(id).await
}
