//! The lists of the administrators, in the console and in the API, with a thousand accounts and with a hundred thousand: the same pages
//! from two servers, asked in turn, so that what disturbs one disturbs the other. Read the ratio: near 1 where a list does not care how
//! many there are.

pub mod fill;

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};
use chabi_testkit::databases;
use chabi_token::Env;
use clap::Args;

use crate::{
    http::{self, Connection},
    installation::{self, Database, Operator},
    server::{self, Pinning, ServerProcess},
    visitor::Visitor,
};

const EMAIL: &str = "ada@example.test";
const PASSWORD: &str = "seven quiet herons over the delta";

/// What to fill, and how often to ask.
#[derive(Debug, Args)]
pub struct Options {
    /// The server's program.
    #[arg(long)]
    chabi: PathBuf,
    /// The core that the servers run on.
    #[arg(long)]
    server_core: Option<u32>,
    /// Accounts of the smaller database.
    #[arg(long, default_value_t = 1_000)]
    small: u32,
    /// Accounts of the larger one.
    #[arg(long, default_value_t = 100_000)]
    large: u32,
    /// Each page is asked for so often at both.
    #[arg(long, default_value_t = 60)]
    rounds: usize,
    /// No PostgreSQL.
    #[arg(long)]
    sqlite_only: bool,
}

/// Fills, asks and prints: milliseconds are medians.
///
/// # Errors
/// A server cannot be started, or answers a list with anything but a list.
pub async fn run(options: &Options) -> Result<()> {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load average {}", load.split(' ').take(3).collect::<Vec<_>>().join(" "));
    let mut table = vec![format!("| | page | kB | {} ms | {} ms | ratio |\n|---|---|---|---|---|---|", options.small, options.large)];
    for engine in if options.sqlite_only { ["SQLite"].as_slice() } else { &["SQLite", "PostgreSQL"] } {
        // the larger one first: a token lives for minutes, and filling may take longer
        let mut large = Installed::start(options, engine, options.large).await?;
        let mut small = Installed::start(options, engine, options.small).await?;
        for page in PAGES {
            let Compared { bytes, of_small, of_large } = compared(&mut small, &mut large, page, options.rounds).await?;
            let kilobytes = bytes.div_ceil(1_000);
            let ratio = of_large / of_small;
            table.push(format!("| {engine} | {} | {kilobytes} | {of_small:.2} | {of_large:.2} | {ratio:.2} |", page.name));
        }
    }
    println!("\n{}", table.join("\n"));
    Ok(())
}

/// A list, as an administrator asks for it.
struct Page {
    name: &'static str,
    path: &'static str,
    /// By a browser that is signed in, or with an access token.
    by: By,
    /// Stands in the answer when the list is not empty.
    shows: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Browser,
    Token,
}

/// Where a page from the middle begins.
const MIDDLE: &str = "{middle}";
/// In the smaller database, too: the numbers have as many digits.
const PAGES: &[Page] = &[
    Page { name: "console: accounts", path: "/admin/accounts/", by: By::Browser, shows: "person" },
    Page { name: "console: accounts, from the middle", path: "/admin/accounts/?cursor={middle}", by: By::Browser, shows: "person" },
    Page { name: "console: accounts, by an address", path: "/admin/accounts/?search=person0000", by: By::Browser, shows: "person0000" },
    Page { name: "console: accounts, blocked", path: "/admin/accounts/?state=blocked", by: By::Browser, shows: "person" },
    Page { name: "console: audit log", path: "/admin/audit/", by: By::Browser, shows: "login.succeeded" },
    Page { name: "console: audit log, by kind", path: "/admin/audit/?kind=login.succeeded", by: By::Browser, shows: "login.succeeded" },
    Page { name: "console: sessions", path: "/admin/sessions/", by: By::Browser, shows: "subject" },
    Page { name: "console: dashboard, 30 days", path: "/admin/?days=30", by: By::Browser, shows: "/admin/charts/" },
    Page { name: "API: accounts", path: "/api/v1/accounts", by: By::Token, shows: "person" },
    Page { name: "API: accounts, from the middle", path: "/api/v1/accounts?cursor={middle}", by: By::Token, shows: "person" },
    Page { name: "API: accounts, by an address", path: "/api/v1/accounts?search=person0000", by: By::Token, shows: "person0000" },
    Page { name: "API: audit log", path: "/api/v1/audit-events", by: By::Token, shows: "login.succeeded" },
];

/// Median milliseconds of a page at both, and how long it is at the larger one.
struct Compared {
    bytes: usize,
    of_small: f64,
    of_large: f64,
}

