//! Certificate authorities that an operator trusts beside the system's: a company's own, a test installation's.

use std::path::{Path, PathBuf};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};

/// Why a file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", .file.display(), .why)]
pub struct RootsTrouble {
    /// Which file.
    pub file: PathBuf,
    /// In words.
    pub why: String,
}

/// Reads every certificate of a PEM file.
///
/// # Errors
/// It cannot be read, holds no certificate, or one that no chain can end in.
pub fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>, RootsTrouble> {
    let trouble = |why: String| RootsTrouble { file: file.to_owned(), why };
    let bytes = std::fs::read(file).map_err(|error| trouble(error.to_string()))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let certificates = certificates.map_err(|error| trouble(format!("it is not PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(trouble("it holds no certificate (`BEGIN CERTIFICATE`)".to_owned()));
    }
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store.add(certificate.clone()).map_err(|error| trouble(format!("it is no certificate of an authority: {error}")))?;
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_told_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(read(&path).unwrap_err().to_string().contains("ca.pem"));
        for (text, words) in [
            ("nothing", "holds no certificate"),
            (concat!("-----BEGIN CERT", "IFICATE-----\nAAAA\n-----END CERT", "IFICATE-----\n"), "no certificate of an authority"),
            (concat!("-----BEGIN CERT", "IFICATE-----\nAA"), "not PEM"),
        ] {
            std::fs::write(&path, text).unwrap();
            assert!(read(&path).unwrap_err().to_string().contains(words), "{text}: {}", read(&path).unwrap_err());
        }
        std::fs::write(&path, chabi_testkit::certificates::Authority::new().pem()).unwrap();
        assert_eq!(read(&path).unwrap().len(), 1);
    }
}
