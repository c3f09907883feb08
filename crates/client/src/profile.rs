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
    let subject = match at(profile, &mapping.subject) {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    };
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
}
