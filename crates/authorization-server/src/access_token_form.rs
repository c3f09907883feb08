//! Which form an access token has: a JWT for all of its APIs, or opaque text for any that wants no JWT.

use std::sync::Arc;

use chabi_spec::{Fault, reserved_claims};
use chabi_store::{api::AccessTokenType, application::RegisteredClient};
use chabi_token::{
    AccessTokenClaims, Algorithm, Env, KeyRing, OpaqueTokens, Timestamp,
    access_token::{self, AT_JWT, JWT},
    signing_key::SigningKey,
};
use serde_json::{Map, Value};

use crate::{
    audience::Audiences,
    issue::{is_rsa, key_of},
    server::Shared,
};

/// How the claims become a text.
pub(crate) enum AccessTokenForm {
    /// Signed, of this `typ`.
    Jwt { key: Arc<SigningKey>, typ: &'static str },
    /// Sealed: the issuer alone can read it.
    Opaque { tokens: OpaqueTokens, env: Env },
}

impl AccessTokenForm {
    /// What these APIs take. One text for several APIs: it is opaque if one of them wants no JWT.
    ///
    /// # Errors
    /// There is no key of the algorithm yet.
    pub(crate) fn of(audiences: &Audiences, ring: &KeyRing, now: Timestamp, shared: &Shared) -> Result<Self, Fault> {
        let any = |wanted| audiences.0.iter().any(|api| api.token_type == wanted);
        if any(AccessTokenType::Opaque) {
            return Ok(Self::Opaque { tokens: shared.opaque.clone(), env: shared.env.clone() });
        }
        let typ = if any(AccessTokenType::Jwt) { JWT } else { AT_JWT };
        Ok(Self::Jwt { key: key_of(ring, algorithm(audiences), now)?, typ })
    }

    /// True when it should be made off the threads that serve requests.
    pub(crate) fn is_slow(&self) -> bool {
        matches!(self, Self::Jwt { key, .. } if is_rsa(key))
    }

    /// The token.
    ///
    /// # Errors
    /// A fault of signing or sealing.
    pub(crate) fn write(&self, claims: &AccessTokenClaims) -> Result<String, Fault> {
        match self {
            Self::Jwt { key, typ } => access_token::issue(claims, key, typ),
            Self::Opaque { tokens, env } => tokens.seal(claims, env),
        }
    }
}

/// What all of them take; ES256 where they differ, and for userinfo alone.
fn algorithm(audiences: &Audiences) -> Algorithm {
    let mut all = audiences.0.iter().map(|api| Algorithm::parse(&api.signing_alg).unwrap_or(Algorithm::ES256));
    let first = all.next().unwrap_or(Algorithm::ES256);
    if all.all(|other| other == first) { first } else { Algorithm::ES256 }
}

/// What operators add: of the application, and of the APIs, whose word on their own tokens comes last.
pub(crate) fn extra_claims(client: &RegisteredClient, audiences: &Audiences) -> Map<String, Value> {
    let of_apis = audiences.0.iter().map(|api| &api.settings.extra_claims);
    let all = std::iter::once(&client.settings.extra_claims).chain(of_apis).flatten();
    // CVE-2024-29892: whatever is stored, no setting sets what a token says itself
    all.filter(|(name, _)| !reserved_claims::is_reserved(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use chabi_store::{api::Api, application_settings::ApplicationSettings};
    use serde_json::json;

    use super::*;
    use crate::fixtures::{api, application};

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn several_apis_get_what_all_of_them_take() {
        for (algorithms, expected) in [
            (vec![], Algorithm::ES256),
            (vec!["EdDSA"], Algorithm::EdDSA),
            (vec!["PS256", "PS256"], Algorithm::PS256),
            (vec!["RS256", "PS256"], Algorithm::ES256),
        ] {
            let apis = algorithms.iter().map(|alg| Arc::new(Api { signing_alg: (*alg).to_owned(), ..api("https://api.example/") }));
            assert_eq!(algorithm(&Audiences(apis.collect())), expected, "{algorithms:?}");
        }
    }

    // req: at.reserved
    #[test]
    fn what_is_stored_against_the_rules_is_not_issued_and_an_api_has_the_last_word() {
        let settings = ApplicationSettings {
            extra_claims: claims(json!({"token_type": "access", "plan": "gold", "sub": "root", "scope": "admin"})),
            ..ApplicationSettings::default()
        };
        let client = RegisteredClient { settings, ..application() };
        let mut one = api("https://api.example/");
        one.settings.extra_claims = claims(json!({"plan": "api", "iss": "https://evil.example", "email": "root@example.org"}));
        let added = extra_claims(&client, &Audiences(vec![one.into()]));
        assert_eq!(Value::Object(added), json!({"token_type": "access", "plan": "api"}));
    }
}
