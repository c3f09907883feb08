//! What a new application is for, and what follows from it.

use chabi_store::application::{ApplicationKind, ClientAuthentication, Profile};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an application is for: the kinds of the wizard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Pages made by a server, which can keep a secret.
    WebServer,
    /// Scripts in a browser, without a secret.
    SinglePage,
    /// Installed on a phone or a computer.
    MobileOrDesktop,
    /// Without a browser of its own: a television, a command line.
    Device,
    /// Acts for itself, without people.
    Machine,
    /// A client of the Model Context Protocol.
    McpClient,
    /// A proxy that lets nobody through who has not signed in.
    ProxyGuard,
}

/// What follows from a purpose.
pub(super) struct Preset {
    pub authentication: ClientAuthentication,
    pub kind: ApplicationKind,
    pub profile: Profile,
    pub grant_types: &'static [&'static str],
}

const CODE: &[&str] = &["authorization_code", "refresh_token"];

impl Purpose {
    /// All, in the order of the wizard.
    pub const ALL: [Self; 7] =
        [Self::WebServer, Self::SinglePage, Self::MobileOrDesktop, Self::Device, Self::Machine, Self::McpClient, Self::ProxyGuard];

    pub(super) const fn preset(self) -> Preset {
        use ApplicationKind::{Native, Web};
        use ClientAuthentication as By;
        let (authentication, kind, profile, grant_types) = match self {
            Self::WebServer => (By::Secret, Web, Profile::OAuth21, CODE),
            Self::SinglePage => (By::None, Web, Profile::OAuth21, CODE),
            // RFC 8252 §7.3: the port of a loopback redirect is free
            Self::MobileOrDesktop | Self::McpClient => (By::None, Native, Profile::OAuth21, CODE),
            // RFC 8628
            Self::Device => {
                const DEVICE: &[&str] = &["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"];
                (By::None, Native, Profile::OAuth21, DEVICE)
            }
            Self::Machine => {
                const MACHINE: &[&str] = &["client_credentials"];
                (By::Secret, Web, Profile::OAuth21, MACHINE)
            }
            // older proxies send no PKCE
            Self::ProxyGuard => (By::Secret, Web, Profile::Oidc, CODE),
        };
        Preset { authentication, kind, profile, grant_types }
    }

    /// Whether people sign in to it by a browser that comes back.
    #[must_use]
    pub const fn needs_redirect_uri(self) -> bool {
        !matches!(self, Self::Device | Self::Machine)
    }
}
