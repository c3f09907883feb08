//! The code for tokens, at the provider's token endpoint (RFC 6749 §4.1.3).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chabi_token::{SecretText, Timestamp};
use reqwest::RequestBuilder;
use serde_json::Value;
use url::Url;

use crate::{
    caller::{Caller, Object, object, text, without_error},
    provider::{ClientAuthentication, ParameterNames, Protocol, Provider, TokenRequestShape},
    refusal::UpstreamRefusal,
    tokens::ProviderTokens,
};

/// What the provider gave. Lives until the person is known, and no longer unless the caller keeps it.
pub(crate) struct UpstreamTokens {
    pub(crate) access_token: SecretText,
    pub(crate) id_token: Option<SecretText>,
    /// The whole response: a few providers tell the person in it.
    pub(crate) response: Object,
}

impl UpstreamTokens {
    /// For a caller who keeps them.
    pub(crate) fn kept(self, provider: &Provider, now: Timestamp) -> ProviderTokens {
        let mut kept = ProviderTokens::read(&self.response, self.access_token, now);
        if kept.refresh_token.is_none() && provider.refresh_grant() != "refresh_token" {
            kept.refresh_token = Some(SecretText::new(kept.access_token.expose().to_owned()));
        }
        kept
    }
}

/// What we show for them.
pub(crate) struct Exchange<'a> {
    pub(crate) token_url: &'a Url,
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) code_verifier: &'a str,
    pub(crate) device_id: Option<&'a str>,
    /// The token endpoint takes a secret in the form.
    pub(crate) takes_secret_in_form: bool,
}

const DOING: &str = "exchanging the code";
const REFRESHING: &str = "refreshing a token";

/// RFC 6749 §4.1.3: the code, once.
pub(crate) async fn exchange(provider: &Provider, exchange: Exchange<'_>, caller: Caller<'_>) -> Result<UpstreamTokens, UpstreamRefusal> {
    let mut form = vec![("code", exchange.code), ("redirect_uri", exchange.redirect_uri)];
    if provider.pkce {
        // RFC 7636 §4.5: what the challenge in the authorization request was made from
        form.push(("code_verifier", exchange.code_verifier));
    }
    if let Some(device) = exchange.device_id {
        form.push(("device_id", device));
    }
    let names = provider.parameter_names();
    form.insert(0, (&names.grant_type, "authorization_code"));
    let to = (exchange.token_url, exchange.takes_secret_in_form);
    let response = ask(provider, to, form, DOING, caller).await?;
    tokens(response, &names.access_token)
}

/// RFC 6749 §6: a new access token, and where the provider rotates them a new refresh token.
pub(crate) async fn refresh(
    provider: &Provider,
    to: (&Url, bool),
    token: &str,
    caller: Caller<'_>,
) -> Result<UpstreamTokens, UpstreamRefusal> {
    let names = provider.parameter_names();
    let grant = provider.refresh_grant();
    let response = ask(provider, to, vec![(&names.grant_type, grant), (grant, token)], REFRESHING, caller).await?;
    tokens(response, &names.access_token)
}

/// Our id and secret, as the provider wants them: in the form, or as a header.
pub(crate) struct Credentials {
    names: ParameterNames,
    secret: Option<SecretText>,
    pub(crate) header: Option<SecretText>,
}

impl Credentials {
    pub(crate) fn of(provider: &Provider, takes_secret_in_form: bool, caller: Caller<'_>) -> Result<Self, UpstreamRefusal> {
        let copy = || SecretText::new(provider.client_secret.expose().to_owned());
        let (secret, header) = match &provider.client_authentication {
            // providers do not agree on whether the header is encoded (django-allauth does not decode it); a form has one reading
            ClientAuthentication::Basic if takes_secret_in_form && is_changed_by_encoding(provider) => (Some(copy()), None),
            ClientAuthentication::Basic => (None, Some(basic(provider))),
            ClientAuthentication::Post => (Some(copy()), None),
            ClientAuthentication::None => (None, None),
            ClientAuthentication::Signed(secret) => {
                let made = secret.make(&provider.client_id, caller.env);
                (Some(made.map_err(|fault| UpstreamRefusal::wrong("client_secret", fault.to_string()))?), None)
            }
        };
        Ok(Self { names: provider.parameter_names(), secret, header })
    }

