//! Whether the person must sign in, now or again (OpenID Connect Core §3.1.2.1: `prompt`, `max_age`, `id_token_hint`;
//! §5.5.1: `sub`).

use chabi_spec::{AuthorizationRequest, ErrorCode, Refusal};
use chabi_store::account::AccountId;
use chabi_token::{Seconds, Timestamp};

use crate::gate::{Authentication, SignInHints};

/// What is known when it is decided.
pub(crate) struct Situation<'a> {
    pub request: &'a AuthorizationRequest,
    /// `sub` of the verified hint.
    pub hinted_subject: Option<&'a str>,
    /// `sub` of whoever is present, as the application knows them.
    pub known_as: Option<&'a str>,
    /// `default_max_age` of the application.
    pub default_max_age: Option<i64>,
    /// The age that the APIs demand, in seconds.
    pub api_max_age: Option<i64>,
    /// Who said that it is them who goes on with this request.
    pub chosen: Option<AccountId>,
    /// When the request began to wait; `None` on its first visit.
    pub waiting_since: Option<Timestamp>,
    pub now: Timestamp,
}

/// What the decision is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SignIn {
    /// This person is present, and recently enough.
    Done(Authentication),
    /// Show the sign-in page.
    Needed(SignInHints),
}

/// Decides.
///
/// # Errors
/// `login_required` when a page would be needed and none may be shown, or when another person than the hinted one signed in.
pub(crate) fn judge(present: Option<Authentication>, situation: &Situation<'_>) -> Result<SignIn, Refusal> {
    let prompt = situation.request.prompt;
    let somebody = present.is_some();
    let mut choose = false;
    if let Some(person) = present.filter(|person| is_recent_enough(person, situation)) {
        choose = prompt.select_account && situation.chosen != Some(person.account()) && !signed_in_since(&person, situation);
        match is_wanted(situation) {
            true if !choose => return Ok(SignIn::Done(person)),
            // OpenID Connect Core §5.5.1, §3.1.2.1: they were asked once, and another person answered
            false if signed_in_since(&person, situation) => {
                return Err(login_required("hinted_person_absent", "another person than the one that was asked for signed in"));
            }
            _ => {}
        }
    }
    // OpenID Connect Core §3.1.2.6: prompt=none shows no page
    if prompt.none {
        return Err(login_required("sign_in_needed", "the person must sign in, and prompt=none forbids it"));
    }
    Ok(SignIn::Needed(SignInHints {
        login_hint: situation.request.login_hint.clone(),
        ui_locales: situation.request.ui_locales.clone(),
        again: somebody,
        create: prompt.create,
        choose,
    }))
}

fn is_recent_enough(person: &Authentication, situation: &Situation<'_>) -> bool {
    let prompt = situation.request.prompt;
    let must_act = prompt.login || prompt.create;
    // OpenID Connect Registration §2: `max_age` of the request comes before the application's own
    let max_age = situation.request.max_age.or(situation.default_max_age);
    // RFC 9470 §5: an API's own demand counts besides
    let max_age = max_age.into_iter().chain(situation.api_max_age).min();
    let too_old = max_age.is_some_and(|age| situation.now > person.auth_time() + Seconds(age));
    (!must_act && !too_old) || signed_in_since(person, situation)
}

/// OpenID Connect Core §3.1.2.1 (`id_token_hint`), §5.5.1 (`sub` with a value): nobody else may be answered for.
fn is_wanted(situation: &Situation<'_>) -> bool {
    let known_as = situation.known_as.unwrap_or_default();
    situation.hinted_subject.is_none_or(|hinted| hinted == known_as) && situation.request.claims.subjects().all(|sub| sub.allows(known_as))
}

/// A sign-in counts as the answer to this request only if it is later than the request.
fn signed_in_since(person: &Authentication, situation: &Situation<'_>) -> bool {
    situation.waiting_since.is_some_and(|since| person.auth_time() >= since)
}

fn login_required(rule: &'static str, hint: &'static str) -> Refusal {
    Refusal::new(ErrorCode::LoginRequired, rule, hint, "OpenID Connect Core §3.1.2.6")
}

#[cfg(test)]
mod tests {
    use chabi_spec::form::Form;
    use chabi_store::browser_session::SessionId;
    use chabi_token::Id;

    use super::*;

    fn ada(signed_in_at: i64) -> Authentication {
        let id = Id::from_bytes([1; 16]);
        Authentication::proven(AccountId(id), "ada".to_owned(), SessionId(id), Timestamp::from_seconds(signed_in_at), Vec::new())
    }

