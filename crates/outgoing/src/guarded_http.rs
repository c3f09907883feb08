//! The one way out: HTTP to providers, and to nobody else.
//!
//! A request passes when its URL is `https` on a port for it, carries no user name, and names no special address; or when its exact
//! `host:port` stands in the configured list. Names are looked up at the time of connecting, special addresses are dropped from the
//! answer, and the connection goes to what was checked. No redirect is followed, no proxy is asked, no answer is read past its cap.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{
    Client, RequestBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
};
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;
use url::{Host, Url};

use crate::special_addresses::is_special;

/// Limits of outgoing calls, and who may be called although the rules say no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// Exact `host:port` texts, such as `localhost:8000`, that may be called by plain `http` and at special addresses.
    /// Filled with loopback by development mode and tests, and with named private hosts by an operator; else empty.
    pub allowed_hosts: Vec<String>,
    /// Authorities that are trusted beside the system's, for public and listed hosts alike: see [`crate::roots::read`].
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long a call may take in all, its body included.
    pub total_timeout: Duration,
    /// The largest answer, in bytes.
    pub largest_answer: usize,
    /// How many calls to one provider may be under way; more wait, for `connect_timeout` at the most.
    pub calls_at_once: usize,
}

impl Default for HttpSettings {
    /// Nobody listed, no authority but the system's; 3 s, 10 s, 1 MiB, 32 calls.
    fn default() -> Self {
        Self {
            allowed_hosts: Vec::new(),
            extra_roots: Vec::new(),
            connect_timeout: Duration::from_secs(3),
            total_timeout: Duration::from_secs(10),
            largest_answer: 1 << 20,
            calls_at_once: 32,
        }
    }
}

/// Ports on which `https` is usual; any other must be listed.
const HTTPS_PORTS: [u16; 2] = [443, 8443];

/// Why a call gave no answer. Holds neither a URL's query nor a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpTrouble {
    /// The guard does not let such a call out.
    #[error("not allowed to call this URL: {0}")]
    Forbidden(&'static str),
    /// The answer is larger than we read.
    #[error("the answer is too large")]
    TooLarge,
    /// It took too long.
    #[error("no answer in time")]
    TimedOut,
    /// Could not connect, or the connection broke.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// The provider failed often just now, or too many calls to it are under way: not asked.
    #[error("not asked: {0}")]
    NotAsked(&'static str),
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `max-age` of `Cache-Control`, in seconds.
    pub max_age: Option<i64>,
    /// `Content-Type` without its parameters, in small letters; empty when there is none.
    pub media_type: String,
    /// At the most [`HttpSettings::largest_answer`] bytes.
    pub body: Vec<u8>,
}

/// How far a URL is trusted; each has a connection pool of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    /// `https`, to public addresses.
    Public,
    /// `https` to a listed host.
    ListedTls,
    /// `http` to a listed host.
    ListedPlain,
}

/// The guarded client. Cheap to make: connections and certificates are made ready at the first call.
pub struct GuardedHttp {
    settings: HttpSettings,
    lookup: Arc<dyn Resolve>,
    public: OnceLock<Client>,
    listed_tls: OnceLock<Client>,
    listed_plain: OnceLock<Client>,
}

impl GuardedHttp {
    /// With the system's name service.
    #[must_use]
    pub fn new(settings: HttpSettings) -> Self {
        Self::looking_up_with(settings, Arc::new(SystemLookup))
    }

    fn looking_up_with(settings: HttpSettings, lookup: Arc<dyn Resolve>) -> Self {
        Self { settings, lookup, public: OnceLock::new(), listed_tls: OnceLock::new(), listed_plain: OnceLock::new() }
    }

    /// The limits.
    #[must_use]
    pub fn settings(&self) -> &HttpSettings {
        &self.settings
    }

    /// Whether a call, or a browser, may be sent to this URL, as far as its text tells.
    ///
    /// # Errors
    /// [`HttpTrouble::Forbidden`].
    pub fn check_url(&self, url: &Url) -> Result<(), HttpTrouble> {
        self.way(url).map(|_| ())
    }

