//! People and their e-mail addresses.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::{Account, AccountEmail, AccountId, AccountVerbs, Insertion, PersonInSession, Profile, Realm, main_address},
    browser_session::SessionId,
};
use chabi_token::Timestamp;

use super::{cell, json_or_none, keyed, some_to_json};
use crate::{Execute, Sql, value::Row};

const INSERT_ACCOUNT: &str = "INSERT INTO accounts (id, subject, name, locale, created_at, disabled_at, profile, realm, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const FIND_ACCOUNT: &str =
    "SELECT id, subject, name, locale, created_at, disabled_at, profile, realm, updated_at FROM accounts WHERE id = $1";
const FIND_BY_SUBJECT: &str =
    "SELECT id, subject, name, locale, created_at, disabled_at, profile, realm, updated_at FROM accounts WHERE subject = $1";
/// A person `a` and one of their addresses `e`. Most people have one: each row says its place, which costs less than a sorter in the
/// database.
macro_rules! person_cells {
    () => {
        "e.position, a.id, a.subject, a.name, a.locale, a.created_at, a.disabled_at, a.profile, a.realm, a.updated_at,
    e.canonical, e.address, e.account_id, e.verified_at"
    };
}
pub(super) use person_cells;

/// Of a row `g` that somebody granted, with [`its_person`]: whether there is a person, and their cells; [`perhaps_positioned`] reads them.
macro_rules! its_person_cells {
    () => {
        concat!("a.id IS NOT NULL, ", person_cells!())
    };
}
pub(super) use its_person_cells;

/// When the session was last seen in which a row `g` was granted; `$2`: now.
macro_rules! its_session_seen_at {
    () => {
        "(SELECT s.seen_at FROM browser_sessions s WHERE s.id = g.session_id AND s.expires_at > $2)"
    };
}
pub(super) use its_session_seen_at;

/// The person of a row `g` that somebody granted, who may be gone; their addresses only where a condition says so, of which SQLite reads
/// no more than the one that counts (`sqlite/places.rs`).
macro_rules! its_person {
    () => {
        its_person!(addresses of "a.id")
    };
    (addresses where $condition:literal) => {
        its_person!(addresses of concat!("CASE WHEN ", $condition, " THEN a.id END"))
    };
    (addresses of $account:expr) => {
        concat!(" LEFT JOIN accounts a ON a.id = g.account_id LEFT JOIN account_emails e ON e.account_id = ", $account)
    };
}
pub(super) use its_person;

const FIND_PERSON: &str =
    concat!("SELECT ", person_cells!(), " FROM accounts a LEFT JOIN account_emails e ON e.account_id = a.id WHERE a.id = $1");
const FIND_PERSON_IN_SESSION: &str = concat!(
    "SELECT (SELECT seen_at FROM browser_sessions WHERE id = $2 AND expires_at > $3), ",
    person_cells!(),
    " FROM accounts a LEFT JOIN account_emails e ON e.account_id = a.id WHERE a.id = $1"
);
const HOLD_ACCOUNT: &str = "UPDATE accounts SET disabled_at = disabled_at WHERE id = $1
    RETURNING id, subject, name, locale, created_at, disabled_at, profile, realm, updated_at";
const FIND_BY_EMAIL: &str = "SELECT a.id, a.subject, a.name, a.locale, a.created_at, a.disabled_at, a.profile, a.realm, a.updated_at,
    e.canonical, e.address, e.account_id, e.verified_at
    FROM account_emails e JOIN accounts a ON a.id = e.account_id WHERE e.canonical = $1";
const LIST_EMAILS: &str =
    "SELECT canonical, address, account_id, verified_at FROM account_emails WHERE account_id = $1 ORDER BY position, canonical";
const INSERT_EMAIL: &str = concat!(
    "INSERT INTO account_emails (canonical, address, account_id, verified_at, position) SELECT ",
    keyed!("$1", "$3"),
    ", $2, $3, $4, COALESCE(MAX(position), 0) + 1 FROM account_emails WHERE account_id = $3 ON CONFLICT (canonical) DO NOTHING"
);
const VERIFY_EMAIL: &str = concat!(
    "UPDATE account_emails SET verified_at = COALESCE(verified_at, $3) WHERE canonical = ",
    keyed!("$2", "$1"),
    " AND account_id = $1"
);
const DELETE_EMAIL: &str = concat!("DELETE FROM account_emails WHERE canonical = ", keyed!("$2", "$1"), " AND account_id = $1");
const UPDATE_PROFILE: &str =
    "UPDATE accounts SET name = $2, locale = $3, updated_at = CASE WHEN updated_at > $4 THEN updated_at ELSE $4 END WHERE id = $1";
const UPDATE_CLAIMS: &str =
    "UPDATE accounts SET profile = $2, updated_at = CASE WHEN updated_at > $3 THEN updated_at ELSE $3 END WHERE id = $1";
