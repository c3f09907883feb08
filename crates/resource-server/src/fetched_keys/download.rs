//! One GET: no redirect, no proxy for loopback, an answer of bounded size in bounded time. Nothing process-wide is installed.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use chabi_spec::Issuer;
use futures_util::future::BoxFuture;
use http::header;
use reqwest::Client;
use url::Url;

/// A key set of 100 RSA keys has some 50 KB.
const LARGEST: usize = 256 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(5);

/// An answer, read to its end.
pub(crate) struct Document {
    pub(crate) body: Vec<u8>,
    /// `max-age` of `Cache-Control`, in seconds.
    pub(crate) max_age: Option<i64>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("no answer: {0}")]
    NoAnswer(String),
    #[error("the answer has status {0}")]
    Status(u16),
    #[error("the answer is too large")]
    TooLarge,
    #[error("the answer is malformed: {0}")]
    Malformed(String),
}

/// Gets a document; the other implementation counts, in tests.
pub(crate) trait Download: Send + Sync {
    fn get<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<Document, Trouble>>;
}

/// Over HTTP. The client, and with it the system's certificates, is made ready at the first call.
pub(crate) struct HttpDownload {
    plain: bool,
    client: OnceLock<Client>,
}

impl HttpDownload {
    pub(crate) fn new(issuer: &Issuer) -> Self {
        Self { plain: !issuer.is_secure(), client: OnceLock::new() }
    }

    pub(crate) fn client(&self) -> Result<&Client, Trouble> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let made = make_client(self.plain)?;
        Ok(self.client.get_or_init(|| made))
    }
}

impl Download for HttpDownload {
    fn get<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<Document, Trouble>> {
        Box::pin(async move {
            let answer = self.client()?.get(url.clone()).header(header::ACCEPT, "application/json").send().await.map_err(no_answer)?;
            if answer.status() != http::StatusCode::OK {
                return Err(Trouble::Status(answer.status().as_u16()));
            }
            let cache_control = answer.headers().get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
            let max_age = cache_control.and_then(max_age);
            Ok(Document { body: read(answer, LARGEST).await?, max_age })
        })
    }
}

/// The body, when it has no more bytes than that.
pub(crate) async fn read(mut answer: reqwest::Response, largest: usize) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(no_answer)? {
        if body.len() + chunk.len() > largest {
            return Err(Trouble::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn max_age(cache_control: &str) -> Option<i64> {
    let mut directives = cache_control.split(',').map(str::trim);
    if directives.clone().any(|directive| directive.eq_ignore_ascii_case("no-store") || directive.eq_ignore_ascii_case("no-cache")) {
        return Some(0);
    }
    directives.find_map(|directive| directive.strip_prefix("max-age=")?.trim_matches('"').parse().ok())
}

/// With a configuration of its own for TLS: a library must not choose the crypto provider of the whole process.
fn make_client(plain: bool) -> Result<Client, Trouble> {
    let builder = Client::builder()
        .tls_backend_preconfigured(tls(plain)?)
        // A redirect could lead to keys of somebody else, or into the network behind the API.
        .redirect(reqwest::redirect::Policy::none())
        .https_only(!plain)
        .referer(false)
        .user_agent("chabi-resource-server")
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TOTAL_TIMEOUT)
        .http1_only();
    let builder = if plain { builder.no_proxy() } else { builder };
    builder.build().map_err(no_answer)
}

fn tls(plain: bool) -> Result<rustls::ClientConfig, Trouble> {
    let failed = |error: rustls::Error| Trouble::NoAnswer(format!("TLS cannot be set up: {error}"));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        rustls::ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().map_err(failed)?;
    let mut config = if plain {
        builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
    } else {
        let verifier = rustls_platform_verifier::Verifier::new(provider).map_err(failed)?;
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

pub(crate) fn no_answer(error: reqwest::Error) -> Trouble {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        words = format!("{words}: {inner}");
        source = inner.source();
    }
    Trouble::NoAnswer(words)
}
