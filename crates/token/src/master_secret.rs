//! The installation's one secret, from which every other key is derived.

use std::fmt;

use zeroize::Zeroizing;

use crate::{Env, SecretText, SiteTag, base64url, hash};

const PREFIX: &str = "chabi_master_";

/// 32 random bytes. Kept in a file of mode 0600, never in the database.
#[derive(Clone)]
pub struct MasterSecret(Zeroizing<[u8; 32]>);

/// Not the text of a master secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a master secret: it is `chabi_master_` and 43 characters of base64url")]
pub struct NotAMasterSecret;

impl MasterSecret {
    /// A new one.
    #[must_use]
    pub fn generate(env: &Env) -> Self {
        Self(Zeroizing::new(env.random()))
    }

    /// Reads what [`Self::to_text`] wrote; white space around it is ignored, as editors add it to files.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Self, NotAMasterSecret> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(NotAMasterSecret)?;
        let bytes = base64url::decode_array(encoded).map_err(|_| NotAMasterSecret)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// As it is kept in its file: `chabi_master_` and 43 characters of base64url.
    #[must_use]
    pub fn to_text(&self) -> SecretText {
        SecretText::new(format!("{PREFIX}{}", base64url::encode(self.0.as_slice())))
    }

    /// The key for one purpose, such as `csrf`. Keys of two purposes tell nothing of each other (HKDF, RFC 5869).
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        expand(self.0.as_slice(), b"chabi", &[b"derive/", purpose.as_bytes()])
    }

    /// The secret of a site, from which it derives what no other site may read or make. The main site's is the installation's own.
    #[must_use]
    pub fn for_site(&self, site: SiteTag) -> Self {
        match site.is_main() {
            true => self.clone(),
            false => Self(Zeroizing::new(expand(self.0.as_slice(), b"chabi", &[b"site/", site.as_bytes()]))),
        }
    }

    /// Tells two installations' secrets apart without telling the secret: what the database remembers, so that two nodes cannot use
    /// different ones.
    #[must_use]
    pub fn check_value(&self) -> String {
        base64url::encode(hash::sha256(&self.derive("check value")))
    }
}

impl fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterSecret(…)")
    }
}

/// HKDF-SHA-256 (RFC 5869), 32 bytes out: extract, and one round of expand.
pub(crate) fn expand(secret: &[u8], salt: &[u8], info: &[&[u8]]) -> [u8; 32] {
    let pseudo_random_key = Zeroizing::new(hash::hmac_sha256(salt, &[secret]));
    // RFC 5869 §2.3: the first 32 bytes of output are HMAC(PRK, info ‖ 0x01)
    let mut parts = info.to_vec();
    parts.push(&[1]);
    hash::hmac_sha256(pseudo_random_key.as_slice(), &parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    mod rfc5869 {
        use super::*;

        /// Appendix A.1.
        // RFC 5869 §2.3
        #[test]
        fn test_case_1_comes_out() {
            let salt: Vec<u8> = (0..=0x0c).collect();
            let info: Vec<u8> = (0xf0..=0xf9).collect();
            let key: String = expand(&[0x0b; 22], &salt, &[&info]).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(key, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
        }
    }
}
