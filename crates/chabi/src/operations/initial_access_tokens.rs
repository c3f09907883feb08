//! Tokens that let somebody register applications (RFC 7591 §3).

use chabi_authorization_server::INITIAL_ACCESS_TOKEN;
use chabi_spec::Fault;
use chabi_store::{
    Store,
    registration::{InitialAccessToken, InitialAccessTokenId},
};
use chabi_token::{Env, IdSecret, Seconds, SecretText, SiteTag};

/// What a new token is for.
#[derive(Clone, Copy, Debug)]
pub struct NewToken<'a> {
    /// The site at which it lets register, by its id, and at no other.
    pub site: &'a str,
    /// For whom, in the operator's words.
    pub label: &'a str,
    /// How many applications may be registered with it.
    pub uses: i64,
    /// How long it is good.
    pub lifetime: Seconds,
}

/// Makes one. Its text is never to be had again. Nobody looks whether there is such a site.
///
/// # Errors
/// The store's fault.
pub async fn add(store: &Store, new: NewToken<'_>, env: &Env) -> Result<(InitialAccessToken, SecretText), Fault> {
    let secret = IdSecret::new(SiteTag::of(new.site), env);
    let now = env.now();
    let token = InitialAccessToken {
        id: InitialAccessTokenId(secret.id),
        secret_hash: secret.secret_hash(),
        site: new.site.to_owned(),
        label: new.label.to_owned(),
        uses_left: new.uses,
        created_at: now,
        expires_at: now + new.lifetime,
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
