//! The person behind an access token, at a provider without OpenID Connect.

use std::fmt::Write as _;

use chabi_token::hash::hmac_sha256;
use serde_json::Value;
use url::Url;

use crate::{
    caller::{Caller, checked_url, object},
    identity::{About, EmailClaim, VerifiedIdentity},
    provider::{OAuth2Settings, ProfileMapping, Provider},
    refusal::UpstreamRefusal,
};

const DOING: &str = "fetching the profile";

/// Asks who the token is about. The token came from our own exchange of a code, never from a browser or an app.
pub(crate) async fn identify(
    provider: &Provider,
    settings: &OAuth2Settings,
    access_token: &str,
    caller: Caller<'_>,
) -> Result<VerifiedIdentity, UpstreamRefusal> {
    let mut url = checked_url(caller.http, "profile_url", &settings.profile_url)?;
    if settings.appsecret_proof {
        prove(&mut url, provider, access_token);
    }
    let answer = caller.get(DOING, &url, Some(access_token)).await?;
    let profile = Value::Object(object(DOING, &answer.body)?);
    read(provider, &settings.mapping, &profile)
}

/// Facebook, "Securing Graph API Requests": hex of HMAC-SHA-256 over the access token, keyed with our secret.
fn prove(url: &mut Url, provider: &Provider, access_token: &str) {
    let mac = hmac_sha256(provider.client_secret.expose().as_bytes(), &[access_token.as_bytes()]);
    let hex = mac.iter().fold(String::new(), |mut hex, byte| {
        // writing into a string does not fail
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    url.query_pairs_mut().append_pair("appsecret_proof", &hex);
}

fn read(provider: &Provider, mapping: &ProfileMapping, profile: &Value) -> Result<VerifiedIdentity, UpstreamRefusal> {
    let subject = match at(profile, &mapping.subject) {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    };
    check_subject(&subject)?;
    let text = |pointer: &str| at(profile, pointer).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let email = EmailClaim {
        address: text(&mapping.email),
        verified: at(profile, &mapping.email_verified) == Some(&Value::Bool(true)),
        hosted_domain: false,
    };
    let about = About {
        name: text(&mapping.name),
        given_name: text(&mapping.given_name),
        family_name: text(&mapping.family_name),
        picture: text(&mapping.picture),
    };
    Ok(VerifiedIdentity::proven(provider, subject, email, about))
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
fn at<'a>(profile: &'a Value, pointer: &str) -> Option<&'a Value> {
    if pointer.is_empty() { None } else { profile.pointer(pointer) }
}