// A clock that is behind another node's takes nothing back.
const TOUCH_ACCOUNT: &str = "UPDATE accounts SET updated_at = $2 WHERE id = $1 AND updated_at < $2";
const SET_DISABLED: &str = "UPDATE accounts SET disabled_at = $2 WHERE id = $1";
const COUNT: &str = "SELECT COUNT(*) FROM accounts";

pub(super) const STATEMENTS: &[&str] = &[
    INSERT_ACCOUNT,
    FIND_ACCOUNT,
    FIND_BY_SUBJECT,
    FIND_PERSON,
    FIND_PERSON_IN_SESSION,
    HOLD_ACCOUNT,
    FIND_BY_EMAIL,
    LIST_EMAILS,
    INSERT_EMAIL,
    VERIFY_EMAIL,
    DELETE_EMAIL,
    UPDATE_PROFILE,
    UPDATE_CLAIMS,
    TOUCH_ACCOUNT,
    SET_DISABLED,
    COUNT,
];
/// What token requests send most, and what a page of a list asks for each of its rows: PostgreSQL's driver sends them for many at once.
pub(super) const HOT: &[&str] = &[FIND_PERSON, FIND_PERSON_IN_SESSION, FIND_BY_SUBJECT];
/// What SQLite looks for at its place, and what puts it there.
pub(super) const PLACED: &[&str] = &[INSERT_ACCOUNT, INSERT_EMAIL, FIND_PERSON, FIND_PERSON_IN_SESSION];

fn account(row: &mut Row) -> Result<Account, Fault> {
    Ok(Account {
        id: AccountId(row.take()?),
        subject: row.take()?,
        name: row.take()?,
        locale: row.take()?,
        created_at: row.take()?,
        disabled_at: row.take()?,
        profile: json_or_none(row)?,
        realm: realm(row)?,
        updated_at: row.take()?,
    })
}

fn realm(row: &mut Row) -> Result<Realm, Fault> {
    let text: String = row.take()?;
    Ok(if text.is_empty() { Realm::SHARED } else { Realm::of_site(&text) })
}

fn email(row: &mut Row) -> Result<AccountEmail, Fault> {
    Ok(AccountEmail {
        canonical: name_in(&row.take::<String>()?),
        address: row.take()?,
        account: AccountId(row.take()?),
        verified_at: row.take()?,
    })
}

pub(super) fn account_and_email(row: &mut Row) -> Result<(Account, AccountEmail), Fault> {
    Ok((account(row)?, email(row)?))
}

fn name_in(key: &str) -> String {
    Realm::name_in(key).to_owned()
}

/// Without an address, its columns are NULL.
pub(super) fn account_and_perhaps_email(row: &mut Row) -> Result<(Account, Option<AccountEmail>), Fault> {
    let account = account(row)?;
    let Some(canonical) = row.take::<Option<String>>()? else { return Ok((account, None)) };
    let email =
        AccountEmail { canonical: name_in(&canonical), address: row.take()?, account: AccountId(row.take()?), verified_at: row.take()? };
    Ok((account, Some(email)))
}

/// An account, and one of its addresses with its place among them.
pub(super) type Positioned = (Option<i64>, (Account, Option<AccountEmail>));

fn positioned(row: &mut Row) -> Result<Positioned, Fault> {
    Ok((row.take()?, account_and_perhaps_email(row)?))
}

/// Of [`its_person_cells`].
pub(super) fn perhaps_positioned(row: &mut Row) -> Result<Option<Positioned>, Fault> {
    let is_there: bool = row.take()?;
    is_there.then(|| positioned(row)).transpose()
}

/// The order of somebody's addresses.
fn order((place, (_, email)): &Positioned) -> (Option<i64>, Option<&str>) {
    (*place, email.as_ref().map(|email| email.canonical.as_str()))
}

/// A person of a row for each address, their addresses in order; and what the first row says beside.
fn person<T>(mut rows: Vec<(T, Positioned)>) -> Option<Beside<T>> {
    rows.sort_by(|(_, one), (_, other)| order(one).cmp(&order(other)));
    let mut rows = rows.into_iter();
    let (beside, (_, (account, first))) = rows.next()?;
    Some((beside, account, first.into_iter().chain(rows.filter_map(|(_, (_, (_, email)))| email)).collect()))
}

/// A person, and what their rows say beside.
type Beside<S> = (S, Account, Vec<AccountEmail>);

/// What was granted, of a row for each address of its person, or for the one that counts; and that person with that address.
pub(super) fn with_person<T, S>(rows: Vec<(T, S, Option<Positioned>)>) -> Option<(T, Option<Beside<S>>)> {
    let mut granted = None;
    let mut positioned = Vec::new();
    for (of, beside, person) in rows {
        granted.get_or_insert(of);
        positioned.extend(person.map(|person| (beside, person)));
    }
    Some((granted?, person(positioned).map(with_main_address)))
}

fn with_main_address<S>((beside, account, mut emails): Beside<S>) -> Beside<S> {
    if emails.len() > 1 {
        emails = main_address(&emails).cloned().into_iter().collect();
    }
    (beside, account, emails)
}

