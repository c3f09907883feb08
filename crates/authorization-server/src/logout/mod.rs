//! Signing out on an application's wish (OpenID Connect RP-Initiated Logout 1.0).

mod back_channel;
pub(crate) mod check;
pub(crate) mod front_channel;
pub(crate) mod participants;
pub(crate) mod waiting;
