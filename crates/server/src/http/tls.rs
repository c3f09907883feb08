//! TLS of our own listener: TLS 1.2 and 1.3, with a certificate that is read again when its files change.
//!
//! Only the answer to "which certificate" changes; connections and session tickets go on as they were.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, ensure};
use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    client::verify_server_name,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
    server::{ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM: our certificate, then those between it and the authority.
    pub certificate: PathBuf,
    /// PEM: its private key.
    pub key: PathBuf,
}

/// What stands in both files.
#[derive(PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// The certificate in use, and the task that follows its files; dropping it stops the task.
pub struct Tls {
    acceptor: TlsAcceptor,
    following: JoinHandle<()>,
}

impl TlsFiles {
    /// Reads both and looks whether they belong together; `host` is the public URL's. Answers with what an operator should look at,
    /// although it can be served.
    ///
    /// # Errors
    /// In words: a file that cannot be read or holds something else, or a key of another certificate.
    pub fn check(&self, host: &str) -> Result<Option<String>> {
        let certified = self.certified(&self.read()?)?;
        Ok(self.mismatch(&certified, host))
    }

    fn read(&self) -> Result<Contents> {
        Ok(Contents { certificate: contents(&self.certificate)?, key: contents(&self.key)? })
    }

    fn certified(&self, contents: &Contents) -> Result<CertifiedKey> {
        let chain: Result<Vec<CertificateDer<'static>>, _> = CertificateDer::pem_slice_iter(&contents.certificate).collect();
        let chain = chain.map_err(|error| anyhow!("tls.certificate: {} is not PEM: {error}", self.certificate.display()))?;
        ensure!(!chain.is_empty(), "tls.certificate: {} holds no certificate (`BEGIN CERTIFICATE`)", self.certificate.display());
        let key = PrivateKeyDer::from_pem_slice(&contents.key)
            .map_err(|_| anyhow!("tls.key: {} holds no private key (`BEGIN PRIVATE KEY`)", self.key.display()))?;
        CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                anyhow!("tls: the key in {} is not that of the certificate in {}", self.key.display(), self.certificate.display())
            }
            error => anyhow!("tls: {} and {} cannot be used: {error}", self.certificate.display(), self.key.display()),
        })
    }

    /// A certificate for other names can be served, and every client refuses it.
    fn mismatch(&self, certified: &CertifiedKey, host: &str) -> Option<String> {
        let parsed = ParsedCertificate::try_from(certified.end_entity_cert().ok()?).ok()?;
        let name = ServerName::try_from(host.trim_matches(['[', ']'])).ok()?;
        let error = verify_server_name(&parsed, &name).err()?;
        Some(format!("tls.certificate: {} is not for {host}: {error}", self.certificate.display()))
    }
}

impl Tls {
    /// Begins with what stands in the files now, and follows them.
    ///
    /// # Errors
    /// [`TlsFiles::check`].
    pub fn begin(files: TlsFiles, host: &str) -> Result<Self> {
        let contents = files.read()?;
        let certified = files.certified(&contents)?;
        if let Some(words) = files.mismatch(&certified, host) {
            tracing::warn!("{words}");
        }
        let current = Arc::new(Current(ArcSwap::from_pointee(certified)));
        let resolver = Arc::clone(&current);
        let mut config = ServerConfig::builder_with_provider(provider())
            // RFC 8996: no TLS 1.0 and 1.1; rustls has neither
            .with_safe_default_protocol_versions()
            .context("setting up TLS")?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let following = tokio::spawn(follow(files, contents, current));
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), following })
    }

    /// Makes a connection of ours one with TLS.
    pub fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        self.following.abort();
    }
}

/// The certificate of the connections to come.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// Their contents are compared, and not their times: files that are replaced by links keep no useful time.
async fn follow(files: TlsFiles, mut seen: Contents, current: Arc<Current>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let reader = files.clone();
        let Ok(read) = tokio::task::spawn_blocking(move || reader.read()).await else { return };
        let read = match read {
            Ok(read) if read == seen => continue,
            Ok(read) => read,
            // between the removal of a file and its replacement; a file that stays away changes nothing that is served
            Err(_) => continue,
        };
        match files.certified(&read) {
            Ok(certified) => {
                current.0.store(Arc::new(certified));
                tracing::info!(file = %files.certificate.display(), "the new certificate is used from now on");
            }
            Err(error) => tracing::error!("the certificate's files have changed and cannot be used, so the older one stays: {error:#}"),
        }
        seen = read;
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn contents(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("tls: reading {}", path.display()))
}

#[cfg(test)]
mod tests {
    use chabi_testkit::certificates::Authority;

    use super::*;

    fn files(folder: &Path) -> TlsFiles {
        TlsFiles { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") }
    }

    #[test]
    fn what_is_wrong_with_the_files_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let problem = || format!("{:#}", files.check("localhost").unwrap_err());
        assert!(problem().contains("certificate.pem"));
        let authority = Authority::new();
        authority.certify(&["localhost"]).write(&files.certificate, &files.key);
        assert_eq!(files.check("localhost").unwrap(), None);
        std::fs::write(&files.key, authority.certify(&["localhost"]).key).unwrap();
        assert!(problem().contains("is not that of the certificate"), "{}", problem());
        std::fs::write(&files.key, "none").unwrap();
        assert!(problem().contains("holds no private key"), "{}", problem());
        std::fs::write(&files.certificate, "none").unwrap();
        assert!(problem().contains("holds no certificate"), "{}", problem());
    }

    #[test]
    fn a_certificate_for_another_host_is_pointed_out() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        Authority::new().certify(&["id.example.org", "127.0.0.1"]).write(&files.certificate, &files.key);
        assert_eq!(files.check("id.example.org").unwrap(), None);
        assert_eq!(files.check("127.0.0.1").unwrap(), None);
        assert!(files.check("login.example.org").unwrap().unwrap().contains("is not for login.example.org"));
    }
}
