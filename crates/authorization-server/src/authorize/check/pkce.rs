//! A code must be bound to who asked for it by PKCE, save where the profile leaves that to the application.

use chabi_spec::{AuthorizationRequest, ErrorCode, Refusal};
use chabi_store::application::{Profile, RegisteredClient};

/// OAuth 2.1 §4.1.1, RFC 9700 §2.1.1: a challenge from everybody but a confidential application of profile `oidc`. Such a one is bound by
/// its credentials, and by `nonce` if it sends one: OpenID Connect Core §3.1.2.1 leaves that to it in the code flow. That the method is
/// S256 was checked when the request was read.
pub(super) fn check_present(request: &AuthorizationRequest, client: &RegisteredClient) -> Result<(), Refusal> {
    if request.code_challenge.is_some() {
        return Ok(());
    }
    let optional = client.profile == Profile::Oidc && client.authentication.is_confidential();
    match optional {
        true => Ok(()),
        false => Err(Refusal::new(
            ErrorCode::InvalidRequest,
            "code_challenge_missing",
            "code_challenge is missing: PKCE with S256 is required",
            "OAuth 2.1 §4.1.1",
        )),
    }
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
    fn pkce_is_required_save_for_a_confidential_oidc_application() {
        let (public, secret) = (ClientAuthentication::None, ClientAuthentication::Secret);
        for (profile, authentication, query, passes) in [
            (Profile::OAuth21, public, PKCE, true),
            (Profile::OAuth21, secret, PKCE, true),
            (Profile::OAuth21, public, "nonce=n", false),
            (Profile::OAuth21, secret, "nonce=n", false),
            (Profile::Oidc, secret, PKCE, true),
            (Profile::Oidc, secret, "nonce=n", true),
            (Profile::Oidc, secret, "", true),
            (Profile::Oidc, public, "nonce=n", false),
            (Profile::OAuth21, secret, "", false),
        ] {
            let client = RegisteredClient { profile, authentication, ..application() };
            let query = format!("client_id=a&response_type=code&{query}");
            let request = AuthorizationRequest::parse(&Form::parse(query.as_bytes(), &[]).unwrap()).unwrap();
            assert_eq!(check_present(&request, &client).is_ok(), passes, "{profile:?} {authentication:?} {query}");
        }
    }
}
