//! `[[applications]]`.

use anyhow::{Result, anyhow, ensure};
use chabi::{
    ApplicationKind, ApplicationSettings, AssertionIssuer, ClientAuthentication, ExchangeRule, Profile, RegisteredClient, Scope, Timestamp,
    client_secret_hash,
};
use serde::Deserialize;
use toml::{Table, Value};

use super::names;

/// The columns of an application's row; the rest of a table is [`ApplicationSettings`].
#[derive(Debug, Deserialize)]
#[serde(default)]
struct Columns {
    client_id: String,
    client_secret: Option<String>,
    name: String,
    profile: String,
    kind: String,
    /// Absent: by secret, whichever way it is sent, when there is one.
    token_endpoint_auth_method: Option<String>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    origins: Vec<String>,
    grant_types: Vec<String>,
    scope: String,
    audience: String,
    id_token_signed_response_alg: String,
    first_party: bool,
}

impl Default for Columns {
    fn default() -> Self {
        Self {
            client_id: String::new(),
            client_secret: None,
            name: String::new(),
            profile: "oauth21".to_owned(),
            kind: "web".to_owned(),
            token_endpoint_auth_method: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            origins: Vec::new(),
            grant_types: ["authorization_code", "refresh_token"].map(str::to_owned).to_vec(),
            scope: "openid profile email address phone offline_access".to_owned(),
            audience: String::new(),
            id_token_signed_response_alg: "RS256".to_owned(),
            first_party: false,
        }
    }
}

/// Reads one table.
pub fn read(mut table: Table) -> Result<RegisteredClient> {
    let client_id = table.get("client_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    ensure!(!client_id.is_empty(), "applications: one has no client_id");
    let place = format!("applications `{client_id}`");
    names::check_within::<ExchangeRule>(&table, "exchange", &place)?;
    names::check_within::<AssertionIssuer>(&table, "assertion_issuers", &place)?;
    names::jwks_to_text(&mut table)?;
    for issuer in table.get_mut("assertion_issuers").and_then(Value::as_array_mut).into_iter().flatten() {
        issuer.as_table_mut().map_or(Ok(()), names::jwks_to_text)?;
    }
    let (columns, settings) = names::split::<Columns, ApplicationSettings>(table, &place)?;
    let authentication = authentication(&columns, &place)?;
    Ok(RegisteredClient {
        name: if columns.name.is_empty() { columns.client_id.clone() } else { columns.name },
        client_id: columns.client_id,
        profile: profile(&columns.profile).ok_or_else(|| anyhow!("{place}: profile: `{}` is not oauth21 or oidc", columns.profile))?,
        kind: kind(&columns.kind).ok_or_else(|| anyhow!("{place}: kind: `{}` is not web or native", columns.kind))?,
        authentication,
        secret_hashes: columns.client_secret.as_deref().map(client_secret_hash).into_iter().collect(),
        redirect_uris: columns.redirect_uris,
        post_logout_redirect_uris: columns.post_logout_redirect_uris,
        origins: columns.origins,
        grant_types: columns.grant_types,
        scope: Scope::of(columns.scope.split_whitespace()),
        default_audience: columns.audience,
        id_token_alg: columns.id_token_signed_response_alg,
        first_party: columns.first_party,
        disabled_at: None,
        created_at: Timestamp::default(),
        settings,
    })
}

fn authentication(columns: &Columns, place: &str) -> Result<ClientAuthentication> {
    let has_secret = columns.client_secret.is_some();
    let authentication = match columns.token_endpoint_auth_method.as_deref() {
        None if has_secret => ClientAuthentication::Secret,
        None | Some("none") => ClientAuthentication::None,
        Some("client_secret_basic") => ClientAuthentication::SecretBasic,
        Some("client_secret_post") => ClientAuthentication::SecretPost,
        Some("private_key_jwt") => ClientAuthentication::PrivateKeyJwt,
        Some(other) => Err(anyhow!(
            "{place}: token_endpoint_auth_method: `{other}` is not none, client_secret_basic, client_secret_post or private_key_jwt; \
             without it a secret may be sent either way"
        ))?,
    };
    ensure!(!authentication.is_by_secret() || has_secret, "{place}: token_endpoint_auth_method needs a client_secret");
    ensure!(authentication.is_by_secret() || !has_secret, "{place}: client_secret is never looked at with this token_endpoint_auth_method");
    Ok(authentication)
}

/// By its name.
pub fn profile(name: &str) -> Option<Profile> {
    Some(match name {
        "oauth21" => Profile::OAuth21,
        "oidc" => Profile::Oidc,
        _ => return None,
    })
}

/// By its name (OpenID Connect Dynamic Client Registration §2, `application_type`).
pub fn kind(name: &str) -> Option<ApplicationKind> {
    Some(match name {
        "web" => ApplicationKind::Web,
        "native" => ApplicationKind::Native,
        _ => return None,
    })
}
