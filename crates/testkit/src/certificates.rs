//! A certificate authority of the test's own, and certificates of it for names of this machine.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// An authority that nobody trusts unless told to.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, both PEM.
pub struct Certified {
    /// The certificate.
    pub certificate: String,
    /// PKCS#8.
    pub key: String,
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// When no key can be made.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("a test certificate");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "An authority of a test");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a test certificate")).expect("a test certificate");
        Self { issuer }
    }

    /// Its own certificate, PEM: what a client is told to trust.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for these DNS names and addresses.
    ///
    /// # Panics
    /// When a name is none.
    #[must_use]
    pub fn certify(&self, names: &[&str]) -> Certified {
        let key = KeyPair::generate().expect("a test certificate");
        let params = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).expect("a test certificate");
        let certificate = params.signed_by(&key, &self.issuer).expect("a test certificate");
        Certified { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Certified {
    /// Writes both files.
    ///
    /// # Panics
    /// When they cannot be written.
    pub fn write(&self, certificate: &Path, key: &Path) {
        std::fs::write(certificate, &self.certificate).expect("a test certificate");
        std::fs::write(key, &self.key).expect("a test certificate");
    }
}
