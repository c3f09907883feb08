//! Other people's servers, asked the same beside ours: node oidc-provider and django-oauth-toolkit, from `bench/peers`.
//!
//! Each is a [`Subject`]. django-oauth-toolkit signs ID tokens in RS256 alone: nobody asks it for others.

mod install;

use std::{net::SocketAddr, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use futures_util::future::LocalBoxFuture;

use crate::{
    cpu::{self, Cpu},
    http::{self, Connection},
    server::{self, Pinning, ServerProcess},
    subject::{Endpoints, IdToken, Subject},
};

const API: &str = "https://notes.example.test";
const REDIRECT_URI: &str = "http://localhost:9/callback";
/// RFC 7636 appendix B, as our own installation uses it.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Their fixtures give no more codes at once.
const MOST_CODES: u32 = 20_000;
/// django-oauth-toolkit has one process of so many threads, which share one interpreter lock.
const THREADS: &str = "4";

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In memory; JWTs in ES256.
    OidcProvider,
    /// On a SQLite file; opaque tokens.
    DjangoOauthToolkit,
}

/// A peer, running.
pub struct Peer {
    kind: Kind,
    server: ServerProcess,
    host: String,
    endpoints: Endpoints,
    _folder: tempfile::TempDir,
}

impl Kind {
    /// All that there are.
    pub const ALL: [Self; 2] = [Self::OidcProvider, Self::DjangoOauthToolkit];

    /// As tables name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OidcProvider => "oidc-provider",
            Self::DjangoOauthToolkit => "django-oauth-toolkit",
        }
    }

    /// What a reader of the table must know.
    #[must_use]
    pub const fn note(self) -> &'static str {
        match self {
            Self::OidcProvider => {
                "node oidc-provider 9, everything in memory, nothing durable; access tokens are JWTs in ES256, save those that are introspected \
                 and those for userinfo, which it wants opaque"
            }
            Self::DjangoOauthToolkit => {
                "django-oauth-toolkit 3.4 on Django 5.2 and a SQLite file, one gunicorn process of four threads; opaque access tokens, ID tokens \
                 in RS256; client secrets unhashed, since its default hash costs half a second a request"
            }
        }
    }
}

impl Peer {
    /// Installs it below `installed` (`target/bench/peers`) unless it is there, and starts it on the server's core.
    ///
    /// # Errors
    /// It cannot be installed (its registry must be within reach the first time), or it does not start.
    pub async fn start(kind: Kind, installed: &Path, pinning: Pinning) -> Result<Self> {
        let program = install::installed(kind, installed)?;
        let folder = tempfile::tempdir()?;
        let address = server::free_address()?;
        let mut command = match kind {
            Kind::OidcProvider => node(&program, address, pinning),
            Kind::DjangoOauthToolkit => gunicorn(&program, address, folder.path(), pinning)?,
        };
        let endpoints = kind.endpoints();
        let log = folder.path().join("log");
        let server = ServerProcess::start(&mut command, address, &endpoints.jwks, &log).await.with_context(|| kind.name())?;
        Ok(Self { kind, server, host: format!("localhost:{}", address.port()), endpoints, _folder: folder })
    }

    /// From its fixture, which stands in for a browser: they are exchanged as any.
    async fn codes(&self, application: &str, scope: &str, resource: Option<&str>, count: u32) -> Result<Vec<String>> {
        let mut connection = Connection::open(self.address()).await?;
        let mut codes = Vec::new();
        while codes.len() < usize::try_from(count)? {
            let missing = count.saturating_sub(u32::try_from(codes.len())?).min(MOST_CODES).to_string();
            let mut fields = vec![("client", application), ("scope", scope), ("count", missing.as_str())];
            fields.extend(resource.filter(|_| self.kind == Kind::OidcProvider).map(|resource| ("resource", resource)));
            let answer = connection.ask(&http::get(&format!("/bench/codes?{}", http::form(&fields)), &self.host, &[])).await?;
            answer.succeeded()?;
            let got = std::str::from_utf8(answer.body)?;
            ensure!(!got.is_empty(), "{} gave no code", self.kind.name());
            codes.extend(got.lines().map(str::to_owned));
        }
        Ok(codes)
    }

