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

/// What would become of a person who came back from a provider like this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForeseenDecision {
    /// They are connected, and would be signed in.
    #[default]
    Enter,
    /// They would be connected to the account of the same proven address.
    Join,
    /// They would get the account of their address, which nobody had proven, cleared of all that led in.
    TakeOver,
    /// They would get a new account.
    Create,
    /// They would be asked to sign in first.
    SignInFirst,
    /// Their account is disabled.
    Shut,
    /// No new accounts are made.
    SignUpClosed,
}

/// What came of an operator's try of a social application. Nobody was signed in by it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProviderTested {
    /// Which.
    pub provider: ProviderButton,
    /// Names and values of what the provider said.
    pub claims: Vec<(String, String)>,
    /// What would become of the person; `None` when the provider's answer was not good.
    pub decision: Option<ForeseenDecision>,
    /// The provider gave tokens, and they would be kept.
    pub keeps_tokens: bool,
    /// Why the answer was not good, in technical words for the operator.
    pub refusal: Option<String>,
    /// Path and query of the page that the operator came from.
    pub back_url: String,
}

impl Page for ProviderTested {
    const TEMPLATE: &'static str = "provider_tested.html";
    const TITLE: &'static str = "provider-tested-title";

    fn title_arguments(&self) -> Vec<(&'static str, String)> {
        vec![("provider", self.provider.name.clone())]
    }
    fn status(&self) -> StatusCode {
        if self.refusal.is_some() { StatusCode::BAD_GATEWAY } else { StatusCode::OK }
    }
}

/// A provider (Telegram) gives its answer behind the `#` of our callback's address, where only a script can read it: the page's script sends it on.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProviderAnswerInFragment {
    /// Which.
    pub provider: ProviderButton,
    /// The name of what stands there.
    pub name: String,
    /// Path and query of the page to sign in, for who runs no scripts.
    pub other_ways_url: String,
}

impl Page for ProviderAnswerInFragment {
    const TEMPLATE: &'static str = "provider_answer_in_fragment.html";
    const TITLE: &'static str = "provider-answer-title";

    fn title_arguments(&self) -> Vec<(&'static str, String)> {
        vec![("provider", self.provider.name.clone())]
    }
    fn runs_our_scripts(&self) -> bool {
        true
    }
}
