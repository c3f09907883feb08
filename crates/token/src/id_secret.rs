//! An id and the secret that proves it: authorization codes, session cookies, links in mail, `state` towards providers.

use std::fmt;

use zeroize::Zeroizing;

use crate::{Env, Id, SecretText, SiteTag, base64url, hash};

/// A row's id and 32 secret bytes. As text: `<prefix><22 characters>.<43 characters>`; the store keeps a hash of the secret alone, which is
/// another one at each site: what one site made does not match at another.
pub struct IdSecret {
    /// Which row. Not secret.
    pub id: Id,
    site: SiteTag,
    secret: Zeroizing<[u8; 32]>,
}

impl IdSecret {
    /// A new one: a new id and a new random secret.
    #[must_use]
    pub fn new(site: SiteTag, env: &Env) -> Self {
        Self::for_id(env.new_id(), site, env)
    }

    /// A new secret for a row that has its id already.
    #[must_use]
    pub fn for_id(id: Id, site: SiteTag, env: &Env) -> Self {
        Self { id, site, secret: Zeroizing::new(env.random()) }
    }

    /// Reads the text of one with this prefix (`""` for none), as something of this site; `None` when it is anything else.
    #[must_use]
    pub fn parse(prefix: &str, text: &str, site: SiteTag) -> Option<Self> {
        let (id, secret) = text.strip_prefix(prefix)?.split_once('.')?;
        Some(Self { id: id.parse().ok()?, site, secret: Zeroizing::new(base64url::decode_array(secret).ok()?) })
    }

    /// As it is handed out.
    #[must_use]
    pub fn text(&self, prefix: &str) -> SecretText {
        SecretText::new(format!("{prefix}{}.{}", self.id, base64url::encode(self.secret.as_slice())))
    }

    /// The hash of the secret at its site ([`SiteTag::hash`]): what is stored, to be compared with [`hash::constant_time_eq`].
    #[must_use]
    pub fn secret_hash(&self) -> [u8; 32] {
        self.site.hash(self.secret.as_slice())
    }

    /// True when the stored hash is this secret's.
    #[must_use]
    pub fn matches(&self, stored_hash: &[u8; 32]) -> bool {
        hash::constant_time_eq(&self.secret_hash(), stored_hash)
    }
}

impl fmt::Debug for IdSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.…", self.id)
    }
}
