//! What only some grants have: travels from the authorization code to its family.

use serde::{Deserialize, Serialize};

/// Kept as one JSON text, NULL for the many grants that have none of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GrantDetails {
    /// The `claims` parameter as it came (OpenID Connect Core §5.5), JSON; empty: none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub claims: String,
    /// `acr` that the sign-in reached, where it is not what `amr` says by itself; empty: as `amr` says.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub acr: String,
    /// Thumbprint (RFC 7638, base64url) of the DPoP key that the code, or the refresh token, is bound to; empty: none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dpop_jkt: String,
}

impl GrantDetails {
    /// `None` when nothing is in it: what the row then holds.
    #[must_use]
    pub fn some(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}
