//! The port through which the authorization server asks who is signed in. It never knows how people log in.

use std::net::IpAddr;

use chabi_spec::{Fault, Scope};
use chabi_store::{
    account::{Account, AccountEmail, AccountId, Profile},
    application::RegisteredClient,
    authorization_transaction::TransactionId,
    browser_session::SessionId,
};
use chabi_token::{Env, Timestamp};
use futures_util::future::BoxFuture;
use http::HeaderMap;

/// Evidence that a person is signed in, in the browser that sent the request. Made by a gate alone, from a session it has checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    account: AccountId,
    subject: String,
    session: SessionId,
    auth_time: Timestamp,
    amr: Vec<String>,
}

impl Authentication {
    /// To be called by an implementation of [`ResourceOwnerGate`], after it has checked the browser's session.
    #[must_use]
    pub fn proven(account: AccountId, subject: String, session: SessionId, auth_time: Timestamp, amr: Vec<String>) -> Self {
        Self { account, subject, session, auth_time, amr }
    }

    /// Whose row.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }
    /// `sub`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
    /// In which browser session.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }
    /// When they last proved it.
    #[must_use]
    pub fn auth_time(&self) -> Timestamp {
        self.auth_time
    }
    /// How (RFC 8176).
    #[must_use]
    pub fn amr(&self) -> &[String] {
        &self.amr
    }
}

/// What the sign-in page should know of the request that waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInHints {
    /// To be filled in.
    pub login_hint: Option<String>,
    /// Space-separated BCP 47 tags.
    pub ui_locales: Option<String>,
    /// `prompt=login` or an exceeded `max_age`: ask again although somebody is signed in.
    pub again: bool,
    /// `prompt=create` (OpenID Connect Prompt Create 1.0): show the sign-up page.
    pub create: bool,
    /// `prompt=select_account`, and somebody is signed in: let them go on as who they are, or as somebody else. Whoever goes on is told
    /// of by a pending decision of theirs (`decide_transaction`).
    pub choose: bool,
}

/// What an application asks a person to allow.
#[derive(Clone, Debug)]
pub struct ConsentQuestion<'a> {
    /// Who asks.
    pub application: &'a RegisteredClient,
    /// For what.
    pub scope: &'a Scope,
    /// At which audiences.
    pub resource: &'a [String],
    /// Claims asked for by name, beyond what the scope gives (OpenID Connect Core §5.5).
    pub claims: &'a [String],
}

/// A person's claims; the caller picks those that the scope allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonClaims {
    /// `sub`.
    pub subject: String,
    /// `name`; never empty.
    pub name: String,
    /// `preferred_username`: `[A-Za-z0-9._-]+`, no `@`.
    pub preferred_username: String,
    /// `locale`; empty when unknown.
    pub locale: String,
    /// `email`; empty when there is none.
    pub email: String,
    /// `email_verified`.
    pub email_verified: bool,
    /// `updated_at`.
    pub updated_at: Timestamp,
    /// The standard claims that few have; its `preferred_username` counts for nothing, the one above does.
    pub profile: Option<Box<Profile>>,
}

/// An ID token of another provider that one of the operator's own apps brought.
#[derive(Clone, Copy, Debug)]
pub struct BroughtToken<'a> {
    /// Who brings it: authenticated as far as it can be, and allowed to.
    pub application: &'a RegisteredClient,
    /// The token. Nothing of it is verified.
    pub token: &'a str,
    /// The nonce that the app chose for it.
    pub nonce: &'a str,
    /// Which provider it is of, if the request says so; else the token's own `iss` does.
    pub subject_issuer: Option<&'a str>,
    /// From where the request came.
    pub address: Option<IpAddr>,
}

/// Why nobody is signed in by a token that an app brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSignedIn {
    /// This gate takes no such tokens.
    NotSupported,
    /// It is of nobody whom this application may bring tokens of.
    UnknownIssuer,
    /// It did not verify; why, in technical words.
    BadToken(String),
    /// It was brought before.
    Replayed,
    /// An account has the address, and the token does not prove that it is this person's: they sign in in a browser first, and connect.
    SignInFirst,
    /// The account is disabled.
    Shut,
    /// No new accounts are made.
    SignUpClosed,
    /// Too many attempts.
    TooMany,
}

