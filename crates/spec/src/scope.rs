//! `scope`: a set of case-sensitive words (RFC 6749 §3.3).

use std::{collections::BTreeSet, fmt};

use crate::{ErrorCode, Refusal};

/// A set of scope words; empty is allowed. Printed in the order of the alphabet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope(BTreeSet<String>);

impl Scope {
    /// Reads a space-separated list.
    ///
    /// # Errors
    /// `invalid_scope` for a character outside RFC 6749 §3.3 (`%x21 / %x23-5B / %x5D-7E`).
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let words = text.split(' ').filter(|word| !word.is_empty());
        words
            .map(|word| match word.bytes().all(is_scope_byte) {
                true => Ok(word.to_owned()),
                false => Err(Refusal::new(
                    ErrorCode::InvalidScope,
                    "scope_characters",
                    "a scope has a character that is not allowed",
                    "RFC 6749 §3.3",
                )),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// A set of words known to be well-formed, such as constants and what the store keeps.
    pub fn of<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        Self(words.into_iter().map(Into::into).collect())
    }

    /// Exact word match, never a substring.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.0.contains(word)
    }

    /// True when every word of `other` is here.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.is_subset(&self.0)
    }

    /// The words in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// The words that are not in the other.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    /// The words in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// Words in alphabetical order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// True when there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, word) in self.words().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            f.write_str(word)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_match_whole_and_never_by_substring() {
        let scope = Scope::of(["readonly", "openid"]);
        assert!(!scope.contains("read"));
        assert!(scope.contains("readonly"));
    }

    #[test]
    fn repeated_words_and_spaces_fold_into_a_set() {
        assert_eq!(Scope::parse(" b  a b").unwrap().to_string(), "a b");
    }

    #[test]
    fn quotes_backslashes_and_control_characters_are_refused() {
        for text in ["a\"b", "a\\b", "a\tb", "a\u{7f}", "é"] {
            assert_eq!(Scope::parse(text).unwrap_err().code, ErrorCode::InvalidScope, "{text:?}");
        }
    }
}
