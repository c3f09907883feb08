//! A provider of OpenID 2.0, which the world has left but for Steam.

use serde::Deserialize;

use super::ProfileMapping;

/// A provider of OpenID Authentication 2.0, at one pinned endpoint: nothing is discovered, and nothing that a browser brings says where
/// to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpenId2Settings {
    /// The issuer half of the key of its people: constant.
    pub issuer: String,
    /// Where the browser is sent, where assertions are checked, and what `openid.op_endpoint` must be.
    pub endpoint: String,
    /// What identifiers of people begin with; behind it stands the subject, in digits.
    pub identifiers: String,
    /// Where names and pictures are, for who has a key for that: `{secret}` stands for it, `{subject}` for the person. Empty: nowhere.
    pub profile_url: String,
    /// Where in that profile the person stands.
    pub mapping: ProfileMapping,
}
