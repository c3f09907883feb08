//! What a caller asks of one sign-in beyond the usual: how recent, how strong, and hints.

use chabi_token::{Seconds, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    caller::{Object, text},
    refusal::UpstreamRefusal,
};

/// More about one authorization request. Empty: as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// The person must have shown who they are at most so long ago; checked by `auth_time`.
    pub max_age: Option<Seconds>,
    /// Ways of proving that are strong enough; one of them must come back as `acr`.
    pub acr_values: Vec<String>,
    /// Whom the page should expect: a hint, which proves nothing.
    pub login_hint: Option<String>,
    /// Such as `select_account`, in place of what the provider's settings have.
    pub prompt: Option<String>,
}

/// The part that is checked when the answer comes, kept with the pending sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Checked {
    pub(crate) max_age: Option<i64>,
    pub(crate) acr_values: Vec<String>,
}

impl Demand {
    pub(crate) fn checked(&self) -> Checked {
        Checked { max_age: self.max_age.map(|Seconds(seconds)| seconds), acr_values: self.acr_values.clone() }
    }

    /// As parameters of the authorization request.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        let max_age = self.max_age.map(|Seconds(seconds)| ("max_age", seconds.to_string()));
        let acr_values = (!self.acr_values.is_empty()).then(|| ("acr_values", self.acr_values.join(" ")));
        let hint = self.login_hint.clone().map(|hint| ("login_hint", hint));
        let prompt = self.prompt.clone().map(|prompt| ("prompt", prompt));
        [max_age, acr_values, hint, prompt].into_iter().flatten().collect()
    }
}

impl Checked {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// OpenID Connect Core §3.1.3.7 (12, 13): a demand is nothing while the answer is not looked at.
    pub(crate) fn check(&self, claims: &Object, now: Timestamp, skew: Seconds) -> Result<(), UpstreamRefusal> {
        if let Some(max_age) = self.max_age {
            let shown = claims.get("auth_time").and_then(serde_json::Value::as_i64).map(Timestamp::from_seconds);
            if shown.is_none_or(|shown| now > shown + Seconds(max_age) + skew) {
                return Err(UpstreamRefusal::wrong("id_token_auth_time", "missing, or longer ago than was asked for"));
            }
        }
        let strong = self.acr_values.is_empty() || text(claims, "acr").is_some_and(|acr| self.acr_values.iter().any(|one| one == acr));
        if strong { Ok(()) } else { Err(UpstreamRefusal::wrong("id_token_acr", "missing, or not one of those asked for")) }
    }
}
