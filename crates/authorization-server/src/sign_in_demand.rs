//! What APIs demand of the sign-in behind their tokens: a class (`acr`) and an age. Asked at the authorization endpoint, where the person
//! can still do something about it, and again wherever an older sign-in gives a new token.

use chabi_spec::{ErrorCode, Refusal};
use chabi_token::{Seconds, Timestamp};

use crate::{acr, audience::Audiences};

impl Audiences {
    /// The shortest age, in seconds, that one of the APIs demands.
    pub(crate) fn max_auth_age(&self) -> Option<i64> {
        self.0.iter().filter_map(|api| api.settings.max_auth_age).min()
    }

    /// The classes that the APIs demand, each.
    pub(crate) fn required_acr(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|api| api.settings.required_acr.as_str()).filter(|acr| !acr.is_empty())
    }
}

/// RFC 9470 §5: before anybody signs in for an API that nobody here can sign in for.
pub(crate) fn check_reachable(audiences: &Audiences) -> Result<(), Refusal> {
    check_class(audiences, |required| acr::REACHABLE.iter().any(|reached| is_enough(reached, required)))
}

/// RFC 9470 §5, OpenID Connect Core §5.5.1.1: how the person did sign in.
pub(crate) fn check_reached(audiences: &Audiences, amr: &[String]) -> Result<(), Refusal> {
    check_class(audiences, |required| is_enough(acr::of(amr), required))
}

/// RFC 9470 §6.1: a grant whose sign-in was too weak, or has grown too old, gives no token for the API: the application asks anew at the
/// authorization endpoint.
pub(crate) fn check_still_good(audiences: &Audiences, amr: &[String], auth_time: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let (clause, code) = ("RFC 9470 §6.1", ErrorCode::InvalidGrant);
    if let Some(age) = audiences.max_auth_age().filter(|age| now > auth_time + Seconds(*age)) {
        let hint = "the sign-in is older than the API takes: ask at the authorization endpoint again";
        let refusal = Refusal::new(code, "sign_in_too_old_for_the_api", hint, clause);
        return Err(refusal.explain(format!("a sign-in {} s ago", now.since(auth_time).0), format!("{age} s at the most")));
    }
    check_reached(audiences, amr).map_err(|refusal| {
        let hint = "the sign-in is weaker than the API takes: ask at the authorization endpoint again";
        Refusal { code, hint, ..refusal }
    })
}

/// RFC 9470 §6.1: where nobody signed in, because an assertion speaks for the person, nothing that an API demands of a sign-in is met.
pub(crate) fn check_nothing_demanded(audiences: &Audiences) -> Result<(), Refusal> {
    match audiences.max_auth_age().is_none() && audiences.required_acr().next().is_none() {
        true => Ok(()),
        false => {
            let hint = "the API takes tokens of people who signed in, and nobody did: ask at the authorization endpoint";
            Err(Refusal::new(ErrorCode::InvalidGrant, "nobody_signed_in", hint, "RFC 9470 §6.1"))
        }
    }
}

fn check_class(audiences: &Audiences, reached: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    match audiences.required_acr().find(|required| !reached(required)) {
        None => Ok(()),
        Some(required) => {
            let hint = "the API asks for a stronger sign-in than anybody can have here";
            let refusal = Refusal::new(ErrorCode::UnmetAuthenticationRequirements, "acr_too_low_for_the_api", hint, "RFC 9470 §5");
            Err(refusal.explain("the acr of this sign-in", required))
        }
    }
}

/// Ours are numbers, and the higher includes the lower; any other is compared byte for byte.
fn is_enough(reached: &str, required: &str) -> bool {
    let both = reached.parse::<u32>().ok().zip(required.parse::<u32>().ok());
    reached == required || both.is_some_and(|(reached, required)| reached >= required)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::api;

    fn audiences(acr: &str, age: Option<i64>) -> Audiences {
        let mut strict = api("https://pay.example/");
        strict.settings.required_acr = acr.to_owned();
        strict.settings.max_auth_age = age;
        Audiences(vec![api("https://api.example/").into(), strict.into()])
    }

    fn amr(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    // RFC 9470 §5
    // req: rs.step
    #[test]
    fn an_api_gets_tokens_of_sign_ins_that_are_strong_enough() {
        for (required, methods, passes) in [
            ("", "pwd", true),
            ("1", "pwd", true),
            ("1", "pwd mfa", true),
            ("2", "pwd", false),
            ("2", "pwd mfa", true),
            ("urn:x", "pwd mfa", false),
        ] {
            let outcome = check_reached(&audiences(required, None), &amr(methods));
            assert_eq!(outcome.is_ok(), passes, "{required} {methods}");
        }
        assert!(check_reachable(&audiences("1", None)).is_ok());
        assert_eq!(check_reachable(&audiences("2", None)).unwrap_err().code, ErrorCode::UnmetAuthenticationRequirements);
    }

    #[test]
    fn the_shortest_age_that_an_api_demands_counts() {
        let aged = |age| {
            let mut one = api("https://pay.example/");
            one.settings.max_auth_age = age;
            one.into()
        };
        assert_eq!(Audiences(vec![aged(Some(1_000)), aged(None), aged(Some(100))]).max_auth_age(), Some(100));
    }

    // RFC 9470 §6.1
    // req: rs.step
    #[test]
    fn a_sign_in_that_has_grown_too_old_gives_no_new_token() {
        let now = Timestamp::from_seconds(1_000);
        let still = |age, signed_in_at| check_still_good(&audiences("1", age), &amr("pwd"), Timestamp::from_seconds(signed_in_at), now);
        assert!(still(None, 0).is_ok());
        assert!(still(Some(100), 900).is_ok());
        assert_eq!(still(Some(100), 899).unwrap_err().code, ErrorCode::InvalidGrant);
        let weak = check_still_good(&audiences("2", None), &amr("pwd"), now, now).unwrap_err();
        assert_eq!(weak.code, ErrorCode::InvalidGrant);
    }
}
