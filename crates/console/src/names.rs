//! Names in place of ids, with the way to their page, for who may see whose they are; the id stands below, and alone where there is no name.

use std::collections::{BTreeMap, BTreeSet};

use chabi_admin::operation::{
    accounts::{Account, ListAccounts, ListAccountsInput},
    applications::{ApplicationId, FindApplication},
    audit::AuditEntry,
};
use chabi_pages::admin::{Cell, Words};
use futures_util::future::join_all;

use crate::{accounts, applications, desk::Desk};

/// What was looked up for one page.
pub(crate) struct Names<'a> {
    desk: &'a Desk,
    people: BTreeMap<String, Option<Words>>,
    applications: BTreeMap<String, Option<Words>>,
}

impl<'a> Names<'a> {
    /// Nothing yet.
    pub(crate) fn new(desk: &'a Desk) -> Self {
        Self { desk, people: BTreeMap::new(), applications: BTreeMap::new() }
    }

    /// Looks up whom events are about and who caused them, all at once: one after another, a page would be as many ways to the database as
    /// it names people.
    pub(crate) async fn look_up(&mut self, events: &[AuditEntry]) {
        let actors = events.iter().filter_map(|event| event.actor.as_deref()?.strip_prefix("account:"));
        let subjects = events.iter().filter_map(|event| event.account.as_deref()).chain(actors);
        let subjects: BTreeSet<String> = subjects.map(str::to_owned).collect();
        let desk = self.desk;
        let named = subjects.into_iter().map(|subject| async move {
            let name = name_at(desk, &subject).await;
            (subject, name)
        });
        self.people.extend(join_all(named).await);
    }

    /// A person, by `sub`.
    pub(crate) async fn person(&mut self, subject: &str) -> Cell {
        if !self.people.contains_key(subject) {
            let name = name_at(self.desk, subject).await;
            self.people.insert(subject.to_owned(), name);
        }
        let name = self.people.get(subject).cloned().flatten();
        named(name, Words::code(subject), &accounts::below(subject, ""))
    }

    /// An application.
    pub(crate) async fn application(&mut self, client_id: &str) -> Cell {
        if !self.applications.contains_key(client_id) {
            let found = self.desk.run::<FindApplication>(ApplicationId { client_id: client_id.to_owned() }).await;
            let name = found.ok().map(|application| Words::typed(application.values.name));
            self.applications.insert(client_id.to_owned(), name);
        }
        let name = self.applications.get(client_id).cloned().flatten();
        named(name, Words::code(client_id), &applications::page(client_id))
    }

    /// Whoever the audit log or a role names: `account:<sub>`, `application:<client_id>`, `operator`.
    pub(crate) async fn actor(&mut self, name: &str) -> Cell {
        match name.split_once(':') {
            Some(("account", subject)) => self.person(subject).await,
            Some(("application", client_id)) => self.application(client_id).await,
            _ if name == "operator" => Words::said("admin-actor-operator").into(),
            _ => Words::code(name).into(),
        }
    }
}

/// What a person is called, if who sits there may see them.
async fn name_at(desk: &Desk, subject: &str) -> Option<Words> {
    let input = ListAccountsInput { search: Some(subject.to_owned()), limit: Some(1), ..ListAccountsInput::default() };
    let found = desk.run::<ListAccounts>(input).await.map(|page| page.items).unwrap_or_default();
    found.into_iter().find(|account| account.subject == subject).map(|account| name_of(&account))
}

fn name_of(account: &Account) -> Words {
    match account.emails.first() {
        Some(email) if account.name.is_empty() => Words::typed(&email.address),
        _ => accounts::named(account),
    }
}

fn named(name: Option<Words>, id: Words, url: &str) -> Cell {
    match name {
        Some(name) => Cell::from(name).to(url).over(id),
        None => id.into(),
    }
}
