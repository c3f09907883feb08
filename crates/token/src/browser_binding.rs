//! The cookie that tells one browser from another, before and after anybody signs in.

use std::fmt;

use zeroize::Zeroizing;

use crate::{Env, SiteTag, base64url};

/// 32 random bytes in the cookie `chabi_browser`. Authorization transactions, upstream logins and CSRF tokens are bound to it,
/// each at its site.
pub struct BrowserBinding(Zeroizing<[u8; 32]>, SiteTag);

impl BrowserBinding {
    /// For a browser that has none yet.
    #[must_use]
    pub fn new(site: SiteTag, env: &Env) -> Self {
        Self(Zeroizing::new(env.random()), site)
    }

    /// Reads the cookie's value; `None` when it is not one of ours.
    #[must_use]
    pub fn parse(cookie_value: &str, site: SiteTag) -> Option<Self> {
        base64url::decode_array(cookie_value).ok().map(|bytes| Self(Zeroizing::new(bytes), site))
    }

    /// For `Set-Cookie`: 43 characters of base64url.
    #[must_use]
    pub fn cookie_value(&self) -> String {
        base64url::encode(self.0.as_slice())
    }

    /// Its hash at its site ([`SiteTag::hash`]): what is stored with whatever this browser starts.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        self.1.hash(self.0.as_slice())
    }
}

impl fmt::Debug for BrowserBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BrowserBinding(…)")
    }
}