    fn outcome(query: &str, present: Option<Authentication>, waiting_since: Option<i64>, hint: Option<&str>) -> &'static str {
        outcome_for(query, present, waiting_since, (hint, None, None))
    }

    type Known<'a> = (Option<&'a str>, Option<i64>, Option<AccountId>);

    fn outcome_for(
        query: &str,
        present: Option<Authentication>,
        waiting_since: Option<i64>,
        (hinted_subject, default_max_age, chosen): Known<'_>,
    ) -> &'static str {
        let query = format!("client_id=a&response_type=code&{query}");
        let request = AuthorizationRequest::parse(&Form::parse(query.as_bytes(), &[]).unwrap()).unwrap();
        let waiting_since = waiting_since.map(Timestamp::from_seconds);
        let known_as = present.as_ref().map(|person| person.subject().to_owned());
        let now = Timestamp::from_seconds(1_000);
        let known_as = known_as.as_deref();
        let situation =
            Situation { request: &request, hinted_subject, known_as, default_max_age, api_max_age: None, chosen, waiting_since, now };
        match judge(present, &situation) {
            Ok(SignIn::Done(_)) => "done",
            Ok(SignIn::Needed(hints)) if hints.create => "sign up",
            Ok(SignIn::Needed(hints)) if hints.choose => "choose",
            Ok(SignIn::Needed(hints)) if hints.again => "again",
            Ok(SignIn::Needed(_)) => "sign in",
            Err(refusal) => refusal.code.as_str(),
        }
    }

    // req: az.prompt
    #[test]
    fn prompt_and_max_age_decide_whether_to_sign_in() {
        for (query, signed_in_at, waiting_since, expected) in [
            ("", None, None, "sign in"),
            ("", Some(10), None, "done"),
            ("prompt=none", None, None, "login_required"),
            ("prompt=none", Some(10), None, "done"),
            ("prompt=login", Some(999), None, "again"),
            ("prompt=login", Some(899), Some(900), "again"),
            ("prompt=login", Some(901), Some(900), "done"),
            ("prompt=select_account", None, None, "sign in"),
            ("prompt=select_account", Some(10), None, "choose"),
            ("prompt=select_account", Some(10), Some(900), "choose"),
            ("prompt=select_account", Some(901), Some(900), "done"),
            ("prompt=select_account login", Some(999), None, "again"),
            ("prompt=select_account&max_age=100", Some(899), None, "again"),
            ("prompt=create", None, None, "sign up"),
            ("prompt=create", Some(999), None, "sign up"),
            ("prompt=create", Some(901), Some(900), "done"),
            ("max_age=100", Some(900), None, "done"),
            ("max_age=100", Some(899), None, "again"),
            ("max_age=0", Some(901), Some(900), "done"),
            ("max_age=100&prompt=none", Some(899), None, "login_required"),
        ] {
            assert_eq!(outcome(query, signed_in_at.map(ada), waiting_since, None), expected, "{query} {signed_in_at:?} {waiting_since:?}");
        }
    }

    // req: az.prompt
    #[test]
    fn who_said_that_it_is_them_goes_on_and_nobody_else_by_their_word() {
        let (ada_chose, grace_chose) = (ada(10).account(), AccountId(Id::from_bytes([2; 16])));
        let with = |query, chosen| outcome_for(query, Some(ada(10)), Some(900), (None, None, Some(chosen)));
        assert_eq!(with("prompt=select_account", ada_chose), "done");
        assert_eq!(with("prompt=select_account", grace_chose), "choose");
        assert_eq!(with("prompt=select_account login", ada_chose), "again");
    }

    // OpenID Connect Registration §2
    #[test]
    fn the_applications_own_max_age_counts_where_the_request_has_none() {
        let with = |query| outcome_for(query, Some(ada(899)), None, (None, Some(100), None));
        assert_eq!((with(""), with("max_age=1000"), with("prompt=none")), ("again", "done", "login_required"));
    }

    // RFC 9470 §5
    #[test]
    fn the_shorter_age_counts_where_an_api_demands_one_too() {
        let is_done = |query: &str, api_max_age| {
            let query = format!("client_id=a&response_type=code&{query}");
            let request = AuthorizationRequest::parse(&Form::parse(query.as_bytes(), &[]).unwrap()).unwrap();
            let situation = Situation {
                request: &request,
                hinted_subject: None,
                known_as: Some("ada"),
                default_max_age: None,
                api_max_age,
                chosen: None,
                waiting_since: None,
                now: Timestamp::from_seconds(1_000),
            };
            matches!(judge(Some(ada(899)), &situation), Ok(SignIn::Done(_)))
        };
        assert!(is_done("", None) && is_done("max_age=1000", Some(1_000)));
        assert!(!is_done("", Some(100)) && !is_done("max_age=1000", Some(100)) && !is_done("max_age=100", Some(1_000)));
    }

    // OpenID Connect Core §5.5.1
    #[test]
    fn a_sub_with_a_value_names_who_must_be_present() {
        let asked = |place: &str, value: &str| format!(r#"claims={{"{place}":{{"sub":{{"value":"{value}"}}}}}}"#);
        for place in ["id_token", "userinfo"] {
            assert_eq!(outcome(&asked(place, "ada"), Some(ada(10)), None, None), "done");
            assert_eq!(outcome(&asked(place, "grace"), Some(ada(10)), None, None), "again");
            assert_eq!(outcome(&asked(place, "grace"), Some(ada(950)), Some(900), None), "login_required");
            assert_eq!(outcome(&format!("{}&prompt=none", asked(place, "grace")), Some(ada(10)), None, None), "login_required");
            assert_eq!(outcome(&asked(place, "grace"), Some(ada(10)), None, Some("ada")), "again", "both must be met");
        }
    }

    #[test]
    fn a_hint_names_who_must_be_present() {
        assert_eq!(outcome("prompt=none", Some(ada(10)), None, Some("ada")), "done");
        assert_eq!(outcome("prompt=none", Some(ada(10)), None, Some("grace")), "login_required");
        assert_eq!(outcome("", Some(ada(10)), None, Some("grace")), "again");
        assert_eq!(outcome("", Some(ada(950)), Some(900), Some("grace")), "login_required");
    }
}
