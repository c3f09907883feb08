//! Development mode: a Chabi with everything that one needs to try it, on loopback.

pub mod fixtures;
mod people;
mod ticket;

use std::{
    convert::identity,
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::unix::fs::DirBuilderExt as _,
    path::Path,
    sync::Arc,
};

use anyhow::{Context as _, Result, anyhow, ensure};
use axum::{Router, extract::Request, middleware::Next, response::Response};
use chabi::{Chabi, Env, admin::installation::setup, resource_server::Bearer};
use chabi_dev::{DevSettings, demo};

use crate::{
    cli::DevOptions,
    config::{OutgoingSection, host_of},
    http::{
        client_address::TrustedProxies,
        connections::{Bounds, Connections},
        open_files,
        tls::{Tls, TlsFiles},
    },
    running::{self, Door, Running, Told},
    secret_file::read_or_make,
    seed::Seed,
};

pub use ticket::Ticket;

/// A development server that runs.
pub struct Development {
    /// Where people reach it: `http://localhost:8000`.
    pub public_url: String,
    /// Such as `SQLite 3.54.1`.
    pub database: String,
    /// E-mail addresses of the people of the seed.
    pub seeded: Vec<String>,
    /// The console; as long as nobody owns the installation, the link by which whoever opens it becomes the owner.
    pub console: String,
    chabi: Chabi,
    running: Running,
    _ticket: Ticket,
}

impl Development {
    /// Listens, opens the database, makes what is missing in it, and serves.
    ///
    /// # Errors
    /// In words: the address is not of this machine, the port is taken, another server has the folder, the database belongs to production.
    pub async fn begin(options: &DevOptions) -> Result<Self> {
        Self::begin_within(options, identity).await
    }

    /// The same, with something around all routes: for tests that break the server's rules.
    pub(crate) async fn begin_within(options: &DevOptions, outermost: impl FnOnce(Router) -> Router) -> Result<Self> {
        let addresses = addresses(options)?;
        let avoid = format!("stop what uses it, or choose another with `--port {}`", options.port.checked_add(1).unwrap_or(8001));
        let listeners = running::bind(&addresses, &avoid).await?;
        let env = Env::system();
        let public_url = options.public_url();
        check_has_no_path(&public_url)?;
        let outgoing = OutgoingSection { allowed_hosts: options.allowed_hosts.clone(), ca_certificates: options.ca_certificates.clone() };
        outgoing.check()?;
        let seed = options.seed.as_deref().map(Seed::read).transpose()?.unwrap_or_default();
        make_folder(&options.data)?;
        let ticket = Ticket::leave(&options.data, &public_url)?;
        let secret = read_or_make(&options.data.join("secret"), true, &env)?;
        let database_url = options.database.clone().unwrap_or_else(|| format!("sqlite:{}", options.data.join("chabi.db").display()));
        let settings = DevSettings::new(&public_url, &env);
        let builder = Chabi::builder(&public_url)
            .store_url(database_url)
            .master_secret(secret)
            .development(true)
            .mailer(Arc::new(settings.mail_inbox.clone()))
            .observer(Arc::new(settings.inspector.clone()))
            .env(env.clone());
        let builder = outgoing.apply(fixtures::all(builder, &settings, !options.no_providers)?)?;
        let chabi = seed.register(builder).build().await?;
        people::make(&chabi).await?;
        seed.make_people(&chabi).await?;
        let more = chabi_dev::router(settings).merge(demo_api(&chabi, &env)?);
        let database = chabi.store().engine().version().await?;
        let console = match setup::link(chabi.admin()).await? {
            Some(link) => link.expose().to_owned(),
            None => format!("{public_url}/admin/"),
        };
        let bounds = Bounds::default();
        open_files::allow(bounds.most);
        let connections = Connections::new(bounds, TrustedProxies::default());
        let running = Running::begin(Door { listeners, connections, tls: tls(options, &public_url)? }, &chabi, more, outermost);
        Ok(Self { public_url, database, seeded: seed.addresses(), console, chabi, running, _ticket: ticket })
    }

    /// Waits until tokens can be signed: keys are made while the server listens already.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn until_ready(&self) -> Result<()> {
        Ok(self.chabi.until_ready().await?)
    }

    /// Waits until Ctrl-C or SIGTERM.
    pub async fn until_told_to_stop(self, told: Told) {
        self.running.until_told_to_stop(told).await;
    }

    /// Ends it.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

fn tls(options: &DevOptions, public_url: &str) -> Result<Option<Tls>> {
    let (Some(certificate), Some(key)) = (options.tls_certificate.clone(), options.tls_key.clone()) else { return Ok(None) };
    ensure!(public_url.starts_with("https://"), "--tls-certificate: --public-url must begin with https:// when the server speaks TLS");
    Tls::begin(TlsFiles { certificate, key }, host_of(public_url)).map(Some)
}

/// The demo API behind the layer that anybody's API has. The demo crate knows no token: it is told who calls.
fn demo_api(chabi: &Chabi, env: &Env) -> Result<Router> {
    let audience = chabi_dev::fixtures::demo_audience(chabi.issuer());
    let guard = chabi.bearer_layer(audience).map_err(|error| anyhow!("the demo API's layer: {error}"))?;
    let api = demo::api(env).route_layer(axum::middleware::from_fn(tell_who_calls)).route_layer(guard);
    Ok(api)
}

async fn tell_who_calls(bearer: Bearer, mut request: Request, next: Next) -> Response {
    let caller = demo::Caller { subject: bearer.subject().to_owned(), scope: bearer.scope().clone() };
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Both loopback addresses, or the one that was asked for. Its people's passwords are known to everybody: no other machine may ask.
fn addresses(options: &DevOptions) -> Result<Vec<SocketAddr>> {
    match options.host {
        None => Ok(vec![
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), options.port),
            SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), options.port),
        ]),
        Some(host) => {
            ensure!(
                host.is_loopback(),
                "development mode listens on this machine alone, since everybody knows its people's passwords; use `chabi serve` for {host}"
            );
            Ok(vec![SocketAddr::new(host, options.port)])
        }
    }
}

/// The demo app and the fakes live at the root of a host, beside us.
fn check_has_no_path(public_url: &str) -> Result<()> {
    let path = public_url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    ensure!(
        path.is_none(),
        "--public-url: development mode lives at the root of a host, with its demo app and its fake providers; `chabi serve` takes an issuer with a path"
    );
    Ok(())
}

fn make_folder(path: &Path) -> Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(|| format!("making the folder {}", path.display()))?;
    // nothing in it belongs into anybody's repository
    fs::write(path.join(".gitignore"), "*\n").with_context(|| format!("writing into {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(host: Option<&str>) -> DevOptions {
        DevOptions { host: host.map(|host| host.parse().unwrap()), ..DevOptions::at(8000, ".chabi-dev".into()) }
    }

    #[test]
    fn development_mode_lives_at_the_root_of_a_host() {
        assert!(check_has_no_path("http://localhost:8000").is_ok());
        let refused = check_has_no_path("http://localhost:8000/t1").unwrap_err().to_string();
        assert!(refused.contains("chabi serve"), "{refused}");
    }

    #[test]
    fn development_mode_listens_on_loopback_alone() {
        assert_eq!(addresses(&options(None)).unwrap().len(), 2);
        assert_eq!(addresses(&options(Some("127.0.0.1"))).unwrap().len(), 1);
        for host in ["0.0.0.0", "::", "192.168.1.7"] {
            assert!(addresses(&options(Some(host))).is_err(), "{host}");
        }
    }
}
