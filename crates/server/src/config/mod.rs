//! The configuration of `serve`: one TOML file, each key overridden by an environment variable, each secret readable from a file.
//!
//! 1. [`keys`]: every key that there is; anything else is an error with a hint;
//! 2. [`layers`]: file, then `CHABI_SECTION__KEY`, then `…_FILE`;
//! 3. this file: the settings as the rest of the program reads them, and the rules that they must keep.

mod keys;
mod layers;
mod outward;
mod providers;
mod registration;
mod sites;

use std::{
    io::ErrorKind,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use chabi::Issuer;
use serde::Deserialize;

use crate::http::{client_address::TrustedProxies, connections::Bounds};

pub use keys::nearest_of;
pub use outward::{OutgoingSection, TlsSection};
pub use providers::ProviderSection;
pub use registration::{DocumentsSection, RegistrationSection};
pub use sites::DeclaredSite;

/// What an operator decided. Five keys are enough in production: `public_url`, `database_url`, `secret_file`, `smtp_url`,
/// `trusted_proxies`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The issuer, and where people reach us: `https://id.example.org`, no slash at the end.
    pub public_url: String,
    /// `sqlite:chabi.db` (a path, relative to the working folder) or `postgres://…`.
    #[serde(default = "default_database")]
    pub database_url: String,
    /// The installation's secret. With SQLite it is made, beside the database, when it is missing.
    pub secret_file: Option<PathBuf>,
    /// `smtps://user:password@host`, or `smtp://host:587?tls=required`. Without it no mail can be sent.
    pub smtp_url: Option<String>,
    /// The sender of mails; `login@` and the public URL's host when missing.
    pub mail_from: Option<String>,
    /// Addresses and networks of proxies whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub trusted_proxies: Vec<String>,
    /// Where to listen.
    #[serde(default = "default_listen")]
    pub listen: Vec<SocketAddr>,
    /// Certificate and key, to speak TLS without a proxy.
    pub tls: Option<TlsSection>,
    /// Whom we may call.
    #[serde(default)]
    pub outgoing: OutgoingSection,
    /// How many connections may be open.
    #[serde(default)]
    pub connections: ConnectionsSection,
    /// The site as people see it.
    #[serde(default)]
    pub site: SiteSection,
    /// Who may make an account.
    #[serde(default)]
    pub sign_up: SignUpSection,
    /// What applications must do, and how much a person may allow them.
    #[serde(default)]
    pub authorization: AuthorizationSection,
    /// Applications that register themselves.
    #[serde(default)]
    pub registration: registration::RegistrationSection,
    /// Applications that a document at their client id describes.
    #[serde(default)]
    pub client_id_documents: registration::DocumentsSection,
    /// The log.
    #[serde(default)]
    pub log: LogSection,
    /// Further sites, by id.
    #[serde(default)]
    pub sites: std::collections::BTreeMap<String, DeclaredSite>,
    /// By id: `google`, `facebook`, or a name of the operator's with an `issuer`.
    #[serde(default)]
    pub providers: std::collections::BTreeMap<String, ProviderSection>,
    /// Of development mode, whose people everybody knows; no file says so.
    #[serde(skip)]
    pub development: bool,
}

/// `[connections]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConnectionsSection {
    /// Open at once, in all.
    pub most: usize,
    /// Open at once, from one client address or one /64 of IPv6. Trusted proxies are free of it.
    pub most_per_client: usize,
}

impl Default for ConnectionsSection {
    fn default() -> Self {
        let Bounds { most, most_per_client } = Bounds::default();
        Self { most, most_per_client }
    }
}

impl ConnectionsSection {
    /// As the listener takes them.
    pub fn bounds(&self) -> Bounds {
        Bounds { most: self.most, most_per_client: self.most_per_client }
    }
}

/// `[site]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteSection {
    /// In the frame of pages and in mails.
    pub name: String,
}

/// `[sign_up]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignUpSection {
    /// Strangers may make an account.
    pub open: bool,
}

/// `[authorization]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthorizationSection {
    /// Requests are taken only if they were pushed (RFC 9126 §5).
    pub require_pushed_requests: bool,
    /// DPoP proofs must hold a nonce of this server (RFC 9449 §8).
    pub require_dpop_nonces: bool,
    /// How many grants a person can have at one application; beyond it those that were used least recently end.
    pub most_grants: i64,
}

