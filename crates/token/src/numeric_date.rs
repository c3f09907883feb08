//! `NumericDate` (RFC 7519 §2): seconds since 1970 as a JSON number, and nothing else.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

/// The last second of the year 9999: beyond it is nonsense.
const LATEST: i64 = 253_402_300_799;

/// A moment in whole seconds; fractions are rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NumericDate(pub(crate) i64);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumericDateVisitor)
    }
}

/// For `#[serde(deserialize_with)]`: required.
pub(crate) fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    NumericDate::deserialize(deserializer).map(|date| date.0)
}

/// For `#[serde(deserialize_with)]` beside `default`: may be missing, but not `null`.
pub(crate) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    required(deserializer).map(Some)
}

struct NumericDateVisitor;

impl Visitor<'_> for NumericDateVisitor {
    type Value = NumericDate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds since 1970, as a number")
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<NumericDate, E> {
        // RFC 7519 §2: a negative or absurd moment is no expiry
        if (0..=LATEST).contains(&seconds) { Ok(NumericDate(seconds)) } else { Err(E::custom("out of range")) }
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<NumericDate, E> {
        self.visit_i64(i64::try_from(seconds).map_err(E::custom)?)
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<NumericDate, E> {
        // its decimal text is cut at the point, so that no lossy conversion is needed
        let whole = format!("{:.0}", seconds.floor());
        self.visit_i64(whole.parse().map_err(E::custom)?)
    }
}