    async fn exchanged(&self, codes: Vec<String>, member: &'static str) -> Result<Vec<String>> {
        let mut connection = Connection::open(self.address()).await?;
        let mut found = Vec::new();
        for code in codes {
            let answer = connection.ask(&http::post(&self.endpoints.token, &self.host, &exchange_form("web", &code), &[])).await?;
            answer.succeeded()?;
            found.push(answer.member(member).with_context(|| format!("an exchange gave no {member}"))?.to_owned());
        }
        Ok(found)
    }
}

impl Subject for Peer {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn address(&self) -> SocketAddr {
        self.server.address()
    }

    fn host(&self) -> &str {
        &self.host
    }

    fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// gunicorn works in a child.
    fn cpu(&self) -> Result<Cpu> {
        Ok(Cpu { server: cpu::of_family(self.server.pid())?, ..Cpu::default() })
    }

    fn client_credentials_form(&self) -> String {
        let secret = secret_of("machine");
        let mut fields =
            vec![("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", &secret), ("scope", "notes:read")];
        if self.kind == Kind::OidcProvider {
            fields.push(("resource", API));
        }
        http::form(&fields)
    }

    fn exchange_forms(&mut self, id_token: IdToken, count: u32) -> LocalBoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            let application = if id_token == IdToken::Rs256 { "web" } else { "web-es256" };
            let codes = self.codes(application, "openid notes:read", Some(API), count).await?;
            Ok(codes.iter().map(|code| exchange_form(application, code)).collect())
        })
    }

    fn refresh_tokens(&mut self, count: u32) -> LocalBoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            let codes = self.codes("web", "notes:read offline_access", Some(API), count).await?;
            self.exchanged(codes, "refresh_token").await
        })
    }

    fn refresh_form(&self, refresh_token: &str) -> String {
        let secret = secret_of("web");
        http::form(&[("grant_type", "refresh_token"), ("client_id", "web"), ("client_secret", &secret), ("refresh_token", refresh_token)])
    }

    fn access_token(&mut self) -> LocalBoxFuture<'_, Result<String>> {
        Box::pin(async move {
            let codes = self.codes("web", "openid profile email", None, 1).await?;
            self.exchanged(codes, "access_token").await?.pop().context("one token")
        })
    }

    fn introspection_form(&self, access_token: &str) -> String {
        http::form(&[("client_id", "web"), ("client_secret", &secret_of("web")), ("token", access_token)])
    }
}

impl Kind {
    fn endpoints(self) -> Endpoints {
        let [token, introspection, userinfo, jwks] = match self {
            Self::OidcProvider => ["/token", "/token/introspection", "/me", "/jwks"],
            Self::DjangoOauthToolkit => ["/o/token/", "/o/introspect/", "/o/userinfo/", "/o/.well-known/jwks.json"],
        };
        Endpoints { token: token.to_owned(), introspection: introspection.to_owned(), userinfo: userinfo.to_owned(), jwks: jwks.to_owned() }
    }
}

fn node(folder: &Path, address: SocketAddr, pinning: Pinning) -> Command {
    let mut command = pinning.command(Path::new("node"));
    command.arg(folder.join("server.mjs")).arg(address.port().to_string()).env("NODE_ENV", "production");
    command
}

/// Makes its database, too.
fn gunicorn(installed: &Path, address: SocketAddr, folder: &Path, pinning: Pinning) -> Result<Command> {
    let programs = installed.join("venv/bin");
    let mut making = Command::new(programs.join("python"));
    server::run(making.arg("server.py").arg(folder).current_dir(installed), "").context("making the database of django-oauth-toolkit")?;
    let mut command = pinning.command(&programs.join("gunicorn"));
    command.args(["server:application", "--bind", &address.to_string(), "--workers", "1", "--worker-class", "gthread"]);
    command.args(["--threads", THREADS, "--keep-alive", "600", "--log-level", "warning", "--no-control-socket"]);
    command.env("BENCH_FOLDER", folder).current_dir(installed);
    Ok(command)
}

fn secret_of(application: &str) -> String {
    format!("{application}-secret-that-is-long-and-known-to-the-bench")
}

fn exchange_form(application: &str, code: &str) -> String {
    http::form(&[
        ("grant_type", "authorization_code"),
        ("client_id", application),
        ("client_secret", &secret_of(application)),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ])
}