/// Asks both in turn.
async fn compared(small: &mut Installed, large: &mut Installed, page: &Page, rounds: usize) -> Result<Compared> {
    let (mut of_small, mut of_large) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    // the first is warm-up, and is read
    small.asked(page, true).await?;
    let (_, bytes) = large.asked(page, true).await?;
    for _ in 0..rounds {
        of_small.push(small.asked(page, false).await?.0);
        of_large.push(large.asked(page, false).await?.0);
    }
    Ok(Compared { bytes, of_small: median(of_small), of_large: median(of_large) })
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// A server over a database that is full.
struct Installed {
    address: SocketAddr,
    connection: Connection,
    host: String,
    cookies: String,
    token: String,
    middle: String,
    _server: ServerProcess,
    _folder: tempfile::TempDir,
}

impl Installed {
    /// Fills a database, starts a server over it, and signs an owner in.
    async fn start(options: &Options, engine: &str, accounts: u32) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let address = server::free_address()?;
        let origin = format!("http://localhost:{}", address.port());
        let database = match engine {
            "SQLite" => Database::Sqlite,
            _ => Database::Postgres { url: databases::postgres_url().await, pid: 0 },
        };
        let config = installation::configure(folder.path(), &origin, address, &database)?;
        let env = Env::system();
        let begun = Instant::now();
        let store = chabi_store_sql::open(&database.url(folder.path()), &env).await?;
        let middle = fill::fill(&store, accounts, &env).await?;
        drop(store);
        println!("{engine}: {accounts} accounts in {:.0} s", begun.elapsed().as_secs_f64());
        let operator = Operator { chabi: &options.chabi, config: config.clone() };
        operator.run(&["account", "add", EMAIL, "--name", "Ada"], PASSWORD)?;
        operator.run(&["run", "roles.grant", "--body", "-"], &format!("{{\"holder\":\"{EMAIL}\",\"role\":\"owner\"}}"))?;
        let mut command = Pinning { server: options.server_core }.command(&options.chabi);
        command.arg("serve").env("CHABI_CONFIG", &config).current_dir(folder.path());
        let server = ServerProcess::start(&mut command, address, "/readyz", Path::new("/dev/null")).await?;
        let mut person = Visitor::new(address, &origin).await?;
        let page = person.visit("/accounts/login/").await?;
        person.submit(&page, "id=\"login-submit\"", &[("username", EMAIL), ("password", PASSWORD)]).await?;
        let mut connection = Connection::open(address).await?;
        let host = format!("localhost:{}", address.port());
        let token = token(&operator, &mut connection, &origin, &host).await?;
        Ok(Self { address, connection, host, cookies: person.cookies(), token, middle, _server: server, _folder: folder })
    }

    /// Milliseconds until the whole answer is there, and its length.
    async fn asked(&mut self, page: &Page, read: bool) -> Result<(f64, usize)> {
        let path = page.path.replace(MIDDLE, &self.middle);
        let bearer = format!("Bearer {}", self.token);
        let header = match page.by {
            By::Browser => ("cookie", self.cookies.as_str()),
            By::Token => ("authorization", bearer.as_str()),
        };
        let request = http::get(&path, &self.host, &[header]);
        if read {
            // the server has closed one that waited while the other was filled
            self.connection = Connection::open(self.address).await?;
        }
        let begun = Instant::now();
        let answer = self.connection.ask(&request).await?;
        let elapsed = begun.elapsed().as_secs_f64() * 1e3;
        ensure!(answer.status == 200, "{path} answered {}", answer.status);
        if read {
            let body = String::from_utf8_lossy(answer.body);
            ensure!(body.contains(page.shows), "{path} shows no {}", page.shows);
        }
        Ok((elapsed, answer.body.len()))
    }
}

/// An owner's access token for the API, of an application that acts for itself.
async fn token(operator: &Operator<'_>, connection: &mut Connection, origin: &str, host: &str) -> Result<String> {
    let wanted = format!("{{\"purpose\":\"machine\",\"name\":\"Lists\",\"default_audience\":\"{origin}/api/v1\"}}");
    let made = operator.run(&["run", "applications.create", "--json", "--body", "-"], &wanted)?;
    let member = |name: &str| {
        let (_, rest) = made.split_once(&format!("\"{name}\":"))?;
        rest.trim_start().strip_prefix('"')?.split('"').next()
    };
    let id = member("client_id").context("a client id")?;
    let secret = member("client_secret").context("a secret")?;
    operator.run(&["run", "roles.grant", "--body", "-"], &format!("{{\"holder\":\"application:{id}\",\"role\":\"owner\"}}"))?;
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret), ("scope", "admin:read")];
    let answer = connection.ask(&http::post("/oauth2/token", host, &http::form(&form), &[])).await?;
    answer.succeeded()?;
    Ok(answer.member("access_token").context("a token")?.to_owned())
}
