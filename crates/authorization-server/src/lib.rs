//! The authorization server: authorize, token, revoke, introspect, userinfo, metadata, logout.
//!
//! [`AuthorizationServer`] is made of [`Settings`] and [`Parts`], and gives a router. It never knows how people log in: it asks the
//! [`gate`].

mod access_token_form;
mod acr;
mod audience;
mod authorize;
mod browser;
mod browser_state;
mod claims;
mod client_auth;
mod cors;
mod documents;
mod dpop;
mod endpoint;
#[cfg(test)]
#[path = "fixtures_tests.rs"]
mod fixtures;
pub mod gate;
mod grant;
mod incoming;
mod issue;
mod live_token;
mod logout;
mod preview;
mod registering;
mod registration_settings;
mod registry;
mod respond;
mod server;
mod settings;
mod sign_in_demand;
mod signed_answer;
mod standing;
mod subject;
mod trail;
mod waiting;
mod watch;

use chabi_issuing::{audit, document, rsa_pool, status_indexes};
pub use chabi_issuing::{keys, revocations};
pub use gate::{Authentication, ConsentQuestion, PeopleOfTheStore, PersonClaims, ResourceOwnerGate, SignInHints};
pub use keys::SigningKeys;
pub use logout::waiting::WaitingLogout;
pub use preview::Preview;
pub use registering::INITIAL_ACCESS_TOKEN;
pub use registration_settings::{RegistrationMode, RegistrationSettings};
pub use server::{AuthorizationServer, Parts};
pub use settings::Settings;
pub use standing::Standing;
pub use waiting::WaitingRequest;
