//! Moments and spans, as whole numbers.

use std::ops::{Add, Sub};

/// Microseconds since 1970-01-01 00:00 UTC; what the store keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// A span in whole seconds, as lifetimes are configured and `expires_in` is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seconds(pub i64);

const MICROS: i64 = 1_000_000;

impl Timestamp {
    /// Whole seconds since 1970, rounded down: `exp`, `iat`, `auth_time` (RFC 7519 §2, NumericDate).
    #[must_use]
    pub fn as_seconds(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// From whole seconds since 1970.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS))
    }

    /// The span from `earlier` to here, rounded down; negative when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Seconds {
        Seconds(self.0.saturating_sub(earlier.0).div_euclid(MICROS))
    }
}

impl Add<Seconds> for Timestamp {
    type Output = Self;
    fn add(self, span: Seconds) -> Self {
        Self(self.0.saturating_add(span.0.saturating_mul(MICROS)))
    }
}

impl Sub<Seconds> for Timestamp {
    type Output = Self;
    fn sub(self, span: Seconds) -> Self {
        Self(self.0.saturating_sub(span.0.saturating_mul(MICROS)))
    }
}

impl From<Seconds> for i64 {
    fn from(span: Seconds) -> Self {
        span.0
    }
}

impl Seconds {
    /// `n` minutes.
    #[must_use]
    pub const fn minutes(n: i64) -> Self {
        Self(n * 60)
    }
    /// `n` hours.
    #[must_use]
    pub const fn hours(n: i64) -> Self {
        Self(n * 3_600)
    }
    /// `n` days.
    #[must_use]
    pub const fn days(n: i64) -> Self {
        Self(n * 86_400)
    }
}
