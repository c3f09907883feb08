//! The rules for a new password: long enough, not guessable, not made of words that anybody would try for this person here.

use zxcvbn::{Score, zxcvbn};

use super::Password;

/// Why a new password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Fewer code points than the minimum.
    #[error("the password is too short")]
    TooShort,
    /// More than 256 code points.
    #[error("the password is too long")]
    TooLong,
    /// Made of the person's or the site's own words.
    #[error("the password is made of the person's or the site's own words")]
    Personal,
    /// Common, a pattern, or a few common words.
    #[error("the password is easily guessed")]
    Guessable,
}

/// Code points that must remain when the words of the person and the site are taken out.
const REST_WITHOUT_CONTEXT: usize = 8;
/// Shorter words say nothing: `ada` is in many a good password.
const SHORTEST_CONTEXT_WORD: usize = 4;

/// Judges a new password (at sign-up, change and reset). `context`: the site's name, the person's name and addresses.
///
/// There are no rules of composition and no expiry (NIST SP 800-63B-4 §3.1.1.2).
///
/// # Errors
/// The first rule that says no.
pub(crate) fn check_new(password: &Password, min_length: usize, context: &[String]) -> Result<(), PasswordProblem> {
    if password.length() < min_length {
        return Err(PasswordProblem::TooShort);
    }
    let words = context_words(context);
    check_rest(password, &words)?;
    let inputs: Vec<&str> = words.iter().map(String::as_str).collect();
    // NIST SP 800-63B-4 §3.1.1.2: compared with a list of common, expected and compromised values; zxcvbn holds 30,000 of them,
    // and sees keyboard walks, dates, sequences and repetitions
    if zxcvbn(password.expose(), &inputs).score() < Score::Three {
        return Err(PasswordProblem::Guessable);
    }
    Ok(())
}

fn check_rest(password: &Password, words: &[String]) -> Result<(), PasswordProblem> {
    let mut rest = password.expose().to_lowercase();
    for word in words {
        rest = rest.replace(word.as_str(), "");
    }
    match rest.chars().filter(|c| c.is_alphanumeric()).count() < REST_WITHOUT_CONTEXT && rest.len() < password.expose().len() {
        true => Err(PasswordProblem::Personal),
        false => Ok(()),
    }
}

/// The whole texts and their parts, the longest first, so that taking out a part does not hide the whole.
fn context_words(context: &[String]) -> Vec<String> {
    let mut words: Vec<String> = context
        .iter()
        .flat_map(|text| {
            let whole = text.to_lowercase();
            let parts: Vec<String> = whole.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
            parts.into_iter().chain([whole])
        })
        .filter(|word| word.chars().count() >= SHORTEST_CONTEXT_WORD)
        .chain(["chabi".to_owned()])
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Result<(), PasswordProblem> {
        let context = ["Acme Login".to_owned(), "lovelace@example.test".to_owned()];
        check_new(&Password::read(text).unwrap(), 15, &context)
    }

    // req: pw.min
    #[test]
    fn fourteen_code_points_are_too_few_whatever_their_bytes() {
        assert_eq!(judged("vq9 Lmx7 ztr2k"), Err(PasswordProblem::TooShort));
        assert_eq!(judged(&"খ".repeat(14)), Err(PasswordProblem::TooShort));
        assert_eq!(judged("vq9 Lmx7 ztr2k!"), Ok(()));
    }

    // req: pw.block
    #[test]
    fn common_passwords_patterns_and_words_of_the_site_are_refused() {
        for text in [
            "Password123456789",
            "passwordpassword",
            "123456789012345678",
            "qwertyuiopasdfghjkl",
            "aaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
        ] {
            assert_eq!(judged(text), Err(PasswordProblem::Guessable), "{text}");
        }
        let personal = ["chabichabichabi", "chabi-chabi-chabi-1", "lovelace@example.test", "lovelacelovelace1", "Acme Login 2026!!"];
        for text in personal {
            assert_eq!(judged(text), Err(PasswordProblem::Personal), "{text}");
        }
    }

    // req: pw.norules
    #[test]
    fn a_long_phrase_needs_no_digits_capitals_or_signs() {
        assert_eq!(judged("orchid lantern gravel monsoon"), Ok(()));
        assert_eq!(judged("নদীর ধারে একটা পুরোনো বাড়ি"), Ok(()));
    }
}
