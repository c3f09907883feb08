//! Changing what is known of a person.

use chabi_store::account::{Account as Row, Profile};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Account, AccountValues, Claims, doing, seen, shown};
use crate::{
    Call, OperationError, Permission,
    operation::{Method, Operation},
};

/// Replaces what can be changed of a person.
#[derive(Debug)]
pub struct UpdateAccount;

/// Whom, and how it shall be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UpdateAccountInput {
    /// Their `sub`.
    pub subject: String,
    /// How it shall be.
    pub body: AccountValues,
}

impl Operation for UpdateAccount {
    const NAME: &'static str = "accounts.update";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/accounts/{subject}";
    const PERMISSION: Permission = Permission::ChangeAccounts;
    const ABOUT: &'static str = "Replaces name, language and the other claims of a person: what is absent is unknown from then on.";
    type Input = UpdateAccountInput;
    type Output = Account;

    async fn run(call: &Call, input: Self::Input) -> Result<Account, OperationError> {
        let UpdateAccountInput { subject, body } = input;
        let account = seen(call, &subject).await?;
        let problems = body.problems();
        if !problems.is_empty() {
            return Err(OperationError::Invalid(problems));
        }
        let owned = call.clone();
        call.transaction(move |verbs| {
            let (call, id, body) = (owned.clone(), account.id, body.clone());
            Box::pin(async move {
                let old = verbs.find_account(id).await?.ok_or(OperationError::NotFound("account"))?;
                doing::check_may(&call, verbs, &old).await?;
                shown::check_unchanged(&call, verbs, &old).await?;
                let (before, now) = (values_of(&old), call.admin.env.now());
                let profile = Some(Profile::from(body.claims.clone())).filter(|profile| *profile != Profile::default()).map(Box::new);
                if (&before.name, &before.locale) != (&body.name, &body.locale) {
                    verbs.update_profile(id, &body.name, &body.locale, now).await?;
                }
                if before.claims != body.claims {
                    verbs.update_claims(id, profile, now).await?;
                }
                let change = doing::change_of(&old).from(json!(before), json!(body));
                verbs.insert_audit_event(call.event(change)).await?;
                let new = verbs.find_account(id).await?.ok_or(OperationError::NotFound("account"))?;
                Ok(Account::of(&new, &verbs.list_emails(id).await?))
            })
        })
        .await
    }
}

fn values_of(account: &Row) -> AccountValues {
    let claims = account.profile.as_deref().map(Claims::from).unwrap_or_default();
    AccountValues { name: account.name.clone(), locale: account.locale.clone(), claims }
}
