//! Which site of an installation something was made at: what one site hands out proves nothing at another.
//!
//! The main site's tag changes nothing, so that an installation of one site never meets it, and what it kept stays good.

use std::fmt;

use crate::{base64url, hash};

/// The id of the site that every installation has.
pub const MAIN: &str = "main";

/// A site, as what is hashed is told of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SiteTag([u8; 32]);

impl SiteTag {
    /// The main site's.
    pub const MAIN: Self = Self([0; 32]);

    /// The tag of the site with this id.
    #[must_use]
    pub fn of(id: &str) -> Self {
        match id {
            MAIN => Self::MAIN,
            _ => Self(hash::sha256(format!("site/{id}").as_bytes())),
        }
    }

    /// What is stored of a secret of this site: SHA-256 of the secret, and of the tag behind it for every site but the main one.
    #[must_use]
    pub fn hash(self, secret: &[u8]) -> [u8; 32] {
        match self.is_main() {
            true => hash::sha256(secret),
            false => hash::sha256(&[secret, &self.0].concat()),
        }
    }

    /// A short text that is looked up as it is, so that no other site finds it: the main site's stays what it is.
    #[must_use]
    pub fn mark(self, text: &str) -> String {
        format!("{}{text}", self.prefix())
    }

    /// The text that [`Self::mark`] marked; `None` when another site did.
    #[must_use]
    pub fn unmark(self, marked: &str) -> Option<&str> {
        marked.strip_prefix(self.prefix().as_str()).filter(|text| !text.contains('.'))
    }

    pub(crate) fn is_main(self) -> bool {
        self == Self::MAIN
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn prefix(self) -> String {
        match self.is_main() {
            true => String::new(),
            false => format!("{}.", base64url::encode(self.0)),
        }
    }
}

impl fmt::Debug for SiteTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_main() {
            true => f.write_str("SiteTag(main)"),
            false => write!(f, "SiteTag({})", base64url::encode(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_site_hashes_as_if_there_were_no_sites() {
        assert_eq!(SiteTag::of("main"), SiteTag::MAIN);
        assert_eq!(SiteTag::MAIN.hash(b"secret"), hash::sha256(b"secret"));
        assert_eq!(SiteTag::MAIN.mark("WDJBMJHT"), "WDJBMJHT");
    }

    #[test]
    fn no_two_sites_hash_a_secret_alike() {
        let tags = [SiteTag::MAIN, SiteTag::of("b"), SiteTag::of("c")];
        for (n, one) in tags.iter().enumerate() {
            for (m, other) in tags.iter().enumerate() {
                assert_eq!(one.hash(b"secret") == other.hash(b"secret"), n == m);
                assert_eq!(one.unmark(&other.mark("WDJBMJHT")).is_some(), n == m);
            }
        }
    }
}
