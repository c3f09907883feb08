//! Accounts as they are seen by who runs the installation: lists that stay fast however many there are, and what is counted of them.

use chabi_token::Timestamp;

use crate::{
    Answer,
    account::{Account, AccountEmail, AccountId, Realm},
};

/// A person with their addresses, the oldest first.
pub type Person = (Account, Vec<AccountEmail>);

/// Which people are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleFilter {
    /// Those of this realm; `None`: of all.
    pub realm: Option<Realm>,
    /// Those who cannot enter.
    pub only_disabled: bool,
    /// Those that were made before this one, the newest first.
    pub before: AccountId,
    /// How many.
    pub limit: i64,
}

/// How often something was, in a span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// What.
    pub what: String,
    /// How often.
    pub count: i64,
}

/// Verbs on people as a whole.
pub trait PeopleVerbs {
    /// A page of people, the newest first.
    fn list_people(&self, filter: PeopleFilter) -> Answer<'_, Vec<Person>>;
    /// People of a realm (`None`: of all) by an address that begins so, in the order of the letters; `after`: the address and the
    /// account at which the page before ended. An address that is new is found some seconds later.
    fn search_people(
        &self,
        realm: Option<&Realm>,
        beginning: &str,
        after: (&str, AccountId),
        limit: i64,
    ) -> Answer<'_, Vec<(Account, AccountEmail)>>;
    /// Makes addresses that are new known to [`Self::search_people`]; how many.
    fn index_addresses(&self, limit: i64) -> Answer<'_, i64>;
    /// Removes an account and everything that is about it alone; its sessions and grants were ended before. `false`: there was none.
    fn delete_account(&self, id: AccountId) -> Answer<'_, bool>;
    /// How many events of a kind there were, by spans of time (`at` divided by `span` microseconds).
    fn count_events(&self, kind: &str, since: Timestamp, span: i64) -> Answer<'_, Vec<(i64, i64)>>;
    /// How many people signed in.
    fn count_active_people(&self, since: Timestamp) -> Answer<'_, i64>;
    /// What was said of events of a kind, the most frequent first.
    fn count_details(&self, kind: &str, since: Timestamp, limit: i64) -> Answer<'_, Vec<Counted>>;
    /// How many grants applications got from people, the most first.
    fn count_grants(&self, since: Timestamp, limit: i64) -> Answer<'_, Vec<Counted>>;
}
