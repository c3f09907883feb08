//! The page of the command line, which is made from the command line: `CHABI_WRITE_REFERENCE=1 cargo test -p chabi-server reference`.

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use chabi::admin::operation;
use clap::{Command, CommandFactory as _};

use super::{Cli, nouns};

const PAGE: &str = "../../docs/reference/command-line.md";

/// Those that are typed: neither nouns alone nor what clap adds.
fn leaves(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let path = format!("{path} {}", sub.get_name());
        if !sub.is_subcommand_required_set() {
            found.push((path.clone(), sub.clone()));
        }
        leaves(sub, &path, found);
    }
}

fn all() -> Vec<(String, Command)> {
    let mut cli = Cli::command();
    cli.build();
    let mut found = Vec::new();
    leaves(&cli, "chabi", &mut found);
    found
}

/// Without the terminal's width and the environment of whoever runs the test.
fn page() -> String {
    let mut text = "# The command line\n\nMade from the program: every command says the same with `--help`. Every command that looks at an installation takes \
                    `--config FILE` (or `CHABI_CONFIG`), or\n`--data FOLDER` for the folder of a `chabi dev`; without either, `.chabi-dev` in this folder is taken, \
                    and a line on standard error says so. `--json` prints\nJSON and nothing else on standard output. Exit code 0: done; 1: not done, and \
                    standard error says why; 2: not understood.\n\nWhere a person is named, an e-mail address of the main site is taken for their `sub`.\n"
        .to_owned();
    for (path, command) in all() {
        let mut command = command.term_width(130).disable_help_flag(true).disable_version_flag(true).bin_name(path.clone());
        let help = command.render_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        let _ = write!(text, "\n## {path}\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
    }
    text
}

#[test]
fn the_reference_is_what_the_program_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = page();
    if std::env::var_os("CHABI_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "run `CHABI_WRITE_REFERENCE=1 cargo test -p chabi-server reference`");
}

#[test]
fn every_operation_is_a_verb_of_a_noun_or_has_a_command_of_its_own_for_a_reason() {
    let verbs: BTreeSet<&str> = nouns::all().iter().flat_map(|(_, verbs)| verbs.iter().map(|verb| verb.operation)).collect();
    let by_hand: BTreeSet<&str> = nouns::BY_HAND.iter().map(|(operation, ..)| *operation).collect();
    let known: BTreeSet<&str> = operation::table().iter().map(|entry| entry.name).collect();
    let missing: Vec<&str> = known.iter().copied().filter(|name| !verbs.contains(name) && !by_hand.contains(name)).collect();
    assert_eq!(missing, [""; 0], "give each a verb in cli/nouns.rs");
    let unknown: Vec<&str> = verbs.union(&by_hand).copied().filter(|name| !known.contains(name)).collect();
    assert_eq!(unknown, [""; 0], "there are no such operations");
    assert_eq!(verbs.intersection(&by_hand).count(), 0);
    let typed: BTreeSet<String> = all().into_iter().map(|(path, _)| path).collect();
    for (noun, verbs) in nouns::all() {
        assert!(verbs.iter().all(|verb| typed.contains(&format!("chabi {noun} {}", verb.verb))), "{noun}");
    }
    for (_, command, why) in nouns::BY_HAND {
        assert!(typed.contains(&format!("chabi {command}")) && !why.is_empty(), "{command}");
    }
}

/// Those that serve, or speak to a shell, have no answer for a program; those of development mode look at no installation.
const WITHOUT_JSON: [&str; 7] =
    ["chabi dev", "chabi dev check", "chabi dev token", "chabi serve", "chabi init", "chabi completion", "chabi healthcheck"];

#[test]
fn every_command_takes_config_data_and_json_and_shows_an_example() {
    for (path, command) in all() {
        if WITHOUT_JSON.contains(&path.as_str()) {
            continue;
        }
        for option in ["config", "data", "json"] {
            assert!(command.get_arguments().any(|known| known.get_long() == Some(option)), "{path} has no --{option}");
        }
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let is_of_arguments = about.starts_with("Which installation") || about.starts_with("The input of");
        assert!(!about.is_empty() && !about.contains('\n') && !is_of_arguments, "{path}: {about}");
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(after.contains(&path), "{path} has no example: {after}");
    }
}

#[test]
fn every_example_of_a_verb_is_understood() {
    for (path, command) in all() {
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for line in after.lines().filter_map(|line| line.strip_prefix("  chabi")) {
            let words = words(&format!("chabi{line}"));
            let parsed = Cli::command().try_get_matches_from(&words);
            assert!(parsed.is_ok(), "{path}: {words:?}: {}", parsed.unwrap_err());
        }
    }
}

/// As a shell takes them apart, as far as the examples need it.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.split(" < ").next().unwrap().chars() {
        match letter {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            letter => word.push(letter),
        }
    }
    words.push(word);
    words
}

#[test]
fn a_shell_completes_every_verb() {
    let mut script = Vec::new();
    clap_complete::generate(clap_complete::Shell::Bash, &mut Cli::command(), "chabi", &mut script);
    let script = String::from_utf8(script).unwrap();
    for (path, _) in all() {
        let name = path.replace([' ', '-'], "__subcmd__");
        assert!(script.contains(&format!("{name}\"")), "{path}");
    }
}
