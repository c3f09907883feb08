//! Consent.

use serde::Serialize;

use super::{About, Page};
use crate::FormFields;

/// Asks a person to allow an application. Posts `decision` = `ticked` (with a `scope` for each ticked one), `allow` (all of it, where
/// nothing can be chosen) or `deny`, and `remember` = `on` when ticked, to `{prefix}/consent/`. The buttons are `consent-allow` and
/// `consent-deny`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Consent {
    /// Hidden fields.
    pub form: FormFields,
    /// Who asks.
    pub application: String,
    /// What it says of itself.
    pub about: About,
    /// Of an application whose id is the URL of its metadata: the host, which is all that is known of it. A warning says so.
    pub client_host: Option<String>,
    /// It registered itself: nobody has checked it. A warning says so.
    pub self_registered: bool,
    /// Host of the redirect URI (or its scheme, for a native application): where the answer will go.
    pub redirect_host: String,
    /// The redirect stays on this machine: any program on it could have asked. A warning says so.
    pub redirect_is_local: bool,
    /// What it may learn and do.
    pub apis: Vec<ConsentApi>,
    /// Claims that are asked for by name beside the scopes; names of OpenID Connect.
    pub claims: Vec<String>,
    /// Some scopes can be unticked.
    pub chooses: bool,
    /// How long.
    pub lifetime: ConsentLifetime,
    /// Name of the account that will be used.
    pub account_name: String,
    /// Its address; empty when it has none.
    pub account_address: String,
    /// Path and query of "not you?".
    pub switch_url: String,
    /// Whether "remember" can be chosen (ticked at first).
    pub may_remember: bool,
}

/// The scopes of one API.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConsentApi {
    /// Its name; `None`: the person's own account (the scopes of OpenID Connect).
    pub name: Option<String>,
    /// Its scopes.
    pub scopes: Vec<ConsentScope>,
}

/// A scope. Those of OpenID Connect, and `notes:read`, `notes:write` of the demo, have words in every language; others without words of
/// their API are shown as they are.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConsentScope {
    /// The word on the wire.
    pub word: String,
    /// What its API says that it means.
    pub words: Option<String>,
    /// It can be unticked.
    pub choice: bool,
}

/// How long the application keeps what it is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentLifetime {
    /// Until the browser session ends.
    #[default]
    UntilSignOut,
    /// Also when the person is away, until they take it back (`offline_access`).
    UntilTakenBack,
}

impl Page for Consent {
    const TEMPLATE: &'static str = "consent.html";
    const TITLE: &'static str = "consent-title";
    const FORM_LEAVES: bool = true;

    fn title_arguments(&self) -> Vec<(&'static str, String)> {
        vec![("application", self.application.clone())]
    }
    fn image_source(&self) -> Option<String> {
        self.about.image_source()
    }
    fn carried(&self) -> Option<&FormFields> {
        Some(&self.form)
    }
}
