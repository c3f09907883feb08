//! People: adding, shutting, opening.

use chabi_resource_owner::{
    ResourceOwner,
    accounts::{self, NotDone},
    email::EmailAddress,
};
use chabi_store::{Store, account::Account};

pub use chabi_resource_owner::accounts::{NewPerson, NotDone as AccountProblem};

/// Makes a person whose address counts as proven.
///
/// # Errors
/// [`AccountProblem`].
pub async fn add(owner: &ResourceOwner, person: NewPerson) -> Result<Account, AccountProblem> {
    accounts::create_person(&owner.store, &owner.hasher, person, &owner.env).await
}

/// Shuts an account: its sessions and everything it granted end at once.
///
/// # Errors
/// [`AccountProblem`]; unknown addresses are [`NotDone::Unknown`].
pub async fn disable(owner: &ResourceOwner, email: &str) -> Result<(), AccountProblem> {
    let account = find(&owner.store, email).await?;
    if accounts::disable(&owner.store, account.id, &owner.env).await? { Ok(()) } else { Err(NotDone::Unknown) }
}

/// Opens a shut account.
///
/// # Errors
/// [`AccountProblem`].
pub async fn enable(owner: &ResourceOwner, email: &str) -> Result<(), AccountProblem> {
    let account = find(&owner.store, email).await?;
    if accounts::enable(&owner.store, account.id, &owner.env).await? { Ok(()) } else { Err(NotDone::Unknown) }
}

/// Takes back the proof of an account's address: for test people who never proved it.
///
/// # Errors
/// [`AccountProblem`].
pub async fn forget_proof(owner: &ResourceOwner, email: &str) -> Result<(), AccountProblem> {
    let canonical = EmailAddress::parse(email).map_err(|_| NotDone::BadEmail)?.canonical;
    let (_, mut address) = owner.store.find_account_by_email(&canonical).await?.ok_or(NotDone::Unknown)?;
    if address.verified_at.take().is_some() {
        owner.store.delete_email(address.account, &canonical).await?;
        let _ = owner.store.insert_email(address).await?;
    }
    Ok(())
}

/// The account of an address.
///
/// # Errors
/// [`AccountProblem`].
pub async fn find(store: &Store, email: &str) -> Result<Account, AccountProblem> {
    let canonical = EmailAddress::parse(email).map_err(|_| NotDone::BadEmail)?.canonical;
    let found = store.find_account_by_email(&canonical).await?;
    found.map(|(account, _)| account).ok_or(NotDone::Unknown)
}
