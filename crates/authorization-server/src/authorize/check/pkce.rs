//! A code must be bound to who asked for it: by PKCE, or, where the profile allows it, by `nonce`.

use chabi_spec::{AuthorizationRequest, ErrorCode, Refusal};
use chabi_store::application::{Profile, RegisteredClient};

/// OAuth 2.1 §4.1.1, RFC 9700 §2.1.1: a challenge from everybody; only a confidential application of profile `oidc` may send a nonce
/// instead. That the method is S256 was checked when the request was read.
pub(super) fn check_present(request: &AuthorizationRequest, client: &RegisteredClient) -> Result<(), Refusal> {
    if request.code_challenge.is_some() {
        return Ok(());
    }
    let optional = client.profile == Profile::Oidc && client.authentication.is_confidential();
    match (optional, &request.nonce) {
        (true, Some(_)) => Ok(()),
        (true, None) => Err(refusal("nonce_missing", "send code_challenge (S256) or nonce", "RFC 9700 §2.1.1")),
        (false, _) => Err(refusal("code_challenge_missing", "code_challenge is missing: PKCE with S256 is required", "OAuth 2.1 §4.1.1")),
    }
}

fn refusal(rule: &'static str, hint: &'static str, clause: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, rule, hint, clause)
}

#[cfg(test)]
mod tests {
    use chabi_spec::form::Form;

    use chabi_store::application::ClientAuthentication;

    use super::*;
    use crate::fixtures::application;

    const PKCE: &str = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

    // req: az.pkce
    #[test]
    fn pkce_is_required_save_for_a_confidential_oidc_application_with_a_nonce() {
        let (public, secret) = (ClientAuthentication::None, ClientAuthentication::Secret);
        for (profile, authentication, query, passes) in [
            (Profile::OAuth21, public, PKCE, true),
            (Profile::OAuth21, secret, PKCE, true),
            (Profile::OAuth21, public, "nonce=n", false),
            (Profile::OAuth21, secret, "nonce=n", false),
            (Profile::Oidc, secret, PKCE, true),
            (Profile::Oidc, secret, "nonce=n", true),
            (Profile::Oidc, secret, "", false),
            (Profile::Oidc, public, "nonce=n", false),
        ] {
            let client = RegisteredClient { profile, authentication, ..application() };
            let query = format!("client_id=a&response_type=code&{query}");
            let request = AuthorizationRequest::parse(&Form::parse(query.as_bytes(), &[]).unwrap()).unwrap();
            assert_eq!(check_present(&request, &client).is_ok(), passes, "{profile:?} {authentication:?} {query}");
        }
    }
}
