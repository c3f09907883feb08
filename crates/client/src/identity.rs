//! Evidence that a provider vouched for a person.

use chabi_token::{base64url, hash::sha256};

use crate::provider::{EmailTrust, Provider};

/// A person at a provider, proven by its answer to our own request. Made by this crate alone.
///
/// Who it is: provider, issuer and subject. All the rest is what the provider says about them, and may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedIdentity {
    provider: String,
    issuer: String,
    subject: String,
    email: Option<UpstreamEmail>,
    about: About,
    session: Option<String>,
}

/// An address that a provider told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamEmail {
    /// As it was told; has one `@`, something on both sides, neither spaces nor control characters.
    pub address: String,
    /// The provider says that it is verified.
    pub verified: bool,
    /// The provider is believed, for this address: who signs in there owns it today. Implies `verified`.
    pub authoritative: bool,
}

/// What a provider says about a person. Text from outside: to be escaped wherever it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The whole name.
    pub name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The picture's URL.
    pub picture: Option<String>,
}

/// What a document of the provider says about an address: one document, so that no flag of one speaks for the address of another.
#[derive(Clone, Debug, Default)]
pub(crate) struct EmailClaim {
    pub(crate) address: Option<String>,
    pub(crate) verified: bool,
    pub(crate) hosted_domain: bool,
}

impl VerifiedIdentity {
    /// `issuer` is the provider's, or its tenant's.
    pub(crate) fn proven(provider: &Provider, issuer: &str, subject: String, email: EmailClaim, about: About) -> Self {
        Self {
            provider: provider.id.clone(),
            issuer: issuer.to_owned(),
            subject,
            email: judged(email, &provider.email_trust),
            about,
            session: None,
        }
    }

    /// With the provider's name for the session, of a verified ID token.
    pub(crate) fn in_session(self, session: Option<&str>) -> Self {
        Self { session: session.map(str::to_owned), ..self }
    }

    /// The provider's id, such as `google`.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }
    /// The provider's issuer, as configured; of a provider with many tenants, the tenant's.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
    /// The provider's stable id of the person; 1 to 255 characters.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
    /// One text for issuer and subject, the same at each sign-in and for nobody else: for an application that keys its accounts by one column.
    #[must_use]
    pub fn account_id(&self) -> String {
        let key = format!("{} {} {}", self.issuer.len(), self.issuer, self.subject);
        base64url::encode(sha256(key.as_bytes()))
    }
    /// The address, if one was told.
    #[must_use]
    pub fn email(&self) -> Option<&UpstreamEmail> {
        self.email.as_ref()
    }
    /// The provider's session (`sid`), which its logout tokens name.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }
    /// What else was told.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.about
    }
}

fn judged(claim: EmailClaim, trust: &EmailTrust) -> Option<UpstreamEmail> {
    let address = claim.address.filter(|address| looks_like_an_address(address))?;
    let authoritative = match trust {
        EmailTrust::Never => false,
        // Google, "authoritative": gmail.com, or a Workspace domain; `email_verified` alone is a fact of the past
        EmailTrust::GoogleDomains => claim.verified && (at_domain(&address, "gmail.com") || claim.hosted_domain),
        EmailTrust::OwnDomains(domains) => claim.verified && domains.iter().any(|domain| at_domain(&address, domain)),
        EmailTrust::WhenVerified => claim.verified,
    };
    Some(UpstreamEmail { address, verified: claim.verified, authoritative })
}

fn at_domain(address: &str, own: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(own))
}

/// RFC 5321 §4.5.3.1: 64 bytes before the `@`, 254 in all that can be mailed to.
fn looks_like_an_address(address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else { return false };
    let clean = !address.chars().any(|c| c.is_control() || c.is_whitespace());
    clean && !local.is_empty() && local.len() <= 64 && !domain.is_empty() && !domain.contains('@') && address.len() <= 254
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(address: &str, verified: bool, hosted_domain: bool) -> EmailClaim {
        EmailClaim { address: Some(address.to_owned()), verified, hosted_domain }
    }

    fn authoritative(claim: EmailClaim, trust: EmailTrust) -> bool {
        judged(claim, &trust).unwrap().authoritative
    }

    // req: up.link
    #[test]
    fn google_is_believed_for_its_own_domains_alone() {
        let trust = EmailTrust::GoogleDomains;
        assert!(authoritative(claim("ada@gmail.com", true, false), trust.clone()));
        assert!(authoritative(claim("ada@GMAIL.com", true, false), trust.clone()));
        assert!(authoritative(claim("ada@workspace.example", true, true), trust.clone()));
        assert!(!authoritative(claim("ada@workspace.example", true, false), trust.clone()));
        assert!(!authoritative(claim("ada@workspace.example", false, true), trust.clone()));
        assert!(!authoritative(claim("ada@gmail.com", false, false), trust.clone()));
        assert!(!authoritative(claim("ada@notgmail.com", true, false), trust.clone()));
        assert!(!authoritative(claim("ada@gmail.com.evil.example", true, false), trust.clone()));
    }

    #[test]
    fn a_provider_is_not_believed_before_somebody_decides_so() {
        assert!(!authoritative(claim("ada@example.com", true, true), EmailTrust::Never));
        assert!(authoritative(claim("ada@example.com", true, false), EmailTrust::WhenVerified));
        assert!(!authoritative(claim("ada@example.com", false, false), EmailTrust::WhenVerified));
    }

    #[test]
    fn who_runs_the_mailboxes_of_a_domain_is_believed_about_them_and_no_others() {
        let trust = EmailTrust::OwnDomains(vec!["icloud.com".to_owned()]);
        assert!(authoritative(claim("ada@iCloud.com", true, false), trust.clone()));
        assert!(!authoritative(claim("ada@icloud.com", false, false), trust.clone()));
        assert!(!authoritative(claim("ada@icloud.com.evil.example", true, false), trust.clone()));
        assert!(!authoritative(claim("ada@example.com", true, true), trust));
    }

    #[test]
    fn what_is_no_address_is_no_address() {
        for text in ["", "ada", "@example.com", "ada@", "a@b@c", "ada @example.com", "ada@example.com\r\nBcc: x@y", "ada\u{0}@x.com"] {
            assert_eq!(judged(claim(text, true, true), &EmailTrust::WhenVerified), None, "{text:?}");
        }
    }
}
