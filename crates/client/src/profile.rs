//! The person behind an access token, at a provider without OpenID Connect.

pub(crate) mod call;
pub(crate) mod emails;

use serde_json::Value;

use crate::{
    caller::Caller,
    code_exchange::UpstreamTokens,
    identity::{About, EmailClaim, VerifiedIdentity},
    provider::{OAuth2Settings, ProfileMapping, Provider},
    refusal::UpstreamRefusal,
};

/// Asks who the tokens are about. They came from our own exchange of a code, never from a browser or an app.
pub(crate) async fn identify(
    provider: &Provider,
    settings: &OAuth2Settings,
    tokens: &UpstreamTokens,
    caller: Caller<'_>,
) -> Result<VerifiedIdentity, UpstreamRefusal> {
    let profile = call::fetch(provider, &settings.profile, tokens, caller).await?;
    let person = read(&settings.mapping, &profile)?;
    let email = match &settings.emails {
        Some(emails) if !person.email.verified => emails::fetch(emails, &settings.profile, tokens, caller).await?.unwrap_or(person.email),
        _ => person.email,
    };
    Ok(VerifiedIdentity::proven(provider, &settings.issuer, person.subject, email, person.about))
}

/// What a profile says.
pub(crate) struct Person {
    pub(crate) subject: String,
    pub(crate) email: EmailClaim,
    pub(crate) about: About,
}

/// The one mapping of all profiles.
pub(crate) fn read(mapping: &ProfileMapping, profile: &Value) -> Result<Person, UpstreamRefusal> {
    let subject = at(profile, &mapping.subject).and_then(id).unwrap_or_default();
    check_subject(&subject)?;
    let text = |pointer: &str| at(profile, pointer).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let email = EmailClaim { address: text(&mapping.email), verified: is_verified(mapping, profile), hosted_domain: false };
    let about = About {
        name: text(&mapping.name),
        given_name: text(&mapping.given_name),
        family_name: text(&mapping.family_name),
        picture: text(&mapping.picture),
    };
    Ok(Person { subject, email, about })
}

/// An id, as text or as a whole number. One with a fraction or of more than 64 bits was rounded when it was read, and could be
/// somebody else's as well: it is none.
pub(crate) fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// Address and flags come from one document, and only JSON `true` is true.
fn is_verified(mapping: &ProfileMapping, profile: &Value) -> bool {
    let flags = &mapping.email_verified;
    let is = |pointer: &String| at(profile, pointer).is_some_and(|flag| is_true(flag, mapping.flags_as_text));
    mapping.tells_verified_emails_alone || !flags.is_empty() && flags.iter().all(is)
}

/// JSON `true`; and the text `true` only of a vendor that is known to write it so.
pub(crate) fn is_true(flag: &Value, as_text: bool) -> bool {
    *flag == Value::Bool(true) || as_text && flag.as_str() == Some("true")
}

/// OpenID Connect Core §2: a subject has 1 to 255 ASCII characters; a profile's id is held to the same.
pub(crate) fn check_subject(subject: &str) -> Result<(), UpstreamRefusal> {
    if (1..=255).contains(&subject.len()) && subject.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        Ok(())
    } else {
        Err(UpstreamRefusal::wrong("subject", "missing, or not 1 to 255 ASCII characters"))
    }
}

/// An empty pointer would name the whole document; here it names nothing.
pub(crate) fn at<'a>(profile: &'a Value, pointer: &str) -> Option<&'a Value> {
    if pointer.is_empty() { None } else { profile.pointer(pointer) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // Kakao tells it in two: whether there is such an address, and whether it is the person's
    #[test]
    fn an_address_is_verified_when_every_flag_says_so() {
        let mapping = ProfileMapping { email_verified: vec!["/valid".into(), "/verified".into()], ..ProfileMapping::default() };
        for (valid, verified, expected) in [(true, true, true), (true, false, false), (false, true, false), (false, false, false)] {
            assert_eq!(is_verified(&mapping, &json!({ "valid": valid, "verified": verified })), expected, "{valid} {verified}");
        }
        assert!(!is_verified(&mapping, &json!({ "verified": true })), "one is missing");
        assert!(!is_verified(&ProfileMapping::default(), &json!({ "verified": true })), "nobody knows where it would stand");
    }

    // two numbers that are rounded to one would be two people in one account
    #[test]
    fn an_id_that_would_be_rounded_is_no_id() {
        let mapping = ProfileMapping { subject: "/id".into(), ..ProfileMapping::default() };
        let subject = |text: &str| read(&mapping, &serde_json::from_str(text).unwrap()).map(|person| person.subject);
        assert_eq!(subject(r#"{"id":18446744073709551615}"#).unwrap(), "18446744073709551615");
        assert_eq!(subject(r#"{"id":"123456789012345678901234567890"}"#).unwrap(), "123456789012345678901234567890");
        for rounded in [r#"{"id":123456789012345678901234567890}"#, r#"{"id":1.5}"#, r#"{"id":1e2}"#] {
            assert!(subject(rounded).is_err(), "{rounded}");
        }
    }
}
