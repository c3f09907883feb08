//! Everybody's sessions and grants: whose they are, a page at a time.

use chabi_store::{
    account::{AccountId, Realm},
    browser_session::{SessionFilter, SessionId},
    token_family::{FamilyFilter, FamilyId},
};
use chabi_token::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Grant, Session, realm_asked};
use crate::{
    Call, OperationError, Permission,
    operation::{Method, Operation, PageOf, page_size},
};

/// A session, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SomebodysSession {
    /// `sub` of the person.
    pub subject: String,
    /// Their name; may be empty.
    pub name: String,
    /// It.
    #[serde(flatten)]
    pub session: Session,
}

/// A grant, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SomebodysGrant {
    /// `sub` of the person; empty when their account is gone.
    pub subject: String,
    /// Their name; may be empty.
    pub name: String,
    /// It.
    #[serde(flatten)]
    pub grant: Grant,
}

/// Lists everybody's sessions.
#[derive(Debug)]
pub struct ListEverybodysSessions;

/// Which.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListEverybodysSessionsInput {
    /// Of this person: their `sub`.
    #[serde(default)]
    pub account: Option<String>,
    /// In which something was granted to this application: its `client_id`.
    #[serde(default)]
    pub application: Option<String>,
    /// Of people that this site knows; absent: of all sites.
    #[serde(default)]
    pub site: Option<String>,
    /// Where the page begins: `next_cursor` of the one before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<i64>,
}

impl Operation for ListEverybodysSessions {
    const NAME: &'static str = "sessions.list_all";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/sessions";
    const PERMISSION: Permission = Permission::SeeAccounts;
    const ABOUT: &'static str = "Lists who is signed in where, the newest session first.";
    type Input = ListEverybodysSessionsInput;
    type Output = PageOf<SomebodysSession>;

    async fn run(call: &Call, input: Self::Input) -> Result<Self::Output, OperationError> {
        let limit = page_size(input.limit)?;
        let Some((account, realm)) = whose(call, input.account.as_deref(), input.site.as_deref()).await? else { return Ok(nothing()) };
        let filter = SessionFilter {
            account,
            client_id: input.application.filter(|text| !text.is_empty()),
            realm,
            before: before(input.cursor.as_deref())?.map_or(SessionId(LAST), SessionId),
            now: call.admin.env.now(),
            limit: limit.saturating_add(1),
        };
        let found = call.admin.store.list_everybodys_sessions(filter).await?;
        Ok(page(found, limit, |row| {
            (row.session.id.to_string(), SomebodysSession { subject: row.subject, name: row.name, session: Session::of(row.session) })
        }))
    }
}

/// Lists everybody's grants.
#[derive(Debug)]
pub struct ListEverybodysGrants;

/// Which.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListEverybodysGrantsInput {
    /// Of this person: their `sub`.
    #[serde(default)]
    pub account: Option<String>,
    /// To this application: its `client_id`.
    #[serde(default)]
    pub application: Option<String>,
    /// Of people that this site knows; absent: of all sites.
    #[serde(default)]
    pub site: Option<String>,
    /// `true`: those alone whose refresh token came again.
    #[serde(default)]
    pub reused: Option<bool>,
    /// Where the page begins: `next_cursor` of the one before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<i64>,
}

impl Operation for ListEverybodysGrants {
    const NAME: &'static str = "grants.list_all";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/grants";
    const PERMISSION: Permission = Permission::SeeAccounts;
    const ABOUT: &'static str =
        "Lists what people granted, the newest first, ended ones too; or those alone whose refresh token came again.";
    type Input = ListEverybodysGrantsInput;
    type Output = PageOf<SomebodysGrant>;

    async fn run(call: &Call, input: Self::Input) -> Result<Self::Output, OperationError> {
        let limit = page_size(input.limit)?;
        let Some((account, realm)) = whose(call, input.account.as_deref(), input.site.as_deref()).await? else { return Ok(nothing()) };
        let filter = FamilyFilter {
            account,
            client_id: input.application.filter(|text| !text.is_empty()),
            realm,
            only_reused: input.reused == Some(true),
            before: before(input.cursor.as_deref())?.map_or(FamilyId(LAST), FamilyId),
            limit: limit.saturating_add(1),
        };
        let found = call.admin.store.list_everybodys_families(filter).await?;
        Ok(page(found, limit, |row| {
            (row.family.id.to_string(), SomebodysGrant { subject: row.subject, name: row.name, grant: Grant::of(&row.family) })
        }))
    }
}

/// After every id.
const LAST: Id = Id::from_bytes([0xff; 16]);

fn before(cursor: Option<&str>) -> Result<Option<Id>, OperationError> {
    cursor.map(str::parse).transpose().map_err(|_| OperationError::invalid("cursor", "it is not one of ours"))
}

const fn nothing<T>() -> PageOf<T> {
    PageOf { items: Vec::new(), next_cursor: None }
}

/// Whose are listed: a person, and the realm (`None`: all). `None`: nobody's.
async fn whose(
    call: &Call,
    subject: Option<&str>,
    site: Option<&str>,
) -> Result<Option<(Option<AccountId>, Option<Realm>)>, OperationError> {
    let Some(realm) = realm_asked(call, site.filter(|site| !site.is_empty())).await? else { return Ok(None) };
    let Some(subject) = subject.map(str::trim).filter(|subject| !subject.is_empty()) else { return Ok(Some((None, realm))) };
    let found = call.admin.store.find_account_by_subject(subject).await?;
    Ok(found.map(|account| (Some(account.id), realm)))
}

/// The first of what was found, and where the rest begins.
fn page<T, S>(found: Vec<T>, limit: i64, show: impl Fn(T) -> (String, S)) -> PageOf<S> {
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > wanted;
    let (mut ids, items): (Vec<String>, Vec<S>) = found.into_iter().take(wanted).map(show).unzip();
    PageOf { items, next_cursor: ids.pop().filter(|_| is_more) }
}
