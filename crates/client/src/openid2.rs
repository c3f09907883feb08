//! An assertion of OpenID 2.0: asked for, and checked at the provider itself (OpenID Authentication 2.0 §9 to §11).

use chabi_token::{Seconds, Timestamp};
use serde_json::Value;
use url::Url;

use crate::{
    callback::Callback,
    caller::{Caller, checked_url, object},
    identity::{About, EmailClaim, VerifiedIdentity},
    profile::{check_subject, read},
    provider::{OpenId2Settings, Provider},
    refusal::UpstreamRefusal,
};

const NS: &str = "http://specs.openid.net/auth/2.0";
const ANYBODY: &str = "http://specs.openid.net/auth/2.0/identifier_select";
const DOING: &str = "checking the assertion";
const FETCHING: &str = "fetching the profile";
/// How old an assertion may be, and how far the provider's clock may be ahead.
const OLDEST: Seconds = Seconds::minutes(5);

/// Where the browser comes back to: `state` has no other place in this protocol.
fn return_to(redirect_uri: &str, state: &str) -> Result<Url, UpstreamRefusal> {
    let mut url: Url = redirect_uri.parse().map_err(|_| UpstreamRefusal::wrong("redirect_uri", "not a URL"))?;
    url.query_pairs_mut().append_pair("state", state);
    Ok(url)
}

/// OpenID Authentication 2.0 §9.1: the request, for whoever the person is there.
pub(crate) fn request(mut endpoint: Url, redirect_uri: &str, state: &str) -> Result<Url, UpstreamRefusal> {
    let back = return_to(redirect_uri, state)?;
    endpoint.query_pairs_mut().extend_pairs([
        ("openid.ns", NS),
        ("openid.mode", "checkid_setup"),
        ("openid.return_to", back.as_str()),
        ("openid.realm", &format!("{}/", back.origin().ascii_serialization())),
        ("openid.identity", ANYBODY),
        ("openid.claimed_id", ANYBODY),
    ]);
    Ok(endpoint)
}

/// Whom the assertion is about, when the provider says that it is its own.
pub(crate) async fn identify(
    provider: &Provider,
    settings: &OpenId2Settings,
    callback: &Callback,
    redirect_uri: &str,
    caller: Caller<'_>,
) -> Result<VerifiedIdentity, UpstreamRefusal> {
    let subject = check_assertion(settings, callback, redirect_uri, caller.env.now())?.to_owned();
    check_with_provider(settings, callback, caller).await?;
    // a name is a nicety: without it the person is who they are
    let about = profile(provider, settings, &subject, caller).await.unwrap_or_default();
    Ok(VerifiedIdentity::proven(provider, &settings.issuer, subject, EmailClaim::default(), about))
}

/// What the provider tells about a person to who has a key for that.
async fn profile(provider: &Provider, settings: &OpenId2Settings, subject: &str, caller: Caller<'_>) -> Option<About> {
    let key = provider.client_secret.expose().trim();
    if key.is_empty() || settings.profile_url.is_empty() {
        return None;
    }
    let encoded: String = form_urlencoded::byte_serialize(key.as_bytes()).collect();
    let url = settings.profile_url.replace("{secret}", &encoded).replace("{subject}", subject);
    let url = checked_url(caller.http, "profile_url", &url).ok()?;
    let answer = caller.get(FETCHING, &url, None).await.inspect_err(|refusal| tracing::warn!(%refusal, "no name")).ok()?;
    let read = read(&settings.mapping, &Value::Object(object(FETCHING, &answer.body).ok()?)).ok()?;
    (read.subject == subject).then_some(read.about)
}

