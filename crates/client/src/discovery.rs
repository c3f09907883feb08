//! A provider's endpoints, from its discovery document (OpenID Connect Discovery 1.0).

use chabi_outgoing::remembered::Fetched;
use serde_json::Value;
use url::Url;

use crate::{
    caller::{Caller, Object, checked_url, object, text},
    provider::OpenIdSettings,
    refusal::UpstreamRefusal,
};

/// What we take from the document.
#[derive(Debug)]
pub(crate) struct Discovery {
    pub(crate) authorize: Url,
    pub(crate) token: Url,
    pub(crate) userinfo: Option<Url>,
    pub(crate) keys: Url,
    /// RFC 7009.
    pub(crate) revoke: Option<Url>,
    /// The token endpoint takes a secret in the form.
    pub(crate) takes_secret_in_form: bool,
    /// RFC 9207 §3: the provider promises `iss` in its authorization responses.
    pub(crate) iss_promised: bool,
}

const DOING: &str = "fetching the discovery document";

pub(crate) async fn fetch(settings: &OpenIdSettings, caller: Caller<'_>) -> Result<Fetched<Discovery>, UpstreamRefusal> {
    let url = checked_url(caller.http, "discovery_url", &document_url(settings))?;
    let answer = caller.get(DOING, &url, None).await?;
    let document = object(DOING, &answer.body)?;
    check_issuer(&document, &settings.issuer)?;
    Ok(Fetched { document: endpoints(&document, caller)?, max_age: answer.max_age })
}

fn document_url(settings: &OpenIdSettings) -> String {
    match &settings.discovery_url {
        Some(url) => url.clone(),
        // OpenID Connect Discovery §4: a slash at the issuer's end is taken away first
        None => format!("{}/.well-known/openid-configuration", settings.issuer.trim_end_matches('/')),
    }
}

/// OpenID Connect Discovery §4.3: the document must be the configured issuer's own, byte by byte.
fn check_issuer(document: &Object, issuer: &str) -> Result<(), UpstreamRefusal> {
    match text(document, "issuer") {
        Some(found) if found == issuer => Ok(()),
        found => Err(UpstreamRefusal::wrong("discovery_issuer", format!("{}, expected {issuer}", found.unwrap_or("none")))),
    }
}

fn endpoints(document: &Object, caller: Caller<'_>) -> Result<Discovery, UpstreamRefusal> {
    let endpoint = |name: &'static str| match text(document, name) {
        Some(url) => checked_url(caller.http, name, url),
        None => Err(UpstreamRefusal::wrong(name, "missing in the discovery document")),
    };
    let methods = document.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
    Ok(Discovery {
        authorize: endpoint("authorization_endpoint")?,
        token: endpoint("token_endpoint")?,
        userinfo: text(document, "userinfo_endpoint").map(|_| endpoint("userinfo_endpoint")).transpose()?,
        keys: endpoint("jwks_uri")?,
        revoke: text(document, "revocation_endpoint").map(|_| endpoint("revocation_endpoint")).transpose()?,
        takes_secret_in_form: methods.is_some_and(|methods| methods.iter().any(|method| method == "client_secret_post")),
        iss_promised: document.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
    })
}
