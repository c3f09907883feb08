//! What an operator does with social applications: each is judged before it is kept, and seen at once. For the console and the commands.

use chabi_client::{Provider, ProviderSettings, ProviderSettingsError};
use chabi_spec::{Failure, Fault};
use chabi_store::{
    Store, account::Insertion, installation::CONFIGURATION, social_application::SocialApplication, upstream_tokens::UpstreamTokensOf,
};
use chabi_token::{Env, SecretText, Timestamp, seal::Sealer};

use super::{
    link::Linking,
    providers::{SECRET_SEALED_FOR, read_settings},
};

/// What an operator writes of one.
#[derive(Clone, Debug)]
pub struct SocialApplicationDraft {
    /// In routes and in the links of accounts; never changed afterwards.
    pub id: String,
    /// The provider, and our id there.
    pub settings: ProviderSettings,
    /// The sites on which it is offered.
    pub sites: Vec<String>,
    /// Whether people who are new here may come in by it.
    pub sign_up: bool,
    /// How it joins accounts.
    pub linking: Linking,
    /// Whether its own tokens are kept.
    pub keep_tokens: bool,
    /// Where its button stands: the smallest first.
    pub position: i64,
    /// Off from then on.
    pub disabled_at: Option<Timestamp>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// Something must be mended first; it says what.
    #[error(transparent)]
    Settings(#[from] ProviderSettingsError),
    /// The id is another's.
    #[error("there is a social application with this id already")]
    Taken,
    /// There is none with this id.
    #[error("there is no social application with this id")]
    Unknown,
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Keeps a new one.
///
/// # Errors
/// See [`NotKept`].
pub async fn add(store: &Store, sealer: &Sealer, draft: SocialApplicationDraft, secret: SecretText, env: &Env) -> Result<(), NotKept> {
    let sealed_secret = judge_and_seal(&draft, secret, sealer, env)?;
    let row = row(draft, sealed_secret, env.now())?;
    let insertion = store.transaction("add_social_application", move |verbs| {
        let row = row.clone();
        Box::pin(async move {
            let insertion = verbs.insert_social_application(row).await?;
            if insertion == Insertion::Done {
                verbs.bump_version(CONFIGURATION).await?;
            }
            Ok(insertion)
        })
    });
    match insertion.await.map_err(fault)? {
        Insertion::Done => {
            store.configuration_changed();
            Ok(())
        }
        Insertion::Taken => Err(NotKept::Taken),
    }
}

/// Writes all of one anew; without a secret it keeps the one that it has. Once its tokens are no longer to be kept, those that were kept
/// are forgotten.
///
/// # Errors
/// See [`NotKept`].
pub async fn change(
    store: &Store,
    sealer: &Sealer,
    draft: SocialApplicationDraft,
    secret: Option<SecretText>,
    env: &Env,
) -> Result<(), NotKept> {
    let before = store.find_social_application(&draft.id).await?.ok_or(NotKept::Unknown)?;
    let secret = match secret {
        Some(secret) => secret,
        None => open_secret(sealer, &before)?,
    };
    let sealed_secret = judge_and_seal(&draft, secret, sealer, env)?;
    let row = row(draft, sealed_secret, before.created_at)?;
    let done = store.transaction("change_social_application", move |verbs| {
        let row = row.clone();
        Box::pin(async move {
            if !row.keep_tokens {
                verbs.delete_upstream_tokens(UpstreamTokensOf::Provider(&row.id)).await?;
            }
            let found = verbs.update_social_application(row).await?;
            verbs.bump_version(CONFIGURATION).await?;
            Ok(found)
        })
    });
    let found = done.await.map_err(fault)?;
    store.configuration_changed();
    if found { Ok(()) } else { Err(NotKept::Unknown) }
}

/// Removes one, and the tokens that were kept of it. The links of accounts stay, and open nothing: they open again if a social application
/// of the same id and issuer is added.
///
/// # Errors
/// See [`NotKept`].
pub async fn remove(store: &Store, id: &str) -> Result<(), NotKept> {
    let id = id.to_owned();
    let done = store.transaction("remove_social_application", move |verbs| {
        let id = id.clone();
        Box::pin(async move {
            verbs.delete_upstream_tokens(UpstreamTokensOf::Provider(&id)).await?;
            let found = verbs.delete_social_application(&id).await?;
            verbs.bump_version(CONFIGURATION).await?;
            Ok(found)
        })
    });
    let found = done.await.map_err(fault)?;
    store.configuration_changed();
    if found { Ok(()) } else { Err(NotKept::Unknown) }
}

/// The provider that a draft makes: what is wrong with it is said before it is kept.
///
/// # Errors
/// What must be mended, in words.
pub fn judge(draft: &SocialApplicationDraft, secret: SecretText) -> Result<Provider, ProviderSettingsError> {
    chabi_client::provider(&draft.id, &draft.settings, secret)
}

/// A row, as an operator reads it: all but the secret.
///
/// # Errors
/// A fault when no version of ours wrote it.
pub fn draft_of(row: &SocialApplication) -> Result<SocialApplicationDraft, Fault> {
    let broken = |why: String| Fault::internal("reading a social application").because(why);
    Ok(SocialApplicationDraft {
        id: row.id.clone(),
        settings: read_settings(&row.settings).map_err(broken)?,
        sites: row.sites.clone(),
        sign_up: row.sign_up,
        linking: Linking::parse(&row.linking).unwrap_or(Linking::Never),
        keep_tokens: row.keep_tokens,
        position: row.position,
        disabled_at: row.disabled_at,
    })
}

fn judge_and_seal(draft: &SocialApplicationDraft, secret: SecretText, sealer: &Sealer, env: &Env) -> Result<Vec<u8>, NotKept> {
    let sealed = sealer.seal(SECRET_SEALED_FOR, &draft.id, secret.expose().as_bytes(), env)?;
    judge(draft, secret)?;
    Ok(sealed)
}

fn open_secret(sealer: &Sealer, row: &SocialApplication) -> Result<SecretText, Fault> {
    let plain = sealer.open(SECRET_SEALED_FOR, &row.id, &row.sealed_secret)?;
    let text = String::from_utf8(plain.to_vec());
    Ok(SecretText::new(text.map_err(|_| Fault::internal("reading a client secret that is no text"))?))
}

fn row(draft: SocialApplicationDraft, sealed_secret: Vec<u8>, created_at: Timestamp) -> Result<SocialApplication, Fault> {
    let settings =
        serde_json::to_string(&draft.settings).map_err(|error| Fault::internal("writing a provider's settings").because(error))?;
    Ok(SocialApplication {
        id: draft.id,
        settings,
        sealed_secret,
        sites: draft.sites,
        sign_up: draft.sign_up,
        linking: draft.linking.word().to_owned(),
        keep_tokens: draft.keep_tokens,
        position: draft.position,
        disabled_at: draft.disabled_at,
        created_at,
    })
}

/// These transactions refuse nothing.
fn fault(failure: Failure) -> Fault {
    match failure {
        Failure::Fault(fault) => fault,
        Failure::Refusal(refusal) => Fault::internal("writing a social application").because(refusal),
    }
}