impl Default for AuthorizationSection {
    fn default() -> Self {
        Self { require_pushed_requests: false, require_dpop_nonces: false, most_grants: 50 }
    }
}

/// `[log]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSection {
    /// `json`, or `text` for eyes.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, or a filter such as `chabi=debug,info`.
    pub level: String,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For eyes.
    Text,
}

impl Default for SiteSection {
    fn default() -> Self {
        Self { name: "Chabi".to_owned() }
    }
}

impl Default for SignUpSection {
    fn default() -> Self {
        Self { open: true }
    }
}

impl Default for LogSection {
    fn default() -> Self {
        Self { format: LogFormat::Json, level: "info".to_owned() }
    }
}

fn default_database() -> String {
    "sqlite:chabi.db".to_owned()
}

fn default_listen() -> Vec<SocketAddr> {
    vec![SocketAddr::from(([127, 0, 0, 1], 8000))]
}

impl Config {
    /// Reads the file (if there is one) and the environment, and checks the rules.
    ///
    /// # Errors
    /// What is wrong, in words for the operator. Never shows a secret.
    pub fn load(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        Self::of(Self::merged(file, environment)?)
    }

    /// The same of the text of a file alone.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn of_text(text: &str) -> Result<Self> {
        Self::of(layers::merge(text, [])?)
    }

    /// What development mode is to a command that runs beside it. Its rules for the issuer are its own, and were kept at its start.
    ///
    /// # Errors
    /// None but of the program.
    pub fn of_development(public_url: &str, database: &Path, secret: &Path) -> Result<Self> {
        let mut table = toml::Table::new();
        table.insert("public_url".to_owned(), public_url.into());
        table.insert("database_url".to_owned(), format!("sqlite:{}", database.display()).into());
        table.insert("secret_file".to_owned(), secret.display().to_string().into());
        Ok(Self { development: true, ..toml::Value::Table(table).try_into()? })
    }

    fn of(table: toml::Table) -> Result<Self> {
        ensure!(
            table.contains_key("public_url"),
            "public_url is missing: set it in the file, or CHABI_PUBLIC_URL, to `https://id.example.org`"
        );
        let config: Self = toml::Value::Table(table).try_into().map_err(|error| anyhow::anyhow!("{}", words(&error)))?;
        config.check()?;
        Ok(config)
    }

    /// Where the server of this configuration listens and whether it speaks TLS there, whatever else is wrong with it.
    ///
    /// # Errors
    /// The file or the addresses cannot be read.
    pub fn listen(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Result<(Vec<SocketAddr>, bool)> {
        let mut merged = Self::merged(file, environment)?;
        let addresses = match merged.remove("listen") {
            Some(addresses) => addresses.try_into().map_err(|error: toml::de::Error| anyhow::anyhow!("listen: {}", error.message()))?,
            None => default_listen(),
        };
        Ok((addresses, merged.contains_key("tls")))
    }

    fn merged(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Result<toml::Table> {
        let text = match file {
            Some(path) => std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?,
            None => String::new(),
        };
        layers::merge(&text, environment)
    }

    // req: cf.doctor
    fn check(&self) -> Result<()> {
        let issuer = Issuer::parse(&self.public_url).map_err(|error| anyhow::anyhow!("public_url: {error}"))?;
        ensure!(!self.listen.is_empty(), "listen: name one address at least, such as \"127.0.0.1:8000\"");
        ensure!(self.connections.most > 0 && self.connections.most_per_client > 0, "connections: one at least must be allowed");
        ensure!((1..=1_000_000).contains(&self.authorization.most_grants), "authorization.most_grants: between 1 and 1000000");
        self.sqlite_file()?;
        self.trusted_proxies()?;
        for network in &self.trusted_proxies {
            ensure!(!network.ends_with("/0"), "trusted_proxies: `{network}` believes everybody; name the proxies themselves");
        }
        if let Some(url) = &self.smtp_url {
            chabi::smtp::SmtpMailer::new(url, &self.mail_from()).map_err(|error| anyhow::anyhow!("smtp_url: {error}"))?;
        }
        for (id, provider) in &self.providers {
            provider.check(id)?;
        }
        for (id, site) in &self.sites {
            site.check(id, &self.public_url)?;
        }
        self.registration.settings(&self.client_id_documents)?;
        self.outgoing.check()?;
        if let Some(tls) = &self.tls {
            ensure!(issuer.as_str().starts_with("https://"), "tls: public_url must begin with https:// when the server speaks TLS");
            tls.files().check(self.host())?;
        }
        Ok(())
    }

    /// The proxies, read.
    ///
    /// # Errors
    /// One that is neither address nor network.
    pub fn trusted_proxies(&self) -> Result<TrustedProxies> {
        TrustedProxies::parse(self.trusted_proxies.iter().map(String::as_str)).context("trusted_proxies")
    }

    /// The host of the public URL.
    pub fn host(&self) -> &str {
        host_of(&self.public_url)
    }

    /// The sender of mails.
    pub fn mail_from(&self) -> String {
        self.mail_from.clone().unwrap_or_else(|| format!("login@{}", self.host()))
    }

    /// The file of an SQLite database; `None`: PostgreSQL.
    ///
    /// # Errors
    /// Neither.
    pub fn sqlite_file(&self) -> Result<Option<PathBuf>> {
        let url = self.database_url.as_str();
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(None);
        }
        match url.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(Some(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))),
            _ => bail!("database_url: use `sqlite:path/to/chabi.db` or `postgres://…`"),
        }
    }
}

