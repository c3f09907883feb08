//! Operations from the command line: the very ones that the console and the API run, found by name in their table.

mod input;
mod shown;

use std::{
    io::{ErrorKind, Write as _},
    process::ExitCode,
};

use anyhow::{Result, bail};
use chabi::{
    Chabi,
    admin::{
        Actor, OperationError,
        operation::{self, Entry},
        tag_of,
    },
    operations::accounts,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::opened;
use crate::{
    cli::{Input, Run, Typed},
    config::nearest_of,
};

pub use input::names_of;

/// `chabi run`.
///
/// # Errors
/// There is no such operation, what goes into it cannot be read, or what is wrong with the installation.
pub async fn run(asked: Run) -> Result<ExitCode> {
    let table = operation::table();
    let Some(name) = asked.name else { return list(&table, asked.input.json) };
    let Some(entry) = table.iter().find(|entry| entry.name == name) else {
        match nearest_of(&name, table.iter().map(|entry| entry.name.to_owned())) {
            Some(nearest) => bail!("there is no operation `{name}`; did you mean `{nearest}`?"),
            None => bail!("there is no operation `{name}`: `chabi run` lists all"),
        }
    };
    let list = entry.name.split('.').next().map(|noun| format!("{noun}.list")).filter(|name| table.iter().any(|entry| entry.name == name));
    let where_to_look = list.map(|name| format!("chabi run {name}")).unwrap_or_default();
    Command { entry, columns: &[], then: "", where_to_look, in_part: false }.call(asked.input).await
}

/// `chabi site list` and the like.
///
/// # Errors
/// As [`run`].
pub async fn of_noun(typed: Typed) -> Result<ExitCode> {
    let (table, verb) = (operation::table(), typed.verb);
    let Some(entry) = table.iter().find(|entry| entry.name == verb.operation) else { bail!("there is no operation `{}`", verb.operation) };
    let where_to_look = format!("chabi {} list", typed.noun);
    let in_part = verb.changes_in_part(entry) && typed.input.body.is_none();
    Command { entry, columns: verb.columns, then: verb.then, where_to_look, in_part }.call(typed.input).await
}

/// Tells how it went: for programs as JSON, for people as `text` has it.
///
/// # Errors
/// The fault that came of it.
pub fn told<T: Serialize>(outcome: Result<T, OperationError>, as_json: bool, text: impl FnOnce(&T) -> String) -> Result<ExitCode> {
    match outcome {
        Ok(value) if as_json => print(&(serde_json::to_string_pretty(&value)? + "\n"))?,
        Ok(value) => print(&text(&value))?,
        Err(OperationError::Fault(fault)) => return Err(fault.into()),
        Err(error) => {
            eprintln!("chabi: {error}");
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whoever reads may have seen enough: `head` does.
///
/// # Errors
/// The output cannot be written.
pub fn print(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn list(table: &[Entry], as_json: bool) -> Result<ExitCode> {
    let rows: Vec<Value> = table
        .iter()
        .map(|entry| {
            let names: Vec<String> = entry.path_names().map(|name| format!("<{name}>")).collect();
            json!({ "name": entry.name, "path": names.join(" "), "about": entry.about })
        })
        .collect();
    told(Ok(rows), as_json, |rows| {
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let line = |row| format!("{:<44}  {}\n", format!("{} {}", text(row, "name"), text(row, "path")), text(row, "about"));
        rows.iter().map(line).collect()
    })
}

/// An operation, and how it is told.
struct Command<'a> {
    entry: &'a Entry,
    columns: &'a [&'a str],
    then: &'a str,
    /// Where all there are can be seen.
    where_to_look: String,
    /// What is not named stays as it is.
    in_part: bool,
}

impl Command<'_> {
    async fn call(self, asked: Input) -> Result<ExitCode> {
        if asked.schema {
            print(&(serde_json::to_string_pretty(&schemas(self.entry)?)? + "\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut given = input::read(self.entry, &asked)?;
        let chabi = opened::open_ready(&asked.installation).await?;
        by_address(&chabi, &mut given).await?;
        let outcome = match self.in_part {
            true => self.change(&chabi, given, asked.if_match).await,
            false => self.entry.run(chabi.admin(), &Actor::operator(), asked.if_match.as_deref(), given).await,
        };
        if let (Err(OperationError::NotFound(what)), false) = (&outcome, self.where_to_look.is_empty()) {
            eprintln!("chabi: there is no such {what}: `{}` shows all", self.where_to_look);
            return Ok(ExitCode::FAILURE);
        }
        if outcome.is_ok() && !asked.json && !self.then.is_empty() {
            eprintln!("{}", self.then);
        }
        let told_already = !self.then.is_empty();
        told(outcome, asked.json, |output| match output {
            Value::Null if told_already => String::new(),
            output => shown::text(output, self.columns),
        })
    }

    /// What is there, with what was named put over it; refused when somebody else changes it meanwhile.
    async fn change(&self, chabi: &Chabi, mut given: Value, if_match: Option<String>) -> Result<Value, OperationError> {
        let (actor, get) = (Actor::operator(), self.entry.name.replace(".update", ".get"));
        let table = operation::table();
        let Some(find) = table.iter().find(|entry| entry.name == get) else {
            return self.entry.run(chabi.admin(), &actor, if_match.as_deref(), given).await;
        };
        let named = given.as_object_mut().and_then(|members| members.remove("body")).unwrap_or_default();
        let there = find.run(chabi.admin(), &actor, None, given.clone()).await?;
        let tag = tag_of(&there)?;
        let mut body = input::what_can_be_changed(self.entry, there);
        input::merge(&mut body, named);
        if let Some(members) = given.as_object_mut() {
            members.insert("body".to_owned(), Value::Object(body));
        }
        self.entry.run(chabi.admin(), &actor, Some(if_match.as_deref().unwrap_or(&tag)), given).await
    }
}

/// People are known to each other by their addresses, and to operations by their subjects.
async fn by_address(chabi: &Chabi, given: &mut Value) -> Result<()> {
    for name in ["subject", "account"] {
        let address = given.get(name).and_then(Value::as_str).filter(|text| text.contains('@')).map(str::to_owned);
        if let (Some(address), Some(members)) = (address, given.as_object_mut()) {
            let account = match accounts::find(chabi.store(), &address).await {
                Ok(account) => account,
                Err(accounts::AccountProblem::Fault(fault)) => return Err(fault.into()),
                Err(_) => bail!("the main site knows nobody by `{address}`: `chabi account list search={address}` looks at all sites"),
            };
            members.insert(name.to_owned(), Value::String(account.subject));
        }
    }
    Ok(())
}

fn schemas(entry: &Entry) -> Result<Value> {
    let mut named = Vec::new();
    let (input, output) = ((entry.input)(&mut named), (entry.output)(&mut named));
    let named: Map<String, Value> =
        named.into_iter().map(|(name, schema)| Ok((name, serde_json::to_value(schema)?))).collect::<Result<_>>()?;
    Ok(json!({ "input": input, "output": output, "components": { "schemas": named } }))
}
