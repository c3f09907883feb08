//! `chabi api`.

use clap::{Args, Subcommand};

use super::{Asked, Verbs, nouns::Apis};

/// `chabi api`.
#[derive(Debug, Subcommand)]
pub enum Api {
    /// Registers one, or changes it; what it was given by `update` stays unless an option says otherwise.
    #[command(after_help = "Example:\n  chabi api add https://api.example.org --name Notes --scope 'notes:read notes:write'")]
    Add(Box<AddApi>),
    /// Shows one: its settings by the names of a seed, which `update` takes.
    #[command(after_help = "Example:\n  chabi api show https://api.example.org")]
    Show {
        /// Which installation.
        #[command(flatten)]
        asked: Asked,
        /// Its audience.
        audience: String,
    },
    /// Changes settings of one; the others stay.
    #[command(after_help = "Example:\n  chabi api update https://api.example.org --set format=opaque")]
    Update {
        /// Which installation.
        #[command(flatten)]
        asked: Asked,
        /// Its audience.
        audience: String,
        /// Which settings.
        #[command(flatten)]
        changes: Changes,
    },
    /// What the console and the API do with them too.
    #[command(flatten)]
    Operation(Verbs<Apis>),
}

/// Settings to change, by the names that `show` has.
#[derive(Clone, Debug, Args)]
pub struct Changes {
    /// Such as `profile=oidc` or `redirect_uris=["https://a.example/cb"]`: TOML, or else text. May be given several times.
    #[arg(long, value_name = "NAME=VALUE", required_unless_present = "unset")]
    pub set: Vec<String>,
    /// As if it had never been chosen. May be given several times.
    #[arg(long, value_name = "NAME")]
    pub unset: Vec<String>,
}

/// `chabi api add`.
#[derive(Debug, Args)]
pub struct AddApi {
    /// Which installation.
    #[command(flatten)]
    pub asked: Asked,
    /// `aud` of its tokens: an absolute URI.
    pub audience: String,
    /// Shown on the consent page.
    #[arg(long, default_value = "")]
    pub name: String,
    /// The scopes that it knows, separated by spaces.
    #[arg(long, default_value = "")]
    pub scope: String,
    /// How long its tokens live, in seconds.
    #[arg(long, default_value_t = 300)]
    pub lifetime: i64,
    /// `typ` is `JWT`, for frameworks that refuse `at+jwt`.
    #[arg(long, conflicts_with = "opaque")]
    pub plain_jwt: bool,
    /// Its tokens are no JWTs: it asks the introspection endpoint what they stand for.
    #[arg(long)]
    pub opaque: bool,
    /// ES256, RS256, PS256 or EdDSA.
    #[arg(long, default_value = "ES256")]
    pub alg: String,
    /// Its tokens are only for sign-ins of this `acr`.
    #[arg(long)]
    pub required_acr: Option<String>,
    /// Its tokens are only for sign-ins no longer ago than this, in seconds.
    #[arg(long)]
    pub max_auth_age: Option<i64>,
    /// A claim that its tokens have besides, as NAME=VALUE; the value is JSON, or else text. May be given several times.
    #[arg(long = "claim", value_parser = claim)]
    pub claims: Vec<(String, serde_json::Value)>,
}

/// `NAME=VALUE`.
fn claim(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}
