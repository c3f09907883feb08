//! The language files (Fluent), each read once: when the first page is shown in it.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use chabi_spec::Fault;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

use crate::{Language, Moment};

/// An argument of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    Text(String),
    Number(i64),
}

/// What is made when it is first needed, and kept. Two at the same moment make it twice, and one of the two stays.
pub(crate) fn made<T>(once: &OnceLock<T>, make: impl FnOnce() -> Result<T, Fault>) -> Result<&T, Fault> {
    match once.get() {
        Some(made) => Ok(made),
        None => make().map(|new| once.get_or_init(|| new)),
    }
}

/// The messages of one language.
pub(crate) struct Messages {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

pub(crate) fn source(language: Language) -> &'static str {
    match language {
        Language::English => concat!(include_str!("../languages/en.ftl"), "\n", include_str!("../languages/admin.en.ftl")),
        Language::Bengali => concat!(include_str!("../languages/bn.ftl"), "\n", include_str!("../languages/admin.bn.ftl")),
    }
}

impl Messages {
    /// The one copy of a language, for the pages of all sites.
    pub fn shared(language: Language) -> Result<Arc<Self>, Fault> {
        static READ: [OnceLock<Arc<Messages>>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];
        let place = Language::ALL.iter().position(|known| *known == language).and_then(|place| READ.get(place));
        let place = place.ok_or_else(|| Fault::internal("finding a language"))?;
        made(place, || Ok(Arc::new(Self::load(language)?))).map(Arc::clone)
    }

    /// Reads a language file.
    fn load(language: Language) -> Result<Self, Fault> {
        let resource = FluentResource::try_new(source(language).to_owned())
            .map_err(|(_, errors)| Fault::internal("reading a language file").because(format!("{errors:?}")))?;
        let tag: LanguageIdentifier =
            language.tag().parse().map_err(|_| Fault::internal("reading a language file").because("its tag is not a language"))?;
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Marks of isolation would stand invisibly in text that tests and people copy; HTML has <bdi> instead (see `rich`).
        bundle.set_use_isolating(false);
        if language == Language::Bengali {
            bundle.set_formatter(Some(|value, _| match value {
                FluentValue::Number(number) => Some(bengali_digits(&number.as_string())),
                _ => None,
            }));
        }
        bundle.add_resource(resource).map_err(|errors| Fault::internal("reading a language file").because(format!("{errors:?}")))?;
        Ok(Self { language, bundle })
    }

