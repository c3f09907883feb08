//! There is one way to read a signed token, and each kind has its own rules on it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chabi_token::{
    Algorithm, Seconds, Timestamp, TokenError,
    jws::{self, ExpectedAudience, VerificationProfile},
};

use crate::fixtures::{API, ES256, ISSUER, NOW, json, keys, signed};

/// Our sources without tests, by path from `crates/`.
fn sources() -> Vec<(String, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = fs::read_dir(crates).unwrap().map(|entry| entry.unwrap().path().join("src")).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(crates).unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && !name.contains("/tests") && !name.starts_with("testkit") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((name, text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned()));
            }
        }
    }
    assert!(found.len() > 150, "{} files", found.len());
    found
}

// RFC 8725 §3.12
// req: jw.profile
#[test]
fn tokens_are_read_in_three_files_each_with_the_profile_of_its_kind() {
    let mut readers: Vec<String> = Vec::new();
    for (name, text) in sources() {
        let reads =
            ["jws::verify(", "jws::verify::<", "jws::verify_expired(", "VerificationProfile {"].iter().any(|call| text.contains(call));
        if reads && name != "token/src/jws.rs" {
            readers.push(name);
        }
    }
    readers.sort();
    // access tokens, ID tokens of ours as hints, ID tokens of providers
    assert_eq!(readers, ["client/src/id_token/verify.rs", "token/src/access_token.rs", "token/src/id_token.rs"]);
}

// RFC 8725 §3.1 and §3.12
// req: jw.profile
#[test]
fn every_profile_fixes_type_issuer_audience_algorithms_and_claims() {
    let profiles: Vec<String> = sources()
        .into_iter()
        .filter(|(name, _)| name != "token/src/jws.rs")
        .flat_map(|(_, text)| {
            text.split("= VerificationProfile {").skip(1).map(|rest| rest.split("};").next().unwrap().to_owned()).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(profiles.len(), 3);
    for profile in profiles {
        // of providers each kind of token has its rules: a type whose fields are these
        let profile = profile.replace(": self.", ": &");
        for field in ["types: &", "algorithms: &", "issuer", "audience: ", "skew: ", "required: &", "forbidden: &"] {
            assert!(profile.contains(field), "{field} in {profile}");
        }
        assert!(!profile.contains("..") && !profile.contains("required: &[]") && !profile.contains("forbidden: &[]"), "{profile}");
    }
}

// Token Status List §5.1
// req: jw.profile
#[test]
fn only_status_lists_may_name_neither_issuer_nor_audience() {
    let sources = sources();
    let users = sources.iter().filter(|(_, text)| text.contains("SubjectProfile {")).map(|(name, _)| name.as_str());
    assert_eq!(users.collect::<std::collections::BTreeSet<_>>(), ["token/src/status_list_token.rs"].into());
}

// RFC 8725 §3.12
// req: jw.profile
#[test]
fn nobody_takes_a_token_apart_by_hand() {
    for (name, text) in sources() {
        let by_hand = [".split('.').nth(", "splitn(3, '.')", "insecure_decode", "dangerous_insecure"];
        let found = by_hand.iter().find(|how| text.contains(**how));
        assert_eq!(found, None, "{name}");
    }
}

// RFC 7515 §4.1.9, RFC 8725 §3.11
// req: jw.profile
#[test]
fn where_a_token_without_type_is_taken_one_with_an_empty_type_is_not() {
    let profile = VerificationProfile {
        types: &["JWT", ""],
        algorithms: &Algorithm::ALL,
        issuer: ISSUER,
        audience: ExpectedAudience::Is(API),
        skew: Seconds(0),
        required: &["sub"],
        forbidden: &["events"],
    };
    let now = Timestamp::from_seconds(NOW);
    let read = |token: &str| jws::verify::<serde_json::Value>(token, &keys(), &profile, now).map(|_| ());
    let untyped = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, ES256.kid());
    assert_eq!(read(&signed(&untyped, &json().to_string(), &ES256)), Ok(()));
    for (typ, taken) in [("JWT", true), ("application/jwt", true), ("application/", false), ("Application/", false), ("/", false)] {
        let outcome = read(&jws::sign(typ, &json(), &ES256).unwrap());
        assert_eq!(outcome, if taken { Ok(()) } else { Err(TokenError::Type) }, "{typ}");
    }
}
