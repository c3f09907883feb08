//! What tokens of a person would hold, for an operator who asks: nothing is issued, signed or written.

use chabi_spec::{Fault, Scope};
use chabi_store::{account::AccountId, api::Api, application::RegisteredClient};
use chabi_token::{AccessTokenClaims, IdTokenClaims};
use serde_json::Value;
use std::sync::Arc;

use crate::{AuthorizationServer, access_token_form::extra_claims, acr, audience::Audiences, claims, settings::LONGEST_ACCESS_TOKEN};

/// Claims, and no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Of an access token.
    pub access_token: Value,
    /// Of an ID token, with `openid`.
    pub id_token: Option<Value>,
    /// What userinfo would say, with `openid`.
    pub userinfo: Option<Value>,
}

/// As if somebody had signed in by their password a moment ago.
const AMR: &str = "pwd";
/// Where something stands that is made anew for each token.
const ANEW: &str = "…";

impl AuthorizationServer {
    /// The claims that this application's tokens would hold now, about this account, for one API or for userinfo alone. `None`: the account
    /// is gone or disabled.
    ///
    /// # Errors
    /// The gate's fault.
    pub async fn preview(
        &self,
        client: &RegisteredClient,
        account: AccountId,
        scope: &Scope,
        api: Option<Api>,
    ) -> Result<Option<Preview>, Fault> {
        let shared = self.shared();
        let Some(person) = shared.gate.claims(account).await? else { return Ok(None) };
        let now = shared.env.now();
        let lifetime = api.as_ref().map_or(shared.settings.access_token_lifetime, |api| api.access_token_lifetime);
        let audiences = Audiences(api.into_iter().map(Arc::new).collect());
        let subject = shared.subjects.of(&person.subject, client).into_owned();
        let names = audiences.names();
        let amr = vec![AMR.to_owned()];
        let access_token = AccessTokenClaims {
            iss: shared.settings.issuer.clone(),
            sub: subject.clone(),
            aud: if names.is_empty() { vec![shared.settings.userinfo_audience()] } else { names },
            exp: (now + lifetime.min(LONGEST_ACCESS_TOKEN)).as_seconds(),
            iat: now.as_seconds(),
            jti: ANEW.to_owned(),
            client_id: client.client_id.clone(),
            scope: (!scope.is_empty()).then(|| scope.to_string()),
            auth_time: Some(now.as_seconds()),
            acr: Some(acr::of(&amr).to_owned()),
            amr: amr.clone(),
            sid: Some(ANEW.to_owned()),
            extra: extra_claims(client, &audiences),
            ..AccessTokenClaims::default()
        };
        let id_token = || IdTokenClaims {
            iss: shared.settings.issuer.clone(),
            sub: subject.clone(),
            aud: vec![client.client_id.clone()],
            azp: None,
            exp: (now + shared.settings.id_token_lifetime).as_seconds(),
            iat: now.as_seconds(),
            jti: ANEW.to_owned(),
            auth_time: Some(now.as_seconds()),
            nonce: Some(ANEW.to_owned()),
            at_hash: Some(ANEW.to_owned()),
            acr: Some(acr::of(&amr).to_owned()),
            amr: amr.clone(),
            sid: Some(ANEW.to_owned()),
            person: claims::for_id_token(&person, scope, None, client),
            extra: extra_claims(client, &Audiences::default()),
        };
        let with_openid = scope.contains("openid");
        let userinfo = || -> Result<Value, Fault> {
            let mut said = written(&claims::for_userinfo(&person, scope, None))?;
            if let Some(members) = said.as_object_mut() {
                members.insert("sub".to_owned(), Value::String(subject.clone()));
            }
            Ok(said)
        };
        Ok(Some(Preview {
            access_token: written(&access_token)?,
            id_token: with_openid.then(|| written(&id_token())).transpose()?,
            userinfo: with_openid.then(userinfo).transpose()?,
        }))
    }
}

fn written(claims: &impl serde::Serialize) -> Result<Value, Fault> {
    serde_json::to_value(claims).map_err(|error| Fault::internal("writing claims").because(error))
}
