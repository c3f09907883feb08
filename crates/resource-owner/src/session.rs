//! Browser sessions: found by their cookie, made anew at every sign-in, ended on our side.

use chabi_spec::{Failure, Fault, Scope};
use chabi_store::{
    Verbs,
    account::{Account, AccountId},
    authorization_transaction::{Decision, TransactionId, Verdict},
    browser_session::{BrowserSession, SessionId},
    device_grant::DeviceGrantsOf,
    logout_delivery::{EndedSessions, GIVEN_UP_AFTER},
    revocation::Revocation,
};
use chabi_token::{IdSecret, Seconds, Timestamp};
use http::HeaderMap;

use crate::{ResourceOwner, SignedIn, Visit, audit, browser};

/// Cookie name, before the prefix of https.
pub const COOKIE: &str = "chabi_session";

/// `seen_at` is kept to the minute: reading a page seldom writes.
const TOUCH_EVERY: Seconds = Seconds::minutes(1);

/// The person who is signed in, in the browser that sent these headers. Ended, idle and too old sessions, and those of disabled
/// accounts, are nobody's.
///
/// # Errors
/// The store's fault.
pub async fn find(owner: &ResourceOwner, headers: &HeaderMap) -> Result<Option<SignedIn>, Fault> {
    let Some(presented) = browser::cookie(owner, headers, COOKIE).and_then(|text| IdSecret::parse("", text, owner.settings.site)) else {
        return Ok(None);
    };
    let now = owner.env.now();
    let Some(session) = owner.store.find_session(SessionId(presented.id), now).await? else { return Ok(None) };
    let idle = now.since(session.seen_at);
    // NIST SP 800-63B-4 §5.2: the time since the last use counts on our side, whatever the cookie says
    if !presented.matches(&session.secret_hash) || idle >= owner.settings.session.idle {
        return Ok(None);
    }
    let Some(account) = owner.store.find_account(session.account).await? else { return Ok(None) };
    if account.disabled_at.is_some() {
        return Ok(None);
    }
    if idle >= TOUCH_EVERY {
        owner.store.touch_session(session.id, now).await?;
    }
    Ok(Some(SignedIn { session, account }))
}

/// A sign-in that was proven, before its session is made.
#[derive(Clone, Debug)]
pub struct Login {
    /// Who.
    pub account: AccountId,
    /// How (RFC 8176): `pwd`, `fed`.
    pub amr: Vec<String>,
    /// By whom, for a federated sign-in.
    pub federated: Option<Federated>,
}

/// The sign-in at a provider that opened a session.
#[derive(Clone, Debug, Default)]
pub struct Federated {
    /// The provider's id.
    pub provider: String,
    /// The person there, by which the provider ends the session ([`BrowserSession::upstream_subject`]).
    pub subject: String,
    /// The session there, likewise; empty where there is none.
    pub sid: String,
}

/// A session that is about to begin, and its cookie. Nothing is written yet: see [`enter`].
#[derive(Debug)]
pub struct Opening {
    /// What [`enter`] writes.
    pub entrance: Entrance,
    /// `Set-Cookie`, to be sent after the commit and only if [`enter`] said [`Entry::Entered`].
    pub cookie: browser::Cookie,
}

/// The rows of a sign-in; a transaction's closure owns a clone.
#[derive(Clone, Debug)]
pub struct Entrance {
    session: BrowserSession,
    replaced: Option<(SessionId, AccountId)>,
    event: chabi_store::audit::AuditEvent,
}

impl Entrance {
    /// The session that it begins.
    pub(crate) fn session(&self) -> SessionId {
        self.session.id
    }

    /// The same for another account: where the transaction finds out whose door it is.
    #[must_use]
    pub(crate) fn of(mut self, account: AccountId) -> Self {
        self.session.account = account;
        self.event.account = Some(account);
        self
    }
}

/// Whether the door was open.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Signed in.
    Entered,
    /// The account is gone or disabled: nothing was written.
    Shut,
}

/// Prepares a session with a new id and a new secret (128 bits and more); whatever session this browser had will end.
#[must_use]
pub fn open(owner: &ResourceOwner, visit: &Visit, login: &Login) -> Opening {
    let secret = IdSecret::new(owner.settings.site, &owner.env);
    let now = owner.env.now();
    let federated = login.federated.clone().unwrap_or_default();
    let how = format!("{} {}", login.amr.join(" "), federated.provider);
    let session = BrowserSession {
        id: SessionId(secret.id),
        secret_hash: secret.secret_hash(),
        account: login.account,
        auth_time: now,
        amr: login.amr.clone(),
        provider: federated.provider,
        upstream_subject: federated.subject,
        upstream_sid: federated.sid,
        user_agent: visit.user_agent.clone(),
        created_at: now,
        seen_at: now,
        expires_at: now + owner.settings.session.absolute,
    };
    let event = audit::event("login.succeeded", Some(login.account), visit.address, how.trim_end(), &owner.env);
    let replaced = visit.signed_in.as_ref().map(|signed_in| (signed_in.session.id, signed_in.account.id));
    let entrance = Entrance { session, replaced, event };
    Opening { entrance, cookie: browser::session_cookie(owner, secret.text("").expose()) }
}

