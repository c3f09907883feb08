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

/// Reads one table; an application that is there keeps the secrets that the table does not replace, and its age.
pub fn read_again(table: Table, before: &RegisteredClient) -> Result<RegisteredClient> {
    let keeps = !table.contains_key("client_secret");
    let mut application = read_with(table, !before.secret_hashes.is_empty())?;
    if keeps && application.authentication.is_by_secret() {
        application.secret_hashes.clone_from(&before.secret_hashes);
    }
    Ok(RegisteredClient { disabled_at: before.disabled_at, created_at: before.created_at, ..application })
}

/// The table of an application, without its secrets.
pub fn write(application: &RegisteredClient) -> Result<Table> {
    let mut table = Table::new();
    let texts = |all: &[String]| Value::Array(all.iter().cloned().map(Value::String).collect());
    let method = match application.authentication {
        ClientAuthentication::None => Some("none"),
        ClientAuthentication::Secret => None,
        ClientAuthentication::SecretBasic => Some("client_secret_basic"),
        ClientAuthentication::SecretPost => Some("client_secret_post"),
        ClientAuthentication::PrivateKeyJwt => Some("private_key_jwt"),
    };
    table.insert("client_id".into(), application.client_id.clone().into());
    table.insert("name".into(), application.name.clone().into());
    table.insert("profile".into(), if application.profile == Profile::Oidc { "oidc" } else { "oauth21" }.into());
    table.insert("kind".into(), if application.kind == ApplicationKind::Native { "native" } else { "web" }.into());
    if let Some(method) = method {
        table.insert("token_endpoint_auth_method".into(), method.into());
    }
    table.insert("redirect_uris".into(), texts(&application.redirect_uris));
    table.insert("post_logout_redirect_uris".into(), texts(&application.post_logout_redirect_uris));
    table.insert("origins".into(), texts(&application.origins));
    table.insert("grant_types".into(), texts(&application.grant_types));
    table.insert("scope".into(), application.scope.to_string().into());
    table.insert("audience".into(), application.default_audience.clone().into());
    table.insert("id_token_signed_response_alg".into(), application.id_token_alg.clone().into());
    table.insert("first_party".into(), application.first_party.into());
    table.extend(Table::try_from(&application.settings)?);
    Ok(table)
}

/// Reads one table.
pub fn read(table: Table) -> Result<RegisteredClient> {
    read_with(table, false)
}

fn read_with(mut table: Table, has_secret: bool) -> Result<RegisteredClient> {
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
    let authentication = authentication(&columns, has_secret, &place)?;
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

fn authentication(columns: &Columns, had_secret: bool, place: &str) -> Result<ClientAuthentication> {
    let has_secret = had_secret || columns.client_secret.is_some();
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
    let useless = columns.client_secret.is_some() && !authentication.is_by_secret();
    ensure!(!useless, "{place}: client_secret is never looked at with this token_endpoint_auth_method");
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
