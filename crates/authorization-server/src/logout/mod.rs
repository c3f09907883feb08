//! Signing out on an application's wish (OpenID Connect RP-Initiated Logout 1.0).

pub(crate) mod check;
