//! Tokens in forms, so that another site cannot send them: bound to the browser, its session and the form's purpose.

use std::fmt;

use zeroize::Zeroizing;

use crate::{MasterSecret, base64url, browser_binding::BrowserBinding, hash};

/// The key that CSRF tokens are made with.
#[derive(Clone)]
pub struct CsrfKey(Zeroizing<[u8; 32]>);

impl CsrfKey {
    /// Derived from the installation's secret.
    #[must_use]
    pub fn new(master: &MasterSecret) -> Self {
        Self(Zeroizing::new(master.derive("csrf")))
    }
}

impl fmt::Debug for CsrfKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfKey(…)")
    }
}

/// The token for a form: 43 characters. `session` is the session id's text, `None` while nobody is signed in; `purpose` such as `consent`.
#[must_use]
pub fn token(key: &CsrfKey, browser: &BrowserBinding, session: Option<&str>, purpose: &str) -> String {
    base64url::encode(mac(key, browser, session, purpose))
}

/// True when `presented` is the token for this browser, session and purpose.
#[must_use]
pub fn check(key: &CsrfKey, presented: &str, browser: &BrowserBinding, session: Option<&str>, purpose: &str) -> bool {
    base64url::decode_array::<32>(presented).is_ok_and(|bytes| hash::constant_time_eq(&bytes, &mac(key, browser, session, purpose)))
}

fn mac(key: &CsrfKey, browser: &BrowserBinding, session: Option<&str>, purpose: &str) -> [u8; 32] {
    // each part is hashed to a fixed length, so that no two sets of parts read the same
    let session = session.map_or([0; 32], |session| hash::sha256(session.as_bytes()));
    hash::hmac_sha256(key.0.as_slice(), &[&browser.hash(), &session, purpose.as_bytes()])
}
