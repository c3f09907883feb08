//! An `acr` that is demanded must be one that can be reached here.

use chabi_spec::{AuthorizationRequest, Refusal};

use crate::acr;

/// OpenID Connect Core §5.5.1.1: refused before anybody signs in for it. Wishes (`acr_values`, `default_acr_values`, an `acr` that is not
/// essential) are refused never: the ID token says which one was reached.
pub(super) fn check_reachable(request: &AuthorizationRequest) -> Result<(), Refusal> {
    acr::check_reachable(request.claims.essential_acr())
}

#[cfg(test)]
mod tests {
    use chabi_spec::form::Form;

    use super::*;

    // req: az.acr
    #[test]
    fn what_is_demanded_is_refused_and_what_is_wished_for_is_not() {
        for (query, passes) in [
            ("acr_values=urn:x+2", true),
            (r#"claims={"id_token":{"acr":{"values":["2"]}}}"#, true),
            (r#"claims={"id_token":{"acr":{"essential":true,"values":["1","2"]}}}"#, true),
            (r#"claims={"id_token":{"acr":{"essential":true,"values":["2"]}}}"#, false),
            (r#"claims={"id_token":{"acr":{"essential":true,"values":["2"]}}}&acr_values=1"#, false),
        ] {
            let query = format!("client_id=a&response_type=code&{query}");
            let request = AuthorizationRequest::parse(&Form::parse(query.as_bytes(), &[]).unwrap()).unwrap();
            assert_eq!(check_reachable(&request).is_ok(), passes, "{query}");
        }
    }
}
