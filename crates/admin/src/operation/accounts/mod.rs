//! People: looking for them, what is known of each, and what is done to an account.

mod changing;
mod claims;
mod doing;
mod everybodys;
mod grants;
mod making;
mod shown;

pub use changing::{UpdateAccount, UpdateAccountInput};
pub use claims::{AccountValues, Claims, PostalAddress};
pub use doing::{
    BlockAccount, DeleteAccount, EndSession, EndSessions, SendPasswordReset, SessionPath, UnblockAccount, Unlink, UnlinkInput,
};
pub use everybodys::{
    ListEverybodysGrants, ListEverybodysGrantsInput, ListEverybodysSessions, ListEverybodysSessionsInput, SomebodysGrant, SomebodysSession,
};
pub use grants::{Grant, ListGrants, ListSessions, RevokeGrant, RevokeGrantInput, Session};
pub use making::{CreateAccount, CreateAccountInput, NewAccount};
pub use shown::{Account, AccountDetail, AccountState, Email, Link};

use chabi_spec::Fault;
use chabi_store::{
    account::{self, AccountId, Realm},
    people::{PeopleFilter, Person},
    site::MAIN,
};
use chabi_token::Id;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Entry, Method, Operation, PageOf, page_size};
use crate::{Call, OperationError, Permission, Reach};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        Entry::of::<ListAccounts>(),
        Entry::of::<FindAccount>(),
        Entry::of::<CreateAccount>(),
        Entry::of::<UpdateAccount>(),
        Entry::of::<BlockAccount>(),
        Entry::of::<UnblockAccount>(),
        Entry::of::<SendPasswordReset>(),
        Entry::of::<DeleteAccount>(),
        Entry::of::<Unlink>(),
        Entry::of::<ListEverybodysSessions>(),
        Entry::of::<ListEverybodysGrants>(),
        Entry::of::<ListSessions>(),
        Entry::of::<EndSession>(),
        Entry::of::<EndSessions>(),
        Entry::of::<ListGrants>(),
        Entry::of::<RevokeGrant>(),
    ]
}

/// People, the newest first; or by their address.
#[derive(Debug)]
pub struct ListAccounts;

/// Which page.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListAccountsInput {
    /// An address that begins so, or a subject.
    #[serde(default)]
    pub search: Option<String>,
    /// Those who can enter, or who cannot.
    #[serde(default)]
    pub state: Option<AccountState>,
    /// Those that this site knows; absent: of all sites.
    #[serde(default)]
    pub site: Option<String>,
    /// Where the page begins: `next_cursor` of the one before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<i64>,
}

impl Operation for ListAccounts {
    const NAME: &'static str = "accounts.list";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/accounts";
    const PERMISSION: Permission = Permission::SeeAccounts;
    const ABOUT: &'static str = "Lists people, the newest first; or those whose address begins so, in the order of letters.";
    type Input = ListAccountsInput;
    type Output = PageOf<Account>;

    async fn run(call: &Call, input: Self::Input) -> Result<Self::Output, OperationError> {
        let limit = page_size(input.limit)?;
        let Some(realm) = realm_asked(call, input.site.as_deref()).await? else {
            return Ok(PageOf { items: Vec::new(), next_cursor: None });
        };
        match input.search.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(search) => by_search(call, realm.as_ref(), search, &input, limit).await,
            None => newest(call, realm, &input, limit).await,
        }
    }
}

/// The realm to look in: `Some(None)` is all of them, `None` none.
async fn realm_asked(call: &Call, site: Option<&str>) -> Result<Option<Option<Realm>>, OperationError> {
    match (site, call.reach()) {
        (None, Reach::All) => Ok(Some(None)),
        (Some(site), reach) => {
            let theirs = matches!(reach, Reach::All) || call.sees(&[site.to_owned()]);
            let realm = if theirs { realm_of(call, site).await? } else { None };
            Ok(Some(Some(realm.ok_or_else(|| OperationError::invalid("site", "there is no such site"))?)))
        }
        (None, Reach::Sites(sites)) => {
            // with roles at several sites, the one to look at must be named
            let mut realms = Vec::new();
            for site in sites {
                realms.extend(realm_seen_at(call, site).await?);
            }
            match realms.len() {
                0 => Ok(None),
                1 => Ok(Some(realms.pop())),
                _ => Err(OperationError::invalid("site", "you have roles at several sites: say which")),
            }
        }
    }
}

/// The realm of a site's people.
async fn realm_of(call: &Call, site: &str) -> Result<Option<Realm>, OperationError> {
    match site {
        MAIN => Ok(Some(Realm::SHARED)),
        site => Ok(call.admin.store.find_site(site).await?.map(|site| site.realm())),
    }
}

/// The people that a role at one site lets see: its own. Those that all sites share are the main site's.
async fn realm_seen_at(call: &Call, site: &str) -> Result<Option<Realm>, OperationError> {
    Ok(realm_of(call, site).await?.filter(|realm| site == MAIN || *realm != Realm::SHARED))
}

/// Whether the actor may see people of this realm.
pub(crate) fn sees_realm(call: &Call, realm: &Realm) -> bool {
    let site = if *realm == Realm::SHARED { MAIN } else { realm.as_str() };
    call.sees(&[site.to_owned()])
}

