//! What tokens of a person would hold: nothing is issued.

use chabi_resource_owner::email::EmailAddress;
use chabi_spec::Scope;
use chabi_store::account::Realm;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::seen;
use crate::{
    Call, OperationError, Permission,
    operation::{Method, Operation, accounts},
};

/// Shows claims.
#[derive(Debug)]
pub struct PreviewTokens;

/// Of whom, for which application.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewTokensInput {
    /// The application.
    pub client_id: String,
    /// The person: `sub`, or an e-mail address.
    pub account: String,
    /// As if this had been granted; absent: all that the application may ask for.
    #[serde(default)]
    pub scope: Option<String>,
    /// As if this API had been asked for; absent: the application's default.
    #[serde(default)]
    pub resource: Option<String>,
}

/// Claims, unsigned: no token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenPreview {
    /// Of an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<Value>,
    /// Of an ID token, with `openid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<Value>,
    /// Of the answer of userinfo, with `openid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo: Option<Value>,
}

impl Operation for PreviewTokens {
    const NAME: &'static str = "applications.preview_tokens";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/applications/{client_id}/token-preview";
    const PERMISSION: Permission = Permission::PreviewTokens;
    const ABOUT: &'static str = "Shows the claims that tokens of a person would hold. Nothing is issued.";
    type Input = PreviewTokensInput;
    type Output = TokenPreview;

    async fn run(call: &Call, input: Self::Input) -> Result<TokenPreview, OperationError> {
        let store = &call.admin.store;
        let application = seen(call, store.find_application(&input.client_id).await?)?;
        let account = person(call, input.account.trim()).await?;
        let scope = match &input.scope {
            None => application.scope.clone(),
            Some(text) => {
                let asked = Scope::parse(text).map_err(|_| OperationError::invalid("scope", "words, separated by spaces"))?;
                asked.intersection(&application.scope)
            }
        };
        let audience = input.resource.unwrap_or_else(|| application.default_audience.clone());
        let api = match audience.as_str() {
            "" => None,
            audience => Some(
                store.find_api(audience).await?.ok_or_else(|| OperationError::invalid("resource", "there is no API of this audience"))?,
            ),
        };
        let preview = call.admin.server.preview(&application, account.id, &scope, api).await?;
        let preview = preview.ok_or_else(|| OperationError::Conflict("the account is blocked: it gets no tokens".to_owned()))?;
        Ok(TokenPreview { access_token: Some(preview.access_token), id_token: preview.id_token, userinfo: preview.userinfo })
    }
}

async fn person(call: &Call, text: &str) -> Result<chabi_store::account::Account, OperationError> {
    let store = &call.admin.store;
    let by_address = match EmailAddress::parse(text) {
        Ok(email) => store.find_account_by_email(&Realm::SHARED, &email.canonical).await?.map(|(account, _)| account),
        Err(_) => store.find_account_by_subject(text).await?,
    };
    by_address.filter(|account| accounts::sees_realm(call, &account.realm)).ok_or(OperationError::NotFound("account"))
}
