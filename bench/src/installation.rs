//! A fresh installation of ours, made by its own command line as an operator would, and served: a [`Subject`].

use std::{
    cell::RefCell,
    fs,
    io::Write as _,
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use chabi_token::{Env, MasterSecret};
use futures_util::future::LocalBoxFuture;

use crate::{
    cpu::{self, Cpu},
    http::{self, Answer},
    load::{Caller, Load},
    server::{self, Pinning, ServerProcess},
    subject::{Endpoints, IdToken, Subject},
    visitor::{self, Visitor},
};

const PASSWORD: &str = "seven quiet herons over the delta";
/// The API that tokens are for.
pub const API: &str = "https://notes.example.test";
const REDIRECT_URI: &str = "http://localhost:9/callback";
/// RFC 7636 appendix B; the server hashes and compares it each time all the same.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// Codes are fetched by so many connections.
const BROWSERS: usize = 16;
/// Long enough for any number of codes: callers stop by themselves.
const UNTIL_DONE: Duration = Duration::from_secs(600);

/// Where the database is.
pub enum Database {
    /// A file in the installation's folder.
    Sqlite,
    /// The same, with a commit for each write.
    SqliteCommitEach,
    /// A database that is empty, and the process of its server.
    Postgres {
        /// `postgres://…`
        url: String,
        /// Of the postmaster.
        pid: u32,
    },
}

impl Database {
    /// As the configuration of an installation in this folder names it.
    #[must_use]
    pub fn url(&self, folder: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite:{}", folder.join("chabi.db").display()),
            Self::SqliteCommitEach => format!("sqlite:{}?commit=each", folder.join("chabi.db").display()),
            Self::Postgres { url, .. } => url.clone(),
        }
    }

    /// What the database's own processes have used.
    ///
    /// # Errors
    /// They are gone.
    pub fn cpu(&self) -> Result<Duration> {
        match self {
            Self::Postgres { pid, .. } => cpu::of_family(*pid),
            _ => Ok(Duration::ZERO),
        }
    }
}

/// Ours, running.
pub struct Installation {
    name: &'static str,
    server: ServerProcess,
    database: Database,
    origin: String,
    host: String,
    endpoints: Endpoints,
    machine: Application,
    web: Application,
    web_es256: Application,
    cookies: String,
    chabi: PathBuf,
    config: PathBuf,
    /// So many have signed in.
    people: u32,
    _folder: tempfile::TempDir,
}

/// As it was registered.
pub struct Application {
    /// `client_id`.
    pub id: &'static str,
    /// Its secret.
    pub secret: String,
}

/// The command line of an installation.
pub struct Operator<'a> {
    /// The program.
    pub chabi: &'a Path,
    /// Its configuration.
    pub config: PathBuf,
}

impl Installation {
    /// Makes it, and starts it on the server's core.
    ///
    /// # Errors
    /// Whatever an operator would be told.
    pub async fn start(chabi: &Path, database: Database, pinning: Pinning) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let address = server::free_address()?;
        let origin = format!("http://localhost:{}", address.port());
        let config = configure(folder.path(), &origin, address, &database)?;
        let operator = Operator { chabi, config: config.clone() };
        operator.run(&["api", "add", API, "--scope", "notes:read"], "")?;
        let machine = operator.application("machine", &["--machine", "--audience", API, "--scope", "notes:read"])?;
        let of_people = ["--redirect-uri", REDIRECT_URI, "--first-party", "--audience", API];
        let web = operator.application("web", &of_people)?;
        let web_es256 = operator.application("web-es256", &[of_people.as_slice(), &["--id-token-alg", "ES256"]].concat())?;

