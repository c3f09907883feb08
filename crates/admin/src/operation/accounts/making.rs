//! Making an account.

use chabi_resource_owner::{
    accounts::{self, NewPerson, NotDone},
    email::EmailAddress,
};
use chabi_store::{
    account::{AccountEmail, Insertion, Realm},
    site::MAIN,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Account, realm_of, sees_realm};
use crate::{
    Call, OperationError, Permission,
    changing::Change,
    operation::{Method, Operation},
};

/// Makes an account.
#[derive(Debug)]
pub struct CreateAccount;

/// Whose.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreateAccountInput {
    /// Whose.
    pub body: NewAccount,
}

/// A new person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Their address.
    pub email: String,
    /// Their name.
    #[serde(default)]
    pub name: String,
    /// BCP 47; empty when unknown.
    #[serde(default)]
    pub locale: String,
    /// Judged by the rules for new passwords; absent: they set one by a mailed link.
    #[serde(default)]
    pub password: Option<String>,
    /// The site that knows them; absent: the main one.
    #[serde(default)]
    pub site: Option<String>,
    /// You answer for it that the address is theirs. Otherwise it counts as proven once they follow a link or type a code that is mailed to
    /// it, and who proves it first is who the account is.
    #[serde(default)]
    pub address_verified: bool,
}

impl Operation for CreateAccount {
    const NAME: &'static str = "accounts.create";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/accounts";
    const PERMISSION: Permission = Permission::ChangeAccounts;
    const ABOUT: &'static str = "Makes an account. Its address counts as proven when you say so, or once its owner proves it.";
    const STATUS: u16 = 201;
    type Input = CreateAccountInput;
    type Output = Account;

    async fn run(call: &Call, input: Self::Input) -> Result<Account, OperationError> {
        let new = input.body;
        if new.name.chars().count() > 200 || new.locale.len() > 35 {
            return Err(OperationError::invalid("name", "a name has 200 characters at the most, a language tag 35"));
        }
        let realm = realm_of(call, new.site.as_deref().unwrap_or(MAIN)).await?.filter(|realm| sees_realm(call, realm));
        let realm = realm.ok_or_else(|| OperationError::invalid("site", "there is no such site"))?;
        match new.password.clone() {
            Some(password) => with_password(call, &realm, new, password).await,
            None => without_password(call, &realm, new).await,
        }
    }
}

async fn with_password(call: &Call, realm: &Realm, new: NewAccount, password: String) -> Result<Account, OperationError> {
    let owner = &call.admin.owner;
    let person = NewPerson { email: new.email, name: new.name, locale: new.locale, password, address_verified: new.address_verified };
    let made = accounts::create_person(&owner.store, &owner.hasher, realm, person, &owner.env).await;
    let account = made.map_err(|problem| match problem {
        NotDone::Fault(fault) => OperationError::Fault(fault),
        NotDone::Taken => taken(),
        NotDone::BadEmail => OperationError::invalid("email", problem.to_string()),
        other => OperationError::invalid("password", other.to_string()),
    })?;
    let shown = Account::of(&account, &owner.store.list_emails(account.id).await?);
    let mut change = Change::of(format!("account {}", account.subject)).from(Value::Null, json!(shown));
    change.account = Some(account.id);
    owner.store.insert_audit_event(call.event(change)).await?;
    Ok(shown)
}

fn taken() -> OperationError {
    OperationError::Conflict("an account with this e-mail address is there already".to_owned())
}

async fn without_password(call: &Call, realm: &Realm, new: NewAccount) -> Result<Account, OperationError> {
    let email =
        EmailAddress::parse(&new.email).map_err(|_| OperationError::invalid("email", "not an e-mail address that is taken here"))?;
    let env = &call.admin.env;
    let account = accounts::new_account(realm, &new.name, &new.locale, env);
    let address = AccountEmail {
        canonical: email.canonical,
        address: email.address,
        account: account.id,
        verified_at: new.address_verified.then(|| env.now()),
    };
    let owned = call.clone();
    call.transaction(move |verbs| {
        let (call, account, address) = (owned.clone(), account.clone(), address.clone());
        Box::pin(async move {
            if verbs.find_account_by_email(&account.realm, &address.canonical).await?.is_some() {
                return Err(taken());
            }
            let shown = Account::of(&account, std::slice::from_ref(&address));
            let mut change = Change::of(format!("account {}", account.subject)).from(Value::Null, json!(shown));
            change.account = Some(account.id);
            verbs.insert_account(account).await?;
            if verbs.insert_email(address).await? == Insertion::Taken {
                // somebody was faster: the account must not stay without its address
                return Err(chabi_spec::Fault::unavailable("making a person").into());
            }
            verbs.insert_audit_event(call.event(change)).await?;
            Ok(shown)
        })
    })
    .await
}
