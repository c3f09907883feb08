//! Test people, made at the first start.

use anyhow::{Context as _, Result};
use chabi::{
    Chabi,
    operations::accounts::{self, AccountProblem, NewPerson},
};
use chabi_dev::fixtures::{PEOPLE, TestPerson};

/// Makes those who are not there yet.
///
/// # Errors
/// The store's trouble, or a test person whose password breaks our own rules.
pub async fn make(chabi: &Chabi) -> Result<()> {
    let made = PEOPLE.iter().map(|person| make_one(chabi, person));
    futures_util::future::try_join_all(made).await.map(|_| ())
}

async fn make_one(chabi: &Chabi, person: &TestPerson) -> Result<()> {
    let owner = chabi.resource_owner();
    if accounts::find(chabi.store(), person.email).await.is_ok() {
        return Ok(());
    }
    let new = NewPerson {
        email: person.email.to_owned(),
        name: person.name.to_owned(),
        locale: person.locale.to_owned(),
        password: person.password.to_owned(),
        address_verified: true,
    };
    match accounts::add(owner, new).await {
        Ok(_) if person.email_verified => Ok(()),
        Ok(_) => accounts::forget_proof(owner, person.email).await.with_context(|| format!("making {}", person.email)),
        Err(AccountProblem::Taken) => Ok(()),
        Err(problem) => Err(problem).with_context(|| format!("making {}", person.email)),
    }
}