        let mut command = pinning.command(chabi);
        command.arg("serve").env("CHABI_CONFIG", &config).current_dir(folder.path());
        // a line for each request, as by default; where it is kept is not ours to measure
        let server = ServerProcess::start(&mut command, address, "/readyz", Path::new("/dev/null")).await?;
        let name = match &database {
            Database::Sqlite => "SQLite",
            Database::SqliteCommitEach => "SQLite, a commit each",
            Database::Postgres { .. } => "PostgreSQL",
        };
        Ok(Self {
            name,
            server,
            database,
            host: format!("localhost:{}", address.port()),
            origin,
            endpoints: endpoints(),
            machine,
            web,
            web_es256,
            cookies: String::new(),
            chabi: chabi.to_owned(),
            config,
            people: 0,
            _folder: folder,
        })
    }

    /// Somebody new, who has granted nothing yet: through the sign-in page, with its CSRF field, as a browser does.
    async fn sign_in(&mut self) -> Result<()> {
        self.people += 1;
        let email = format!("ada-{}@example.test", self.people);
        let operator = Operator { chabi: &self.chabi, config: self.config.clone() };
        operator.run(&["account", "add", &email, "--name", "Ada"], PASSWORD)?;
        let mut person = Visitor::new(self.server.address(), &self.origin).await?;
        let page = person.visit(&authorize_path(&self.web, "openid")).await?;
        let back = person.submit(&page, "id=\"login-submit\"", &[("username", email.as_str()), ("password", PASSWORD)]).await?;
        let location = back.location.with_context(|| format!("signing in ended with {}", back.status))?;
        ensure!(visitor::parameter(&location, "code").is_some(), "signing in ended without a code");
        self.cookies = person.cookies();
        Ok(())
    }

    /// Codes, from the authorization endpoint, by the browser of somebody who has just signed in.
    async fn codes(&mut self, id_token: IdToken, scope: &str, count: u32) -> Result<Vec<String>> {
        self.sign_in().await?;
        let application = self.application(id_token);
        let request = http::get(&authorize_path(application, scope), &self.host, &[("cookie", &self.cookies)]);
        let (wanted, codes) = (Rc::new(RefCell::new(count)), Rc::new(RefCell::new(Vec::new())));
        let one =
            || -> Box<dyn Caller> { Box::new(Browser { request: request.clone(), wanted: Rc::clone(&wanted), codes: Rc::clone(&codes) }) };
        let begun = std::time::Instant::now();
        Load::open(self.server.address(), (0..BROWSERS).map(|_| one()).collect()).await?.run(UNTIL_DONE).await?;
        println!("  {count} codes fetched in {:.1} s", begun.elapsed().as_secs_f64());
        Ok(codes.take())
    }

    /// Which is registered for such ID tokens.
    fn application(&self, id_token: IdToken) -> &Application {
        match id_token {
            IdToken::Rs256 => &self.web,
            IdToken::Es256 => &self.web_es256,
        }
    }

    /// The answers to these exchanges, each read for one member.
    async fn exchanged(&self, forms: Vec<String>, member: &'static str) -> Result<Vec<String>> {
        let mut connection = http::Connection::open(self.server.address()).await?;
        let mut found = Vec::new();
        for form in forms {
            let answer = connection.ask(&http::post(&self.endpoints.token, &self.host, &form, &[])).await?;
            answer.succeeded()?;
            found.push(answer.member(member).with_context(|| format!("an exchange gave no {member}"))?.to_owned());
        }
        Ok(found)
    }
}

impl Subject for Installation {
    fn name(&self) -> &str {
        self.name
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

    fn cpu(&self) -> Result<Cpu> {
        Ok(Cpu { server: self.server.cpu()?, database: self.database.cpu()? })
    }

    fn client_credentials_form(&self) -> String {
        let Application { id, secret } = &self.machine;
        http::form(&[("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)])
    }

    fn exchange_forms(&mut self, id_token: IdToken, count: u32) -> LocalBoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            let codes = self.codes(id_token, "openid notes:read", count).await?;
            Ok(codes.iter().map(|code| exchange_form(self.application(id_token), code)).collect())
        })
    }

    fn refresh_tokens(&mut self, count: u32) -> LocalBoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            let codes = self.codes(IdToken::Rs256, "notes:read offline_access", count).await?;
            let forms = codes.iter().map(|code| exchange_form(&self.web, code)).collect();
            self.exchanged(forms, "refresh_token").await
        })
    }

    fn refresh_form(&self, refresh_token: &str) -> String {
        let Application { id, secret } = &self.web;
        let fields = [("grant_type", "refresh_token"), ("client_id", id), ("client_secret", secret), ("refresh_token", refresh_token)];
        http::form(&fields)
    }

    fn access_token(&mut self) -> LocalBoxFuture<'_, Result<String>> {
        Box::pin(async move {
            let codes = self.codes(IdToken::Rs256, "openid profile email notes:read", 1).await?;
            let forms = codes.iter().map(|code| exchange_form(&self.web, code)).collect();
            self.exchanged(forms, "access_token").await?.pop().context("one token")
        })
    }

    fn introspection_form(&self, access_token: &str) -> String {
        let Application { id, secret } = &self.web;
        http::form(&[("client_id", id), ("client_secret", secret), ("token", access_token)])
    }
}

