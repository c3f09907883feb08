//! The `claims` parameter (OpenID Connect Core §5.5): claims that are asked for by name, and where they are to be given.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::{ErrorCode, Refusal};

/// The longest one, in bytes.
pub const LONGEST: usize = 4_096;
/// The most claims of each of its two members.
const MOST_CLAIMS: usize = 64;
/// How deep its brackets may stand in each other: an object, a member, a claim, `values`, a value with members.
const DEEPEST: usize = 6;

/// What is asked for, by name. Members other than these two are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// To be given by userinfo.
    #[serde(default, deserialize_with = "members", skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, ClaimRequest>,
    /// To be given in the ID token.
    #[serde(default, deserialize_with = "members", skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, ClaimRequest>,
}

/// How one claim is asked for (OpenID Connect Core §5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct ClaimRequest {
    /// What the application does will not work well without it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    /// With this value …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// … or with one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

impl ClaimsRequest {
    /// Reads the parameter.
    ///
    /// # Errors
    /// `invalid_request` for what is no such object, names a claim twice, or is longer or deeper than its bounds.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        // a list would be read as the object's members in their order
        if text.len() > LONGEST || depth(text) > DEEPEST || !text.trim_start().starts_with('{') {
            return Err(malformed().explain(format!("{} bytes", text.len()), "4096 bytes at the most, not deeper than the standard's"));
        }
        serde_json::from_str(text).map_err(|error| malformed().explain(error.to_string(), "members userinfo and id_token, each claim once"))
    }

    /// True when no claim is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// The `sub` that somebody who signs in must have (OpenID Connect Core §5.5.1); asked for without a value it says nothing.
    pub fn subjects(&self) -> impl Iterator<Item = &ClaimRequest> {
        [&self.id_token, &self.userinfo].into_iter().filter_map(|claims| claims.get("sub")).filter(|sub| sub.is_bound())
    }

    /// `acr`, when it is demanded and not only wished for (OpenID Connect Core §5.5.1.1).
    #[must_use]
    pub fn essential_acr(&self) -> Option<&ClaimRequest> {
        self.id_token.get("acr").filter(|acr| acr.essential)
    }

    /// Without the claims of which `keep` is false.
    #[must_use]
    pub fn only(mut self, keep: impl Fn(&str) -> bool) -> Self {
        self.userinfo.retain(|name, _| keep(name));
        self.id_token.retain(|name, _| keep(name));
        self
    }

    /// As JSON; [`Self::parse`] reads the same out of it.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl ClaimRequest {
    /// True when `value` or `values` says what it must be.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.value.is_some() || !self.values.is_empty()
    }

    /// True for a value that was asked for, and for every one when none was.
    #[must_use]
    pub fn allows(&self, text: &str) -> bool {
        !self.is_bound() || self.value.iter().chain(&self.values).any(|wanted| wanted.as_str() == Some(text))
    }
}

impl TryFrom<Map<String, Value>> for ClaimRequest {
    type Error = &'static str;

    /// Other members are ignored (OpenID Connect Core §5.5.1).
    fn try_from(mut members: Map<String, Value>) -> Result<Self, Self::Error> {
        let essential = match members.remove("essential") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(essential)) => essential,
            Some(_) => return Err("essential must be true or false"),
        };
        let values = match members.remove("values") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(values)) => values,
            Some(_) => return Err("values must be a list"),
        };
        Ok(Self { essential, value: members.remove("value").filter(|value| !value.is_null()), values })
    }
}

fn malformed() -> Refusal {
    Refusal::new(ErrorCode::InvalidRequest, "claims_malformed", "claims is not such a JSON object", "OpenID Connect Core §5.5")
}

/// How many brackets are open at once, outside of strings.
fn depth(text: &str) -> usize {
    let (mut deepest, mut open, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => open += 1,
            b'}' | b']' if !in_string => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

fn members<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, ClaimRequest>, D::Error> {
    from.deserialize_option(Members)
}

/// `null`, or an object of claims, each of which is `null` or an object.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = BTreeMap<String, ClaimRequest>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of claims")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut claims = BTreeMap::new();
        while let Some((name, claim)) = map.next_entry::<String, Option<ClaimRequest>>()? {
            // two readers of a repeated name could see two requests
            if claims.len() == MOST_CLAIMS || claims.insert(name, claim.unwrap_or_default()).is_some() {
                return Err(A::Error::custom("a claim is named twice, or there are more than 64"));
            }
        }
        Ok(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_are_not_counted() {
        assert_eq!(depth(r#"{"a[[\"{{":{"b":[1,2,{}]}}"#), 4);
        assert_eq!(depth("]]]["), 1);
    }
}