/// Everything that can be checked without the provider.
fn check_assertion<'a>(
    settings: &OpenId2Settings,
    callback: &'a Callback,
    redirect_uri: &str,
    now: Timestamp,
) -> Result<&'a str, UpstreamRefusal> {
    let field = |name: &str| callback.field(name).unwrap_or_default();
    let wrong = |rule, detail: &str| Err(UpstreamRefusal::wrong(rule, detail));
    match field("openid.mode") {
        "id_res" => {}
        // OpenID Authentication 2.0 §10.2.2
        "cancel" => return Err(UpstreamRefusal::Cancelled),
        "error" => return Err(UpstreamRefusal::refused("authorizing", field("openid.error"))),
        other => return Err(UpstreamRefusal::wrong("openid_mode", other)),
    }
    // OpenID Authentication 2.0 §11.2: what is not signed is not said
    let signed: Vec<&str> = field("openid.signed").split(',').collect();
    let needed = ["op_endpoint", "claimed_id", "identity", "return_to", "response_nonce", "assoc_handle"];
    if field("openid.ns") != NS || needed.iter().any(|name| !signed.contains(name)) {
        return wrong("openid_signed", "a field that counts is not signed");
    }
    // OpenID Authentication 2.0 §11.2: made by the endpoint that is pinned here, not by one that the assertion names
    if field("openid.op_endpoint") != settings.endpoint {
        return wrong("openid_op_endpoint", "another provider's");
    }
    // OpenID Authentication 2.0 §11.1: for this callback and this very sign-in, whose `state` it holds
    let state = callback.state.as_deref().unwrap_or_default();
    if field("openid.return_to") != return_to(redirect_uri, state)?.as_str() {
        return wrong("openid_return_to", "made for another sign-in");
    }
    check_fresh(field("openid.response_nonce"), now)?;
    let claimed = field("openid.claimed_id");
    // OpenID Authentication 2.0 §11.2: identifiers of the provider's own people, since it speaks for no others
    let subject = claimed.strip_prefix(&*settings.identifiers).filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()));
    match subject {
        Some(subject) if field("openid.identity") == claimed => check_subject(subject).map(|()| subject),
        _ => wrong("openid_claimed_id", "not one of its own people"),
    }
}

/// OpenID Authentication 2.0 §11.3: made just now. It is used once because `state`, which it holds, is.
fn check_fresh(nonce: &str, now: Timestamp) -> Result<(), UpstreamRefusal> {
    let made = nonce.get(..20).and_then(moment);
    match made {
        Some(made) if made <= now + OLDEST && now <= made + OLDEST => Ok(()),
        _ => Err(UpstreamRefusal::wrong("openid_response_nonce", "missing, or not made just now")),
    }
}

/// `2026-11-30T02:22:04Z` (RFC 3339, UTC alone).
fn moment(text: &str) -> Option<Timestamp> {
    let shape = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        19 => byte == b'Z',
        _ => byte.is_ascii_digit(),
    });
    if !shape || text.len() != 20 {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // days since 1970, with years that begin in March, so that the leap day is the last
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468;
    Some(Timestamp::from_seconds(days * 86_400 + hour * 3_600 + minute * 60 + second))
}

/// OpenID Authentication 2.0 §11.4.2: the provider is asked whether the assertion is its own; there is no shared key that could leak.
async fn check_with_provider(settings: &OpenId2Settings, callback: &Callback, caller: Caller<'_>) -> Result<(), UpstreamRefusal> {
    let url = checked_url(caller.http, "endpoint", &settings.endpoint)?;
    let fields = callback.fields.iter().filter(|(name, _)| name.starts_with("openid.") && name != "openid.mode");
    let mut form: Vec<(&str, &str)> = fields.map(|(name, value)| (&**name, &**value)).collect();
    form.push(("openid.mode", "check_authentication"));
    let answer = caller.post_for_text(DOING, &url, &form).await?;
    // OpenID Authentication 2.0 §4.1.1: lines of `key:value`
    let says = |key: &str| answer.lines().find_map(|line| line.split_once(':').filter(|(name, _)| *name == key)).map(|(_, value)| value);
    if says("is_valid") == Some("true") && says("ns") == Some(NS) {
        Ok(())
    } else {
        Err(UpstreamRefusal::wrong("openid_assertion", "the provider does not know it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_the_calendar_has_it() {
        assert_eq!(moment("1970-01-01T00:00:00Z"), Some(Timestamp::from_seconds(0)));
        assert_eq!(moment("2000-02-29T12:00:00Z"), Some(Timestamp::from_seconds(951_825_600)));
        assert_eq!(moment("2027-01-15T08:00:00Z"), Some(Timestamp::from_seconds(1_800_000_000)));
        for wrong in ["", "2027-01-15 08:00:00Z", "2027-01-15T08:00:00+", "2027-13-15T08:00:00Z", "2027-01-15T24:00:00Z"] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }
}