impl Operator<'_> {
    /// Runs one command; answers what it wrote to standard output.
    ///
    /// # Errors
    /// What an operator would be told.
    pub fn run(&self, words: &[&str], input: &str) -> Result<String> {
        let mut command = Command::new(self.chabi);
        server::run(command.args(words).env("CHABI_CONFIG", &self.config), input).with_context(|| format!("chabi {}", words.join(" ")))
    }

    /// Registers it; keeps the secret that is printed once.
    ///
    /// # Errors
    /// What an operator would be told.
    pub fn application(&self, id: &'static str, more: &[&str]) -> Result<Application> {
        let said = self.run(&[&["application", "add", id, "--client-id", id], more].concat(), "")?;
        let secret = said.lines().find_map(|line| line.strip_prefix("OIDC_CLIENT_SECRET=")).context("the secret of an application")?;
        Ok(Application { id, secret: secret.to_owned() })
    }
}

/// Writes the configuration and the secret: the server makes none beside a database that is there, and some are filled before it starts.
///
/// # Errors
/// The folder cannot be written to.
pub fn configure(folder: &Path, origin: &str, address: SocketAddr, database: &Database) -> Result<PathBuf> {
    let secret = folder.join("secret");
    let url = database.url(folder);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&secret)?;
    file.write_all(MasterSecret::generate(&Env::system()).to_text().expose().as_bytes())?;
    let config = folder.join("chabi.toml");
    // one person grants as often as many would
    let grants = "[authorization]\nmost_grants = 1000000\n";
    let text = format!(
        "public_url = \"{origin}\"\ndatabase_url = \"{url}\"\nsecret_file = \"{}\"\nlisten = [\"{address}\"]\n{grants}",
        secret.display()
    );
    fs::write(&config, text)?;
    Ok(config)
}

fn endpoints() -> Endpoints {
    Endpoints {
        token: "/oauth2/token".to_owned(),
        introspection: "/oauth2/introspect".to_owned(),
        userinfo: "/oauth2/userinfo".to_owned(),
        jwks: "/oauth2/jwks".to_owned(),
    }
}

fn authorize_path(application: &Application, scope: &str) -> String {
    let fields = [
        ("response_type", "code"),
        ("client_id", application.id),
        ("redirect_uri", REDIRECT_URI),
        ("scope", scope),
        ("state", "af0ifjsldkj"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    format!("/oauth2/authorize?{}", http::form(&fields))
}

fn exchange_form(application: &Application, code: &str) -> String {
    let Application { id, secret } = application;
    http::form(&[
        ("grant_type", "authorization_code"),
        ("client_id", id),
        ("client_secret", secret),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ])
}

/// Asks for codes until enough were asked for.
struct Browser {
    request: Vec<u8>,
    wanted: Rc<RefCell<u32>>,
    codes: Rc<RefCell<Vec<String>>>,
}

impl Caller for Browser {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        let mut wanted = self.wanted.borrow_mut();
        let Some(less) = wanted.checked_sub(1) else { return false };
        *wanted = less;
        request.extend_from_slice(&self.request);
        true
    }

    fn take(&mut self, answer: &Answer<'_>) -> Result<()> {
        let code = answer.headers("location").next().and_then(|location| visitor::parameter(location, "code"));
        self.codes
            .borrow_mut()
            .push(code.with_context(|| format!("the authorization endpoint answered {} without a code", answer.status))?);
        Ok(())
    }
}
