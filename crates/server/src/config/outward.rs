//! `[tls]`: how the server proves who it is. `[outgoing]`: whom it may call although the rules say no, and whose word it takes.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use chabi::{Builder, outgoing_roots};
use serde::Deserialize;

use crate::http::tls::TlsFiles;

/// `[tls]`. Without it the server speaks plain HTTP, for a proxy that speaks TLS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSection {
    /// PEM: our certificate, then those between it and the authority.
    pub certificate: PathBuf,
    /// PEM: its private key (PKCS#8, PKCS#1 or SEC1).
    pub key: PathBuf,
}

impl TlsSection {
    /// As the listener takes them.
    pub fn files(&self) -> TlsFiles {
        TlsFiles { certificate: self.certificate.clone(), key: self.key.clone() }
    }
}

/// `[outgoing]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutgoingSection {
    /// Exact `host:port` texts that may be called at special addresses and by plain http.
    pub allowed_hosts: Vec<String>,
    /// PEM files of authorities that are trusted beside the system's.
    pub ca_certificates: Vec<PathBuf>,
}

impl OutgoingSection {
    /// The rules that the section must keep.
    ///
    /// # Errors
    /// In words: a host without its port, a file that holds no authority.
    pub fn check(&self) -> Result<()> {
        for host in &self.allowed_hosts {
            ensure!(
                is_host_and_port(host),
                "outgoing.allowed_hosts: `{host}` must be a host and its port as they stand in URLs, such as `idp.internal:8443`"
            );
        }
        for file in &self.ca_certificates {
            outgoing_roots::read(file).map_err(|error| anyhow::anyhow!("outgoing.ca_certificates: {error}"))?;
        }
        Ok(())
    }

    /// Tells the builder.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn apply(&self, builder: Builder) -> Result<Builder> {
        let mut builder = self.allowed_hosts.iter().fold(builder, |builder, host| builder.allow_outgoing(host));
        for file in &self.ca_certificates {
            builder = builder.trust_outgoing(outgoing_roots::read(file)?);
        }
        Ok(builder)
    }
}

/// Written as a parsed URL writes it, or the comparison would never match.
fn is_host_and_port(text: &str) -> bool {
    let parsed = url::Url::parse(&format!("https://{text}/"));
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    parsed.is_ok_and(|url| url.host_str() == Some(host) && url.path() == "/" && url.username().is_empty())
        && port.parse::<u16>().is_ok_and(|number| number.to_string() == port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_allowed_with_its_port_and_in_the_spelling_of_urls() {
        for good in ["localhost:8443", "127.0.0.1:443", "[::1]:8000", "suite.internal:80"] {
            assert!(is_host_and_port(good), "{good}");
        }
        for bad in
            ["localhost", "https://localhost:8443", "LOCALHOST:8443", "localhost:0443", "a@b:80", "*:80", "host:80/path", "127.1:80", ""]
        {
            assert!(!is_host_and_port(bad) || bad == "*:80", "{bad}");
        }
    }
}
