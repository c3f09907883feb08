//! A noun of the command line: its verbs are operations of the console and the API, found in their table, so that none is written twice.

use std::marker::PhantomData;

use chabi::admin::operation::{self, Entry};
use clap::{Arg, ArgMatches, Args as _, Command, Error, FromArgMatches, Subcommand, error::ErrorKind};

use super::Input;
use crate::commands::names_of;

/// What a noun's verb is.
#[derive(Clone, Copy, Debug)]
pub struct Verb {
    /// As it is typed.
    pub verb: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// What is typed behind `chabi NOUN VERB`, and is good as it stands; empty where nothing has to be.
    pub example: &'static str,
    /// The columns of a list for people; empty: all that say something.
    pub columns: &'static [&'static str],
    /// What to know when it is done; not said to programs.
    pub then: &'static str,
}

impl Verb {
    /// A verb with nothing to say beside its operation.
    pub const fn of(verb: &'static str, operation: &'static str) -> Self {
        Self { verb, operation, aliases: &[], example: "", columns: &[], then: "" }
    }

    /// With other words for it.
    pub const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// With what is typed behind it.
    pub const fn such_as(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    /// With the columns that people see.
    pub const fn showing(self, columns: &'static [&'static str]) -> Self {
        Self { columns, ..self }
    }

    /// With what to know afterwards.
    pub const fn then(self, then: &'static str) -> Self {
        Self { then, ..self }
    }
}

/// A noun, and its verbs that are operations.
pub trait Noun {
    /// As it is typed behind `chabi`.
    const NAME: &'static str;
    /// In the order in which they are shown.
    const VERBS: &'static [Verb];
}

/// A verb that was typed, with what goes into it.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The noun.
    pub noun: &'static str,
    /// The verb.
    pub verb: Verb,
    /// What goes into it: parts of the path come first.
    pub input: Input,
}

/// The verbs of a noun.
pub struct Verbs<N>(pub Typed, PhantomData<N>);

impl<N> std::fmt::Debug for Verbs<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<N: Noun> FromArgMatches for Verbs<N> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let (name, given) = matches.subcommand().ok_or_else(|| Error::new(ErrorKind::MissingSubcommand))?;
        let verb = N::VERBS.iter().find(|verb| verb.verb == name).ok_or_else(|| Error::new(ErrorKind::InvalidSubcommand))?;
        let mut input = Input::from_arg_matches(given)?;
        let table = operation::table();
        let names = entry(&table, verb.operation).into_iter().flat_map(Entry::path_names);
        let parts = names.filter_map(|name| given.get_one::<String>(name).cloned());
        input.arguments = parts.chain(std::mem::take(&mut input.arguments)).collect();
        Ok(Self(Typed { noun: N::NAME, verb: *verb, input }, PhantomData))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<N: Noun> Subcommand for Verbs<N> {
    fn augment_subcommands(command: Command) -> Command {
        let table = operation::table();
        let found = N::VERBS.iter().filter_map(|verb| Some((verb, entry(&table, verb.operation)?)));
        found.fold(command, |command, (verb, entry)| command.subcommand(subcommand(N::NAME, verb, entry)))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        N::VERBS.iter().any(|verb| verb.verb == name)
    }
}

fn entry<'a>(table: &'a [Entry], operation: &str) -> Option<&'a Entry> {
    table.iter().find(|entry| entry.name == operation)
}

fn subcommand(noun: &str, verb: &Verb, entry: &Entry) -> Command {
    let about = match verb.changes_in_part(entry) {
        // what the API says of absent members is not so here
        true => {
            let about = entry.about.replacen("Replaces", "Changes", 1).replace(": what is absent is unknown from then on", "");
            format!("{about} What is not named stays as it is")
        }
        false => entry.about.trim_end_matches('.').to_owned(),
    };
    let mut command = Command::new(verb.verb).visible_aliases(verb.aliases);
    for name in entry.path_names() {
        let help = if name == "subject" { "Their `sub`, or their e-mail address" } else { "Which" };
        command = command.arg(Arg::new(name).required_unless_present("schema").help(help));
    }
    let example = format!("Example:\n  chabi {noun} {} {}", verb.verb, verb.example);
    // the arguments bring words of their own: these are said after them
    Input::augment_args(command).about(about).long_about(None).after_help(format!("{}{}", names_of(entry), example.trim_end()))
}

impl Verb {
    /// Whether only what is named is changed, where the operation replaces all.
    pub fn changes_in_part(&self, entry: &Entry) -> bool {
        self.verb == "update" && entry.method == operation::Method::Put
    }
}
