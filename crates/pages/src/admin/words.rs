//! Words of a page of the console: a message of the language files, or what somebody else wrote.

use std::{borrow::Cow, collections::BTreeMap};

use minijinja::{Error, ErrorKind, Value};
use serde::Serialize;

use crate::{
    Moment,
    messages::{Argument, Messages, escaped, with_code},
};

/// Words, which the template says in the language of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Words {
    /// A message.
    Said {
        /// Its key.
        key: Cow<'static, str>,
        /// Its arguments that people and applications chose.
        texts: BTreeMap<&'static str, String>,
        /// Its arguments that are numbers.
        numbers: BTreeMap<&'static str, i64>,
    },
    /// The message `{family}-{word}`; the word as code where the language files have none.
    Named {
        /// The family of messages.
        family: &'static str,
        /// The word on the wire.
        word: String,
    },
    /// What somebody typed: shown as it stands.
    Typed {
        /// The text.
        text: String,
    },
    /// An identifier, an address or a value on the wire.
    Code {
        /// The text.
        text: String,
    },
    /// An English sentence for who runs the server, such as the rule that an operation refused by.
    Hint {
        /// The text.
        text: String,
    },
    /// A moment.
    When {
        /// Seconds since 1970.
        at: Moment,
    },
    /// A number, in the digits of the language.
    Number {
        /// The number.
        number: i64,
    },
    /// What is said of one value among several.
    About {
        /// The value.
        value: String,
        /// What is said of it.
        words: Box<Words>,
    },
}

impl Default for Words {
    fn default() -> Self {
        Self::typed("")
    }
}

impl Words {
    /// A message without arguments.
    #[must_use]
    pub fn said(key: impl Into<Cow<'static, str>>) -> Self {
        Self::Said { key: key.into(), texts: BTreeMap::new(), numbers: BTreeMap::new() }
    }

    /// Adds an argument that is a text; to a message alone.
    #[must_use]
    pub fn text(mut self, name: &'static str, text: impl Into<String>) -> Self {
        if let Self::Said { texts, .. } = &mut self {
            texts.insert(name, text.into());
        }
        self
    }

    /// Adds an argument that is a number; to a message alone.
    #[must_use]
    pub fn count(mut self, name: &'static str, number: i64) -> Self {
        if let Self::Said { numbers, .. } = &mut self {
            numbers.insert(name, number);
        }
        self
    }

    /// What somebody typed.
    #[must_use]
    pub fn typed(text: impl Into<String>) -> Self {
        Self::Typed { text: text.into() }
    }

    /// An identifier.
    #[must_use]
    pub fn code(text: impl Into<String>) -> Self {
        Self::Code { text: text.into() }
    }

    /// An English sentence.
    #[must_use]
    pub fn hint(text: impl Into<String>) -> Self {
        Self::Hint { text: text.into() }
    }

    /// What is said of a value.
    #[must_use]
    pub fn about(value: impl Into<String>, words: Self) -> Self {
        Self::About { value: value.into(), words: Box::new(words) }
    }

    /// A word of the wire that has a message in most cases.
    #[must_use]
    pub fn named(family: &'static str, word: impl Into<String>) -> Self {
        Self::Named { family, word: word.into() }
    }

    /// A moment, in seconds since 1970.
    #[must_use]
    pub fn when(seconds: i64) -> Self {
        Self::When { at: Moment(seconds) }
    }

    /// A number.
    #[must_use]
    pub fn number(number: i64) -> Self {
        Self::Number { number }
    }
}

/// The words as HTML.
pub(crate) fn html(messages: &Messages, words: &Value) -> Result<String, Error> {
    let text = || text_of(words, "text");
    Ok(match kind(words)?.as_str() {
        "said" => failing(messages.rich(&text_of(words, "key")?, &arguments(words)?))?,
        "named" => match messages.has(&named(words)?) {
            true => escaped(&failing(messages.text(&named(words)?, &BTreeMap::new()))?),
            false => code(&text_of(words, "word")?),
        },
        "code" => code(&text()?),
        "hint" => format!("<bdi lang=\"en\">{}</bdi>", with_code(&escaped(&text()?))),
        "when" => {
            let moment = Moment(integer(words, "at")?);
            format!("<time datetime=\"{}\">{}</time>", moment.machine_text(), escaped(&failing(messages.moment(moment))?))
        }
        "number" => escaped(&messages.number(integer(words, "number")?)),
        "about" => format!("{}: {}", code(&text_of(words, "value")?), html(messages, &words.get_attr("words")?)?),
        _ => match text()? {
            text if text.is_empty() => String::new(),
            text => format!("<bdi>{}</bdi>", escaped(&text)),
        },
    })
}

/// The words as plain text, for attributes and titles.
pub(crate) fn plain(messages: &Messages, words: &Value) -> Result<String, Error> {
    match kind(words)?.as_str() {
        "said" => failing(messages.text(&text_of(words, "key")?, &arguments(words)?)),
        "named" if messages.has(&named(words)?) => failing(messages.text(&named(words)?, &BTreeMap::new())),
        "named" => text_of(words, "word"),
        "when" => failing(messages.moment(Moment(integer(words, "at")?))),
        "number" => Ok(messages.number(integer(words, "number")?)),
        "about" => Ok(format!("{}: {}", text_of(words, "value")?, plain(messages, &words.get_attr("words")?)?)),
        _ => text_of(words, "text"),
    }
}

fn code(text: &str) -> String {
    format!("<code dir=\"ltr\">{}</code>", escaped(text))
}

/// `admin-event` and `accounts.created` → `admin-event-accounts-created`.
fn named(words: &Value) -> Result<String, Error> {
    Ok(format!("{}-{}", text_of(words, "family")?, text_of(words, "word")?.replace([':', '_', '.', ' '], "-")))
}

fn kind(words: &Value) -> Result<String, Error> {
    text_of(words, "kind")
}

fn text_of(words: &Value, name: &str) -> Result<String, Error> {
    let value = words.get_attr(name)?;
    value.as_str().map(str::to_owned).ok_or_else(|| missing(name))
}

fn integer(words: &Value, name: &str) -> Result<i64, Error> {
    words.get_attr(name)?.as_i64().ok_or_else(|| missing(name))
}

fn arguments(words: &Value) -> Result<BTreeMap<String, Argument>, Error> {
    let mut arguments = BTreeMap::new();
    let texts = words.get_attr("texts")?;
    for name in texts.try_iter()? {
        let text = texts.get_item(&name)?.as_str().unwrap_or_default().to_owned();
        arguments.insert(name.to_string(), Argument::Text(text));
    }
    let numbers = words.get_attr("numbers")?;
    for name in numbers.try_iter()? {
        arguments.insert(name.to_string(), Argument::Number(numbers.get_item(&name)?.as_i64().ok_or_else(|| missing("number"))?));
    }
    Ok(arguments)
}

fn missing(name: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("words without {name}"))
}

fn failing<T>(result: Result<T, String>) -> Result<T, Error> {
    result.map_err(|said| Error::new(ErrorKind::InvalidOperation, said))
}
