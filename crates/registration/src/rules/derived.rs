//! Tokens that are given for other tokens, and for what others say: whose words are taken must be written down whole.

use chabi_store::{
    application::RegisteredClient,
    application_settings::{AssertionIssuer, ExchangeRule},
};
use chabi_token::JwkSet;
use url::Url;

use super::Contradiction;
use crate::Place;

pub(super) fn check(application: &RegisteredClient, place: Place, found: &mut Vec<Contradiction>) {
    if let Some(rule) = &application.settings.exchange {
        check_exchange(application, rule, found);
    }
    let issuers = &application.settings.assertion_issuers;
    for (position, issuer) in issuers.iter().enumerate() {
        check_issuer(issuer, place, found);
        // RFC 7523 §3 point 1: one name, one set of keys
        if issuers.iter().take(position).any(|other| other.issuer == issuer.issuer) {
            let hint = "an issuer of assertions is named twice: write its keys and subjects in one entry";
            found.push(Contradiction::new("assertion_issuers", &issuer.issuer, ("assertion_issuer_twice", "RFC 7523 §3"), hint));
        }
    }
}

fn check_exchange(application: &RegisteredClient, rule: &ExchangeRule, found: &mut Vec<Contradiction>) {
    // RFC 8693 §1.1: it exchanges what was handed to it, so that it must be something that tokens are for
    let is_nothing = rule.own_audiences.is_empty() && application.default_audience.is_empty();
    if is_nothing && !rule.subjects_of.contains(&application.client_id) {
        let hint = "no token can have been handed to it: name its own_audiences, or a default audience";
        found.push(Contradiction::new("exchange", "", ("exchange_without_audience", "RFC 8693 §1.1"), hint));
    }
    if rule.subjects_of.is_empty() {
        let hint = "nothing can be exchanged: name in subjects_of the applications whose tokens it may present";
        found.push(Contradiction::new("exchange", "", ("exchange_of_nobody", "RFC 8693 §2.1"), hint));
    }
}

fn check_issuer(issuer: &AssertionIssuer, place: Place, found: &mut Vec<Contradiction>) {
    let mut wrong = |rule, hint| found.push(Contradiction::new("assertion_issuers", &issuer.issuer, (rule, "RFC 7523 §3"), hint));
    if issuer.issuer.is_empty() {
        wrong("assertion_issuer_unnamed", "an issuer of assertions needs a name: what stands in their iss");
    }
    match (issuer.jwks.is_empty(), issuer.jwks_uri.is_empty()) {
        (true, true) | (false, false) => {
            wrong("assertion_issuer_keys", "name the keys of an issuer by jwks or by jwks_uri: one of the two")
        }
        (false, true) if JwkSet::parse(issuer.jwks.as_bytes()).is_err() => {
            wrong("assertion_issuer_keys", "the keys of an issuer are no JWK Set of public keys");
        }
        (true, false) if !is_fetchable(&issuer.jwks_uri, place) => {
            wrong("assertion_issuer_keys", "the keys of an issuer are fetched by https, and nobody on the way may change them");
        }
        _ => {}
    }
    if issuer.workloads.is_empty() && !issuer.people {
        wrong("assertion_issuer_subjects", "name the workloads that an issuer speaks for, or say that it speaks for people");
    }
}

/// RFC 9700 §2.6: by TLS, save on this machine.
fn is_fetchable(url: &str, place: Place) -> bool {
    Url::parse(url).is_ok_and(|url| url.scheme() == "https" || (place == Place::ThisMachine && url.scheme() == "http"))
}

#[cfg(test)]
mod tests {
    use chabi_store::application::ClientAuthentication;

    use super::*;
    use crate::rules::tests::application;

    fn rules(change: impl FnOnce(&mut RegisteredClient)) -> Vec<&'static str> {
        let mut application = application();
        application.authentication = ClientAuthentication::Secret;
        change(&mut application);
        let mut found = Vec::new();
        check(&application, Place::Public, &mut found);
        found.into_iter().map(|contradiction| contradiction.rule).collect()
    }

    fn issuer() -> AssertionIssuer {
        AssertionIssuer {
            issuer: "https://cluster.example".into(),
            jwks_uri: "https://cluster.example/keys".into(),
            workloads: vec!["job".into()],
            ..AssertionIssuer::default()
        }
    }

    // req: tx
    #[test]
    fn an_issuer_of_assertions_has_a_name_keys_and_somebody_to_speak_for() {
        let with = |issuers: Vec<AssertionIssuer>| rules(|app| app.settings.assertion_issuers = issuers);
        assert!(with(vec![issuer()]).is_empty());
        for (changed, rule) in [
            (AssertionIssuer { issuer: String::new(), ..issuer() }, "assertion_issuer_unnamed"),
            (AssertionIssuer { jwks_uri: String::new(), ..issuer() }, "assertion_issuer_keys"),
            (AssertionIssuer { jwks: r#"{"keys":[]}"#.into(), ..issuer() }, "assertion_issuer_keys"),
            (AssertionIssuer { jwks: "x".into(), jwks_uri: String::new(), ..issuer() }, "assertion_issuer_keys"),
            (AssertionIssuer { jwks_uri: "http://cluster.example/keys".into(), ..issuer() }, "assertion_issuer_keys"),
            (AssertionIssuer { workloads: Vec::new(), ..issuer() }, "assertion_issuer_subjects"),
        ] {
            assert_eq!(with(vec![changed]), [rule]);
        }
        assert_eq!(with(vec![issuer(), issuer()]), ["assertion_issuer_twice"]);
    }

    // req: tx
    #[test]
    fn a_rule_of_exchange_names_whose_tokens_and_for_whom_they_are() {
        let with = |rule: ExchangeRule, audience: &str| {
            rules(|app| {
                app.default_audience = audience.into();
                app.settings.exchange = Some(rule);
            })
        };
        let rule = || ExchangeRule { subjects_of: vec!["spa".into()], ..ExchangeRule::default() };
        assert!(with(rule(), "https://notes.example").is_empty());
        assert!(with(ExchangeRule { own_audiences: vec!["https://notes.example".into()], ..rule() }, "").is_empty());
        assert_eq!(with(rule(), ""), ["exchange_without_audience"]);
        assert_eq!(with(ExchangeRule::default(), "https://notes.example"), ["exchange_of_nobody"]);
    }
}