    /// What stands in the form; our id too, unless the header has it.
    pub(crate) fn fields<'a>(&'a self, provider: &'a Provider) -> impl Iterator<Item = (&'a str, &'a str)> {
        let id_name = self.names.id_in_token_request.as_ref().unwrap_or(&self.names.id);
        let id = self.header.is_none().then_some((&**id_name, &*provider.client_id));
        let secret = self.secret.as_ref().map(|secret| (&*self.names.secret, secret.expose()));
        id.into_iter().chain(secret)
    }
}

async fn ask(
    provider: &Provider,
    (url, takes_secret_in_form): (&Url, bool),
    form: Vec<(&str, &str)>,
    doing: &'static str,
    caller: Caller<'_>,
) -> Result<Object, UpstreamRefusal> {
    let credentials = Credentials::of(provider, takes_secret_in_form, caller)?;
    let form: Vec<(&str, &str)> = form.into_iter().chain(credentials.fields(provider)).collect();
    call(provider, url, &form, (credentials.header.as_ref(), doing), caller).await
}

/// The call, written as the provider wants it.
async fn call(
    provider: &Provider,
    url: &Url,
    form: &[(&str, &str)],
    (basic, doing): (Option<&SecretText>, &'static str),
    caller: Caller<'_>,
) -> Result<Object, UpstreamRefusal> {
    let headers = token_headers(provider);
    let prepare = |request: RequestBuilder| {
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        match basic {
            Some(header) => request.header("authorization", header.expose()),
            None => request,
        }
    };
    match shape(provider) {
        TokenRequestShape::Form => caller.post(doing, url, form, prepare).await,
        TokenRequestShape::Json => {
            let body: Object = form.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
            caller.post_json(doing, url, Value::Object(body).to_string(), prepare).await
        }
        TokenRequestShape::Query => {
            let mut url = url.clone();
            url.query_pairs_mut().extend_pairs(form);
            let answer = caller.get_with(doing, &url, prepare).await?;
            without_error(doing, object(doing, &answer.body)?)
        }
    }
}

fn shape(provider: &Provider) -> TokenRequestShape {
    match &provider.protocol {
        Protocol::OAuth2(settings) => settings.token_request,
        Protocol::OpenId(_) | Protocol::OpenId2(_) | Protocol::SignedForm(_) => TokenRequestShape::Form,
    }
}

fn token_headers(provider: &Provider) -> Vec<(String, String)> {
    let Protocol::OAuth2(settings) = &provider.protocol else { return Vec::new() };
    settings.token_headers.iter().map(|(name, value)| (name.clone(), value.replace("{client_id}", &provider.client_id))).collect()
}

/// RFC 6749 §2.3.1: id and secret are form-encoded before they are joined.
fn basic(provider: &Provider) -> SecretText {
    let pair = format!("{}:{}", encode(&provider.client_id), encode(provider.client_secret.expose()));
    SecretText::new(format!("Basic {}", STANDARD.encode(pair)))
}

fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn is_changed_by_encoding(provider: &Provider) -> bool {
    [&*provider.client_id, provider.client_secret.expose()].iter().any(|text| encode(text) != **text)
}

fn tokens(response: Object, access_token: &str) -> Result<UpstreamTokens, UpstreamRefusal> {
    // RFC 6749 §5.1: required, whatever its case; a token that is no bearer token cannot be used as one
    if text(&response, "token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(UpstreamRefusal::wrong("token_type", "not bearer"));
    }
    let secret = |name| text(&response, name).map(|token| SecretText::new(token.to_owned()));
    let access_token = secret(access_token).ok_or_else(|| UpstreamRefusal::wrong("token_response", "no access token"))?;
    Ok(UpstreamTokens { access_token, id_token: secret("id_token"), response })
}
