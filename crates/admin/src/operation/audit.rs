//! The audit log: looking, one event, export, and whether its chain holds.

use std::collections::{BTreeMap, BTreeSet};

use chabi_store::{
    account::AccountId,
    audit_chain::{AuditFilter, ChainedEvent},
};
use chabi_token::{Timestamp, base64url};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{self as operation, Method, Operation, PageOf, accounts, page_size};
use crate::{Call, OperationError, Permission, chain};

pub(super) fn entries() -> Vec<operation::Entry> {
    use operation::Entry as Row;
    vec![Row::of::<ListAuditEvents>(), Row::of::<FindAuditEvent>(), Row::of::<VerifyAuditLog>()]
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Its id.
    pub id: String,
    /// When: seconds since 1970.
    pub at: i64,
    /// Such as `login.succeeded`; of an operation `admin.` and its name.
    pub kind: String,
    /// Who ran the operation: `operator`, `account:<sub>` or `application:<client_id>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Whose account: `sub`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Which application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What the operation changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// From where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// How it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// How it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Words.
    pub detail: String,
    /// Its place in the chain; absent for the first seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
    /// SHA-256 over the hash before and the event: base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// What stands in the detail of an operation's event.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    object: Option<String>,
    before: Value,
    after: Value,
}

impl AuditEntry {
    fn of(chained: ChainedEvent, subject: Option<String>) -> Self {
        let event = chained.event;
        let told: Option<Told> = event.actor.as_ref().and_then(|_| serde_json::from_str(&event.detail).ok());
        let is_told = told.is_some();
        let told = told.unwrap_or_default();
        Self {
            id: event.id.to_string(),
            at: event.at.as_seconds(),
            kind: event.kind,
            actor: event.actor,
            account: subject,
            client_id: event.client_id,
            object: told.object,
            address: event.address,
            before: Some(told.before).filter(|value| !value.is_null()),
            after: Some(told.after).filter(|value| !value.is_null()),
            detail: if is_told { String::new() } else { event.detail },
            sequence: chained.place.map(|place| place.sequence),
            hash: chained.place.map(|place| base64url::encode(place.hash)),
        }
    }
}

/// Events, the newest first.
#[derive(Debug)]
pub struct ListAuditEvents;

/// Which.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAuditEventsInput {
    /// Exactly this kind.
    #[serde(default)]
    pub kind: Option<String>,
    /// By whom: `operator`, `account:<sub>` or `application:<client_id>`.
    #[serde(default)]
    pub actor: Option<String>,
    /// About this account: `sub`.
    #[serde(default)]
    pub account: Option<String>,
    /// About this application.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Not before: seconds since 1970.
    #[serde(default)]
    pub since: Option<i64>,
    /// Before: seconds since 1970.
    #[serde(default)]
    pub until: Option<i64>,
    /// Where the page begins: `next_cursor` of the one before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<i64>,
}

/// No event is later than this: the year 5000.
const END: i64 = 95_617_584_000;

impl Operation for ListAuditEvents {
    const NAME: &'static str = "audit.list";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/audit-events";
    const PERMISSION: Permission = Permission::SeeAuditLog;
    const ABOUT: &'static str = "Lists events, the newest first. The same as JSON lines or CSV: ask by `Accept`.";
    type Input = ListAuditEventsInput;
    type Output = PageOf<AuditEntry>;

    async fn run(call: &Call, input: Self::Input) -> Result<Self::Output, OperationError> {
        let limit = page_size(input.limit)?;
        let moment = |seconds: Option<i64>, usual: i64| Timestamp::from_seconds(seconds.unwrap_or(usual).clamp(0, END));
        let (mut until, mut before) = (moment(input.until, END), [0; 16]);
        if let Some(cursor) = &input.cursor {
            (until, before) = read_cursor(cursor).ok_or_else(|| OperationError::invalid("cursor", "it is not one of ours"))?;
        }
        let account = match &input.account {
            None => None,
            Some(subject) => match call.admin.store.find_account_by_subject(subject).await? {
                Some(account) => Some(account.id),
                None => return Ok(PageOf { items: Vec::new(), next_cursor: None }),
            },
        };
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let filter = AuditFilter {
            kind: some(input.kind),
            actor: some(input.actor),
            account,
            client_id: some(input.client_id),
            from: moment(input.since, 0),
            until,
            before,
            limit: limit.saturating_add(1),
        };
        let mut found = call.admin.store.search_audit_events(filter).await?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let is_more = found.len() > wanted;
        found.truncate(wanted);
        let next_cursor = found.last().filter(|_| is_more).map(|last| format!("{} {}", last.event.at.0, last.event.id));
        Ok(PageOf { items: shown(call, found).await?, next_cursor })
    }
}

