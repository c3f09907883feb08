//! The authentication context class: how sure we are who signed in (`acr`; OpenID Connect Core §2, §5.5.1.1).

use chabi_spec::{ErrorCode, Refusal, claims_parameter::ClaimRequest};

/// One factor: a password, or a provider's word.
const ONE_FACTOR: &str = "1";
/// Several factors.
const SEVERAL_FACTORS: &str = "2";

/// What can be reached here.
pub(crate) const REACHABLE: [&str; 1] = [ONE_FACTOR];

/// From how the person signed in (RFC 8176).
pub(crate) fn of(amr: &[String]) -> &'static str {
    match amr.iter().any(|method| method == "mfa") {
        true => SEVERAL_FACTORS,
        false => ONE_FACTOR,
    }
}

/// OpenID Connect Core §5.5.1.1: an essential `acr` that nobody can reach here is an error, and never a lower one in silence. Asked
/// before anybody signs in for it.
pub(crate) fn check_reachable(essential: Option<&ClaimRequest>) -> Result<(), Refusal> {
    check(essential, &REACHABLE)
}

/// As [`check_reachable`], for the one that was reached.
pub(crate) fn check_reached(essential: Option<&ClaimRequest>, amr: &[String]) -> Result<(), Refusal> {
    check(essential, &[of(amr)])
}

fn check(essential: Option<&ClaimRequest>, reached: &[&str]) -> Result<(), Refusal> {
    match essential {
        Some(wanted) if !reached.iter().any(|acr| wanted.allows(acr)) => Err(Refusal::new(
            ErrorCode::UnmetAuthenticationRequirements,
            "acr_unmet",
            "nobody can sign in here at the acr that is demanded",
            "OpenID Connect Core §5.5.1.1",
        )
        .explain("another acr, essential", reached.join(" "))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use chabi_spec::claims_parameter::ClaimsRequest;

    use super::*;

    fn methods(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn one_factor_is_class_1_and_several_are_class_2() {
        for (amr, acr) in [("pwd", "1"), ("fed", "1"), ("", "1"), ("pwd otp mfa", "2")] {
            assert_eq!(of(&methods(amr)), acr, "{amr}");
        }
    }

    // req: az.acr
    #[test]
    fn an_essential_class_is_reached_or_refused_and_never_lowered() {
        for (acr, amr, passes) in [
            (r#"{"essential":true,"value":"1"}"#, "pwd", true),
            (r#"{"essential":true,"values":["2","1"]}"#, "pwd", true),
            (r#"{"essential":true}"#, "pwd", true),
            (r#"{"essential":true,"value":"2"}"#, "pwd", false),
            (r#"{"essential":true,"values":["2","urn:x"]}"#, "fed", false),
            (r#"{"essential":true,"value":"1"}"#, "pwd mfa", false),
            (r#"{"essential":true,"value":1}"#, "pwd", false),
            (r#"{"value":"2"}"#, "pwd", true),
            ("null", "pwd", true),
        ] {
            let claims = ClaimsRequest::parse(&format!("{{\"id_token\":{{\"acr\":{acr}}}}}")).unwrap();
            let outcome = check_reached(claims.essential_acr(), &methods(amr));
            assert_eq!(outcome.is_ok(), passes, "{acr} {amr}");
            assert!(outcome.err().is_none_or(|refusal| refusal.code == ErrorCode::UnmetAuthenticationRequirements));
        }
        assert!(
            check_reachable(ClaimsRequest::parse(r#"{"id_token":{"acr":{"essential":true,"value":"2"}}}"#).unwrap().essential_acr())
                .is_err()
        );
        assert!(check_reachable(None).is_ok());
    }
}
