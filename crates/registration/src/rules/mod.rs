//! The rules of a registration, whoever makes it: an operator, the application itself, or the document at its client id. They look at the
//! whole record that would be kept, never at what was changed, so that no two changes make together what neither could alone.

mod algorithms;
mod authentication;
mod derived;
mod grants;
mod identity;
mod logout;
mod profile;
mod redirects;
mod subjects;
mod trust;
mod uris;

use std::fmt;

use chabi_spec::{ErrorCode, Refusal};
use chabi_store::application::RegisteredClient;

use crate::Place;

/// Which error code tells of a contradiction (RFC 7591 §3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// `invalid_redirect_uri`.
    RedirectUri,
    /// `invalid_client_metadata`.
    Metadata,
}

/// Something that cannot be as it is, in words that say how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The member of the metadata, such as `redirect_uris`.
    pub member: &'static str,
    /// The value that it is about, shortened; empty when it is about its absence.
    pub value: String,
    /// The rule's name, such as `redirect_uri_fragment`.
    pub rule: &'static str,
    /// What to do.
    pub hint: &'static str,
    /// The clause that it comes from.
    pub clause: &'static str,
    /// Which code tells of it.
    pub about: About,
}

/// The longest value that a contradiction repeats.
const LONGEST_VALUE: usize = 200;

impl Contradiction {
    /// One about a member of the metadata.
    pub(crate) fn new(member: &'static str, value: impl Into<String>, rule: (&'static str, &'static str), hint: &'static str) -> Self {
        let value: String = value.into().chars().take(LONGEST_VALUE).collect();
        Self { member, value, rule: rule.0, hint, clause: rule.1, about: About::Metadata }
    }

    /// What an application that registers itself is told: the hint alone, since answers repeat nothing of what came.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let code = match self.about {
            About::RedirectUri => ErrorCode::InvalidRedirectUri,
            About::Metadata => ErrorCode::InvalidClientMetadata,
        };
        Refusal::new(code, self.rule, self.hint, self.clause).explain(format!("{}: {}", self.member, self.value), self.hint)
    }
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value.is_empty() {
            true => write!(f, "{}: {} ({})", self.member, self.hint, self.clause),
            false => write!(f, "{} `{}`: {} ({})", self.member, self.value, self.hint, self.clause),
        }
    }
}

impl std::error::Error for Contradiction {}

/// Every contradiction in the record; none: it may be kept.
#[must_use]
pub fn check(application: &RegisteredClient, place: Place) -> Vec<Contradiction> {
    let mut found = Vec::new();
    identity::check(application, &mut found);
    redirects::check(application, place, &mut found);
    grants::check(application, &mut found);
    derived::check(application, place, &mut found);
    authentication::check(application, &mut found);
    algorithms::check(application, &mut found);
    uris::check(application, place, &mut found);
    logout::check(application, &mut found);
    subjects::check(application, &mut found);
    profile::check(application, &mut found);
    trust::check(application, &mut found);
    found
}

#[cfg(test)]
mod tests;