/// As callers know them.
pub(super) fn in_session((seen_at, account, emails): Beside<Option<Timestamp>>) -> PersonInSession {
    (account, emails, seen_at)
}

impl<E: Execute> Sql<E> {
    /// The answer of a change of somebody's addresses, after the note that something changed.
    fn then_touch<'a>(&'a self, changed: Answer<'a, bool>, account: AccountId, now: Timestamp) -> Answer<'a, bool> {
        Box::pin(async move {
            let changed = changed.await?;
            if changed {
                self.touch_account(account, now).await?;
            }
            Ok(changed)
        })
    }
}

impl<E: Execute> AccountVerbs for Sql<E> {
    fn insert_account(&self, account: Account) -> Answer<'_, ()> {
        let Account { id, subject, realm, name, locale, created_at, updated_at, disabled_at, profile } = account;
        let profile = some_to_json(profile.as_deref());
        let realm = realm.as_str().into();
        let mut row = vec![id.0.into(), subject.into(), name.into(), locale.into(), created_at.into(), disabled_at.into()];
        row.extend([profile, realm, updated_at.into()]);
        self.run(INSERT_ACCOUNT, row)
    }

    fn find_account(&self, id: AccountId) -> Answer<'_, Option<Account>> {
        self.find(FIND_ACCOUNT, vec![id.0.into()], account)
    }

    fn find_account_by_subject(&self, subject: &str) -> Answer<'_, Option<Account>> {
        self.find(FIND_BY_SUBJECT, vec![subject.into()], account)
    }

    fn find_person(&self, id: AccountId) -> Answer<'_, Option<(Account, Vec<AccountEmail>)>> {
        let rows = self.list(FIND_PERSON, vec![id.0.into()], |row| Ok(((), positioned(row)?)));
        Box::pin(async move { Ok(person(rows.await?).map(|((), account, emails)| (account, emails))) })
    }

    fn find_person_in_session(&self, id: AccountId, session: SessionId, now: Timestamp) -> Answer<'_, Option<PersonInSession>> {
        let rows = self.list(FIND_PERSON_IN_SESSION, vec![id.0.into(), session.0.into(), now.into()], |row| {
            Ok((row.take::<Option<Timestamp>>()?, positioned(row)?))
        });
        Box::pin(async move { Ok(person(rows.await?).map(in_session)) })
    }

    fn hold_account(&self, id: AccountId) -> Answer<'_, Option<Account>> {
        self.change(HOLD_ACCOUNT, vec![id.0.into()], account)
    }

    fn find_account_by_email(&self, realm: &Realm, canonical: &str) -> Answer<'_, Option<(Account, AccountEmail)>> {
        self.find(FIND_BY_EMAIL, vec![realm.key(canonical).into()], account_and_email)
    }

    fn list_emails(&self, account: AccountId) -> Answer<'_, Vec<AccountEmail>> {
        self.list(LIST_EMAILS, vec![account.0.into()], email)
    }

    fn insert_email(&self, email: AccountEmail) -> Answer<'_, Insertion> {
        let AccountEmail { canonical, address, account, verified_at } = email;
        self.insert(INSERT_EMAIL, vec![canonical.into(), address.into(), account.0.into(), verified_at.into()])
    }

    fn touch_account(&self, account: AccountId, now: Timestamp) -> Answer<'_, ()> {
        self.run(TOUCH_ACCOUNT, vec![account.0.into(), now.into()])
    }

    fn verify_email(&self, account: AccountId, canonical: &str, now: Timestamp) -> Answer<'_, bool> {
        let verified = self.touched(VERIFY_EMAIL, vec![account.0.into(), canonical.into(), now.into()]);
        self.then_touch(verified, account, now)
    }

    fn delete_email(&self, account: AccountId, canonical: &str, now: Timestamp) -> Answer<'_, bool> {
        let deleted = self.touched(DELETE_EMAIL, vec![account.0.into(), canonical.into()]);
        self.then_touch(deleted, account, now)
    }

    fn update_profile(&self, account: AccountId, name: &str, locale: &str, now: Timestamp) -> Answer<'_, ()> {
        self.run(UPDATE_PROFILE, vec![account.0.into(), name.into(), locale.into(), now.into()])
    }

    fn update_claims(&self, account: AccountId, profile: Option<Box<Profile>>, now: Timestamp) -> Answer<'_, ()> {
        self.run(UPDATE_CLAIMS, vec![account.0.into(), some_to_json(profile.as_deref()), now.into()])
    }

    fn set_account_disabled(&self, account: AccountId, disabled_at: Option<Timestamp>) -> Answer<'_, bool> {
        self.touched(SET_DISABLED, vec![account.0.into(), disabled_at.into()])
    }

    fn count_accounts(&self) -> Answer<'_, i64> {
        let counted = self.find(COUNT, vec![], cell);
        Box::pin(async move { Ok(counted.await?.unwrap_or(0)) })
    }
}
