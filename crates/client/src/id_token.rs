//! Whom the ID token is about (OpenID Connect Core §3.1.3.7). No provider skips a rule.

mod tenant;
mod verify;

pub(crate) use tenant::{is_uuid, issuer_of};
pub(crate) use verify::{Rules, verify};

use chabi_token::{Algorithm, Seconds, Timestamp, hash, id_token::at_hash};
use serde_json::Value;

use crate::{
    caller::{Caller, Object, text},
    code_exchange::UpstreamTokens,
    demand::Checked,
    discovery::Discovery,
    identity::{About, EmailClaim, VerifiedIdentity},
    profile::{check_subject, is_true},
    provider::{OpenIdSettings, Provider},
    refusal::UpstreamRefusal,
    upstream::Standing,
    userinfo,
};

/// What the ID token of a code is held against.
pub(crate) struct Expected<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) settings: &'a OpenIdSettings,
    pub(crate) nonce: &'a str,
    /// What this sign-in demanded beyond the usual.
    pub(crate) demanded: &'a Checked,
    /// What the browser brought as the person's name, where the provider tells it so.
    pub(crate) name_in_response: Option<&'a str>,
}

/// How far the provider's clock may be off ours.
pub(crate) const SKEW: Seconds = Seconds(60);
/// An ID token answers a code just now; an older one was made for something else.
const OLDEST: Seconds = Seconds::minutes(10);

/// Verifies the ID token, and asks userinfo for the address where it has none.
pub(crate) async fn identify(
    expected: &Expected<'_>,
    tokens: &UpstreamTokens,
    (standing, discovery): (&Standing, &Discovery),
    caller: Caller<'_>,
) -> Result<VerifiedIdentity, UpstreamRefusal> {
    let Some(id_token) = &tokens.id_token else {
        return Err(UpstreamRefusal::wrong("id_token", "the provider sent none"));
    };
    let (provider, settings) = (expected.provider, expected.settings);
    let (id_token, access_token) = (id_token.expose(), tokens.access_token.expose());
    let issuer = issuer_of(settings, id_token)?;
    let rules = Rules { required: &["sub", "iat", "nonce"], ..Rules::of(provider, settings, &issuer) };
    let claims = verify(&rules, id_token, (&standing.keys, &discovery.keys), caller).await?;
    check_audience(&claims, &provider.client_id)?;
    check_nonce(&claims, expected.nonce)?;
    check_issued_recently(&claims, OLDEST, caller.env.now())?;
    check_at_hash(&claims, rules.hash_of(id_token), access_token)?;
    check_hosted_domain(&claims, settings.hosted_domain.as_deref())?;
    expected.demanded.check(&claims, caller.env.now(), SKEW)?;
    let subject = text(&claims, "sub").unwrap_or_default();
    check_subject(subject)?;
    let more = match &discovery.userinfo {
        Some(url) if text(&claims, "email").is_none() && provider.scopes.iter().any(|scope| scope == "email") => {
            userinfo::fetch(url, access_token, subject, caller).await?
        }
        _ => Object::new(),
    };
    proven(provider, settings, &issuer, (&claims, &more), expected.name_in_response)
}

/// The person of a verified token. Callers have checked every rule.
pub(crate) fn proven(
    provider: &Provider,
    settings: &OpenIdSettings,
    issuer: &str,
    (claims, more): (&Object, &Object),
    name_in_response: Option<&str>,
) -> Result<VerifiedIdentity, UpstreamRefusal> {
    let key = subject_of(settings, claims)?;
    let issuer = known_issuer(provider, settings, issuer);
    let email = email(claims, more, settings);
    let identity = VerifiedIdentity::proven(provider, issuer, key, email, about(settings, (claims, more), name_in_response));
    Ok(identity.in_session(text(claims, "sid")))
}

/// What was compared with `iss` by another text is known by the configured one.
pub(crate) fn known_issuer<'a>(provider: &'a Provider, settings: &OpenIdSettings, issuer: &'a str) -> &'a str {
    if settings.tenants.is_some() { issuer } else { provider.issuer() }
}

/// OpenID Connect Core §3.1.3.7 (3 to 5): for us alone, and if it says to whom it was issued, to us.
fn check_audience(claims: &Object, client_id: &str) -> Result<(), UpstreamRefusal> {
    if claims.get("aud").and_then(Value::as_array).is_some_and(|audiences| audiences.iter().any(|one| one != client_id)) {
        return Err(UpstreamRefusal::wrong("id_token_aud", "it is for others too"));
    }
    match claims.get("azp") {
        None => Ok(()),
        Some(azp) if azp == client_id => Ok(()),
        Some(_) => Err(UpstreamRefusal::wrong("id_token_azp", "it was issued to another application")),
    }
}

