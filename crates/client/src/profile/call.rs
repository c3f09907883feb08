//! The call for a profile, as each provider wants to be asked.

use chabi_token::hash::hmac_sha256;
use reqwest::RequestBuilder;
use serde_json::Value;
use url::Url;

use super::at;
use crate::{
    caller::{Caller, Object, checked_url, object},
    code_exchange::UpstreamTokens,
    hex::hex,
    provider::{ProfileCall, ProfileMethod, Provider, StatusMember, TokenPlace},
    refusal::UpstreamRefusal,
};

const DOING: &str = "fetching the profile";

/// The profile, as the provider wrote it.
pub(super) async fn fetch(
    provider: &Provider,
    call: &ProfileCall,
    tokens: &UpstreamTokens,
    caller: Caller<'_>,
) -> Result<Value, UpstreamRefusal> {
    if call.url.is_empty() {
        return Ok(Value::Object(tokens.response.clone()));
    }
    let access_token = tokens.access_token.expose();
    let mut url = checked_url(caller.http, "profile_url", &filled(&call.url, provider, &tokens.response))?;
    if call.appsecret_proof {
        prove(&mut url, provider, access_token);
    }
    let url = with_token(url, &call.token, access_token);
    let prepare = |request: RequestBuilder| {
        let headers = call.headers.iter().map(|(name, value)| (name, filled(value, provider, &tokens.response)));
        headers.fold(authorized(request, &call.token, access_token), |request, (name, value)| request.header(name, value))
    };
    let profile = match call.method {
        ProfileMethod::Get => {
            let answer = caller.get_with(DOING, &url, prepare).await?;
            object(DOING, &answer.body)?
        }
        ProfileMethod::PostForm => {
            let form = [("access_token", access_token), ("client_id", provider.client_id.as_str())];
            caller.post(DOING, &url, &form, prepare).await?
        }
        ProfileMethod::PostJson => caller.post_json(DOING, &url, call.body.clone(), prepare).await?,
    };
    let profile = Value::Object(profile);
    check_status(call.status.as_ref(), &profile)?;
    Ok(profile)
}

/// The token in the query, for the providers that want it there.
pub(super) fn with_token(mut url: Url, place: &TokenPlace, access_token: &str) -> Url {
    if let TokenPlace::Query(name) = place {
        url.query_pairs_mut().append_pair(name, access_token);
    }
    url
}

/// RFC 6750 §2.1, for all the others.
pub(super) fn authorized(request: RequestBuilder, place: &TokenPlace, access_token: &str) -> RequestBuilder {
    match place {
        TokenPlace::Scheme(scheme) => request.header("authorization", format!("{scheme} {access_token}")),
        TokenPlace::Query(_) => request,
        TokenPlace::Header(name) => request.header(name, access_token),
    }
}

/// Puts our id, and members of the token response, into their places. Values are encoded, so that none adds a parameter or a path.
pub(crate) fn filled(template: &str, provider: &Provider, response: &Object) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let mut text = template.replace("{client_id}", &encode(&provider.client_id));
    for (name, value) in response {
        let value = match value {
            Value::String(value) => value.clone(),
            Value::Number(value) => value.to_string(),
            _ => continue,
        };
        text = text.replace(&format!("{{token.{name}}}"), &encode(&value));
    }
    text
}

/// Facebook, "Securing Graph API Requests": hex of HMAC-SHA-256 over the access token, keyed with our secret.
fn prove(url: &mut Url, provider: &Provider, access_token: &str) {
    let mac = hmac_sha256(provider.client_secret.expose().as_bytes(), &[access_token.as_bytes()]);
    url.query_pairs_mut().append_pair("appsecret_proof", &hex(&mac));
}

/// A failure with status 200, as WeChat, Naver and TikTok have it.
pub(crate) fn check_status(status: Option<&StatusMember>, profile: &Value) -> Result<(), UpstreamRefusal> {
    let Some(StatusMember { at: pointer, fine }) = status else { return Ok(()) };
    let told = match at(profile, pointer) {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if told == *fine { Ok(()) } else { Err(UpstreamRefusal::refused(DOING, told)) }
}