/// To be awaited inside the transaction that proves the sign-in: looks at the account once more, ends the old session (what it granted
/// goes on under the new one if that is the same person's, and ends if it is not), begins the new one, and writes the event.
///
/// # Errors
/// The store's fault.
pub async fn enter(verbs: &dyn Verbs, entrance: &Entrance) -> Result<Entry, Fault> {
    let now = entrance.session.created_at;
    // a disabled account is shut at the end of a sign-in as at its beginning; held, so that whoever closes its doors at this moment
    // comes before (and is seen) or after (and ends this session)
    match verbs.hold_account(entrance.session.account).await? {
        Some(Account { disabled_at: None, .. }) => {}
        _ => return Ok(Entry::Shut),
    }
    if let Some((replaced, account)) = entrance.replaced {
        // `prompt=login` of one application must not sign the same person out of the others
        if account == entrance.session.account {
            verbs.hand_over_families(replaced, entrance.session.id).await?;
            // nor must it tell the others that they signed out
            verbs.hand_over_logout_deliveries(replaced, entrance.session.id).await?;
        }
        end_with_grants(verbs, replaced, "session_replaced", now).await?;
    }
    verbs.insert_session(entrance.session.clone()).await?;
    verbs.insert_audit_event(entrance.event.clone()).await?;
    Ok(Entry::Entered)
}

/// Signs in, where nothing else has to be written with it.
///
/// # Errors
/// The store's fault.
pub async fn begin(owner: &ResourceOwner, visit: &Visit, login: &Login) -> Result<Option<browser::Cookie>, Failure> {
    let Opening { entrance, cookie } = open(owner, visit, login);
    let entry = owner
        .store
        .transaction("sign_in", move |verbs| {
            let entrance = entrance.clone();
            Box::pin(async move { Ok(enter(verbs, &entrance).await?) })
        })
        .await?;
    Ok((entry == Entry::Entered).then_some(cookie))
}

/// Signs in by a password that was compared before: `changed_at` is of the row that it was compared with. A password that was changed or
/// taken away since then opens nothing.
///
/// # Errors
/// The store's fault.
pub async fn begin_by_password(
    owner: &ResourceOwner,
    visit: &Visit,
    login: &Login,
    changed_at: Timestamp,
) -> Result<Option<browser::Cookie>, Failure> {
    let Opening { entrance, cookie } = open(owner, visit, login);
    let account = login.account;
    let entry = owner
        .store
        .transaction("sign_in", move |verbs| {
            let entrance = entrance.clone();
            Box::pin(async move {
                verbs.hold_account(account).await?;
                match verbs.find_password(account).await? {
                    Some(stored) if stored.changed_at == changed_at => Ok(enter(verbs, &entrance).await?),
                    _ => Ok(Entry::Shut),
                }
            })
        })
        .await?;
    Ok((entry == Entry::Entered).then_some(cookie))
}

/// Holds the account and looks whether this session still lives there. For use inside a transaction that changes how the account is
/// entered: a session that was ended meanwhile, because the proven owner took the account over, changes nothing any more.
///
/// # Errors
/// The store's fault; an unavailable one when the session is over.
pub async fn check_still_lives(verbs: &dyn Verbs, session: &BrowserSession, now: Timestamp) -> Result<(), Fault> {
    verbs.hold_account(session.account).await?;
    match verbs.find_session(session.id, now).await? {
        Some(_) => Ok(()),
        None => Err(Fault::unavailable("changing an account: the session has ended meanwhile")),
    }
}

/// Ends a session, its unspent codes, and what it granted without `offline_access`; the applications that want to know are told. For use
/// inside a transaction.
///
/// # Errors
/// The store's fault.
pub async fn end_with_grants(verbs: &dyn Verbs, id: SessionId, because: &str, now: Timestamp) -> Result<bool, Fault> {
    let ended = verbs.end_session(id).await?;
    verbs.delete_codes_of_session(id).await?;
    verbs.delete_device_grants(DeviceGrantsOf::Session(id)).await?;
    verbs.revoke(Revocation::Session(id), because, now).await?;
    // Back-Channel Logout §2.5: to each application that was given this session in an ID token
    verbs.wake_logout_deliveries(EndedSessions::One(id), now, now + GIVEN_UP_AFTER).await?;
    Ok(ended)
}

/// Signs out: all of it in one transaction, durable before anything is answered. `asked_by`: the logout request that waits, whose
/// answer is yes.
///
/// # Errors
/// The store's fault.
pub async fn end(owner: &ResourceOwner, visit: &Visit, signed_in: &SignedIn, asked_by: Option<TransactionId>) -> Result<(), Failure> {
    let (id, account, now) = (signed_in.session.id, signed_in.account.id, owner.env.now());
    let browser_hash = visit.browser.hash();
    let event = audit::event("logout", Some(account), visit.address, "", &owner.env);
    owner
        .store
        .transaction("sign_out", move |verbs| {
            let event = event.clone();
            Box::pin(async move {
                if end_with_grants(verbs, id, "logout", now).await? {
                    verbs.insert_audit_event(event).await?;
                }
                // a request that waits for consent is not answered by signing out, whatever the form names
                if let Some(transaction) = asked_by
                    && let Some(waiting) = verbs.find_transaction(transaction, browser_hash, now).await?
                    && waiting.purpose == "logout"
                {
                    let verdict = Verdict { decision: Decision::Allowed, account, granted: Scope::default() };
                    verbs.decide_transaction(transaction, browser_hash, verdict, now).await?;
                }
                Ok(())
            })
        })
        .await
}