fn read_cursor(cursor: &str) -> Option<(Timestamp, [u8; 16])> {
    let (at, id) = cursor.split_once(' ')?;
    let id: chabi_token::Id = id.parse().ok()?;
    Some((Timestamp(at.parse().ok()?), *id.as_bytes()))
}

/// With subjects in place of rows, each looked up once; those of deleted accounts are gone.
async fn shown(call: &Call, found: Vec<ChainedEvent>) -> Result<Vec<AuditEntry>, OperationError> {
    let about: BTreeSet<AccountId> = found.iter().filter_map(|chained| chained.event.account).collect();
    let known = accounts::people(call, about).await?;
    let subjects: BTreeMap<AccountId, String> = known.into_iter().map(|(account, _)| (account.id, account.subject)).collect();
    let subject = |account: Option<AccountId>| subjects.get(&account?).cloned();
    Ok(found
        .into_iter()
        .map(|chained| (subject(chained.event.account), chained))
        .map(|(subject, it)| AuditEntry::of(it, subject))
        .collect())
}

/// One event.
#[derive(Debug)]
pub struct FindAuditEvent;

/// Which.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindAuditEventInput {
    /// Its id.
    pub id: String,
}

impl Operation for FindAuditEvent {
    const NAME: &'static str = "audit.get";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/audit-events/{id}";
    const PERMISSION: Permission = Permission::SeeAuditLog;
    const ABOUT: &'static str = "Shows an event, with what was before and after it.";
    type Input = FindAuditEventInput;
    type Output = AuditEntry;

    async fn run(call: &Call, input: Self::Input) -> Result<AuditEntry, OperationError> {
        let unknown = || OperationError::NotFound("event");
        let id = input.id.parse().map_err(|_| unknown())?;
        let found = call.admin.store.find_audit_event(id).await?;
        shown(call, found.into_iter().collect()).await?.pop().ok_or_else(unknown)
    }
}

/// Whether the chain holds.
#[derive(Debug)]
pub struct VerifyAuditLog;

/// Nothing is asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyAuditLogInput {}

/// What came of walking the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditVerdict {
    /// Whether every event is as it was written, and none is missing.
    pub whole: bool,
    /// How many events have a place in it.
    pub events: i64,
    /// How many were written a moment ago and have none yet.
    pub unchained: i64,
    /// The last place.
    pub sequence: i64,
    /// Its hash: base64url. Kept elsewhere, it proves later that nothing before it was changed since.
    pub hash: String,
    /// Where the chain breaks first: the place, what is wrong with it, and the event's id if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_break: Option<AuditBreak>,
}

/// Where the chain breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditBreak {
    /// The place.
    pub sequence: i64,
    /// `changed`, `missing` or `inserted`.
    pub what: String,
    /// The event, if it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

impl Operation for VerifyAuditLog {
    const NAME: &'static str = "audit.verify";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/audit-events/verify";
    const PERMISSION: Permission = Permission::SeeAuditLog;
    const ABOUT: &'static str =
        "Walks the chain of the audit log, and names the first event that was changed, is missing or was put in. Changes nothing.";
    type Input = VerifyAuditLogInput;
    type Output = AuditVerdict;

    async fn run(call: &Call, _input: Self::Input) -> Result<AuditVerdict, OperationError> {
        Ok(chain::verify(&call.admin.store, &call.admin.env).await?)
    }
}
