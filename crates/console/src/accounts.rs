//! Accounts: looking for people, and the page of each.

pub(crate) mod actions;
pub(crate) mod edit;
pub(crate) mod page;

use chabi_admin::operation::{
    Operation as _,
    accounts::{Account, AccountState, CreateAccount, ListAccounts, ListAccountsInput},
};
use chabi_pages::admin::{Block, Cell, Choice, Field, FieldKind, Form, Link, Screen, Section, Table, Tone, Words};
use chabi_resource_owner::respond::Handled;

use crate::{desk::Desk, form, sites};

/// The list.
pub(crate) const LIST: &str = "/admin/accounts/";

/// A page about an account.
pub(crate) fn below(subject: &str, path: &str) -> String {
    format!("{LIST}{subject}/{path}")
}

/// GET: people, the newest first.
pub(crate) async fn list(desk: Desk) -> Handled {
    let search = desk.asked("search").trim().to_owned();
    let state = desk.asked("state").to_owned();
    let input = ListAccountsInput {
        search: Some(search.clone()).filter(|text| !text.is_empty()),
        state: match state.as_str() {
            "active" => Some(AccountState::Active),
            "blocked" => Some(AccountState::Blocked),
            _ => None,
        },
        site: form::some(&desk.query, "site"),
        cursor: desk.query.get("cursor").map(str::to_owned),
        ..ListAccountsInput::default()
    };
    let found = desk.read::<ListAccounts>(input).await?;
    let at = |cursor: &str| {
        format!(
            "{LIST}{}",
            form::query(&[("search", search.as_str()), ("state", state.as_str()), ("site", desk.asked("site")), ("cursor", cursor)])
        )
    };
    let columns = ["admin-column-name", "admin-column-address", "admin-column-state", "admin-column-created"];
    let mut table = Table::new(Words::said("admin-accounts-title"), &columns, "admin-accounts-none").rows(found.items.iter().map(row));
    table.next = found.next_cursor.as_deref().map(at);
    table.first = desk.query.get("cursor").map(|_| at(""));
    let states = [("", "admin-any"), ("active", "admin-state-active"), ("blocked", "admin-state-blocked")];
    let states = states.into_iter().map(|(word, label)| Choice::new(word, Words::said(label), word == state));
    let find = Form::search(LIST, "admin-search")
        .field(Field::new(FieldKind::Search, "search", "admin-search-accounts").value(&search))
        .field(Field::new(FieldKind::Select, "state", "admin-filter-state").choices(states))
        .fields(sites::filter(&desk).await?);
    let new = Link::new(Words::said("admin-account-new"), format!("{LIST}new/")).primary();
    let new = desk.may(CreateAccount::PERMISSION).then(|| Block::Links(vec![new]));
    desk.show(Screen::new(Words::said("admin-accounts-title")).section(Section::bare().with_some(new).with(find).with(table)))
}

fn row(account: &Account) -> Vec<Cell> {
    let address = account.emails.first().map_or_else(Cell::default, |email| Words::typed(&email.address).into());
    vec![
        Cell::from(named(account)).to(below(&account.subject, "")).over(Words::code(&account.subject)),
        address,
        state(account),
        Words::when(account.created_at).into(),
    ]
}

/// The name; who gave none is still somebody.
pub(crate) fn named(account: &Account) -> Words {
    match account.name.is_empty() {
        true => Words::said("admin-account-nameless"),
        false => Words::typed(&account.name),
    }
}

/// How sentences call them.
pub(crate) fn called(account: &Account) -> String {
    let address = account.emails.first().map(|email| email.address.clone());
    [Some(account.name.clone()), address].into_iter().flatten().find(|text| !text.is_empty()).unwrap_or_else(|| account.subject.clone())
}

/// Open or blocked.
pub(crate) fn state(account: &Account) -> Cell {
    match account.disabled_at {
        None => Cell::from(Words::said("admin-state-active")).badge(Tone::Good),
        Some(_) => Cell::from(Words::said("admin-state-blocked")).badge(Tone::Warning),
    }
}
