//! The key that a token is bound to (RFC 7800 §3.1, RFC 9449 §6).

use serde::{Deserialize, Serialize};

/// `cnf`. A token that is bound in another way as well is read by nobody here, so that nobody takes it for less bound than it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// RFC 7638 thumbprint of the DPoP key, base64url.
    pub jkt: String,
}
