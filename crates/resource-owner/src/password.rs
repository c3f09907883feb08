//! Passwords: their text, the rules for new ones, and hashes by Argon2id.

mod hasher;
mod policy;

use chabi_token::secret::SecretText;
use unicode_normalization::UnicodeNormalization as _;

pub use hasher::{Comparison, Hasher};
pub use policy::PasswordProblem;

/// Most Unicode code points of a password. Longer ones are refused before anything is computed, never cut.
pub const LONGEST: usize = 256;

/// The version of [`Password::read`], kept beside each hash, so that the rule can change one day.
pub const NORMALIZATION: i64 = 1;

/// A password's text in Unicode normalization form C. Prints as `…`.
#[derive(Debug)]
pub struct Password(SecretText);

impl Password {
    /// Normalizes, once; `None` when there are more code points than [`LONGEST`].
    ///
    /// NIST SP 800-63B-4 §3.1.1.2: all printable characters and spaces are taken, each code point counts as one, and one
    /// normalization is applied before hashing; nothing is cut.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if text.chars().nth(LONGEST).is_some() {
            return None;
        }
        let normalized: String = text.nfc().collect();
        (normalized.chars().count() <= LONGEST).then(|| Self(SecretText::new(normalized)))
    }

    /// The normalized text: for hashing and judging alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// In code points.
    #[must_use]
    pub fn length(&self) -> usize {
        self.expose().chars().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: pw.max
    #[test]
    fn a_password_is_taken_up_to_256_code_points_and_never_cut() {
        assert_eq!(Password::read(&"ক".repeat(256)).unwrap().length(), 256);
        assert!(Password::read(&"a".repeat(257)).is_none());
    }

    // req: pw.uni
    #[test]
    fn composed_and_decomposed_spellings_are_one_password() {
        assert_eq!(Password::read("caf\u{e9} au lait").unwrap().expose(), Password::read("cafe\u{301} au lait").unwrap().expose());
        assert_eq!(Password::read(" spaces stay ").unwrap().expose(), " spaces stay ");
    }
}
