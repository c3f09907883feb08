//! The URL, TLS, the pool.

use std::{str::FromStr, time::Duration};

use chabi_spec::Fault;
use deadpool_postgres::{Manager, ManagerConfig, Pool, QueueMode, RecyclingMethod, Runtime};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_postgres::{
    CancelToken, Config, NoTls,
    config::{SslMode, TargetSessionAttrs},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::lease::Lease;

/// Connections of one node: statements are short, and a server has a hundred to share out. ADR 6 has the measurement.
const CONNECTIONS: usize = 16;
/// How long to wait for a free connection before the caller is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one of the named hosts may take to answer a new connection, before the next one is tried.
const HOST_PATIENCE: Duration = Duration::from_secs(2);
/// After this time without a word, a connection is probed: a peer that vanished is noticed while nobody asks it anything.
const PROBED_AFTER: Duration = Duration::from_secs(30);

/// How long statements may take, measured on our side: a session's own limits do not survive a pooler.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// One that touches a row by its key, and the batches of such.
    pub(super) quick: Duration,
    /// Any other: an operator may revoke what millions hold.
    pub(super) slow: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { quick: Duration::from_secs(5), slow: Duration::from_secs(60) }
    }
}

/// The pool, and what else leads to the server.
#[derive(Clone)]
pub(super) struct Connections {
    pool: Pool,
    /// None: no TLS.
    tls: Option<MakeRustlsConnect>,
    pub(super) limits: Limits,
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connections").field("pool", &self.pool.status()).field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Connections {
    /// A pool that connects when it is first asked.
    pub(super) fn new(url: &str, limits: Limits) -> Result<Self, Fault> {
        let Target { config, roots } = target(url)?;
        let hosts = u32::try_from(config.get_hosts().len().max(config.get_hostaddrs().len())).unwrap_or(u32::MAX);
        let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let tls = roots.map(|roots| tls(&roots)).transpose()?.map(MakeRustlsConnect::new);
        let manager = match &tls {
            None => Manager::from_config(config, NoTls, settings),
            Some(tls) => Manager::from_config(config, tls.clone(), settings),
        };
        let built = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            // The one used last: its session on the server is warm.
            .queue_mode(QueueMode::Lifo)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE.max(HOST_PATIENCE.saturating_mul(hosts.saturating_add(1)))))
            .recycle_timeout(Some(PATIENCE))
            .build();
        let pool = built.map_err(|error| Fault::internal("making the pool of connections").because(error))?;
        Ok(Self { pool, tls, limits })
    }

    /// A connection whose statements are quick.
    pub(super) async fn quick(&self) -> Result<Lease, Fault> {
        self.lend(Some(self.limits.quick)).await
    }

    /// A connection whose statements may be slow.
    pub(super) async fn slow(&self) -> Result<Lease, Fault> {
        self.lend(Some(self.limits.slow)).await
    }

    /// A connection whose statements take as long as they take.
    pub(super) async fn patient(&self) -> Result<Lease, Fault> {
        self.lend(None).await
    }

    async fn lend(&self, limit: Option<Duration>) -> Result<Lease, Fault> {
        let object = self.pool.get().await;
        let object = object.map_err(|error| Fault::unavailable("getting a connection to PostgreSQL").because(error))?;
        Ok(Lease::new(object, self.clone(), limit))
    }

    /// Drops the connections that nobody uses now: they lead where one of them was sent away.
    pub(super) fn forget(&self) {
        self.pool.retain(|_, _| false);
    }

    /// Asks the server to stop what the connection of this token does.
    pub(super) async fn cancel(&self, token: &CancelToken) -> Result<(), tokio_postgres::Error> {
        match &self.tls {
            None => token.cancel_query(NoTls).await,
            Some(tls) => token.cancel_query(tls.clone()).await,
        }
    }
}

