//! The code for tokens, at the provider's token endpoint (RFC 6749 §4.1.3).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chabi_token::SecretText;
use reqwest::RequestBuilder;
use serde_json::Value;
use url::Url;

use crate::{
    caller::{Caller, Object, object, text, without_error},
    provider::{ClientAuthentication, Protocol, Provider, TokenRequestShape},
    refusal::UpstreamRefusal,
};

/// What the provider gave. Lives until the person is known, and no longer.
pub(crate) struct UpstreamTokens {
    pub(crate) access_token: SecretText,
    pub(crate) id_token: Option<SecretText>,
    /// The whole response: a few providers tell the person in it.
    pub(crate) response: Object,
}

/// What we show for them.
pub(crate) struct Exchange<'a> {
    pub(crate) token_url: &'a Url,
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) code_verifier: &'a str,
    pub(crate) device_id: Option<&'a str>,
}

const DOING: &str = "exchanging the code";

pub(crate) async fn exchange(provider: &Provider, exchange: Exchange<'_>, caller: Caller<'_>) -> Result<UpstreamTokens, UpstreamRefusal> {
    let signed = match &provider.client_authentication {
        ClientAuthentication::Signed(secret) => {
            Some(secret.make(&provider.client_id, caller.env).map_err(|fault| UpstreamRefusal::wrong("client_secret", fault.to_string()))?)
        }
        ClientAuthentication::Basic | ClientAuthentication::Post => None,
    };
    let names = provider.parameter_names();
    let mut form = vec![("grant_type", "authorization_code"), ("code", exchange.code), ("redirect_uri", exchange.redirect_uri)];
    if provider.pkce {
        // RFC 7636 §4.5: what the challenge in the authorization request was made from
        form.push(("code_verifier", exchange.code_verifier));
    }
    if let Some(device) = exchange.device_id {
        form.push(("device_id", device));
    }
    let basic = match &provider.client_authentication {
        ClientAuthentication::Basic => Some(basic(provider)),
        ClientAuthentication::Post | ClientAuthentication::Signed(_) => {
            form.push((&names.id, &provider.client_id));
            form.push((&names.secret, signed.as_ref().unwrap_or(&provider.client_secret).expose()));
            None
        }
    };
    tokens(call(provider, exchange.token_url, &form, basic.as_ref(), caller).await?)
}

/// The call, written as the provider wants it.
async fn call(
    provider: &Provider,
    url: &Url,
    form: &[(&str, &str)],
    basic: Option<&SecretText>,
    caller: Caller<'_>,
) -> Result<Object, UpstreamRefusal> {
    let prepare = |request: RequestBuilder| match basic {
        Some(header) => request.header("authorization", header.expose()),
        None => request,
    };
    match shape(provider) {
        TokenRequestShape::Form => caller.post(DOING, url, form, prepare).await,
        TokenRequestShape::Json => {
            let body: Object = form.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
            caller.post_json(DOING, url, Value::Object(body).to_string(), prepare).await
        }
        TokenRequestShape::Query => {
            let mut url = url.clone();
            url.query_pairs_mut().extend_pairs(form);
            let answer = caller.get_with(DOING, &url, prepare).await?;
            without_error(DOING, object(DOING, &answer.body)?)
        }
    }
}

fn shape(provider: &Provider) -> TokenRequestShape {
    match &provider.protocol {
        Protocol::OAuth2(settings) => settings.token_request,
        Protocol::OpenId(_) => TokenRequestShape::Form,
    }
}

/// RFC 6749 §2.3.1: id and secret are form-encoded before they are joined.
fn basic(provider: &Provider) -> SecretText {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(&provider.client_id), encode(provider.client_secret.expose()));
    SecretText::new(format!("Basic {}", STANDARD.encode(pair)))
}

fn tokens(response: Object) -> Result<UpstreamTokens, UpstreamRefusal> {
    // RFC 6749 §5.1: required, whatever its case; a token that is no bearer token cannot be used as one
    if text(&response, "token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(UpstreamRefusal::wrong("token_type", "not bearer"));
    }
    let secret = |name| text(&response, name).map(|token| SecretText::new(token.to_owned()));
    let access_token = secret("access_token").ok_or_else(|| UpstreamRefusal::wrong("token_response", no_token(&response)))?;
    Ok(UpstreamTokens { access_token, id_token: secret("id_token"), response })
}

/// WeChat's word for an error is `errcode`.
fn no_token(response: &Object) -> String {
    response.get("errcode").map_or_else(|| "no access token".to_owned(), |code| format!("no access token: errcode {code}"))
}
