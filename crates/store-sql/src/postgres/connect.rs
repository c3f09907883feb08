//! The URL, TLS, the pool.

use std::{str::FromStr, time::Duration};

use chabi_spec::Fault;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_postgres::{Config, NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connections of one node: statements are short, and a server has a hundred to share out.
const CONNECTIONS: usize = 16;
/// How long to wait for a connection, new or free, before the caller is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the URL asks for.
struct Target {
    config: Config,
    /// None: no TLS. Some: the file of roots, or an empty text for the system's.
    roots: Option<String>,
}

/// A pool that connects when it is first asked.
pub(super) fn pool(url: &str) -> Result<Pool, Fault> {
    let Target { config, roots } = target(url)?;
    let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match roots {
        None => Manager::from_config(config, NoTls, settings),
        Some(roots) => Manager::from_config(config, MakeRustlsConnect::new(tls(&roots)?), settings),
    };
    let built = Pool::builder(manager)
        .max_size(CONNECTIONS)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(PATIENCE))
        .recycle_timeout(Some(PATIENCE))
        .build();
    built.map_err(|error| Fault::internal("making the pool of connections").because(error))
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
    config.connect_timeout(PATIENCE).tcp_user_timeout(PATIENCE * 2).application_name("chabi");
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
    fn an_unreadable_url_is_refused_without_its_password() {
        let fault = target("postgres://a:hunter2@localhost:port/b").err().unwrap();
        assert!(!format!("{fault:?}").contains("hunter2"));
    }
}
