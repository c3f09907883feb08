//! The code for tokens, at the provider's token endpoint (RFC 6749 §4.1.3).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chabi_token::SecretText;
use url::Url;

use crate::{
    caller::{Caller, Object, text},
    provider::{ClientAuthentication, Provider},
    refusal::UpstreamRefusal,
};

/// What the provider gave. Lives until the person is known, and no longer.
pub(crate) struct UpstreamTokens {
    pub(crate) access_token: SecretText,
    pub(crate) id_token: Option<SecretText>,
}

/// What we show for them.
pub(crate) struct Exchange<'a> {
    pub(crate) token_url: &'a Url,
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) code_verifier: &'a str,
}

const DOING: &str = "exchanging the code";

pub(crate) async fn exchange(provider: &Provider, exchange: Exchange<'_>, caller: Caller<'_>) -> Result<UpstreamTokens, UpstreamRefusal> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", exchange.code),
        ("redirect_uri", exchange.redirect_uri),
        // RFC 7636 §4.5: what the challenge in the authorization request was made from
        ("code_verifier", exchange.code_verifier),
    ];
    if provider.client_authentication == ClientAuthentication::Post {
        form.push(("client_id", &provider.client_id));
        form.push(("client_secret", provider.client_secret.expose()));
    }
    let basic = (provider.client_authentication == ClientAuthentication::Basic).then(|| basic(provider));
    let answer = caller
        .post(DOING, exchange.token_url, &form, |request| match &basic {
            Some(header) => request.header("authorization", header.expose()),
            None => request,
        })
        .await?;
    tokens(&answer)
}

/// RFC 6749 §2.3.1: id and secret are form-encoded before they are joined.
fn basic(provider: &Provider) -> SecretText {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(&provider.client_id), encode(provider.client_secret.expose()));
    SecretText::new(format!("Basic {}", STANDARD.encode(pair)))
}

fn tokens(answer: &Object) -> Result<UpstreamTokens, UpstreamRefusal> {
    // RFC 6749 §5.1: required, whatever its case; a token that is no bearer token cannot be used as one
    if text(answer, "token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(UpstreamRefusal::wrong("token_type", "not bearer"));
    }
    let secret = |name| text(answer, name).map(|token| SecretText::new(token.to_owned()));
    let access_token = secret("access_token").ok_or_else(|| UpstreamRefusal::wrong("token_response", "no access token"))?;
    Ok(UpstreamTokens { access_token, id_token: secret("id_token") })
}
