//! A sign-in that is under way at another provider.

use chabi_token::{Timestamp, id_type};

use crate::{Answer, account::AccountId};

id_type!(
    /// An upstream login's row; part of `state`.
    UpstreamLoginId
);

/// What we must remember until the provider sends the browser back.
#[derive(Clone, PartialEq, Eq)]
pub struct UpstreamLogin {
    /// Its row.
    pub id: UpstreamLoginId,
    /// Such as `google`.
    pub provider: String,
    /// SHA-256 of the secret half of `state`.
    pub state_hash: [u8; 32],
    /// The browser that started it.
    pub browser_hash: [u8; 32],
    /// `login`, `link` or `test`.
    pub purpose: String,
    /// For `link` and `test`: the account that asked.
    pub account: Option<AccountId>,
    /// Nonce and PKCE verifier, sealed.
    pub sealed_pending: Vec<u8>,
    /// What came as a form, without the browser's cookies, sealed; `None` until then, and for all others.
    pub sealed_answer: Option<Vec<u8>>,
    /// Where to go afterwards: a path of ours.
    pub next: String,
    /// Checked at use.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for UpstreamLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpstreamLogin").field("id", &self.id).field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// Verbs on upstream logins.
pub trait UpstreamLoginVerbs {
    /// Adds one.
    fn insert_upstream_login(&self, login: UpstreamLogin) -> Answer<'_, ()>;
    /// Lays the provider's answer beside it, once: `state` is worth nothing from then on, and the hash that
    /// comes with the sealed answer stands in its place. `false`: unknown, over, or answered before.
    fn park_upstream_answer(
        &self,
        id: UpstreamLoginId,
        provider: &str,
        state_hash: [u8; 32],
        answer: ([u8; 32], Vec<u8>),
        now: Timestamp,
    ) -> Answer<'_, bool>;
    /// One of this browser's that was not taken, its time over or not: for going on from where it began, and for nothing else.
    fn find_upstream_login(&self, id: UpstreamLoginId, browser_hash: [u8; 32]) -> Answer<'_, Option<UpstreamLogin>>;
    /// Takes it, once: exactly one caller gets it, and only with the right provider, state and browser, before it expires.
    fn take_upstream_login(
        &self,
        id: UpstreamLoginId,
        provider: &str,
        state_hash: [u8; 32],
        browser_hash: [u8; 32],
        now: Timestamp,
    ) -> Answer<'_, Option<UpstreamLogin>>;
}