/// What a gate makes of rows of the store.
pub trait PeopleOfTheStore: Send + Sync {
    /// The person's claims; `None` when the account is disabled. `emails`: the one that counts
    /// ([`main_address`](chabi_store::account::main_address)). None of them may also mean that it was not read, since the grant has no
    /// `openid` and nothing will be told: it must not decide whether the account is open.
    fn claims_of(&self, account: Account, emails: &[AccountEmail]) -> Option<PersonClaims>;

    /// Whether a session that has not ended, and was last seen then, goes on.
    fn session_goes_on(&self, seen_at: Timestamp, now: Timestamp) -> bool;
}

/// Who logs people in: `chabi-resource-owner`, or an embedding application.
///
/// Pages live at URLs of the gate, whose paths are those that browsers ask for: below the issuer's path, where it has one. It is told a transaction's id; when the person has signed in, consented or signed out there, it
/// sends the browser (303) to `/oauth2/authorize/resume/{transaction}` or `/oauth2/logout/resume/{transaction}`, below that path too.
pub trait ResourceOwnerGate: Send + Sync + 'static {
    /// Who is signed in, in the browser that sent these headers. Disabled accounts are nobody.
    fn present<'a>(&'a self, headers: &'a HeaderMap, env: &'a Env) -> BoxFuture<'a, Result<Option<Authentication>, Fault>>;

    /// Path and query of the page to sign in.
    fn sign_in_url(&self, transaction: TransactionId, hints: &SignInHints) -> String;

    /// Whether strangers may make an account here: what `prompt=create` leads to.
    fn may_sign_up(&self) -> bool {
        true
    }

    /// Path and query of the page to consent. It records the decision with `decide_transaction`, and the consent itself.
    fn consent_url(&self, transaction: TransactionId) -> String;

    /// Path and query of the page that asks whether to sign out.
    fn sign_out_url(&self, transaction: TransactionId) -> String;

    /// Path of the page where a person types the code that a device shows (RFC 8628 §3.3): it decides by `decide_device_grant`.
    fn device_url(&self) -> String {
        "/device".to_owned()
    }

    /// Path of the page that says that one is signed out.
    fn signed_out_url(&self) -> String;

    /// What this person allowed of it before, if they need not be asked about any of it again; `None`: ask.
    fn consented<'a>(&'a self, account: AccountId, question: ConsentQuestion<'a>) -> BoxFuture<'a, Result<Option<Scope>, Fault>>;

    /// For a gate whose people are rows of the store: most grants find them by one look with what was granted, and ask this in place of
    /// [`claims`](Self::claims) and [`claims_in_session`](Self::claims_in_session). Both must say the same: a gate with rules of its own
    /// beside those rows leaves this at `None`.
    fn people_of_the_store(&self) -> Option<&dyn PeopleOfTheStore> {
        None
    }

    /// The person's claims; `None` when the account is gone or disabled.
    fn claims(&self, account: AccountId) -> BoxFuture<'_, Result<Option<PersonClaims>, Fault>>;

    /// Signs the person in about whom an ID token is that one of the operator's own apps brought (RFC 8693), in a session of its own. Verifies
    /// all of the token, the nonce too, and spends it.
    fn sign_in_by_token<'a>(
        &'a self,
        _brought: BroughtToken<'a>,
        _env: &'a Env,
    ) -> BoxFuture<'a, Result<Result<Authentication, NotSignedIn>, Fault>> {
        Box::pin(std::future::ready(Ok(Err(NotSignedIn::NotSupported))))
    }

    /// True while the session has neither ended nor expired: asked before anything is issued that must not outlive it.
    fn session_lives<'a>(&'a self, session: SessionId, env: &'a Env) -> BoxFuture<'a, Result<bool, Fault>>;

    /// Both at once: the person's claims, and whether the session goes on. For a gate that finds them by one look.
    fn claims_in_session<'a>(
        &'a self,
        account: AccountId,
        session: SessionId,
        env: &'a Env,
    ) -> BoxFuture<'a, Result<(Option<PersonClaims>, bool), Fault>> {
        Box::pin(async move { tokio::try_join!(self.claims(account), self.session_lives(session, env)) })
    }

    /// Ends the session, and in the same transaction revokes what it granted without `offline_access`, and wakes the applications that are
    /// to be told (`wake_logout_deliveries`).
    fn sign_out<'a>(&'a self, session: SessionId, env: &'a Env) -> BoxFuture<'a, Result<(), Fault>>;
}
