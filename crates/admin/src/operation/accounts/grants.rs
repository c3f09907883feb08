//! Where a person is signed in, and what they granted: refresh families with what became of them.

use chabi_store::{
    Verbs,
    account::AccountId,
    browser_session::BrowserSession,
    revocation::Revocation,
    token_family::{FamilyId, RefreshTokenFamily},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{AccountPath, doing, seen};
use crate::{
    Call, OperationError, Permission,
    changing::Change,
    operation::{Method, Operation, PageOf},
};

/// Somebody signed in, in one browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Its id; also `sid` in ID tokens.
    pub id: String,
    /// How they proved who they are.
    pub amr: Vec<String>,
    /// By which social application; may be empty.
    pub provider: String,
    /// Which browser.
    pub browser: String,
    /// When they last proved it: seconds since 1970.
    pub auth_time: i64,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Last use, to the minute: seconds since 1970.
    pub seen_at: i64,
    /// Seconds since 1970.
    pub expires_at: i64,
}

impl Session {
    pub(super) fn of(session: BrowserSession) -> Self {
        Self {
            id: session.id.to_string(),
            amr: session.amr,
            provider: session.provider,
            browser: session.user_agent,
            auth_time: session.auth_time.as_seconds(),
            created_at: session.created_at.as_seconds(),
            seen_at: session.seen_at.as_seconds(),
            expires_at: session.expires_at.as_seconds(),
        }
    }
}

/// What a person granted to an application: a family of refresh and access tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    /// Its id.
    pub id: String,
    /// To which application.
    pub client_id: String,
    /// What: words, separated by spaces.
    pub scope: String,
    /// At which audiences.
    pub resource: Vec<String>,
    /// In which session.
    pub session: String,
    /// Whether it outlives the session.
    pub offline: bool,
    /// How often its refresh token was rotated; absent without one.
    pub generation: Option<i64>,
    /// When it was last rotated: seconds since 1970.
    pub rotated_at: Option<i64>,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970.
    pub expires_at: i64,
    /// When it was taken back: seconds since 1970.
    pub revoked_at: Option<i64>,
    /// Why, such as `logout`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_because: Option<String>,
    /// An older refresh token came again, so that somebody else may have had it.
    pub reused: bool,
}

impl Grant {
    pub(super) fn of(family: &RefreshTokenFamily) -> Self {
        Self {
            id: family.id.to_string(),
            client_id: family.client_id.clone(),
            scope: family.scope.to_string(),
            resource: family.resource.clone(),
            session: family.session.to_string(),
            offline: family.offline,
            generation: family.refresh.as_ref().map(|refresh| refresh.generation),
            rotated_at: family.refresh.as_ref().map(|refresh| refresh.rotated_at.as_seconds()),
            created_at: family.created_at.as_seconds(),
            expires_at: family.expires_at.as_seconds(),
            revoked_at: family.revoked_at.map(|at| at.as_seconds()),
            revoked_because: family.revoked_at.map(|_| family.revoked_because.clone()),
            reused: family.revoked_because == "refresh_reuse",
        }
    }
}

/// How many grants of a person are shown.
const MOST_GRANTS: i64 = 200;

pub(super) async fn sessions(call: &Call, store: &dyn Verbs, account: AccountId) -> Result<Vec<Session>, OperationError> {
    let sessions = store.list_sessions(account, call.admin.env.now()).await?;
    Ok(sessions.into_iter().map(Session::of).collect())
}

pub(super) async fn grants(store: &dyn Verbs, account: AccountId) -> Result<Vec<Grant>, OperationError> {
    let families = store.list_all_families(account, MOST_GRANTS).await?;
    Ok(families.iter().map(Grant::of).collect())
}

/// Where somebody is signed in.
#[derive(Debug)]
pub struct ListSessions;

impl Operation for ListSessions {
    const NAME: &'static str = "sessions.list";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/accounts/{subject}/sessions";
    const PERMISSION: Permission = Permission::SeeAccounts;
    const ABOUT: &'static str = "Lists where a person is signed in.";
    type Input = AccountPath;
    type Output = PageOf<Session>;

    async fn run(call: &Call, input: Self::Input) -> Result<Self::Output, OperationError> {
        let account = seen(call, &input.subject).await?;
        Ok(PageOf { items: sessions(call, &*call.admin.store, account.id).await?, next_cursor: None })
    }
}

/// What somebody granted.
#[derive(Debug)]
pub struct ListGrants;

impl Operation for ListGrants {
    const NAME: &'static str = "grants.list";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/accounts/{subject}/grants";
    const PERMISSION: Permission = Permission::SeeAccounts;
    const ABOUT: &'static str = "Lists what a person granted, with refresh tokens that came again.";
    type Input = AccountPath;
    type Output = PageOf<Grant>;

    async fn run(call: &Call, input: Self::Input) -> Result<Self::Output, OperationError> {
        let account = seen(call, &input.subject).await?;
        Ok(PageOf { items: grants(&*call.admin.store, account.id).await?, next_cursor: None })
    }
}

/// Takes a grant back.
#[derive(Debug)]
pub struct RevokeGrant;

/// Which.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeGrantInput {
    /// Whose.
    pub subject: String,
    /// Its id.
    pub grant: String,
}

impl Operation for RevokeGrant {
    const NAME: &'static str = "grants.revoke";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/accounts/{subject}/grants/{grant}";
    const PERMISSION: Permission = Permission::HelpAccounts;
    const ABOUT: &'static str = "Takes a grant back: its refresh token and every access token.";
    const STATUS: u16 = 204;
    type Input = RevokeGrantInput;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        let unknown = || OperationError::NotFound("grant");
        let id: FamilyId = input.grant.parse().map_err(|_| unknown())?;
        let account = seen(call, &input.subject).await?;
        let owned = call.clone();
        call.transaction(move |verbs| {
            let (call, account) = (owned.clone(), account.clone());
            Box::pin(async move {
                doing::check_may(&call, verbs, &account).await?;
                let family = verbs.find_family(id).await?.filter(|family| family.account == account.id);
                let family = family.ok_or(OperationError::NotFound("grant"))?;
                if verbs.revoke(Revocation::Family(id), "revoked_by_operator", call.admin.env.now()).await? > 0 {
                    let mut change = Change::of(format!("grant {id}")).from(json!(Grant::of(&family)), Value::Null);
                    change.account = Some(account.id);
                    verbs.insert_audit_event(call.event(change)).await?;
                }
                Ok(())
            })
        })
        .await
    }
}