    pub fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// The message as plain text: not escaped.
    ///
    /// # Errors
    /// An unknown key or a missing argument, which a test over all pages finds first.
    pub fn text(&self, key: &str, arguments: &BTreeMap<String, Argument>) -> Result<String, String> {
        let pattern = self
            .bundle
            .get_message(key)
            .and_then(|message| message.value())
            .ok_or_else(|| format!("no message {key} in {}", self.language.tag()))?;
        let mut given = FluentArgs::new();
        for (name, value) in arguments {
            match value {
                Argument::Text(text) => given.set(Cow::Borrowed(name.as_str()), text.as_str()),
                Argument::Number(number) => given.set(Cow::Borrowed(name.as_str()), *number),
            }
        }
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&given), &mut errors).into_owned();
        if errors.is_empty() { Ok(text) } else { Err(format!("message {key} in {}: {errors:?}", self.language.tag())) }
    }

    /// The message as HTML: its own words and its arguments escaped, each text argument in an element of its own, so that a name
    /// in another script does not turn the sentence around it.
    pub fn rich(&self, key: &str, arguments: &BTreeMap<String, Argument>) -> Result<String, String> {
        // What a person chose never goes through the message: marks from the private use area hold its place.
        let mut texts = Vec::new();
        let held = arguments
            .iter()
            .map(|(name, value)| match value {
                Argument::Text(text) => {
                    texts.push(text);
                    (name.clone(), Argument::Text(format!("\u{e000}{}\u{e001}", texts.len() - 1)))
                }
                Argument::Number(_) => (name.clone(), value.clone()),
            })
            .collect();
        let mut html = with_code(&escaped(&self.text(key, &held)?));
        // One pass by splitting: text that holds such marks itself is never looked at again.
        let mut result = String::with_capacity(html.len());
        while let Some((before, rest)) = html.split_once('\u{e000}') {
            result.push_str(before);
            let (number, after) = rest.split_once('\u{e001}').unwrap_or((rest, ""));
            let text = number.parse::<usize>().ok().and_then(|position| texts.get(position));
            result.push_str(&format!("<bdi>{}</bdi>", escaped(text.map_or("", |text| text.as_str()))));
            html = after.to_owned();
        }
        result.push_str(&html);
        Ok(result)
    }

    /// A moment in the words of the language, UTC.
    pub fn moment(&self, moment: Moment) -> Result<String, String> {
        let calendar = moment.calendar();
        let text = |digits: String| Argument::Text(self.digits(digits));
        let arguments = BTreeMap::from([
            ("day".to_owned(), text(calendar.day.to_string())),
            ("month".to_owned(), Argument::Number(calendar.month)),
            ("year".to_owned(), text(calendar.year.to_string())),
            ("time".to_owned(), text(format!("{:02}:{:02}", calendar.hour, calendar.minute))),
        ]);
        self.text("moment", &arguments)
    }

    /// A number in the digits of the language.
    pub fn number(&self, number: i64) -> String {
        self.digits(number.to_string())
    }

    fn digits(&self, text: String) -> String {
        match self.language {
            Language::English => text,
            Language::Bengali => bengali_digits(&text),
        }
    }
}

/// For prose alone; codes and addresses keep the digits that one types.
fn bengali_digits(text: &str) -> String {
    const DIGITS: [char; 10] = ['০', '১', '২', '৩', '৪', '৫', '৬', '৭', '৮', '৯'];
    let bengali = |digit: u32| usize::try_from(digit).ok().and_then(|place| DIGITS.get(place)).copied();
    text.chars().map(|letter| letter.to_digit(10).and_then(bengali).unwrap_or(letter)).collect()
}

/// For text between tags and in quoted attributes. Slashes stay, so that addresses can be read in the source.
pub(crate) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(letter),
        }
    }
    html
}

