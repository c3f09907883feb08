//! The authorization server: authorize, token, revoke, introspect, userinfo, metadata, logout.

mod audience;
#[cfg(test)]
mod fixtures;
pub mod gate;
mod waiting;

pub use gate::{Authentication, ConsentQuestion, PersonClaims, ResourceOwnerGate, SignInHints};
pub use waiting::WaitingRequest;
