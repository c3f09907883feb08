//! A person as administrators see them.

use chabi_store::{
    Verbs,
    account::{self, AccountEmail, Realm},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Claims, Grant, Session, grants};
use crate::{Call, OperationError, operation::roles::GrantedRole};

/// Whether somebody can enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// They can.
    Active,
    /// Nobody can enter by any door.
    Blocked,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// `sub`.
    pub subject: String,
    /// As they or their provider gave it; may be empty.
    pub name: String,
    /// Preferred language; may be empty.
    pub locale: String,
    /// The oldest first.
    pub emails: Vec<Email>,
    /// What else applications may be told of them; absent: nothing is known.
    #[serde(default, skip_serializing_if = "Claims::are_none")]
    pub claims: Claims,
    /// The one site that knows them; absent: all that share their accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// When it was made: seconds since 1970.
    pub created_at: i64,
    /// Since when nobody can enter: seconds since 1970.
    pub disabled_at: Option<i64>,
}

/// An address of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Email {
    /// As they wrote it.
    pub address: String,
    /// When its owner proved it: seconds since 1970.
    pub verified_at: Option<i64>,
}

/// A person at another provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// The social application's id.
    pub provider: String,
    /// `iss`.
    pub issuer: String,
    /// The address that it last told; may be empty.
    pub email: String,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970.
    pub used_at: i64,
}

/// Everything about a person that an administrator may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountDetail {
    /// The person.
    #[serde(flatten)]
    pub account: Account,
    /// Whether they have a password.
    pub has_password: bool,
    /// At other providers.
    pub links: Vec<Link>,
    /// Where they are signed in.
    pub sessions: Vec<Session>,
    /// What they granted, the newest first; ended ones too, for as long as they are known.
    pub grants: Vec<Grant>,
    /// What they are here.
    pub roles: Vec<GrantedRole>,
}

impl Account {
    /// As they are shown.
    pub(crate) fn of(account: &account::Account, emails: &[AccountEmail]) -> Self {
        Self {
            subject: account.subject.clone(),
            name: account.name.clone(),
            locale: account.locale.clone(),
            emails: emails
                .iter()
                .map(|email| Email { address: email.address.clone(), verified_at: email.verified_at.map(|at| at.as_seconds()) })
                .collect(),
            claims: account.profile.as_deref().map(Claims::from).unwrap_or_default(),
            site: (account.realm != Realm::SHARED).then(|| account.realm.as_str().to_owned()),
            created_at: account.created_at.as_seconds(),
            disabled_at: account.disabled_at.map(|at| at.as_seconds()),
        }
    }
}

pub(super) async fn detail(call: &Call, store: &dyn Verbs, account: account::Account) -> Result<AccountDetail, OperationError> {
    let links = store.list_provider_links(account.id).await?;
    let roles = store.list_role_grants_of(&format!("account:{}", account.subject)).await?;
    Ok(AccountDetail {
        has_password: store.find_password(account.id).await?.is_some(),
        links: links
            .into_iter()
            .map(|link| Link {
                provider: link.provider,
                issuer: link.issuer,
                email: link.email,
                created_at: link.created_at.as_seconds(),
                used_at: link.used_at.as_seconds(),
            })
            .collect(),
        sessions: grants::sessions(call, store, account.id).await?,
        grants: grants::grants(store, account.id).await?,
        roles: roles.iter().filter_map(GrantedRole::of).collect(),
        account: Account::of(&account, &store.list_emails(account.id).await?),
    })
}

/// `If-Match`: whoever read the person, alone or with everything about them, changes what they read. For use inside a transaction.
///
/// # Errors
/// [`OperationError::Changed`].
pub(super) async fn check_unchanged(call: &Call, verbs: &dyn Verbs, account: &account::Account) -> Result<(), OperationError> {
    if !call.names_a_version() {
        return Ok(());
    }
    // as it is now, and not as it was before the transaction began
    let account = verbs.find_account(account.id).await?.ok_or(OperationError::NotFound("account"))?;
    let person = Account::of(&account, &verbs.list_emails(account.id).await?);
    match call.check_unchanged(&person) {
        Err(OperationError::Changed) => call.check_unchanged(&detail(call, verbs, account).await?),
        outcome => outcome,
    }
}