/// What stands between backticks becomes code, which keeps its direction and its digits; an odd backtick stays as it is.
pub(crate) fn with_code(html: &str) -> String {
    let mut result = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, word, after)) =
        rest.split_once('`').and_then(|(before, after)| after.split_once('`').map(|(word, after)| (before, word, after)))
    {
        result.push_str(&format!("{before}<code dir=\"ltr\">{word}</code>"));
        rest = after;
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Problem;

    /// Each key of a language file, with the arguments that its message uses.
    fn outline(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut outline: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut key = String::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with(' ')) {
                key = name.to_owned();
                assert!(outline.insert(key.clone(), BTreeSet::new()).is_none(), "{key} stands twice");
            }
            for rest in line.split('$').skip(1) {
                let name = rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
                outline.get_mut(&key).unwrap().insert(name);
            }
        }
        outline
    }

    #[test]
    fn every_language_has_the_same_messages_with_the_same_arguments() {
        let english = outline(source(Language::English));
        assert!(english.len() > 150, "the file is read");
        for language in Language::ALL {
            assert_eq!(outline(source(language)), english, "{language:?}");
        }
    }

    #[test]
    fn every_message_is_said_somewhere() {
        let templates: String = crate::template::TEMPLATES.iter().map(|(_, source)| *source).collect();
        // Built from a code, a reason or a scope, or named by a struct; the test over all pages asks for each of them.
        // Those of the console are named by its handlers; a test there holds them against its sources.
        let families =
            ["admin-", "problem-", "refused-", "provider-trouble-", "provider-tested-", "page-expired-", "scope-", "claim-", "mail-"];
        for key in outline(source(Language::English)).into_keys() {
            let said = key == "moment"
                || key.ends_with("-title")
                || families.iter().any(|family| key.starts_with(family))
                || templates.contains(&format!("(\"{key}\""));
            assert!(said, "{key} is said nowhere");
        }
    }

    #[test]
    fn no_bengali_message_was_left_in_english() {
        let bengali = Messages::load(Language::Bengali).unwrap();
        let letters = |text: &str| text.chars().any(|letter| ('\u{980}'..='\u{9ff}').contains(&letter));
        for (key, names) in outline(source(Language::Bengali)) {
            let arguments = names.into_iter().map(|name| (name, Argument::Number(2))).collect();
            let text = bengali.text(&key, &arguments).unwrap();
            assert!(letters(&text), "{key}: {text}");
        }
    }

    #[test]
    fn every_problem_has_words_in_every_language() {
        let problems = [
            Problem::WrongCredentials,
            Problem::Throttled { minutes: 1 },
            Problem::UsernameMissing,
            Problem::PasswordMissing,
            Problem::AccountDisabled,
            Problem::EmailMissing,
            Problem::EmailInvalid,
            Problem::EmailTaken,
            Problem::NameMissing,
            Problem::NameTooLong { most: 100 },
            Problem::NameInvalid,
            Problem::PasswordTooShort { least: 15 },
            Problem::PasswordTooLong { most: 256 },
            Problem::PasswordCommon,
            Problem::PasswordGuessable,
            Problem::PasswordPersonal,
            Problem::CodeMissing,
            Problem::CodeWrong { tries_left: 0 },
            Problem::CodeUnusable,
            Problem::DeviceCodeMissing,
            Problem::DeviceCodeUnknown,
            Problem::MailTooSoon { minutes: 1 },
            Problem::MailNotSent,
        ];
        for language in Language::ALL {
            let messages = Messages::load(language).unwrap();
            for problem in &problems {
                let arguments = problem.arguments().into_iter().map(|(name, number)| (name.to_owned(), Argument::Number(number))).collect();
                messages.text(problem.key(), &arguments).unwrap();
            }
        }
        let words = outline(source(Language::English)).into_keys().filter(|key| key.starts_with("problem-")).count();
        assert_eq!(words, problems.len(), "no words without a problem");
    }

    #[test]
    fn bengali_counts_in_its_own_digits_and_one_covers_zero() {
        let bengali = Messages::load(Language::Bengali).unwrap();
        let tries = |number| bengali.text("problem-code-wrong", &BTreeMap::from([("tries".into(), Argument::Number(number))])).unwrap();
        assert_eq!(tries(3), "কোডটি ভুল। আরও ৩ বার চেষ্টা করতে পারবেন।");
        assert_eq!(tries(1), "কোডটি ভুল। আর একবার চেষ্টা করতে পারবেন।");
        assert_eq!(bengali.moment(Moment(1_795_527_000)).unwrap(), "২৪ নভেম্বর ২০২৬, ১৩:৩০ ইউটিসি");
    }

    #[test]
    fn text_of_strangers_is_escaped_and_never_looked_at_twice() {
        let english = Messages::load(Language::English).unwrap();
        let rich = |text: &str| english.rich("continue-to", &BTreeMap::from([("application".into(), Argument::Text(text.into()))]));
        assert_eq!(rich("<b>\u{e000}0\u{e001}").unwrap(), "to continue to <bdi>&lt;b&gt;\u{e000}0\u{e001}</bdi>");
    }

    #[test]
    fn words_between_backticks_are_code_and_backticks_of_strangers_stay_theirs() {
        let english = Messages::load(Language::English).unwrap();
        let arguments = BTreeMap::from([("site".into(), Argument::Text("a`b".into()))]);
        let html = english.rich("admin-rule-site-none-named", &arguments).unwrap();
        assert_eq!(html, "there is no site <code dir=\"ltr\"><bdi>a`b</bdi></code>");
        assert_eq!(with_code("one ` alone"), "one ` alone");
    }
}