    /// `GET`; `prepare` adds headers.
    ///
    /// # Errors
    /// [`HttpTrouble`].
    pub async fn get(&self, url: &Url, prepare: impl FnOnce(RequestBuilder) -> RequestBuilder + Send) -> Result<Answer, HttpTrouble> {
        let client = self.client(self.way(url)?)?;
        self.send(prepare(client.get(url.clone())), self.settings.largest_answer).await
    }

    /// `GET` of a document, within narrower limits than those of all calls: at most `largest` bytes, in at most `timeout` in all.
    ///
    /// # Errors
    /// [`HttpTrouble`].
    pub async fn get_within(&self, url: &Url, largest: usize, timeout: Duration) -> Result<Answer, HttpTrouble> {
        let client = self.client(self.way(url)?)?;
        let request = client.get(url.clone()).timeout(timeout.min(self.settings.total_timeout));
        self.send(request, largest.min(self.settings.largest_answer)).await
    }

    /// `POST` of a form; `prepare` adds headers.
    ///
    /// # Errors
    /// [`HttpTrouble`].
    pub async fn post_form(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        prepare: impl FnOnce(RequestBuilder) -> RequestBuilder + Send,
    ) -> Result<Answer, HttpTrouble> {
        let client = self.client(self.way(url)?)?;
        self.send(prepare(client.post(url.clone()).form(form)), self.settings.largest_answer).await
    }

    async fn send(&self, request: RequestBuilder, largest: usize) -> Result<Answer, HttpTrouble> {
        let mut response = request.header("accept", "application/json").send().await.map_err(trouble)?;
        let status = response.status().as_u16();
        let max_age = response.headers().get("cache-control").and_then(|value| value.to_str().ok()).and_then(max_age);
        let media_type = response.headers().get("content-type").and_then(|value| value.to_str().ok()).map(media_type).unwrap_or_default();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(trouble)? {
            if body.len().saturating_add(chunk.len()) > largest {
                return Err(HttpTrouble::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, max_age, media_type, body })
    }

    fn way(&self, url: &Url) -> Result<Way, HttpTrouble> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(HttpTrouble::Forbidden("it carries a user name"));
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(HttpTrouble::Forbidden("it has no host"));
        };
        let listed = self.settings.allowed_hosts.iter().any(|allowed| *allowed == format!("{host}:{port}"));
        match (url.scheme(), listed) {
            ("https", true) => Ok(Way::ListedTls),
            ("http", true) => Ok(Way::ListedPlain),
            ("https", false) => check_public(&host, port).map(|()| Way::Public),
            _ => Err(HttpTrouble::Forbidden("only https is allowed")),
        }
    }

    fn client(&self, way: Way) -> Result<&Client, HttpTrouble> {
        let slot = match way {
            Way::Public => &self.public,
            Way::ListedTls => &self.listed_tls,
            Way::ListedPlain => &self.listed_plain,
        };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let made = self.make_client(way)?;
        Ok(slot.get_or_init(|| made))
    }

    fn make_client(&self, way: Way) -> Result<Client, HttpTrouble> {
        let builder = Client::builder()
            .tls_backend_preconfigured(tls(way, &self.settings.extra_roots)?)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent("chabi")
            .connect_timeout(self.settings.connect_timeout)
            .timeout(self.settings.total_timeout)
            .http1_only();
        let builder = match way {
            Way::Public => builder.https_only(true).dns_resolver(PublicOnly(Arc::clone(&self.lookup))),
            Way::ListedTls | Way::ListedPlain => builder,
        };
        builder.build().map_err(trouble)
    }
}

impl std::fmt::Debug for GuardedHttp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuardedHttp").field("settings", &self.settings).finish_non_exhaustive()
    }
}

fn check_public(host: &Host<&str>, port: u16) -> Result<(), HttpTrouble> {
    if !HTTPS_PORTS.contains(&port) {
        return Err(HttpTrouble::Forbidden("this port is not for https, and not listed"));
    }
    // The library below connects to literal addresses without asking the name service, so they are looked at here.
    let literal = match host {
        Host::Domain(_) => return Ok(()),
        Host::Ipv4(address) => IpAddr::V4(*address),
        Host::Ipv6(address) => IpAddr::V6(*address),
    };
    if is_special(literal) { Err(HttpTrouble::Forbidden("it names a special address")) } else { Ok(()) }
}

