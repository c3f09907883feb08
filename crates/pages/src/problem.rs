//! What can be wrong with what a person typed, as values: the words are in the language files.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer, ser::SerializeStruct};

/// Something wrong with a form. Its words are the Fluent message [`Problem::key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Unknown account or wrong password: never says which.
    WrongCredentials,
    /// Too many failures; try again in so many minutes (rounded up, at least 1).
    Throttled {
        /// Minutes to wait.
        minutes: i64,
    },
    /// Nothing was typed as e-mail address or user name.
    UsernameMissing,
    /// Nothing was typed as password.
    PasswordMissing,
    /// The right password, but the account is shut.
    AccountDisabled,
    /// Nothing was typed as e-mail address.
    EmailMissing,
    /// Not an address that we can write to.
    EmailInvalid,
    /// The address belongs to another account (said only to somebody who is signed in and proved it).
    EmailTaken,
    /// Nothing was typed as name.
    NameMissing,
    /// The name is longer than this many characters.
    NameTooLong {
        /// The most characters.
        most: i64,
    },
    /// The name has control characters, or looks like a link.
    NameInvalid,
    /// The password is shorter than this many characters.
    PasswordTooShort {
        /// The fewest characters.
        least: i64,
    },
    /// The password is longer than this many characters.
    PasswordTooLong {
        /// The most characters.
        most: i64,
    },
    /// The password is on a list of those that are guessed first.
    PasswordCommon,
    /// The password is guessed easily: words and patterns.
    PasswordGuessable,
    /// The password holds the person's name or address, or this site's name.
    PasswordPersonal,
    /// Nothing was typed as code.
    CodeMissing,
    /// The code is wrong; so many tries are left.
    CodeWrong {
        /// Tries left; zero asks for a new mail.
        tries_left: i64,
    },
    /// The code is spent, expired, or replaced by a newer one.
    CodeUnusable,
    /// Nothing was typed as a device's code.
    DeviceCodeMissing,
    /// No device waits with this code.
    DeviceCodeUnknown,
    /// A mail went out a moment ago; wait so many minutes before the next.
    MailTooSoon {
        /// Minutes to wait.
        minutes: i64,
    },
    /// The mail could not be handed over; try again.
    MailNotSent,
}

impl Problem {
    /// The Fluent message.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::WrongCredentials => "problem-wrong-credentials",
            Self::Throttled { .. } => "problem-throttled",
            Self::UsernameMissing => "problem-username-missing",
            Self::PasswordMissing => "problem-password-missing",
            Self::AccountDisabled => "problem-account-disabled",
            Self::EmailMissing => "problem-email-missing",
            Self::EmailInvalid => "problem-email-invalid",
            Self::EmailTaken => "problem-email-taken",
            Self::NameMissing => "problem-name-missing",
            Self::NameTooLong { .. } => "problem-name-too-long",
            Self::NameInvalid => "problem-name-invalid",
            Self::PasswordTooShort { .. } => "problem-password-too-short",
            Self::PasswordTooLong { .. } => "problem-password-too-long",
            Self::PasswordCommon => "problem-password-common",
            Self::PasswordGuessable => "problem-password-guessable",
            Self::PasswordPersonal => "problem-password-personal",
            Self::CodeMissing => "problem-code-missing",
            Self::CodeWrong { .. } => "problem-code-wrong",
            Self::CodeUnusable => "problem-code-unusable",
            Self::DeviceCodeMissing => "problem-device-code-missing",
            Self::DeviceCodeUnknown => "problem-device-code-unknown",
            Self::MailTooSoon { .. } => "problem-mail-too-soon",
            Self::MailNotSent => "problem-mail-not-sent",
        }
    }

    /// Its Fluent arguments, all of them numbers.
    #[must_use]
    pub fn arguments(&self) -> BTreeMap<&'static str, i64> {
        let argument = match *self {
            Self::Throttled { minutes } | Self::MailTooSoon { minutes } => ("minutes", minutes),
            Self::NameTooLong { most } | Self::PasswordTooLong { most } => ("most", most),
            Self::PasswordTooShort { least } => ("least", least),
            Self::CodeWrong { tries_left } => ("tries", tries_left),
            _ => return BTreeMap::new(),
        };
        BTreeMap::from([argument])
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Problem", 2)?;
        fields.serialize_field("key", self.key())?;
        fields.serialize_field("arguments", &self.arguments())?;
        fields.end()
    }
}

/// A problem and the field it is about: the summary links there, and the field repeats it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FormProblem {
    /// The `id` (and `name`) of the field; `None`: the form as a whole.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub problem: Problem,
}

impl FormProblem {
    /// About one field: `username`, `password`, `email`, `name`, `code`.
    #[must_use]
    pub fn at(field: &'static str, problem: Problem) -> Self {
        Self { field: Some(field), problem }
    }

    /// About the form as a whole.
    #[must_use]
    pub fn general(problem: Problem) -> Self {
        Self { field: None, problem }
    }
}

/// Status of a form page: 429 when throttled, 422 when something is wrong, else 200.
pub(crate) fn status_of(problems: &[FormProblem]) -> http::StatusCode {
    match problems {
        [] => http::StatusCode::OK,
        _ if retry_after(problems).is_some() => http::StatusCode::TOO_MANY_REQUESTS,
        _ => http::StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// Seconds for `Retry-After`, when a problem says to wait.
pub(crate) fn retry_after(problems: &[FormProblem]) -> Option<i64> {
    problems.iter().find_map(|problem| match problem.problem {
        Problem::Throttled { minutes } | Problem::MailTooSoon { minutes } => Some(minutes * 60),
        _ => None,
    })
}
