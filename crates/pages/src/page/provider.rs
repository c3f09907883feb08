//! Going to a provider, and coming back in vain.

use http::StatusCode;
use serde::Serialize;

use super::Page;
use crate::{FormFields, ProviderButton, ProviderButtons};

/// GET of `{prefix}/<provider>/login/`: a button, since only a POST may begin (else any link could sign a person in).
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProviderStart {
    /// Hidden fields; the button posts to `{prefix}/{provider.id}/login/`.
    pub form: FormFields,
    /// To whom.
    pub provider: ProviderButton,
    /// The application that the person is on the way to.
    pub application: Option<String>,
    /// Somebody is signed in and connects the provider to their account.
    pub connecting: bool,
}

impl Page for ProviderStart {
    const TEMPLATE: &'static str = "provider_start.html";
    const TITLE: &'static str = "provider-start-title";
    const FORM_LEAVES: bool = true;

    fn title_arguments(&self) -> Vec<(&'static str, String)> {
        vec![("provider", self.provider.name.clone())]
    }
    fn carried(&self) -> Option<&FormFields> {
        Some(&self.form)
    }
}

/// Why nobody came back from a provider signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderTroubleReason {
    /// The person pressed cancel there.
    #[default]
    Cancelled,
    /// The provider refused for another reason.
    Refused,
    /// It did not answer, or answered nonsense.
    Unreachable,
    /// It answered, but the answer did not pass our checks (signature, nonce, audience, …).
    Untrusted,
    /// The sign-in was begun too long ago, in another browser, or was finished already.
    Expired,
    /// The provider's account is connected to another account here.
    ConnectedElsewhere,
    /// The account at the provider is shut out here (disabled, or sign-up is closed).
    NotAllowed,
}

/// Coming back from a provider in vain.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProviderTrouble {
    /// Which.
    pub provider: ProviderButton,
    /// Why.
    pub reason: ProviderTroubleReason,
    /// "Try again" posts to `{prefix}/{provider.id}/login/` with these; `None`: no such button.
    pub again: Option<FormFields>,
    /// Path and query of the other ways to sign in.
    pub other_ways_url: String,
    /// Other providers' buttons.
    pub others: ProviderButtons,
    /// For the person's question to the operator; from `x-request-id`.
    pub request_id: String,
}

impl Page for ProviderTrouble {
    const TEMPLATE: &'static str = "provider_trouble.html";
    const TITLE: &'static str = "provider-trouble-title";
    const FORM_LEAVES: bool = true;

    fn title_arguments(&self) -> Vec<(&'static str, String)> {
        vec![("provider", self.provider.name.clone())]
    }
    fn carried(&self) -> Option<&FormFields> {
        self.again.as_ref()
    }
    fn status(&self) -> StatusCode {
        match self.reason {
            ProviderTroubleReason::Unreachable | ProviderTroubleReason::Untrusted => StatusCode::BAD_GATEWAY,
            ProviderTroubleReason::NotAllowed => StatusCode::FORBIDDEN,
            ProviderTroubleReason::ConnectedElsewhere => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// An account with the provider's address exists, and the rule of linking does not join them by itself: sign in first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LinkAccountNeeded {
    /// Which provider.
    pub provider: ProviderButton,
    /// The address, as the provider told it.
    pub address: String,
    /// Path and query of the sign-in page, from which the person comes back to connect.
    pub sign_in_url: String,
    /// The application that the person is on the way to.
    pub application: Option<String>,
}

impl Page for LinkAccountNeeded {
    const TEMPLATE: &'static str = "link_account_needed.html";
    const TITLE: &'static str = "link-account-title";

    fn title_arguments(&self) -> Vec<(&'static str, String)> {
        vec![("provider", self.provider.name.clone())]
    }
    fn status(&self) -> StatusCode {
        StatusCode::CONFLICT
    }
}