/// Certificates come from the system; plain calls to listed hosts need none, and work on a machine that has none.
fn tls(way: Way, extra_roots: &[CertificateDer<'static>]) -> Result<rustls::ClientConfig, HttpTrouble> {
    let failed = |error: rustls::Error| HttpTrouble::NoConnection(format!("TLS cannot be set up: {error}"));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        rustls::ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().map_err(failed)?;
    let mut config = if way == Way::ListedPlain {
        builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
    } else {
        let verifier = Verifier::new_with_extra_roots(extra_roots.iter().cloned(), provider).map_err(failed)?;
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn trouble(error: reqwest::Error) -> HttpTrouble {
    if error.is_timeout() {
        return HttpTrouble::TimedOut;
    }
    // The query may carry a secret, so the URL goes.
    let error = error.without_url();
    let mut words = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        words = format!("{words}: {inner}");
        source = inner.source();
    }
    HttpTrouble::NoConnection(words)
}

fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn max_age(cache_control: &str) -> Option<i64> {
    cache_control.split(',').find_map(|directive| directive.trim().strip_prefix("max-age="))?.trim_matches('"').parse().ok()
}

/// The system's name service.
struct SystemLookup;

impl Resolve for SystemLookup {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(boxed(found))
        })
    }
}

fn boxed(addresses: Vec<SocketAddr>) -> Addrs {
    Box::new(addresses.into_iter())
}

