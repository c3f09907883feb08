//! Sign out, and signed out.

use serde::Serialize;

use super::Page;
use crate::FormFields;

/// Asks whether to sign out. Posts to `{prefix}/logout/`; the button is `logout-confirm`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SignOut {
    /// Hidden fields.
    pub form: FormFields,
    /// The application that asks for it (RP-initiated logout).
    pub application: Option<String>,
    /// Who is signed in: name or address.
    pub account: String,
}

impl Page for SignOut {
    const TEMPLATE: &'static str = "sign_out.html";
    const TITLE: &'static str = "sign-out-title";
    const FORM_LEAVES: bool = true;

    fn carried(&self) -> Option<&FormFields> {
        Some(&self.form)
    }
}

/// Says that one is signed out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SignedOut {
    /// The application that asked for it, with a registered address to go back to; shown as a link.
    pub back_to: Option<(String, String)>,
    /// True: the page goes to `back_to` by itself, once the frames have loaded.
    pub goes_on: bool,
    /// Pages of applications, to be opened in frames that nobody sees: each ends its own session there (OpenID Connect Front-Channel
    /// Logout 1.0). The answer's policy must allow them: [`crate::headers::policy_with_frames`].
    pub frames: Vec<String>,
}

impl Page for SignedOut {
    const TEMPLATE: &'static str = "signed_out.html";
    const TITLE: &'static str = "signed-out-title";
}
