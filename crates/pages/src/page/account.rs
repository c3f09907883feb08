//! The account page.

use serde::Serialize;

use super::Page;
use crate::{FormFields, Moment, ProviderButtons, ProviderMark};

/// `{prefix}/`: who one is here, and from where one is signed in.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountHome {
    /// Hidden fields of the forms on this page: `{prefix}/logout/`, and where they are offered `{prefix}/sessions/`,
    /// `{prefix}/applications/`, `{prefix}/3rdparty/`, `{prefix}/email/` (`action=remove`) and `{prefix}/confirm-email/` (`action=resend`).
    pub form: FormFields,
    /// The person's name; the address when they gave none.
    pub name: String,
    /// Their addresses.
    pub addresses: Vec<AccountAddress>,
    /// Show the link to `{prefix}/email/`, where an address can be added.
    pub may_add_address: bool,
    /// Show the link to `{prefix}/password/change/`.
    pub may_change_password: bool,
    /// Applications that have access, or may get it without asking again.
    pub applications: Vec<AllowedApplication>,
    /// Connected providers.
    pub connected: Vec<ConnectedProvider>,
    /// Providers that can be connected still; their buttons post to `{prefix}/<provider>/login/`.
    pub connectable: ProviderButtons,
    /// Where the account is signed in; this browser's session first.
    pub sessions: Vec<AccountSession>,
    /// Offer to end the other sessions: the button posts `action=end-others` to `{prefix}/sessions/`.
    pub may_end_others: bool,
    /// The name of a provider that was connected a moment ago.
    pub just_connected: Option<String>,
}

/// An address of the account.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountAddress {
    /// As the person wrote it.
    pub address: String,
    /// Whether its owner proved it.
    pub verified: bool,
    /// Set: a button posts `action=remove` and this as `email` to `{prefix}/email/`.
    pub remove: Option<String>,
}

/// An application that the person allowed something.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AllowedApplication {
    /// Posted as `application` to `{prefix}/applications/`, which takes back everything.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// When it was last allowed something.
    pub allowed: Moment,
    /// Its page that begins a sign-in here (OpenID Connect Core §4): its name is then a link.
    pub open: Option<String>,
}

/// A provider that is connected.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConnectedProvider {
    /// Such as `google`.
    pub id: String,
    /// Such as `Google`.
    pub name: String,
    /// Before the name.
    pub mark: ProviderMark,
    /// The address there; empty when the provider told none.
    pub address: String,
    /// When it was last used.
    pub used: Moment,
    /// Offer to disconnect it: a button posts `id` as `provider` to `{prefix}/3rdparty/`.
    pub may_disconnect: bool,
}

/// A place where the account is signed in.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountSession {
    /// This browser.
    pub current: bool,
    /// Set: a button posts `action=end` and this as `session` to `{prefix}/sessions/`.
    pub end: Option<String>,
    /// Such as `Firefox on Linux`; empty when unknown.
    pub browser: String,
    /// When it began.
    pub began: Moment,
    /// Last use.
    pub seen: Moment,
}

impl Page for AccountHome {
    const TEMPLATE: &'static str = "account.html";
    const TITLE: &'static str = "account-title";
    /// Connecting a provider leaves for it.
    const FORM_LEAVES: bool = true;
}

/// `{prefix}/3rdparty/`: the providers that are connected to one's account, and those that can be.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Connections {
    /// Hidden fields of the forms that post to `{prefix}/3rdparty/`.
    pub form: FormFields,
    /// Connected providers.
    pub connected: Vec<ConnectedProvider>,
    /// Providers that can be connected still; their buttons post to `{prefix}/<provider>/login/`.
    pub connectable: ProviderButtons,
    /// Path of the account page.
    pub account_url: String,
}

impl Page for Connections {
    const TEMPLATE: &'static str = "connections.html";
    const TITLE: &'static str = "connections-title";
    /// Connecting a provider leaves for it.
    const FORM_LEAVES: bool = true;
}
