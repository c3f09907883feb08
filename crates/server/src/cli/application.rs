//! `chabi application`: what there is to do with applications.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    Asked, Changes, Verbs,
    nouns::{Applications, InitialTokens},
};

/// `chabi application`.
#[derive(Debug, Subcommand)]
pub enum Application {
    /// Registers one. Prints its secret: once, and never again.
    #[command(
        after_help = "Example:\n  chabi application add Notes --redirect-uri https://notes.example.org/callback --audience https://api.example.org"
    )]
    Add(Box<AddApplication>),
    /// Shows one: its settings by the names of a seed, which `update` takes, without its secrets.
    #[command(after_help = "Example:\n  chabi application show notes-app")]
    Show {
        /// Which installation.
        #[command(flatten)]
        asked: Asked,
        /// Its client id.
        client_id: String,
    },
    /// Changes settings of one; the others stay, its secret too.
    #[command(after_help = "Example:\n  chabi application update notes-app --set profile=oidc --unset logo_uri")]
    Update {
        /// Which installation.
        #[command(flatten)]
        asked: Asked,
        /// Its client id.
        client_id: String,
        /// Which settings.
        #[command(flatten)]
        changes: Changes,
    },
    /// Shuts one out, and revokes all it was granted; also the URL of a metadata document that nobody has used yet.
    #[command(after_help = "Example:\n  chabi application disable notes-app")]
    Disable {
        /// Which installation.
        #[command(flatten)]
        asked: Asked,
        /// Its client id.
        client_id: String,
    },
    /// Lets one in again.
    #[command(after_help = "Example:\n  chabi application enable notes-app")]
    Enable {
        /// Which installation.
        #[command(flatten)]
        asked: Asked,
        /// Its client id.
        client_id: String,
    },
    /// Tokens that let somebody register applications (RFC 7591), where `registration.mode` is `token`.
    #[command(subcommand)]
    InitialToken(InitialToken),
    /// What the console and the API do with them too.
    #[command(flatten)]
    Operation(Verbs<Applications>),
}

/// `chabi application initial-token`.
#[derive(Debug, Subcommand)]
pub enum InitialToken {
    /// Makes one, and prints it: once, and never again.
    #[command(after_help = "Example:\n  chabi application initial-token add partner --uses 5 --days 30")]
    Add {
        /// Which installation.
        #[command(flatten)]
        asked: Asked,
        /// For whom, in your words.
        label: String,
        /// The site at which it lets register, by its id.
        #[arg(long, default_value = "main")]
        site: String,
        /// How many applications may be registered with it.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=1_000))]
        uses: i64,
        /// How many days it is good.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(i64).range(1..=365))]
        days: i64,
    },
    /// What the console and the API do with them too.
    #[command(flatten)]
    Operation(Verbs<InitialTokens>),
}

/// `chabi application add`.
#[derive(Debug, Args)]
pub struct AddApplication {
    /// Which installation.
    #[command(flatten)]
    pub asked: Asked,
    /// Shown on the consent page.
    pub name: String,
    /// Its client id; made up by default.
    #[arg(long, default_value = "")]
    pub client_id: String,
    /// Where people are sent back to; byte-exact. May be given several times.
    #[arg(long = "redirect-uri")]
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after logout.
    #[arg(long = "post-logout-redirect-uri")]
    pub post_logout_redirect_uris: Vec<String>,
    /// What it may ask for, separated by spaces.
    #[arg(long, default_value = "")]
    pub scope: String,
    /// The API that its tokens are for when it names none.
    #[arg(long, default_value = "")]
    pub audience: String,
    /// It cannot keep a secret: a single-page or native application.
    #[arg(long)]
    pub public: bool,
    /// It is installed on a device: the port of a loopback redirect is free.
    #[arg(long)]
    pub native: bool,
    /// It acts for itself, without people (client credentials).
    #[arg(long)]
    pub machine: bool,
    /// It runs where no browser is, such as a television or a command line: people type its code at /device.
    #[arg(long, conflicts_with_all = ["machine", "grant_types"])]
    pub device: bool,
    /// It is the operator's own: people are not asked to consent.
    #[arg(long)]
    pub first_party: bool,
    /// Older OpenID Connect clients: PKCE is optional when there is a secret.
    #[arg(long)]
    pub oidc: bool,
    /// What its ID tokens are signed with: RS256, which every client can check, or ES256, which costs a thirtieth.
    #[arg(long, default_value = "RS256")]
    pub id_token_alg: String,
    /// What it may ask tokens by, in place of what follows from the rest. May be given several times.
    #[arg(long = "grant")]
    pub grant_types: Vec<String>,
    /// A file with its public keys (a JWK Set): it proves who it is by private_key_jwt.
    #[arg(long)]
    pub jwks: Option<PathBuf>,
    /// Any other member of its metadata, such as `backchannel_logout_uri=https://app.example/logout` or `require_auth_time=true`. May be
    /// given several times.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}
