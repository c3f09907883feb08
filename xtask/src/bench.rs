//! `cargo xtask bench`: builds the server and the program that measures it, and starts that on a core of its own.

mod counts;
mod grow;
mod lists;
mod programs;

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result};

use crate::{equipment, process};

const USAGE: &str = "\
cargo xtask bench [SCENARIO…]   rounds of all scenarios, or of those named, against the ceilings of their parts
  --rounds N       medians of so many (5)
  --seconds S      of each window (2)
  --profile NAME   what the programs are built with (dist)
  --peers          node oidc-provider and django-oauth-toolkit beside ours; installed the first time
  --sqlite-only    no PostgreSQL
  --smoke          everything for a moment, with the profile of the tests
A whole run writes bench/RESULTS.md and bench/results.svg.
cargo xtask bench grow          the same requests as the data grows
cargo xtask bench lists         the administrators' lists, with a thousand accounts and with a hundred thousand
cargo xtask bench counts        instructions of the hottest steps; `--write` keeps them";

/// What was asked for on the command line.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    profile: String,
    smoke: bool,
    peers: bool,
    /// Named by their names: they are not the whole, and the report of the whole is left as it is.
    some: bool,
    rest: Vec<String>,
}

/// Builds, measures, and reports; `true` when all could be measured. Figures never fail.
///
/// # Errors
/// It cannot be built or started.
pub fn run(root: &Path, words: &[String]) -> Result<bool> {
    match words.split_first() {
        Some((first, rest)) if first == "grow" => return grow::run(root, rest),
        Some((first, rest)) if first == "lists" => return lists::run(root, rest),
        Some((first, rest)) if first == "counts" => return counts::run(root, rest),
        _ => {}
    }
    if words.iter().any(|word| word == "--help") {
        println!("{USAGE}");
        return Ok(true);
    }
    let asked = Asked::parse(words)?;
    if asked.smoke {
        return smoke(root);
    }
    equipment::install(root)?;
    let mut command = measure(root, &asked.profile)?;
    command.arg("--built").arg(format!("commit {}, profile {}, {}", commit(), asked.profile, today()));
    if asked.peers {
        command.arg("--peers").arg(process::target(root).join("bench/peers"));
    }
    if !asked.some {
        command.arg("--results").arg(root.join("bench"));
    }
    process::succeeds(command.args(&asked.rest))
}

/// Everything for a moment, on binaries of the profile that the tests have built: a bench that broke is seen, figures are not looked at.
///
/// # Errors
/// It cannot be built or started.
pub fn smoke(root: &Path) -> Result<bool> {
    process::succeeds(measure(root, "ci")?.args(["--rounds", "1", "--seconds", "0.1", "--built", "smoke"]))
}

impl Asked {
    fn parse(words: &[String]) -> Result<Self> {
        let mut asked = Self { profile: "dist".to_owned(), smoke: false, peers: false, some: false, rest: Vec::new() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--profile" => words.next().context("--profile needs a name")?.clone_into(&mut asked.profile),
                "--smoke" => asked.smoke = true,
                "--peers" => asked.peers = true,
                flag if flag.starts_with("--") => {
                    asked.some |= flag == "--sqlite-only";
                    asked.rest.push(word.clone());
                    // every option of the program but this one is followed by its value
                    if flag != "--sqlite-only" && !flag.contains('=') {
                        asked.rest.push(words.next().with_context(|| format!("{flag} needs a value"))?.clone());
                    }
                }
                _ => {
                    asked.some = true;
                    asked.rest.push(word.clone());
                }
            }
        }
        Ok(asked)
    }
}

/// The program that measures, built with this profile, as is the server.
fn measure(root: &Path, profile: &str) -> Result<Command> {
    let built = programs::build(root, profile, &["chabi-server", "chabi-bench"])?;
    let (mut command, server_core) = programs::pinned(&built.join("chabi-bench"));
    command.arg("measure").arg("--chabi").arg(built.join("chabi"));
    match server_core {
        Some(core) => command.args(["--server-core", core]),
        None => {
            println!("bench: one core, or no taskset: server and load share what there is");
            &mut command
        }
    };
    Ok(command)
}

fn commit() -> String {
    answer("git", &["describe", "--always", "--dirty"])
}

fn today() -> String {
    answer("date", &["--utc", "+%Y-%m-%d %H:%M UTC"])
}

fn answer(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(|_| "unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Asked {
        Asked::parse(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn what_is_not_ours_is_handed_on_and_dist_is_the_profile() {
        let asked = parse("--rounds 3 --peers --seconds 1");
        assert_eq!((asked.profile.as_str(), asked.peers, asked.some), ("dist", true, false));
        assert_eq!(asked.rest, ["--rounds", "3", "--seconds", "1"]);
    }

    #[test]
    fn a_part_of_the_scenarios_does_not_overwrite_the_report_of_the_whole() {
        assert!(parse("--rounds 3 refresh").some && parse("--sqlite-only --profile release").some);
        assert_eq!(parse("--profile release").profile, "release");
        assert!(Asked::parse(&["--rounds".to_owned()]).is_err());
    }
}
