//! Taking back whatever was issued, by an id or a token.

use chabi_store::account::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Entry, Method, Operation, roles};
use crate::{
    Call, OperationError, Permission,
    changing::Change,
    installation::{
        accounts::{self, AccountProblem},
        revoke::{self, RevokeProblem},
    },
};

pub(super) fn entries() -> Vec<Entry> {
    vec![Entry::of::<Revoke>()]
}

/// Takes it back.
#[derive(Debug)]
pub struct Revoke;

/// What.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RevokeInput {
    /// What.
    pub body: Revocation,
}

/// What is taken back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// What the id is of.
    pub kind: RevokeKind,
    /// The id; of an account an e-mail address; of a token itself, or its `jti`.
    pub id: String,
}

/// What can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevokeKind {
    /// A browser session, and what was granted in it.
    Session,
    /// One grant: its refresh token and every access token.
    Grant,
    /// One access token.
    Token,
    /// Everything of an application.
    Application,
    /// Everything that an account granted, and its sessions.
    Account,
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Revoked {
    /// How much ended; 0: there was none, or it had ended before.
    pub ended: i64,
}

impl Operation for Revoke {
    const NAME: &'static str = "revoke";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/revoke";
    const PERMISSION: Permission = Permission::Revoke;
    const ABOUT: &'static str = "Takes back a session, a grant, a token, or everything of an application or an account.";
    type Input = RevokeInput;
    type Output = Revoked;

    async fn run(call: &Call, input: Self::Input) -> Result<Revoked, OperationError> {
        let Revocation { kind, id } = input.body;
        check_may(call, kind, id.trim()).await?;
        let (word, what) = match kind {
            RevokeKind::Session => ("session", revoke::Revoke::Session(id.clone())),
            RevokeKind::Grant => ("grant", revoke::Revoke::Family(id.clone())),
            RevokeKind::Token => ("token", revoke::Revoke::Token(id.clone())),
            RevokeKind::Application => ("application", revoke::Revoke::Application(id.clone())),
            RevokeKind::Account => ("account", revoke::Revoke::Account(id.clone())),
        };
        let ended = revoke::revoke(&call.admin, what).await.map_err(refused)?;
        // a token is as good as a password
        let id = if kind == RevokeKind::Token { "…".to_owned() } else { id };
        let change = Change::of(format!("{word} {id}")).from(Value::Null, json!({ "ended": ended }));
        call.admin.store.insert_audit_event(call.event(change)).await?;
        Ok(Revoked { ended })
    }
}

/// Never what is of who is mightier. What is not there, or not to be read, is told later.
async fn check_may(call: &Call, kind: RevokeKind, id: &str) -> Result<(), OperationError> {
    let store = &call.admin.store;
    let account = match kind {
        RevokeKind::Application => return roles::check_not_mightier(call, &**store, &format!("application:{id}")).await,
        RevokeKind::Account => accounts::find(store, id).await.ok().map(|account| account.id),
        RevokeKind::Session => match id.parse() {
            Ok(id) => store.find_session(id, call.admin.env.now()).await?.map(|session| session.account),
            Err(_) => None,
        },
        RevokeKind::Grant => account_of_grant(call, id).await?,
        RevokeKind::Token if is_whole(id) => return check_may_take_back_whole(call, id).await,
        RevokeKind::Token => account_of_grant(call, id).await?,
    };
    let account = match account {
        Some(id) => store.find_account(id).await?,
        None => None,
    };
    match account {
        Some(account) => roles::check_not_mightier(call, &**store, &format!("account:{}", account.subject)).await,
        None => Ok(()),
    }
}

/// A grant by its id; a token of a grant names its grant in its `jti`.
async fn account_of_grant(call: &Call, id: &str) -> Result<Option<AccountId>, OperationError> {
    match id.split('.').next().unwrap_or_default().parse() {
        Ok(id) => Ok(call.admin.store.find_family(id).await?.map(|family| family.account)),
        Err(_) => Ok(None),
    }
}

/// A token itself, and not its `jti`.
fn is_whole(token: &str) -> bool {
    token.split('.').count() == 3
}

/// Whose a whole token is, it says itself: the person of its grant, or else its subject; the application, when it is its own. One that is
/// not good, or of another issuer, is refused later.
async fn check_may_take_back_whole(call: &Call, token: &str) -> Result<(), OperationError> {
    let store = &call.admin.store;
    let Ok(token) = call.admin.server.verify_for_whomever(token).await else { return Ok(()) };
    if token.is_of_application() {
        return roles::check_not_mightier(call, &**store, &format!("application:{}", token.client_id())).await;
    }
    // a subject may be another one for each application: the grant knows the person
    let account = match account_of_grant(call, token.jti()).await? {
        Some(account) => store.find_account(account).await?,
        None => store.find_account_by_subject(token.subject()).await?,
    };
    match account {
        Some(account) => roles::check_not_mightier(call, &**store, &format!("account:{}", account.subject)).await,
        None => Ok(()),
    }
}

fn refused(problem: RevokeProblem) -> OperationError {
    match problem {
        RevokeProblem::Fault(fault) | RevokeProblem::Account(AccountProblem::Fault(fault)) => OperationError::Fault(fault),
        RevokeProblem::Account(AccountProblem::Unknown) => OperationError::invalid("id", "there is no account of this address"),
        other => OperationError::invalid("id", other.to_string()),
    }
}
