//! The endpoints: each file reads as its table of contents.

pub(crate) mod authorize;
pub(crate) mod device_authorization;
pub(crate) mod introspect;
pub(crate) mod jwks;
pub(crate) mod logout;
pub(crate) mod metadata;
pub(crate) mod par;
pub(crate) mod register;
pub(crate) mod revoke;
pub(crate) mod session;
pub(crate) mod status;
pub(crate) mod token;
pub(crate) mod unknown;
pub(crate) mod userinfo;