/// A name service whose answers hold public addresses only. It is asked at each connection, and its answer is connected to:
/// a name that changes between check and use gains nothing.
struct PublicOnly(Arc<dyn Resolve>);

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let asked = self.0.resolve(name);
        Box::pin(async move {
            let public: Vec<SocketAddr> = asked.await?.filter(|address| !is_special(address.ip())).collect();
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(boxed(public))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use chabi_testkit::certificates::Authority;
    use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_rustls::TlsAcceptor;

    /// Says a public address first and loopback from then on, as a rebinding attacker's name server does.
    #[derive(Default)]
    struct Rebinding(AtomicUsize);

    impl Resolve for Rebinding {
        fn resolve(&self, _name: Name) -> Resolving {
            let times = self.0.fetch_add(1, Ordering::SeqCst);
            let answer: Vec<SocketAddr> = if times == 0 {
                vec!["93.184.215.14:0".parse().unwrap(), "169.254.169.254:0".parse().unwrap()]
            } else {
                vec!["127.0.0.1:0".parse().unwrap(), "[::1]:0".parse().unwrap()]
            };
            Box::pin(async move { Ok(boxed(answer)) })
        }
    }

    fn guard(allowed: &[&str]) -> GuardedHttp {
        GuardedHttp::new(HttpSettings { allowed_hosts: allowed.iter().map(|&host| host.to_owned()).collect(), ..HttpSettings::default() })
    }

    fn verdict(guard: &GuardedHttp, url: &str) -> Result<Way, HttpTrouble> {
        let url = url.parse().unwrap();
        assert_eq!(guard.check_url(&url).is_ok(), guard.way(&url).is_ok(), "who only asks is told the same: {url}");
        guard.way(&url)
    }

    // req: sr.guard
    #[test]
    fn literal_special_addresses_in_every_spelling_are_refused() {
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://169.254.169.254/latest/meta-data/",
            "https://0xA9FEA9FE/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[2002:7f00:1::]/",
            "https://[fd00:ec2::254]/",
            "https://100.100.100.200/",
            "https://192.0.0.192/",
            "https://168.63.129.16/",
            "https://10.0.0.1:8443/",
            "https://127。0。0。1/",
            "https://①②⑦.⓪.⓪.①/",
        ] {
            assert_eq!(verdict(&guard(&[]), url), Err(HttpTrouble::Forbidden("it names a special address")), "{url}");
        }
    }

    // req: sr.guard
    #[test]
    fn only_https_on_its_ports_without_user_names_goes_out() {
        let guard = guard(&[]);
        assert_eq!(verdict(&guard, "https://accounts.google.com/o"), Ok(Way::Public));
        for url in [
            "http://accounts.google.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "gopher://example.com/",
            "https://example.com:22/",
            "https://example.com:25/",
            "https://user@example.com/",
            "https://user:pass@example.com/",
            "https://accounts.google.com@evil.example/",
            "data:text/plain,x",
        ] {
            assert!(matches!(verdict(&guard, url), Err(HttpTrouble::Forbidden(_))), "{url}");
        }
    }

    // req: sr.guard
    #[test]
    fn a_listed_host_is_listed_with_its_port_and_for_no_other() {
        let guard = guard(&["localhost:8000", "[::1]:8000"]);
        assert_eq!(verdict(&guard, "http://localhost:8000/x"), Ok(Way::ListedPlain));
        assert_eq!(verdict(&guard, "https://localhost:8000/x"), Ok(Way::ListedTls));
        assert_eq!(verdict(&guard, "http://[::1]:8000/x"), Ok(Way::ListedPlain));
        for url in ["http://localhost:8001/", "http://127.0.0.1:8000/", "http://localhost.evil.example:8000/", "http://localhost/"] {
            assert!(matches!(verdict(&guard, url), Err(HttpTrouble::Forbidden(_))), "{url}");
        }
    }

    // req: sr.guard
    #[tokio::test]
    async fn a_name_that_turns_to_loopback_after_it_was_checked_is_not_connected_to() {
        let lookup = PublicOnly(Arc::new(Rebinding::default()));
        let first: Vec<SocketAddr> = lookup.resolve("rebind.example".parse().unwrap()).await.unwrap().collect();
        assert_eq!(first, ["93.184.215.14:0".parse().unwrap()], "the special address is dropped from a mixed answer");
        assert!(lookup.resolve("rebind.example".parse().unwrap()).await.is_err(), "the second answer holds no public address");
    }

    // req: sr.guard
    #[tokio::test]
    async fn the_guard_is_asked_when_connecting_and_not_only_in_theory() {
        let rebound = Rebinding(AtomicUsize::new(1));
        let guard = GuardedHttp::looking_up_with(HttpSettings::default(), Arc::new(rebound));
        let answer = guard.get(&"https://rebind.example/".parse().unwrap(), |request| request).await;
        let Err(HttpTrouble::NoConnection(words)) = answer else { panic!("{answer:?}") };
        assert!(words.contains("the name has no public address"), "{words}");
    }

    /// Answers `hello` to one request over TLS with a certificate of this authority, at a port of this machine.
    async fn one_answer(authority: &Authority) -> u16 {
        let certified = authority.certify(&["localhost"]);
        let chain = vec![CertificateDer::from_pem_slice(certified.certificate.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(certified.key.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let Ok(mut stream) = acceptor.accept(listener.accept().await.unwrap().0).await else { return };
            let _ = stream.read(&mut [0; 4_096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello").await;
            let _ = stream.shutdown().await;
        });
        port
    }

    async fn ask(authority: &Authority, allowed: bool, extra_roots: Vec<CertificateDer<'static>>) -> Result<Answer, HttpTrouble> {
        let port = one_answer(authority).await;
        let allowed_hosts = if allowed { vec![format!("localhost:{port}")] } else { Vec::new() };
        let guard = GuardedHttp::new(HttpSettings { allowed_hosts, extra_roots, ..HttpSettings::default() });
        guard.get(&format!("https://localhost:{port}/").parse().unwrap(), |request| request).await
    }

    // req: sr.guard
    #[tokio::test]
    async fn a_listed_host_behind_a_private_authority_is_called_when_both_were_named() {
        let authority = Authority::new();
        let root = CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap();
        assert_eq!(ask(&authority, true, vec![root.clone()]).await.unwrap().body, b"hello");
        let stranger = ask(&Authority::new(), true, vec![root.clone()]).await.unwrap_err();
        assert!(stranger.to_string().contains("certificate"), "another authority is not trusted: {stranger}");
        assert!(matches!(ask(&authority, false, vec![root]).await, Err(HttpTrouble::Forbidden(_))), "trust opens no port");
        assert!(ask(&authority, true, Vec::new()).await.is_err(), "a list of hosts is no trust");
    }

    #[test]
    fn max_age_is_read_among_other_directives() {
        assert_eq!(max_age("public, max-age=21543, must-revalidate"), Some(21_543));
        assert_eq!(max_age("no-store"), None);
        assert_eq!(max_age("max-age=soon"), None);
    }
}
