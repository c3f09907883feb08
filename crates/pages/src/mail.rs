//! Mails: what is sent, by whom, and the templates.
//!
//! A mail never holds the name that somebody gave when signing up: anybody could send words of theirs to anybody by it. Other text
//! that a stranger may choose, such as a browser's name, is made harmless here: no line breaks, nothing that a reader would turn
//! into a link.

use chabi_spec::Fault;
use futures_util::future::BoxFuture;
use serde::{Serialize, Serializer};

use crate::Moment;

/// A mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The address it goes to, without a name.
    pub to: String,
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
}

/// Hands mails over: to an SMTP server, or to the inbox of development.
pub trait Mailer: Send + Sync {
    /// Returns when the mail has been taken.
    ///
    /// # Errors
    /// A fault when it was not taken.
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), Fault>>;
}

/// A mail's text, with a template each for text and HTML.
pub trait MailTemplate: Serialize {
    /// Name of the two files without extension.
    const TEMPLATE: &'static str;

    /// Fluent message of the subject; it may use `{ $site }`.
    fn subject(&self) -> &'static str;

    /// More arguments of the subject.
    fn subject_arguments(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// Proves an address: a link to a page with a button, and a code to type beside it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct VerifyAddress {
    /// Absolute URL of the link, from the issuer and never from `Host`.
    pub url: String,
    /// Digits to type.
    pub code: String,
    /// How long both are good.
    pub minutes: i64,
}

impl MailTemplate for VerifyAddress {
    const TEMPLATE: &'static str = "verify_address";
    fn subject(&self) -> &'static str {
        "mail-verify-subject"
    }
}

/// Somebody tried to sign up with an address that has an account: told to its owner alone, by mail.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AlreadyRegistered {
    /// Absolute URL of the sign-in page.
    pub sign_in_url: String,
}

impl MailTemplate for AlreadyRegistered {
    const TEMPLATE: &'static str = "already_registered";
    fn subject(&self) -> &'static str {
        "mail-already-subject"
    }
}

/// Sets a new password where the old one is lost: a link to a page with a form.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ResetPassword {
    /// Absolute URL of the link, from the issuer and never from `Host`.
    pub url: String,
    /// How long it is good.
    pub minutes: i64,
}

impl MailTemplate for ResetPassword {
    const TEMPLATE: &'static str = "reset_password";
    fn subject(&self) -> &'static str {
        "mail-reset-subject"
    }
}

/// What an account's owner is told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Change {
    /// Signed in from a browser that was not seen before.
    NewSignIn,
    /// The password was changed.
    PasswordChanged,
    /// A provider was connected.
    ProviderConnected {
        /// Its name.
        provider: String,
    },
    /// A provider was disconnected.
    ProviderDisconnected {
        /// Its name.
        provider: String,
    },
    /// The owner proved the address by a provider; the older password, sessions and links of the unproven account were cleared.
    TakenOver {
        /// Its name.
        provider: String,
    },
    /// An address was added.
    AddressAdded {
        /// Which.
        address: String,
    },
    /// An address was removed.
    AddressRemoved {
        /// Which.
        address: String,
    },
}

/// Tells an account's owner of a change, so that they notice one that was not theirs.
#[derive(Clone, Debug, Serialize)]
pub struct Notice {
    /// What happened.
    pub change: Change,
    /// When.
    pub at: Moment,
    /// Such as `Firefox on Linux`; empty when unknown.
    #[serde(serialize_with = "harmless")]
    pub browser: String,
    /// Absolute URL of the account page.
    pub account_url: String,
}

impl MailTemplate for Notice {
    const TEMPLATE: &'static str = "notice";

    fn subject(&self) -> &'static str {
        match self.change {
            Change::NewSignIn => "mail-notice-new-sign-in",
            Change::PasswordChanged => "mail-notice-password-changed",
            Change::ProviderConnected { .. } => "mail-notice-provider-connected",
            Change::ProviderDisconnected { .. } => "mail-notice-provider-disconnected",
            Change::TakenOver { .. } => "mail-notice-taken-over",
            Change::AddressAdded { .. } => "mail-notice-address-added",
            Change::AddressRemoved { .. } => "mail-notice-address-removed",
        }
    }

    fn subject_arguments(&self) -> Vec<(&'static str, String)> {
        match &self.change {
            Change::ProviderConnected { provider } | Change::ProviderDisconnected { provider } | Change::TakenOver { provider } => {
                vec![("provider", provider.clone())]
            }
            Change::AddressAdded { address } | Change::AddressRemoved { address } => vec![("address", address.clone())],
            Change::NewSignIn | Change::PasswordChanged => Vec::new(),
        }
    }
}

/// One line: no CR, LF or other control character reaches a header.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn harmless<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&without_links(text))
}

const LONGEST_LABEL: usize = 60;

/// Mail readers turn `evil.example`, `x@y` and `http://…` into links: the characters that make them go.
fn without_links(text: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '(' | ')') { letter } else { ' ' };
    text.chars().take(LONGEST_LABEL).map(plain).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: wb.mail
    #[test]
    fn a_browser_that_calls_itself_a_link_is_not_one() {
        assert_eq!(without_links("Firefox on Linux"), "Firefox on Linux");
        assert_eq!(without_links("https://evil.example/win\r\nBcc: a@b"), "https evil example win Bcc a b");
    }

    // req: wb.crlf
    #[test]
    fn a_subject_is_one_line() {
        assert_eq!(one_line("a\r\nBcc: b"), "a  Bcc: b");
    }
}