/// OpenID Connect Core §3.1.3.7 (11): made for this very sign-in.
fn check_nonce(claims: &Object, nonce: &str) -> Result<(), UpstreamRefusal> {
    match text(claims, "nonce") {
        Some(found) if hash::constant_time_eq(found.as_bytes(), nonce.as_bytes()) => Ok(()),
        _ => Err(UpstreamRefusal::wrong("id_token_nonce", "missing, or another sign-in's")),
    }
}

/// OpenID Connect Core §3.1.3.7 (10): not made long ago. Gives when it was made, in whole seconds.
pub(crate) fn check_issued_recently(claims: &Object, oldest: Seconds, now: Timestamp) -> Result<Timestamp, UpstreamRefusal> {
    #[expect(clippy::as_conversions, reason = "a float converts to the nearest integer; the exact range was checked with the signature")]
    let made = claims.get("iat").and_then(Value::as_f64).map(|iat| Timestamp::from_seconds(iat as i64));
    match made {
        Some(made) if now < made + oldest => Ok(made),
        _ => Err(UpstreamRefusal::wrong("id_token_iat", "issued too long ago")),
    }
}

/// Google, "hd": the parameter of the request is a hint to its page; what counts is the claim.
pub(crate) fn check_hosted_domain(claims: &Object, wanted: Option<&str>) -> Result<(), UpstreamRefusal> {
    match (wanted, text(claims, "hd")) {
        (None, _) | (Some("*"), Some(_)) => Ok(()),
        (Some(wanted), Some(found)) if found.eq_ignore_ascii_case(wanted) => Ok(()),
        (Some(_), found) => Err(UpstreamRefusal::wrong("id_token_hd", found.unwrap_or("a personal account"))),
    }
}

/// OpenID Connect Core §3.1.3.8: if it names an access token, it is the one that came with it.
fn check_at_hash(claims: &Object, algorithm: Option<Algorithm>, access_token: &str) -> Result<(), UpstreamRefusal> {
    let Some(found) = claims.get("at_hash") else { return Ok(()) };
    let right = algorithm.map(|algorithm| at_hash(algorithm, access_token));
    match (found.as_str(), right) {
        (Some(found), Some(right)) if hash::constant_time_eq(found.as_bytes(), right.as_bytes()) => Ok(()),
        _ => Err(UpstreamRefusal::wrong("id_token_at_hash", "not the access token that came with it")),
    }
}

/// Address and flag come from one document. Only JSON `true` is true: `"true"` was an attack before it was a quirk, and counts at the
/// vendors alone that are known to write it.
fn email(claims: &Object, more: &Object, settings: &OpenIdSettings) -> EmailClaim {
    let source = if text(claims, "email").is_some() { claims } else { more };
    EmailClaim {
        address: text(source, "email").map(str::to_owned),
        verified: source.get(&settings.email_verified_claim).is_some_and(|flag| is_true(flag, settings.flags_as_text)),
        hosted_domain: text(source, "hd").is_some(),
    }
}

/// The id of the person, with what makes it unique at a provider where `sub` is not by itself. Both halves are of the verified token.
pub(crate) fn subject_of(settings: &OpenIdSettings, claims: &Object) -> Result<String, UpstreamRefusal> {
    let subject = text(claims, "sub").unwrap_or_default();
    check_subject(subject)?;
    let Some(claim) = &settings.subject_within else { return Ok(subject.to_owned()) };
    let whole = format!("{}/{subject}", text(claims, claim).ok_or_else(|| UpstreamRefusal::wrong("subject", format!("no {claim}")))?);
    check_subject(&whole)?;
    Ok(whole)
}

fn about(settings: &OpenIdSettings, (claims, more): (&Object, &Object), name_in_response: Option<&str>) -> About {
    // Apple, "Sign in with Apple": `{"name": {"firstName": …, "lastName": …}}`; a text that is no such object tells nothing
    let response: Value = name_in_response.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let brought = |pointer: &str| response.pointer(pointer).and_then(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned);
    let told = |name: &str| text(claims, name).or_else(|| text(more, name)).map(str::to_owned);
    About {
        name: told(&settings.name_claim),
        given_name: told("given_name").or_else(|| brought("/name/firstName")),
        family_name: told("family_name").or_else(|| brought("/name/lastName")),
        picture: told("picture"),
    }
}