async fn newest(call: &Call, realm: Option<Realm>, input: &ListAccountsInput, limit: i64) -> Result<PageOf<Account>, OperationError> {
    let mut before = match &input.cursor {
        Some(cursor) => cursor.parse().map_err(|_| OperationError::invalid("cursor", "it is not one of ours"))?,
        None => AccountId(Id::from_bytes([0xff; 16])),
    };
    let only_disabled = input.state == Some(AccountState::Blocked);
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found: Vec<Person> = Vec::new();
    loop {
        let filter = PeopleFilter { realm: realm.clone(), only_disabled, before, limit: limit.saturating_add(1) };
        let page = call.admin.store.list_people(filter).await?;
        let is_last = page.len() <= wanted;
        let Some((last, _)) = page.last() else { break };
        before = last.id;
        // few are blocked: who asks for the others gets nearly all that was read
        found.extend(page.into_iter().filter(|(account, _)| shown_in(account, input.state)));
        if is_last || found.len() > wanted {
            break;
        }
    }
    let is_more = found.len() > wanted;
    found.truncate(wanted);
    let next_cursor = found.last().filter(|_| is_more).map(|(account, _)| account.id.to_string());
    Ok(PageOf { items: found.iter().map(|(account, emails)| Account::of(account, emails)).collect(), next_cursor })
}

fn shown_in(account: &account::Account, state: Option<AccountState>) -> bool {
    match state {
        None => true,
        Some(AccountState::Active) => account.disabled_at.is_none(),
        Some(AccountState::Blocked) => account.disabled_at.is_some(),
    }
}

async fn by_search(
    call: &Call,
    realm: Option<&Realm>,
    search: &str,
    input: &ListAccountsInput,
    limit: i64,
) -> Result<PageOf<Account>, OperationError> {
    let store = &call.admin.store;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let beginning = search.to_lowercase();
    let (after, account) = match &input.cursor {
        None => (String::new(), AccountId(Id::from_bytes([0; 16]))),
        Some(cursor) => read_cursor(cursor).ok_or_else(|| OperationError::invalid("cursor", "it is not one of ours"))?,
    };
    let mut found: Vec<(account::Account, String)> = Vec::new();
    if input.cursor.is_none() {
        // an address that is new is not among the letters yet, and a subject never
        let exact = match store.find_account_by_subject(search).await? {
            Some(account) => Some(account),
            None => store.find_account_by_email(realm.unwrap_or(&Realm::SHARED), &beginning).await?.map(|(account, _)| account),
        };
        found.extend(exact.filter(|account| realm.is_none_or(|realm| account.realm == *realm)).map(|account| (account, String::new())));
    }
    let more = store.search_people(realm, &beginning, (&after, account), limit.saturating_add(1)).await?;
    found.extend(more.into_iter().map(|(account, email)| (account, email.canonical)));
    let is_more = found.len() > wanted;
    found.truncate(wanted);
    let next_cursor = found.last().filter(|_| is_more).map(|(account, at)| format!("{} {at}", account.id));
    let mut ids: Vec<AccountId> = Vec::new();
    for (account, _) in found.iter().filter(|(account, _)| shown_in(account, input.state)) {
        if !ids.contains(&account.id) {
            ids.push(account.id);
        }
    }
    let items = people(call, ids).await?.iter().map(|(account, emails)| Account::of(account, emails)).collect();
    Ok(PageOf { items, next_cursor })
}

/// Those of these people who are there, in this order. All are asked for at once, and the store sends what waits together: one after
/// another, a page would be as many ways to the database as it has rows.
pub(crate) async fn people(call: &Call, ids: impl IntoIterator<Item = AccountId>) -> Result<Vec<Person>, Fault> {
    let asked = ids.into_iter().map(|id| call.admin.store.find_person(id));
    Ok(try_join_all(asked).await?.into_iter().flatten().collect())
}

fn read_cursor(cursor: &str) -> Option<(String, AccountId)> {
    let (account, at) = cursor.split_once(' ')?;
    Some((at.to_owned(), account.parse().ok()?))
}

/// Everything about a person.
#[derive(Debug)]
pub struct FindAccount;

/// Whom.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountPath {
    /// Their `sub`.
    pub subject: String,
}

impl Operation for FindAccount {
    const NAME: &'static str = "accounts.get";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/accounts/{subject}";
    const PERMISSION: Permission = Permission::SeeAccounts;
    const ABOUT: &'static str = "Shows a person: addresses, links to providers, sessions, grants, roles.";
    type Input = AccountPath;
    type Output = AccountDetail;

    async fn run(call: &Call, input: Self::Input) -> Result<AccountDetail, OperationError> {
        let account = seen(call, &input.subject).await?;
        shown::detail(call, &*call.admin.store, account).await
    }
}

const WHAT: &str = "account";

/// By `sub`; whom the actor may not see is not there.
pub(crate) async fn seen(call: &Call, subject: &str) -> Result<account::Account, OperationError> {
    let found = call.admin.store.find_account_by_subject(subject).await?;
    found.filter(|account| sees_realm(call, &account.realm)).ok_or(OperationError::NotFound(WHAT))
}
