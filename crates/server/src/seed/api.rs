//! `[[apis]]`.

use anyhow::{Result, anyhow};
use chabi::{AccessTokenType, Api, ApiSettings, Scope, Seconds};
use serde::Deserialize;
use toml::Table;

use super::names;

/// The columns of an API's row; the rest of a table is [`ApiSettings`].
#[derive(Debug, Deserialize)]
struct Columns {
    audience: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    scope: String,
    #[serde(default = "five_minutes")]
    lifetime: i64,
    #[serde(default = "at_jwt")]
    format: String,
    #[serde(default = "es256")]
    signing_alg: String,
}

fn five_minutes() -> i64 {
    300
}

fn at_jwt() -> String {
    "at+jwt".to_owned()
}

fn es256() -> String {
    "ES256".to_owned()
}

/// Reads one table.
pub fn read(table: Table) -> Result<Api> {
    let place = format!("apis `{}`", table.get("audience").and_then(toml::Value::as_str).unwrap_or("?"));
    let (columns, settings) = names::split::<Columns, ApiSettings>(table, &place)?;
    let token_type =
        token_type(&columns.format).ok_or_else(|| anyhow!("{place}: format: `{}` is not at+jwt, JWT or opaque", columns.format))?;
    Ok(Api {
        name: if columns.name.is_empty() { columns.audience.clone() } else { columns.name },
        audience: columns.audience,
        scope: Scope::of(columns.scope.split_whitespace()),
        access_token_lifetime: Seconds(columns.lifetime),
        token_type,
        signing_alg: columns.signing_alg,
        settings,
    })
}

/// The table of an API.
pub fn write(api: &Api) -> Result<Table> {
    let mut table = Table::new();
    let format = match api.token_type {
        AccessTokenType::AtJwt => "at+jwt",
        AccessTokenType::Jwt => "JWT",
        AccessTokenType::Opaque => "opaque",
    };
    table.insert("audience".into(), api.audience.clone().into());
    table.insert("name".into(), api.name.clone().into());
    table.insert("scope".into(), api.scope.to_string().into());
    table.insert("lifetime".into(), api.access_token_lifetime.0.into());
    table.insert("format".into(), format.into());
    table.insert("signing_alg".into(), api.signing_alg.clone().into());
    table.extend(Table::try_from(&api.settings)?);
    Ok(table)
}

/// By its name on the wire.
pub fn token_type(format: &str) -> Option<AccessTokenType> {
    Some(match format {
        "at+jwt" => AccessTokenType::AtJwt,
        "JWT" | "jwt" => AccessTokenType::Jwt,
        "opaque" => AccessTokenType::Opaque,
        _ => return None,
    })
}