/// What the URL asks for.
struct Target {
    config: Config,
    /// None: no TLS. Some: the file of roots, or an empty text for the system's.
    roots: Option<String>,
}

/// Reads the URL. `sslmode` beyond `require`, and `sslrootcert`, are libpq's words that the driver does not know: they are ours.
fn target(url: &str) -> Result<Target, Fault> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let mut kept = Vec::new();
    let mut mode = "";
    let mut roots = String::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = value,
            Some(("sslrootcert", value)) => value.clone_into(&mut roots),
            _ => kept.push(pair),
        }
    }
    let encrypted = match mode {
        "" | "disable" | "allow" | "prefer" => false,
        "require" | "verify-ca" | "verify-full" => true,
        _ => return Err(Fault::internal("reading the `sslmode` of the database's URL")),
    };
    let mut config = Config::from_str(&format!("{base}?{}", kept.join("&")))
        // The error is not kept: it may quote the password.
        .map_err(|_| Fault::internal("reading the database's URL"))?;
    config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(HOST_PATIENCE);
    }
    // Of several hosts, the one that takes writes: after a failover that is another one.
    if config.get_hosts().len() > 1 && config.get_target_session_attrs() == TargetSessionAttrs::Any {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    config.tcp_user_timeout(PATIENCE * 2).keepalives_idle(PROBED_AFTER).application_name("chabi");
    Ok(Target { config, roots: encrypted.then_some(roots) })
}

/// TLS that checks the certificate and its name, always: encryption to an unknown peer protects from nobody who is in between.
fn tls(roots: &str) -> Result<ClientConfig, Fault> {
    let doing = "reading the root certificates for PostgreSQL";
    let mut store = RootCertStore::empty();
    if roots.is_empty() {
        let found = rustls_native_certs::load_native_certs();
        store.add_parsable_certificates(found.certs);
    } else {
        for certificate in CertificateDer::pem_file_iter(roots).map_err(|error| Fault::internal(doing).because(error))? {
            let certificate = certificate.map_err(|error| Fault::internal(doing).because(error))?;
            store.add(certificate).map_err(|error| Fault::internal(doing).because(error))?;
        }
    }
    if store.is_empty() {
        return Err(Fault::internal(doing).because("there are none: name a file with `sslrootcert`"));
    }
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| Fault::internal("setting up TLS to PostgreSQL").because(error))?;
    Ok(builder.with_root_certificates(store).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_used_when_the_url_asks_for_it_and_only_then() {
        for (url, encrypted) in [
            ("postgres://a@localhost/b", false),
            ("postgres://a@localhost/b?sslmode=disable&connect_timeout=3", false),
            ("postgres://a@localhost/b?sslmode=require", true),
            ("postgres://a@localhost/b?sslrootcert=/x&sslmode=verify-full", true),
        ] {
            assert_eq!(target(url).unwrap().roots.is_some(), encrypted, "{url}");
        }
        assert!(target("postgres://a@localhost/b?sslmode=perhaps").is_err());
    }

    #[test]
    fn of_several_hosts_the_one_that_takes_writes_is_asked_for() {
        for (url, wanted) in [
            ("postgres://u@a/d", TargetSessionAttrs::Any),
            ("postgres://u@a:5432,b:5433/d", TargetSessionAttrs::ReadWrite),
            ("postgres://u@a,b/d?target_session_attrs=read-write", TargetSessionAttrs::ReadWrite),
        ] {
            assert_eq!(target(url).unwrap().config.get_target_session_attrs(), wanted, "{url}");
        }
        let patient = target("postgres://u@a/d?connect_timeout=9").unwrap().config;
        assert_eq!(patient.get_connect_timeout(), Some(&Duration::from_secs(9)));
    }

    #[test]
    fn an_unreadable_url_is_refused_without_its_password() {
        let fault = target("postgres://a:hunter2@localhost:port/b").err().unwrap();
        assert!(!format!("{fault:?}").contains("hunter2"));
    }
}
