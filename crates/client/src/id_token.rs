//! Whom the ID token is about (OpenID Connect Core §3.1.3.7). No provider skips a rule.

mod tenant;

use std::sync::Arc;

use chabi_token::{
    Algorithm, Seconds, Timestamp, base64url, hash,
    id_token::at_hash,
    jwk::JwkSet,
    jws::{self, ExpectedAudience, TokenError, VerificationProfile},
};
use serde_json::Value;

use crate::{
    caller::{Caller, Object, text},
    code_exchange::UpstreamTokens,
    discovery::Discovery,
    identity::{About, EmailClaim, VerifiedIdentity},
    keys,
    profile::check_subject,
    provider::{OpenIdSettings, Provider},
    refusal::UpstreamRefusal,
    upstream::Standing,
    userinfo,
};

/// What the ID token is held against.
pub(crate) struct Expected<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) settings: &'a OpenIdSettings,
    pub(crate) nonce: &'a str,
    /// What the browser brought as the person's name, where the provider tells it so.
    pub(crate) name_in_response: Option<&'a str>,
}

/// How far the provider's clock may be off ours.
const SKEW: Seconds = Seconds(60);
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
    let (id_token, access_token) = (id_token.expose(), tokens.access_token.expose());
    let issuer = tenant::issuer_of(expected.settings, id_token)?;
    let claims = verify(expected, &issuer, id_token, (standing, discovery), caller).await?;
    check_audience(&claims, &expected.provider.client_id)?;
    check_nonce(&claims, expected.nonce)?;
    check_issued_recently(&claims, caller.env.now())?;
    check_at_hash(&claims, id_token, access_token)?;
    check_hosted_domain(&claims, expected.settings.hosted_domain.as_deref())?;
    let subject = text(&claims, "sub").unwrap_or_default().to_owned();
    check_subject(&subject)?;
    let more = match &discovery.userinfo {
        Some(url) if text(&claims, "email").is_none() && expected.provider.scopes.iter().any(|scope| scope == "email") => {
            userinfo::fetch(url, access_token, &subject, caller).await?
        }
        _ => Object::new(),
    };
    let key = within(expected.settings, &claims, subject)?;
    // what was compared with `iss` by another text is known by the configured one
    let issuer = if expected.settings.tenants.is_some() { &*issuer } else { expected.provider.issuer() };
    let email = email(&claims, &more, &expected.settings.email_verified_claim);
    Ok(VerifiedIdentity::proven(expected.provider, issuer, key, email, about(&claims, &more, expected.name_in_response)))
}

/// Signature, issuer, audience, times. A key that we do not have is looked for once more, at most once a minute.
async fn verify(
    expected: &Expected<'_>,
    issuer: &str,
    id_token: &str,
    (standing, discovery): (&Standing, &Discovery),
    caller: Caller<'_>,
) -> Result<Object, UpstreamRefusal> {
    let now = caller.env.now();
    let fetch = || keys::fetch(&discovery.keys, caller);
    let known = standing.keys.current(fetch, caller.env).await?;
    let outcome = match verify_with(expected, issuer, id_token, &known, now) {
        // OpenID Connect Core §10.1.1: an unknown `kid` may mean that the provider has rotated its keys
        Err(TokenError::UnknownKey) => match standing.keys.again(&known, fetch, caller.env).await {
            Some(newer) => verify_with(expected, issuer, id_token, &newer, now),
            None => Err(TokenError::UnknownKey),
        },
        outcome => outcome,
    };
    outcome.map_err(|error| UpstreamRefusal::wrong("id_token", error.to_string()))
}

