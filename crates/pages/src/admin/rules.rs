//! The sentences of rules in the language of the page.
//!
//! An operation says in English what it refuses, for every way of calling it. The English messages `admin-rule-…` are those sentences, with
//! their changing parts as arguments: by them a sentence is known here again, and said in the reader's language. A sentence that is no
//! message stays English.

use std::sync::LazyLock;

use super::Words;
use crate::{Language, messages};

/// A message, and what it is made of.
struct Rule {
    key: &'static str,
    /// Text, argument, text, argument, …, text.
    parts: Vec<&'static str>,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let lines = messages::source(Language::English).lines().filter(|line| line.starts_with("admin-rule-"));
    lines.filter_map(|line| line.split_once(" = ")).map(|(key, text)| Rule { key, parts: parts_of(text) }).collect()
});

fn parts_of(text: &'static str) -> Vec<&'static str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{ $") {
        let Some((name, after)) = behind.split_once(" }") else { break };
        parts.extend([before, name]);
        rest = after;
    }
    parts.push(rest);
    parts
}

impl Rule {
    /// Its arguments in a sentence; `None`: another rule's.
    fn arguments<'s>(&self, sentence: &'s str) -> Option<Vec<(&'static str, &'s str)>> {
        let (first, others) = self.parts.split_first()?;
        let mut rest = sentence.strip_prefix(first)?;
        let mut found = Vec::new();
        let pairs: Vec<_> = others.chunks_exact(2).collect();
        for (place, pair) in pairs.iter().enumerate() {
            let [name, text] = pair else { return None };
            let is_last = place + 1 == pairs.len();
            let (value, behind) = match is_last {
                true => (rest.strip_suffix(text)?, ""),
                false => rest.split_once(text)?,
            };
            found.push((*name, value));
            rest = behind;
        }
        rest.is_empty().then_some(found)
    }

    /// How much of it is its own text: of two rules that fit, the one that says more.
    fn weight(&self) -> usize {
        self.parts.iter().step_by(2).map(|text| text.len()).sum()
    }
}

/// What an operation said, in words of the page's language as far as its rule is known.
#[must_use]
pub fn said(sentence: &str) -> Words {
    known(sentence).or_else(|| of_registration(sentence)).unwrap_or_else(|| Words::hint(sentence))
}

fn known(sentence: &str) -> Option<Words> {
    let fits = RULES.iter().filter_map(|rule| Some((rule, rule.arguments(sentence)?)));
    let (rule, arguments) = fits.max_by_key(|(rule, _)| rule.weight())?;
    let add = |words: Words, (name, value): (&'static str, &str)| match value.parse::<i64>() {
        // a number is written in the digits of the language
        Ok(number) if number.to_string() == value => words.count(name, number),
        _ => words.text(name, value),
    };
    Some(arguments.into_iter().fold(Words::said(rule.key), add))
}

/// A rule of registrations: ``redirect_uris `x`: the rule (RFC 6749 §3)``.
fn of_registration(sentence: &str) -> Option<Words> {
    let (said, _) = sentence.strip_suffix(')')?.rsplit_once(" (")?;
    match said.split_once(" `").filter(|(member, _)| is_member(member)) {
        Some((_, rest)) => {
            let (value, rule) = rest.split_once("`: ")?;
            Some(Words::about(value, known(rule)?))
        }
        None => {
            let (member, rule) = said.split_once(": ")?;
            if is_member(member) { known(rule) } else { None }
        }
    }
}

fn is_member(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.') || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_known_by_its_rule_with_what_changes_in_it() {
        assert_eq!(said("1 to 1000"), Words::said("admin-rule-uses"));
        assert_eq!(said("60 to 2592000 seconds"), Words::said("admin-rule-seconds").count("least", 60).count("most", 2_592_000));
        assert_eq!(said("there is no site `b`"), Words::said("admin-rule-site-none-named").text("site", "b"));
        let contrast = "`#ffff00` on #ffffff has a contrast of 1.0:1, and 4.5:1 is the least that people can read: choose a darker colour";
        let words = Words::said("admin-rule-contrast-darker").text("colour", "#ffff00").text("ground", "#ffffff").text("contrast", "1.0");
        assert_eq!(said(contrast), words);
        assert_eq!(said("nobody ever said this"), Words::hint("nobody ever said this"));
    }

    #[test]
    fn a_rule_of_registrations_is_known_with_the_value_that_it_is_about() {
        let rule = Words::said("admin-rule-uri-absolute");
        assert_eq!(said("redirect_uris `a (b)`: it is not an absolute URI (RFC 3986 §4.3)"), Words::about("a (b)", rule.clone()));
        assert_eq!(said("redirect_uris: it is not an absolute URI (RFC 3986 §4.3)"), rule);
    }

    #[test]
    fn no_two_rules_are_one_sentence() {
        for rule in RULES.iter() {
            let sentence = rule.parts.concat();
            assert_eq!(
                known(&sentence).map(|words| matches!(&words, Words::Said { key, .. } if key == rule.key)),
                Some(true),
                "{}",
                rule.key
            );
        }
        assert!(RULES.len() > 100);
    }
}
