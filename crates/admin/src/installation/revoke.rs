//! Taking back what was issued, by the operator: grants end at once here, and within a second in APIs that follow the list or the stream.

use chabi_spec::Fault;
use chabi_store::{
    Store,
    account::AccountId,
    audit::AuditEvent,
    browser_session::SessionId,
    installation::CONFIGURATION,
    logout_delivery::{EndedSessions, GIVEN_UP_AFTER},
    revocation::Revocation,
    token_family::FamilyId,
};
use chabi_token::{Env, Seconds, StatusIndex, Timestamp};

use super::{accounts, fault_of};
use crate::Admin;

/// Why, in the store's words.
const BY_OPERATOR: &str = "revoked_by_operator";
/// No access token lives longer: so long is a `jti` denied whose token was not shown.
const LONGEST_ACCESS_TOKEN: Seconds = Seconds::minutes(60);

/// What an operator takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoke {
    /// Everything that the account of this e-mail address granted, and its sessions.
    Account(String),
    /// Everything of this `client_id`: what people granted to it, and what it got for itself. It may ask anew.
    Application(String),
    /// A browser session by its id, and what was granted in it.
    Session(String),
    /// One grant by its id: its refresh token and every access token.
    Family(String),
    /// One access token: itself, or its `jti`.
    Token(String),
}

/// Why nothing was taken back.
#[derive(Debug, thiserror::Error)]
pub enum RevokeProblem {
    /// Of the account.
    #[error(transparent)]
    Account(#[from] accounts::AccountProblem),
    /// No such application.
    #[error("there is no application `{0}`")]
    UnknownApplication(String),
    /// A token, but not one that is good.
    #[error("there is nothing to revoke: {0}")]
    NotGood(String),
    /// Neither id nor token.
    #[error("{0}")]
    NotReadable(&'static str),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Takes it back; how many rows. 0: there was none, or it was taken back before. An audit event tells of it.
///
/// # Errors
/// [`RevokeProblem`].
pub async fn revoke(admin: &Admin, what: Revoke) -> Result<i64, RevokeProblem> {
    let (store, env) = (&admin.store, &admin.env);
    match what {
        Revoke::Account(email) => {
            let account = accounts::find(store, &email).await?.id;
            let event = event(Some(account), None, "everything of the account".to_owned(), env);
            Ok(in_one(store, Many::Account(account), event, env).await?)
        }
        Revoke::Application(client_id) => {
            if store.find_application(&client_id).await?.is_none() {
                return Err(RevokeProblem::UnknownApplication(client_id));
            }
            let event = event(None, Some(&client_id), "everything of the application".to_owned(), env);
            Ok(in_one(store, Many::Application(client_id), event, env).await?)
        }
        Revoke::Session(id) => {
            let id: SessionId = id.trim().parse().map_err(|_| RevokeProblem::NotReadable("not the id of a session: 22 characters"))?;
            let event = event(None, None, format!("session {id}"), env);
            Ok(in_one(store, Many::Session(id), event, env).await?)
        }
        Revoke::Family(id) => {
            let id: FamilyId = id.trim().parse().map_err(|_| RevokeProblem::NotReadable("not the id of a grant: 22 characters"))?;
            let event = event(None, None, format!("grant {id}"), env);
            Ok(in_one(store, Many::Family(id), event, env).await?)
        }
        Revoke::Token(text) => token(admin, text.trim()).await,
    }
}

/// What takes several statements.
#[derive(Clone)]
enum Many {
    Account(AccountId),
    Application(String),
    Session(SessionId),
    Family(FamilyId),
}

async fn in_one(store: &Store, what: Many, event: AuditEvent, env: &Env) -> Result<i64, Fault> {
    let now = env.now();
    let revoked = store
        .transaction("revoke_by_operator", move |verbs| {
            let (what, event) = (what.clone(), event.clone());
            Box::pin(async move {
                let rows = match &what {
                    Many::Account(account) => {
                        let ended = verbs.end_sessions_of_account(*account, None).await?;
                        let rows = ended + verbs.revoke(Revocation::Account(*account), BY_OPERATOR, now).await?;
                        let of = EndedSessions::OfAccount(*account, None);
                        verbs.wake_logout_deliveries(of, now, now + GIVEN_UP_AFTER).await?;
                        rows
                    }
                    Many::Application(client_id) => {
                        verbs.bump_version(CONFIGURATION).await?;
                        verbs.revoke(Revocation::Application(client_id), BY_OPERATOR, now).await?
                    }
                    Many::Session(session) => {
                        let ended = verbs.end_session(*session).await?;
                        verbs.delete_codes_of_session(*session).await?;
                        let rows = verbs.revoke(Revocation::Session(*session), BY_OPERATOR, now).await?;
                        verbs.wake_logout_deliveries(EndedSessions::One(*session), now, now + GIVEN_UP_AFTER).await?;
                        rows + i64::from(ended)
                    }
                    Many::Family(family) => verbs.revoke(Revocation::Family(*family), BY_OPERATOR, now).await?,
                };
                if rows > 0 {
                    verbs.insert_audit_event(event).await?;
                }
                Ok(rows)
            })
        })
        .await;
    store.configuration_changed();
    revoked.map_err(fault_of)
}

async fn token(admin: &Admin, text: &str) -> Result<i64, RevokeProblem> {
    let (store, env, now) = (&admin.store, &admin.env, admin.env.now());
    let named = match text.split('.').count() == 3 {
        true => {
            let token =
                admin.server.verify_for_whomever(text).await.map_err(|rejection| RevokeProblem::NotGood(rejection.reason().to_string()))?;
            Named { jti: token.jti().to_owned(), status: token.status(), expires_at: token.expires_at() }
        }
        false => Named::by_jti(store, text, now).await?,
    };
    let what = Revocation::Token { jti: &named.jti, status: named.status, expires_at: named.expires_at };
    let rows = store.revoke(what, BY_OPERATOR, now).await?;
    if rows > 0 {
        store.insert_audit_event(event(None, None, format!("access token {}", named.jti), env)).await?;
    }
    Ok(rows)
}

/// A single token.
struct Named {
    jti: String,
    status: Option<StatusIndex>,
    expires_at: Timestamp,
}

impl Named {
    /// A token of a grant names its grant in its `jti`, whose place among the status lists is its own.
    async fn by_jti(store: &Store, jti: &str, now: Timestamp) -> Result<Self, RevokeProblem> {
        let plain = jti.len() <= 64 && jti.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if jti.len() < 22 || !plain {
            return Err(RevokeProblem::NotReadable("neither an access token nor a `jti`"));
        }
        let family = match jti.split_once('.').and_then(|(family, _)| family.parse::<FamilyId>().ok()) {
            Some(id) => store.find_family(id).await?,
            None => None,
        };
        let status = family.and_then(|family| family.status);
        Ok(Self { jti: jti.to_owned(), status, expires_at: now + LONGEST_ACCESS_TOKEN })
    }
}

fn event(account: Option<AccountId>, client_id: Option<&str>, detail: String, env: &Env) -> AuditEvent {
    AuditEvent {
        id: env.new_id(),
        at: env.now(),
        kind: "revoked.by_operator".to_owned(),
        actor: None,
        account,
        client_id: client_id.map(str::to_owned),
        address: None,
        detail,
    }
}
