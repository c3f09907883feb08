//! Every statement, one file a noun, named as in `chabi_store`.

pub mod account;
pub mod api;
pub mod application;
pub mod audit;
pub mod audit_chain;
pub mod authorization_code;
pub mod authorization_transaction;
pub mod browser_session;
pub mod consent;
pub mod device_grant;
pub mod email_verification;
pub mod expiry;
pub mod idempotency_key;
pub mod installation;
pub mod logout_delivery;
pub mod password;
pub mod password_reset;
pub mod people;
pub mod provider_link;
pub mod pushed_request;
pub mod refusal;
pub mod registration;
pub mod replay;
pub mod revocation;
pub mod role_grant;
pub mod setup_link;
pub mod signing_key;
pub mod site;
pub mod social_application;
pub mod status_index;
pub mod throttle;
pub mod token_family;
pub mod upstream_login;
pub mod upstream_tokens;

use chabi_spec::{Fault, Scope};

use serde::{Serialize, de::DeserializeOwned};

use crate::value::{Row, Value};

/// Every statement that a verb can send: what the test prepares on both engines.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [
        account::STATEMENTS,
        api::STATEMENTS,
        application::STATEMENTS,
        audit::STATEMENTS,
        audit_chain::STATEMENTS,
        idempotency_key::STATEMENTS,
        people::STATEMENTS,
        role_grant::STATEMENTS,
        setup_link::STATEMENTS,
        authorization_code::STATEMENTS,
        authorization_transaction::STATEMENTS,
        browser_session::STATEMENTS,
        consent::STATEMENTS,
        device_grant::STATEMENTS,
        email_verification::STATEMENTS,
        expiry::STATEMENTS,
        installation::STATEMENTS,
        logout_delivery::STATEMENTS,
        password::STATEMENTS,
        password_reset::STATEMENTS,
        provider_link::STATEMENTS,
        pushed_request::STATEMENTS,
        refusal::STATEMENTS,
        registration::STATEMENTS,
        replay::STATEMENTS,
        revocation::STATEMENTS,
        signing_key::STATEMENTS,
        site::STATEMENTS,
        social_application::STATEMENTS,
        status_index::STATEMENTS,
        throttle::STATEMENTS,
        token_family::STATEMENTS,
        upstream_login::STATEMENTS,
        upstream_tokens::STATEMENTS,
    ]
    .concat()
}

/// The statements that a driver may send for many at once: those of token requests and of lists, each about one row by its key.
pub(crate) fn hot() -> impl Iterator<Item = &'static str> {
    let hot = [token_family::HOT, account::HOT, browser_session::HOT, authorization_code::HOT, revocation::HOT];
    hot.into_iter().flatten().copied()
}

/// The statements of which SQLite has a second form, for a row at its place.
pub(crate) fn placed() -> impl Iterator<Item = &'static str> {
    [token_family::PLACED, account::PLACED, authorization_code::PLACED].into_iter().flatten().copied()
}

/// What is unique in the realm of an account, as [`chabi_store::account::Realm::key`] makes it: a statement that writes for an account cannot
/// forget its realm.
macro_rules! keyed {
    ($name:literal, $account:literal) => {
        concat!("COALESCE((SELECT realm || ' ' || ", $name, " FROM accounts WHERE id = ", $account, " AND realm <> ''), ", $name, ")")
    };
}
use keyed;

/// Scope words as the store keeps them: joined by spaces, known to be well-formed.
fn scope(row: &mut Row) -> Result<Scope, Fault> {
    Ok(words(&row.take::<String>()?))
}

/// The words of such a text.
fn words(text: &str) -> Scope {
    Scope::of(text.split(' ').filter(|word| !word.is_empty()))
}

/// What is kept as one JSON text; NULL is the default. What a newer version added to it is ignored.
fn json<T: DeserializeOwned + Default>(row: &mut Row) -> Result<T, Fault> {
    let Some(text) = row.take::<Option<String>>()? else { return Ok(T::default()) };
    serde_json::from_str(&text).map_err(|error| Fault::internal("reading a JSON text that no version of ours has written").because(error))
}

/// The same, where most rows hold NULL.
fn json_or_none<T: DeserializeOwned + Default>(row: &mut Row) -> Result<Option<Box<T>>, Fault> {
    let Some(text) = row.take::<Option<String>>()? else { return Ok(None) };
    let read = serde_json::from_str(&text);
    read.map(Some).map_err(|error| Fault::internal("reading a JSON text that no version of ours has written").because(error))
}

/// As JSON text; the default is NULL.
fn to_json<T: Serialize + Default + PartialEq>(value: &T) -> Value {
    // these types have text keys alone: writing them cannot fail
    Value::Text((*value != T::default()).then(|| serde_json::to_string(value).unwrap_or_default()))
}

/// As JSON text, or NULL.
fn some_to_json<T: Serialize + Default + PartialEq>(value: Option<&T>) -> Value {
    value.map_or(Value::Text(None), to_json)
}

/// One cell, as it is.
fn cell<T: crate::value::FromValue>(row: &mut Row) -> Result<T, Fault> {
    row.take()
}

/// A word that one of our own enums wrote must be one that it can read.
fn word<T>(found: Option<T>) -> Result<T, Fault> {
    found.ok_or_else(|| Fault::internal("reading a word that no version of ours has written"))
}
