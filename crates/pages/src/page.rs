//! The pages: each a struct of what it shows, and a template of the same name.

mod about;
mod account;
mod choose_account;
mod consent;
mod device;
mod email;
mod form_post;
mod password;
mod provider;
mod sign_in;
mod sign_out;
mod sign_up;
mod trouble;

pub use about::{About, AboutLinks};
pub use account::{AccountAddress, AccountHome, AccountSession, AllowedApplication, ConnectedProvider, Connections};
pub use choose_account::ChooseAccount;
pub use consent::{Consent, ConsentApi, ConsentLifetime, ConsentScope};
pub use device::{ConfirmDevice, DeviceDone, EnterDeviceCode};
pub use email::{AddEmail, ConfirmEmail, EmailConfirmed, EmailLinkUnusable, EnterEmailCode};
pub use form_post::FormPost;
pub use password::{ChangePassword, ForgotPassword, NewPasswordSet, PasswordMailSent, SetNewPassword};
pub use provider::{
    ForeseenDecision, LinkAccountNeeded, ProviderAnswerInFragment, ProviderStart, ProviderTested, ProviderTrouble, ProviderTroubleReason,
};
pub use sign_in::SignIn;
pub use sign_out::{SignOut, SignedOut};
pub use sign_up::SignUp;
pub use trouble::{DeveloperDetails, Expiry, FaultPage, NotFound, PageExpired, Refused, TooManyRequests};

use http::StatusCode;
use serde::Serialize;

use crate::{FormFields, admin::Words};

/// A page: what it shows is what it serializes to, under the name `page` in its template.
pub trait Page: Serialize {
    /// File name of the template.
    const TEMPLATE: &'static str;
    /// Fluent message of the title, which is also the text of `h1#page-title`: distinct for each page.
    const TITLE: &'static str;
    /// A POST of this page ends at an application or a provider: CSP then has no `form-action` (which would stop the redirect).
    const FORM_LEAVES: bool = false;

    /// Arguments of the title's message.
    fn title_arguments(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The title of a page that shows things by their names; `None`, as nearly always: the message [`Page::TITLE`].
    fn title_words(&self) -> Option<&Words> {
        None
    }

    /// As [`Page::FORM_LEAVES`], where it depends on what the page shows.
    fn form_leaves(&self) -> bool {
        Self::FORM_LEAVES
    }

    /// Script files of ours may run.
    fn runs_our_scripts(&self) -> bool {
        false
    }

    /// What the forms carry: the language picker keeps it in its address.
    fn carried(&self) -> Option<&FormFields> {
        None
    }

    /// The status that fits; a handler may choose another.
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }

    /// The one other origin from which the page loads a picture; `None`, as nearly always: from nowhere.
    fn image_source(&self) -> Option<String> {
        None
    }

    /// The nonce of the page's script; `None`, as nearly always: no script may run.
    fn script_nonce(&self) -> Option<&str> {
        None
    }

    /// Seconds for `Retry-After`.
    fn retry_after(&self) -> Option<i64> {
        None
    }
}
