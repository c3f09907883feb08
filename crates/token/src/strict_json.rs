//! JSON objects as tokens may carry them: no member twice, no deep nesting, nothing after the end.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};

/// As deep as objects and arrays may nest.
const DEEPEST: u8 = 32;

/// Not a JSON object, or one with a member twice, or nested too deeply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotStrictJson;

/// The names of an object's members, in the order of the alphabet, and whether the value of each is `null`.
#[derive(Debug, Default)]
pub(crate) struct Members<'a>(Vec<(Cow<'a, str>, bool)>);

impl Members<'_> {
    /// True when it is there, with a value other than `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.binary_search_by(|(known, _)| (**known).cmp(name)).is_ok_and(|place| self.0.get(place).is_some_and(|(_, null)| !null))
    }

    /// True when some member is `null`: our kinds of objects have no use for it.
    pub(crate) fn any_null(&self) -> bool {
        self.0.iter().any(|(_, null)| *null)
    }
}

/// Checks a whole text, and says which members the object has.
///
/// # Errors
/// When it is not strict JSON, or not an object.
pub(crate) fn object_members(text: &[u8]) -> Result<Members<'_>, NotStrictJson> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let walked = Walk { depth: 0 }.deserialize(&mut reader).map_err(|_| NotStrictJson)?;
    reader.end().map_err(|_| NotStrictJson)?;
    match walked {
        Walked::Object(members) => Ok(members),
        Walked::Null | Walked::Other => Err(NotStrictJson),
    }
}

enum Walked<'a> {
    Object(Members<'a>),
    Null,
    Other,
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

struct Walk {
    depth: u8,
}

impl<'de> DeserializeSeed<'de> for Walk {
    type Value = Walked<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Walked<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk {
    type Value = Walked<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Walked<'de>, E> {
        Ok(Walked::Null)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Walked<'de>, E> {
        Ok(Walked::Other)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Walked<'de>, E> {
        Ok(Walked::Other)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Walked<'de>, E> {
        Ok(Walked::Other)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Walked<'de>, E> {
        Ok(Walked::Other)
    }
    fn visit_str<E>(self, _: &str) -> Result<Walked<'de>, E> {
        Ok(Walked::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Walked<'de>, A::Error> {
        let depth = self.deeper().ok_or_else(|| A::Error::custom("too deep"))?;
        while items.next_element_seed(Walk { depth })?.is_some() {}
        Ok(Walked::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Walked<'de>, A::Error> {
        let depth = self.deeper().ok_or_else(|| A::Error::custom("too deep"))?;
        let mut members = Vec::with_capacity(16);
        while let Some(Name(name)) = entries.next_key()? {
            let is_null = matches!(entries.next_value_seed(Walk { depth })?, Walked::Null);
            members.push((name, is_null));
        }
        // sorted, and not compared with one another: a header of thousands of members, which anybody can send, must not cost their square
        members.sort_unstable();
        // RFC 7515 §4, RFC 7519 §4: a member that stands there twice could be read in two ways
        if members.windows(2).any(|pair| matches!(pair, [(one, _), (next, _)] if one == next)) {
            return Err(A::Error::custom("a member stands there twice"));
        }
        Ok(Walked::Object(Members(members)))
    }
}

impl Walk {
    fn deeper(&self) -> Option<u8> {
        (self.depth < DEEPEST).then_some(self.depth + 1)
    }
}
