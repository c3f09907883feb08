//! People: adding, shutting, opening.

use chabi_resource_owner::{
    ResourceOwner,
    accounts::{self, NotDone},
    email::EmailAddress,
    password::{Comparison, Password, PasswordProblem},
};
use chabi_store::{
    Store,
    account::{Account, Profile, Realm},
};

pub use chabi_resource_owner::accounts::{NewPerson, NotDone as AccountProblem};

/// Makes a person whose address counts as proven.
///
/// # Errors
/// [`AccountProblem`].
pub async fn add(owner: &ResourceOwner, person: NewPerson) -> Result<Account, AccountProblem> {
    accounts::create_person(&owner.store, &owner.hasher, &owner.settings.realm, person, &owner.env).await
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
    let (_, mut address) = owner.store.find_account_by_email(&owner.settings.realm, &canonical).await?.ok_or(NotDone::Unknown)?;
    if address.verified_at.take().is_some() {
        owner.store.delete_email(address.account, &canonical, owner.env.now()).await?;
        let _ = owner.store.insert_email(address).await?;
    }
    Ok(())
}

/// Writes down the name, the language and the other standard claims of an account.
///
/// # Errors
/// [`AccountProblem`].
pub async fn describe(owner: &ResourceOwner, email: &str, (name, locale): (&str, &str), profile: Profile) -> Result<(), AccountProblem> {
    let account = find(&owner.store, email).await?;
    if account.name != name || account.locale != locale {
        owner.store.update_profile(account.id, name, locale, owner.env.now()).await?;
    }
    let profile = (profile != Profile::default()).then(|| Box::new(profile));
    if account.profile != profile {
        owner.store.update_claims(account.id, profile, owner.env.now()).await?;
    }
    Ok(())
}

/// Sets a password, unless it is the account's already: sessions and grants end only when something changes.
///
/// # Errors
/// [`AccountProblem`].
pub async fn set_password_if_another(owner: &ResourceOwner, email: &str, password: &str) -> Result<(), AccountProblem> {
    let account = find(&owner.store, email).await?;
    let password = Password::read(password).ok_or(PasswordProblem::TooLong)?;
    let stored = owner.store.find_password(account.id).await?;
    match owner.hasher.compare(&password, stored.as_ref().map(|record| record.hash.as_str())).await? {
        Comparison::Right | Comparison::RightButOutdated => Ok(()),
        Comparison::Wrong => accounts::set_password(&owner.store, &owner.hasher, (&account, None), &password, &owner.env).await,
    }
}

/// The account of an address.
///
/// # Errors
/// [`AccountProblem`].
pub async fn find(store: &Store, email: &str) -> Result<Account, AccountProblem> {
    let canonical = EmailAddress::parse(email).map_err(|_| NotDone::BadEmail)?.canonical;
    let found = store.find_account_by_email(&Realm::SHARED, &canonical).await?;
    found.map(|(account, _)| account).ok_or(NotDone::Unknown)
}
