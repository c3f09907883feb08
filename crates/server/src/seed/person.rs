//! `[[accounts]]`.

use anyhow::{Context as _, Result};
use chabi::{
    Chabi, PersonProfile, PostalAddress, SecretText,
    operations::accounts::{self, AccountProblem, NewPerson},
};
use serde::{Deserialize, Deserializer};
use toml::{Table, Value};

use super::names;

/// One person: what is a column of theirs, and the other standard claims.
#[derive(Debug)]
pub struct Person {
    columns: Columns,
    profile: PersonProfile,
}

#[derive(Debug, Deserialize)]
struct Columns {
    email: String,
    #[serde(deserialize_with = "secret")]
    password: SecretText,
    #[serde(default)]
    name: String,
    #[serde(default)]
    locale: String,
    #[serde(default = "yes")]
    email_verified: bool,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretText, D::Error> {
    String::deserialize(deserializer).map(SecretText::new)
}

fn yes() -> bool {
    true
}

/// Reads one table.
pub fn read(table: Table) -> Result<Person> {
    let place = format!("accounts `{}`", table.get("email").and_then(Value::as_str).unwrap_or("?"));
    names::check_within::<PostalAddress>(&table, "address", &place)?;
    let (columns, profile) = names::split::<Columns, PersonProfile>(table, &place)?;
    Ok(Person { columns, profile })
}

impl Person {
    /// The key.
    pub fn email(&self) -> &str {
        &self.columns.email
    }

    /// Makes or updates them.
    pub async fn make(&self, chabi: &Chabi) -> Result<()> {
        self.put(chabi).await.with_context(|| format!("accounts `{}`", self.columns.email))
    }

    async fn put(&self, chabi: &Chabi) -> Result<(), AccountProblem> {
        let (owner, Columns { email, password, name, locale, email_verified }) = (chabi.resource_owner(), &self.columns);
        let new = NewPerson {
            email: email.clone(),
            name: name.clone(),
            locale: locale.clone(),
            password: password.expose().to_owned(),
            address_verified: true,
        };
        match accounts::add(owner, new).await {
            Ok(_) if !email_verified => accounts::forget_proof(owner, email).await?,
            Ok(_) => {}
            Err(AccountProblem::Taken) => accounts::set_password_if_another(owner, email, password.expose()).await?,
            Err(problem) => return Err(problem),
        }
        accounts::describe(owner, email, (name, locale), self.profile.clone()).await
    }
}
