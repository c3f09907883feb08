//! An answer of Telegram: fields, and a MAC over them under our secret.

use std::collections::BTreeMap;

use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use chabi_token::{
    Env, Seconds, Timestamp,
    hash::{constant_time_eq, hmac_sha256, sha256},
};
use serde_json::Value;
use url::Url;

use crate::{
    callback::Callback,
    hex::hex,
    identity::{About, EmailClaim, VerifiedIdentity},
    profile::check_subject,
    provider::{Provider, SignedFormSettings},
    refusal::UpstreamRefusal,
    tokens::TakenOnce,
};

/// How old an answer may be, and how far the provider's clock may be ahead. The MAC holds for ever, and nothing of ours is in it: the
/// caller takes each answer once.
const OLDEST: Seconds = Seconds(60);
/// The parameters of a widget's answer, as the page lists them; and the one that a script makes of a fragment.
pub(crate) const NAMES: [&str; 8] =
    ["id", "first_name", "last_name", "username", "photo_url", "auth_date", "hash", crate::provider::SIGNED_FORM_ANSWER];

/// The page of the provider, with our bot's id and where to come back to.
pub(crate) fn request(mut url: Url, provider: &Provider, redirect_uri: &str, state: &str) -> Result<Url, UpstreamRefusal> {
    let mut back: Url = redirect_uri.parse().map_err(|_| UpstreamRefusal::wrong("redirect_uri", "not a URL"))?;
    let origin = back.origin().ascii_serialization();
    back.query_pairs_mut().append_pair("state", state);
    url.query_pairs_mut().extend_pairs([("bot_id", &*provider.client_id), ("origin", &origin), ("return_to", back.as_str())]);
    url.query_pairs_mut().extend_pairs(&provider.auth_params);
    Ok(url)
}

/// Whom the answer is about, when its MAC is right and it was made just now; and what to take once.
pub(crate) fn identify(
    provider: &Provider,
    settings: &SignedFormSettings,
    callback: &Callback,
    env: &Env,
) -> Result<(VerifiedIdentity, TakenOnce), UpstreamRefusal> {
    let fields = fields(callback)?;
    check_lines(&fields)?;
    let mac = check_mac(&fields, provider)?;
    let made = check_fresh(&fields, env.now())?;
    let field = |name: &str| fields.get(name).filter(|text| !text.is_empty()).cloned();
    let subject = field("id").unwrap_or_default();
    check_subject(&subject)?;
    let about = About { name: None, given_name: field("first_name"), family_name: field("last_name"), picture: field("photo_url") };
    let identity = VerifiedIdentity::proven(provider, &settings.issuer, subject, EmailClaim::default(), about);
    let hash = sha256(format!("signed form/{} {mac}", settings.issuer).as_bytes());
    Ok((identity, TakenOnce { hash, until: made + OLDEST + Seconds(1) }))
}

/// The fields, of the one parameter that a script made of the fragment, or of the query of a widget.
fn fields(callback: &Callback) -> Result<BTreeMap<String, String>, UpstreamRefusal> {
    let Some(encoded) = callback.field(crate::provider::SIGNED_FORM_ANSWER) else {
        return Ok(callback.fields.iter().filter(|(name, _)| NAMES.contains(&&**name)).cloned().collect());
    };
    // `false` is what Telegram answers when the person said no
    if encoded == "false" {
        return Err(UpstreamRefusal::Cancelled);
    }
    let read = LENIENT.decode(encoded.replace('-', "+").replace('_', "/")).ok();
    let Some(Value::Object(members)) = read.and_then(|json| serde_json::from_slice(&json).ok()) else {
        return Err(UpstreamRefusal::wrong("signed_form", "not an object in base64"));
    };
    let text = |value: Value| match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    members
        .into_iter()
        .map(|(name, value)| text(value).map(|text| (name, text)))
        .collect::<Option<_>>()
        .ok_or_else(|| UpstreamRefusal::wrong("signed_form", "a member is neither text nor number"))
}

/// Telegram writes it with and without `=`.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// The MAC is over lines. A line break in a value, or a name that holds more than a name, would let the same lines be read as other
/// fields: whoever has one in their own name at the provider could be somebody else here.
fn check_lines(fields: &BTreeMap<String, String>) -> Result<(), UpstreamRefusal> {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    match fields.iter().all(|(name, value)| is_name(name) && !value.contains('\n')) {
        true => Ok(()),
        false => Err(UpstreamRefusal::wrong("signed_form", "a field could be read as several")),
    }
}

/// Telegram, "Checking authorization": hex of HMAC-SHA-256 over the lines `name=value`, sorted by name, keyed with the SHA-256 of the
/// bot's token. Every field but `hash` counts. Gives the MAC.
fn check_mac(fields: &BTreeMap<String, String>, provider: &Provider) -> Result<String, UpstreamRefusal> {
    let lines: Vec<String> = fields.iter().filter(|(name, _)| *name != "hash").map(|(name, value)| format!("{name}={value}")).collect();
    let key = sha256(provider.client_secret.expose().trim().as_bytes());
    let right = hex(&hmac_sha256(&key, &[lines.join("\n").as_bytes()]));
    match fields.get("hash") {
        Some(found) if constant_time_eq(found.as_bytes(), right.as_bytes()) => Ok(right),
        _ => Err(UpstreamRefusal::wrong("signed_form_hash", "missing, or not made with our secret")),
    }
}

/// When it was made.
fn check_fresh(fields: &BTreeMap<String, String>, now: Timestamp) -> Result<Timestamp, UpstreamRefusal> {
    let made = fields.get("auth_date").and_then(|text| text.parse().ok()).filter(|seconds| (0..1 << 40).contains(seconds));
    match made.map(Timestamp::from_seconds) {
        Some(made) if made <= now + OLDEST && now <= made + OLDEST => Ok(made),
        _ => Err(UpstreamRefusal::wrong("signed_form_auth_date", "missing, or not made just now")),
    }
}
