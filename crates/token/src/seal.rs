//! Secrets that must come back, encrypted and bound to their place (AES-256-GCM).

use std::{fmt, sync::Arc};

use aws_lc_rs::aead;
use chabi_spec::Fault;
use zeroize::Zeroizing;

use crate::{Env, MasterSecret, master_secret};

/// First byte of what is sealed: which key and layout.
const VERSION: u8 = 1;
const SALT: usize = 32;
const NONCE: usize = 12;

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Sealer {
    key: Arc<Zeroizing<[u8; 32]>>,
}

impl Sealer {
    /// With a key derived from the installation's secret.
    #[must_use]
    pub fn new(master: &MasterSecret) -> Self {
        Self { key: Arc::new(Zeroizing::new(master.derive("seal"))) }
    }

    /// Encrypts `plain` for one purpose (such as `signing_key`) and one owner (the row's id): it opens at no other place.
    ///
    /// Layout: version (1 byte), salt (32), nonce (12), ciphertext, tag (16). Each record has a key of its own, derived with the salt.
    ///
    /// # Errors
    /// A fault of the library, which a plain text shorter than gigabytes never causes.
    pub fn seal(&self, purpose: &str, owner: &str, plain: &[u8], env: &Env) -> Result<Vec<u8>, Fault> {
        let salt: [u8; SALT] = env.random();
        let nonce: [u8; NONCE] = env.random();
        let mut body = plain.to_vec();
        let key = self.record_key(purpose, &salt)?;
        key.seal_in_place_append_tag(aead::Nonce::assume_unique_for_key(nonce), aad(purpose, owner), &mut body)
            .map_err(|_| Fault::internal("sealing a secret"))?;
        let mut sealed = Vec::with_capacity(1 + SALT + NONCE + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&salt);
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Decrypts what was sealed for the same purpose and owner.
    ///
    /// # Errors
    /// A fault when it was changed, moved to another row, or sealed with another installation's secret.
    pub fn open(&self, purpose: &str, owner: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let broken = || Fault::internal("opening a sealed secret: it was changed, or sealed with another master secret");
        let rest = sealed.strip_prefix(&[VERSION]).ok_or_else(broken)?;
        let (salt, rest) = rest.split_first_chunk::<SALT>().ok_or_else(broken)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or_else(broken)?;
        let mut body = Zeroizing::new(body.to_vec());
        let key = self.record_key(purpose, salt)?;
        let length =
            key.open_in_place(aead::Nonce::assume_unique_for_key(*nonce), aad(purpose, owner), &mut body).map_err(|_| broken())?.len();
        body.truncate(length);
        Ok(body)
    }

    fn record_key(&self, purpose: &str, salt: &[u8; SALT]) -> Result<aead::LessSafeKey, Fault> {
        let key = Zeroizing::new(master_secret::expand(self.key.as_slice(), salt, &[b"seal/", purpose.as_bytes()]));
        let key = aead::UnboundKey::new(&aead::AES_256_GCM, key.as_slice()).map_err(|_| Fault::internal("making a sealing key"))?;
        Ok(aead::LessSafeKey::new(key))
    }
}

/// Version, length of the purpose, purpose, owner: no two places have the same.
fn aad(purpose: &str, owner: &str) -> aead::Aad<Vec<u8>> {
    let length = u64::try_from(purpose.len()).unwrap_or(u64::MAX);
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(purpose.as_bytes());
    bytes.extend_from_slice(owner.as_bytes());
    aead::Aad::from(bytes)
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}