/// The host of a URL, without its port; an address of IPv6 in its brackets.
pub fn host_of(url: &str) -> &str {
    let authority = url.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    }
}

/// With what helps.
fn unreadable(path: &Path, error: &std::io::Error) -> anyhow::Error {
    let mend = match error.kind() {
        ErrorKind::NotFound => "`chabi init` writes one, and `--config` says where it is",
        ErrorKind::PermissionDenied => "run this as the user that runs `chabi serve`, or as root",
        _ => "name a file of TOML with `--config`",
    };
    anyhow::anyhow!("the configuration {} cannot be read: {error}; {mend}", path.display())
}

/// With the key's name, and without the value where it may be a secret.
fn words(error: &toml::de::Error) -> String {
    // an error in a value without its text shows the key on a line of its own: in `log.format`
    let shown = error.to_string();
    let Some(key) = shown.lines().find_map(|line| line.strip_prefix("in `")?.strip_suffix('`')) else { return error.message().to_owned() };
    let path: Vec<String> = key.split('.').map(str::to_owned).collect();
    match keys::find(&path) {
        Some(found) if found.kind == keys::Kind::Secret => format!("{key}: it must be text in quotes"),
        _ => format!("{key}: {}", error.message()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chabi.toml");
        std::fs::write(&path, text).unwrap();
        Config::load(Some(&path), environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn problem(text: &str, environment: &[(&str, &str)]) -> String {
        format!("{:#}", load(text, environment).unwrap_err())
    }

    #[test]
    fn one_line_is_a_configuration() {
        let config = load("public_url = \"https://id.example.org\"", &[]).unwrap();
        assert_eq!(config.database_url, "sqlite:chabi.db");
        assert_eq!(config.mail_from(), "login@id.example.org");
    }

    #[test]
    fn an_unknown_key_is_an_error_with_a_hint() {
        assert!(problem("public_ulr = \"https://id.example.org\"", &[]).contains("public_url"));
        let text = "public_url = \"https://id.example.org\"\n[site]\nnmae = \"x\"";
        assert!(problem(text, &[]).contains("did you mean `site.name`"), "{}", problem(text, &[]));
        let typo = [("CHABI_SITE__NMAE", "x"), ("CHABI_PUBLIC_URL", "https://id.example.org")];
        assert!(problem("", &typo).contains("CHABI_SITE__NAME"), "{}", problem("", &typo));
    }

    #[test]
    fn a_value_of_another_kind_is_told_with_its_key_and_a_secret_is_not_shown() {
        let beginning = "public_url = \"https://id.example.org\"\n";
        for (text, words) in [
            ("listen = [\"8000\"]", "listen"),
            ("[log]\nformat = \"xml\"", "log.format"),
            ("[connections]\nmost = \"many\"", "connections.most"),
            ("[sign_up]\nopen = 1", "sign_up.open"),
            ("[providers.google]\nclient_id = \"x\"\nclient_secret = 1234567", "providers.google.client_secret"),
        ] {
            let said = problem(&format!("{beginning}{text}"), &[]);
            assert!(said.contains(words) && !said.contains("1234567"), "{text}: {said}");
        }
        let said = problem(beginning, &[("CHABI_CONNECTIONS__MOST", "many")]);
        assert!(said.contains("CHABI_CONNECTIONS__MOST must be a whole number"), "{said}");
    }

    #[test]
    fn where_a_server_listens_is_read_whatever_else_is_wrong() {
        let environment = [("CHABI_LISTEN".to_owned(), "127.0.0.1:8123".to_owned())];
        assert_eq!(Config::listen(None, environment).unwrap(), (vec![SocketAddr::from(([127, 0, 0, 1], 8123))], false));
        assert_eq!(Config::listen(None, []).unwrap(), (default_listen(), false));
        assert!(Config::listen(None, [("CHABI_TLS__KEY".to_owned(), "key.pem".to_owned())]).unwrap().1);
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let environment = [("CHABI_SITE__NAME", "Ours"), ("CHABI_SIGN_UP__OPEN", "false"), ("CHABI_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2")];
        let config = load("public_url = \"https://id.example.org\"\n[site]\nname = \"Theirs\"", &environment).unwrap();
        assert_eq!((config.site.name.as_str(), config.sign_up.open, config.trusted_proxies.len()), ("Ours", false, 2));
    }

    #[test]
    fn a_secret_can_stand_in_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "the secret\n").unwrap();
        let path = path.to_str().unwrap();
        let text = "public_url = \"https://id.example.org\"\n[providers.google]\nclient_id = \"x\"";
        let config = load(text, &[("CHABI_PROVIDERS__GOOGLE__CLIENT_SECRET_FILE", path)]).unwrap();
        assert_eq!(config.providers.get("google").unwrap().client_secret.expose(), "the secret");
        let text = format!("{text}\nclient_secret_file = {path:?}");
        assert_eq!(load(&text, &[]).unwrap().providers.get("google").unwrap().client_secret.expose(), "the secret");
    }

    #[test]
    fn files_and_hosts_of_the_outside_are_read_when_the_configuration_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).display().to_string();
        let beginning = "public_url = \"https://id.example.org\"\n";
        for (text, words) in [
            (format!("[tls]\ncertificate = {:?}\nkey = {:?}", file("c.pem"), file("k.pem")), "c.pem"),
            ("[tls]\ncertificate = \"c.pem\"".to_owned(), "key"),
            ("[outgoing]\nallowed_hosts = [\"idp.internal\"]".to_owned(), "idp.internal:8443"),
            (format!("[outgoing]\nca_certificates = [{:?}]", file("ca.pem")), "ca.pem"),
        ] {
            assert!(problem(&format!("{beginning}{text}"), &[]).contains(words), "{text}: {}", problem(&format!("{beginning}{text}"), &[]));
        }
        let authority = chabi_testkit::certificates::Authority::new();
        std::fs::write(file("ca.pem"), authority.pem()).unwrap();
        authority.certify(&["id.example.org"]).write(file("c.pem").as_ref(), file("k.pem").as_ref());
        let good = format!(
            "[tls]\ncertificate = {:?}\nkey = {:?}\n[outgoing]\nallowed_hosts = [\"idp.internal:8443\"]\nca_certificates = [{:?}]",
            file("c.pem"),
            file("k.pem"),
            file("ca.pem")
        );
        load(&format!("{beginning}{good}"), &[]).unwrap();
        assert!(problem(&format!("public_url = \"http://localhost:8000\"\n{good}"), &[]).contains("https://"));
    }

    // req: cf.doctor
    #[test]
    fn weak_settings_are_refused() {
        for (text, word) in [
            ("public_url = \"http://id.example.org\"", "https"),
            ("public_url = \"https://id.example.org/\"", "public_url"),
            ("public_url = \"https://id.example.org\"\ntrusted_proxies = [\"0.0.0.0/0\"]", "believes everybody"),
            ("public_url = \"https://id.example.org\"\nsmtp_url = \"smtp://mail.example\"", "smtps"),
            ("", "public_url is missing"),
        ] {
            assert!(problem(text, &[]).contains(word), "{text}: {}", problem(text, &[]));
        }
        assert!(load("public_url = \"http://localhost:8000\"", &[]).is_ok());
    }
}
