//! The authorization server: authorize, token, revoke, introspect, userinfo, metadata, logout.

pub mod gate;

pub use gate::{Authentication, ConsentQuestion, PersonClaims, ResourceOwnerGate, SignInHints};
