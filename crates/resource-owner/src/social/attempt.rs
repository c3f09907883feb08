//! An attempt to sign in at a provider: what is remembered from the way there to the way back.
//!
//! RFC 9700 §4.7: `state` is bound to this browser, this provider and this purpose, and good for one answer. Each tab has a row of its own.

use chabi_client::upstream::Pending;
use chabi_spec::Fault;
use chabi_store::{
    account::AccountId,
    upstream_login::{UpstreamLogin, UpstreamLoginId},
};
use chabi_token::{IdSecret, Seconds};

use super::{link::Intent, providers::OfferedProvider};
use crate::ResourceOwner;

/// How long a person may take at the provider.
const LIFETIME: Seconds = Seconds::minutes(15);
/// What a pending sign-in is sealed for.
const PENDING_SEALED_FOR: &str = "upstream_login";
/// What an answer is sealed for that came without cookies.
const ANSWER_SEALED_FOR: &str = "upstream_answer";

/// What an attempt is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To sign in, or to connect.
    Person(Intent),
    /// An operator tries a social application out: nobody is signed in by it.
    Test(AccountId),
}

impl Purpose {
    fn words(self) -> (&'static str, Option<AccountId>) {
        match self {
            Self::Person(Intent::SignIn) => ("login", None),
            Self::Person(Intent::Connect(account)) => ("link", Some(account)),
            Self::Test(account) => ("test", Some(account)),
        }
    }

    /// Of a row; `None` for one that no version of ours has written.
    pub(super) fn of(login: &UpstreamLogin) -> Option<Self> {
        match (login.purpose.as_str(), login.account) {
            ("login", None) => Some(Self::Person(Intent::SignIn)),
            ("link", Some(account)) => Some(Self::Person(Intent::Connect(account))),
            ("test", Some(account)) => Some(Self::Test(account)),
            _ => None,
        }
    }

    /// Who must still be signed in when the answer comes; `None`: nobody.
    pub(super) fn starter(self) -> Option<AccountId> {
        self.words().1
    }
}

/// Who begins, for what, and where they go on afterwards.
pub(super) struct Beginning {
    pub(super) browser_hash: [u8; 32],
    pub(super) purpose: Purpose,
    /// A path of ours.
    pub(super) next: String,
}

/// Begins: the URL at the provider, for an answer that is remembered.
///
/// # Errors
/// The provider's refusal, or the store's fault.
pub(super) async fn begin(
    owner: &ResourceOwner,
    offered: &OfferedProvider,
    beginning: Beginning,
) -> Result<Result<String, chabi_client::UpstreamRefusal>, Fault> {
    let provider = &offered.provider;
    let state = IdSecret::new(owner.settings.site, &owner.env);
    let redirect_uri = super::redirect_uri(owner, provider);
    let begun = match owner.upstream.begin(provider, &redirect_uri, state.text("").expose(), &owner.env).await {
        Ok(begun) => begun,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (purpose, account) = beginning.purpose.words();
    let login = UpstreamLogin {
        id: UpstreamLoginId(state.id),
        provider: provider.id.clone(),
        state_hash: state.secret_hash(),
        browser_hash: beginning.browser_hash,
        purpose: purpose.to_owned(),
        account,
        sealed_pending: seal_pending(owner, &state, &begun.pending)?,
        sealed_answer: None,
        next: beginning.next,
        expires_at: owner.env.now() + LIFETIME,
    };
    owner.store.insert_upstream_login(login).await?;
    Ok(Ok(begun.url.into()))
}

/// The nonce and the verifier are sealed for this row alone.
fn seal_pending(owner: &ResourceOwner, state: &IdSecret, pending: &Pending) -> Result<Vec<u8>, Fault> {
    let plain = serde_json::to_vec(pending).map_err(|error| Fault::internal("keeping a sign-in at a provider").because(error))?;
    owner.sealer.seal(PENDING_SEALED_FOR, &state.id.to_string(), &plain, &owner.env)
}

/// What was sealed.
pub(super) fn open_pending(owner: &ResourceOwner, login: &UpstreamLogin) -> Result<Pending, Fault> {
    let plain = owner.sealer.open(PENDING_SEALED_FOR, &login.id.to_string(), &login.sealed_pending)?;
    serde_json::from_slice(&plain).map_err(|error| Fault::internal("reading a sign-in at a provider").because(error))
}

/// Lays an answer that came without cookies beside its attempt; what the browser asks for it with, once. `None`: no attempt waits for it.
pub(super) async fn park(owner: &ResourceOwner, provider: &str, state: &str, answer: &str) -> Result<Option<String>, Fault> {
    let Some(state) = IdSecret::parse("", state, owner.settings.site) else { return Ok(None) };
    let handle = IdSecret::for_id(state.id, owner.settings.site, &owner.env);
    let sealed = owner.sealer.seal(ANSWER_SEALED_FOR, &state.id.to_string(), answer.as_bytes(), &owner.env)?;
    let (id, now) = (UpstreamLoginId(state.id), owner.env.now());
    let parked = owner.store.park_upstream_answer(id, provider, state.secret_hash(), (handle.secret_hash(), sealed), now).await?;
    Ok(parked.then(|| handle.text("").expose().to_owned()))
}

/// The answer that was laid beside it.
pub(super) fn open_answer(owner: &ResourceOwner, login: &UpstreamLogin) -> Result<Option<String>, Fault> {
    let Some(sealed) = &login.sealed_answer else { return Ok(None) };
    let plain = owner.sealer.open(ANSWER_SEALED_FOR, &login.id.to_string(), sealed)?;
    let text = String::from_utf8(plain.to_vec());
    text.map(Some).map_err(|_| Fault::internal("reading a provider's answer that is no text"))
}

/// RFC 9700 §4.7: one answer for one `state`, in the browser that began it, at the callback of the provider it was begun with.
pub(super) async fn take(owner: &ResourceOwner, browser: [u8; 32], provider: &str, state: &str) -> Result<Option<UpstreamLogin>, Fault> {
    let Some(state) = IdSecret::parse("", state, owner.settings.site) else { return Ok(None) };
    let (id, now) = (UpstreamLoginId(state.id), owner.env.now());
    owner.store.take_upstream_login(id, provider, state.secret_hash(), browser, now).await
}

/// An attempt of this browser that is over, so that it can be begun anew from where it began. Proves nothing.
pub(super) async fn find_over(owner: &ResourceOwner, browser: [u8; 32], state: &str) -> Result<Option<UpstreamLogin>, Fault> {
    match IdSecret::parse("", state, owner.settings.site) {
        Some(state) => owner.store.find_upstream_login(UpstreamLoginId(state.id), browser).await,
        None => Ok(None),
    }
}