fn verify_with(expected: &Expected<'_>, issuer: &str, id_token: &str, keys: &Arc<JwkSet>, now: Timestamp) -> Result<Object, TokenError> {
    let verify = |issuer: &str| {
        let profile = VerificationProfile {
            types: &["JWT", ""],
            // RFC 8725 §3.1: pinned for the provider, not taken from the header
            algorithms: &expected.settings.algorithms,
            issuer,
            audience: ExpectedAudience::Is(&expected.provider.client_id),
            skew: SKEW,
            required: &["sub", "iat", "nonce"],
            forbidden: &["events"],
        };
        jws::verify::<Object>(id_token, keys, &profile, now)
    };
    let others = expected.settings.other_issuers.iter();
    others.fold(verify(issuer), |outcome, other| match outcome {
        Err(TokenError::Issuer) => verify(other),
        outcome => outcome,
    })
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

/// OpenID Connect Core §3.1.3.7 (10): not made long ago.
fn check_issued_recently(claims: &Object, now: Timestamp) -> Result<(), UpstreamRefusal> {
    match claims.get("iat").and_then(Value::as_f64) {
        #[expect(
            clippy::as_conversions,
            reason = "a float converts to the nearest integer; the exact range was checked with the signature"
        )]
        Some(iat) if now < Timestamp::from_seconds(iat as i64) + OLDEST => Ok(()),
        _ => Err(UpstreamRefusal::wrong("id_token_iat", "issued too long ago")),
    }
}

/// Google, "hd": the parameter of the request is a hint to its page; what counts is the claim.
fn check_hosted_domain(claims: &Object, wanted: Option<&str>) -> Result<(), UpstreamRefusal> {
    match (wanted, text(claims, "hd")) {
        (None, _) | (Some("*"), Some(_)) => Ok(()),
        (Some(wanted), Some(found)) if found.eq_ignore_ascii_case(wanted) => Ok(()),
        (Some(_), found) => Err(UpstreamRefusal::wrong("id_token_hd", found.unwrap_or("a personal account"))),
    }
}

/// OpenID Connect Core §3.1.3.8: if it names an access token, it is the one that came with it.
fn check_at_hash(claims: &Object, id_token: &str, access_token: &str) -> Result<(), UpstreamRefusal> {
    let Some(found) = claims.get("at_hash") else { return Ok(()) };
    let right = algorithm_of(id_token).map(|algorithm| at_hash(algorithm, access_token));
    match (found.as_str(), right) {
        (Some(found), Some(right)) if hash::constant_time_eq(found.as_bytes(), right.as_bytes()) => Ok(()),
        _ => Err(UpstreamRefusal::wrong("id_token_at_hash", "not the access token that came with it")),
    }
}

/// Of a token whose header was verified.
fn algorithm_of(id_token: &str) -> Option<Algorithm> {
    let header = base64url::decode(id_token.split('.').next()?).ok()?;
    let header: Object = serde_json::from_slice(&header).ok()?;
    Algorithm::parse(text(&header, "alg")?)
}

/// Address and flag come from one document. Only JSON `true` is true: `"true"` was an attack before it was a quirk.
fn email(claims: &Object, more: &Object, flag: &str) -> EmailClaim {
    let source = if text(claims, "email").is_some() { claims } else { more };
    EmailClaim {
        address: text(source, "email").map(str::to_owned),
        verified: source.get(flag) == Some(&Value::Bool(true)),
        hosted_domain: text(source, "hd").is_some(),
    }
}

/// What makes `sub` unique at a provider where it is not by itself. Both halves are of the verified token.
fn within(settings: &OpenIdSettings, claims: &Object, subject: String) -> Result<String, UpstreamRefusal> {
    let Some(claim) = &settings.subject_within else { return Ok(subject) };
    let whole = format!("{}/{subject}", text(claims, claim).ok_or_else(|| UpstreamRefusal::wrong("subject", format!("no {claim}")))?);
    check_subject(&whole)?;
    Ok(whole)
}

fn about(claims: &Object, more: &Object, name_in_response: Option<&str>) -> About {
    // Apple, "Sign in with Apple": `{"name": {"firstName": …, "lastName": …}}`; a text that is no such object tells nothing
    let response: Value = name_in_response.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let brought = |pointer: &str| response.pointer(pointer).and_then(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned);
    let told = |name: &str| text(claims, name).or_else(|| text(more, name)).map(str::to_owned);
    About {
        name: told("name"),
        given_name: told("given_name").or_else(|| brought("/name/firstName")),
        family_name: told("family_name").or_else(|| brought("/name/lastName")),
        picture: told("picture"),
    }
}
