//! Operations from the command line: the very ones that the console and the API run, found by name in their table.

mod input;
mod shown;

use std::process::ExitCode;

use anyhow::{Result, bail};
use chabi::admin::{Actor, OperationError, operation};
use serde_json::{Value, json};

use super::opened;
use crate::{
    cli::{Input, Noun, Run},
    config::nearest_of,
};

/// `chabi run`.
///
/// # Errors
/// There is no such operation, what goes into it cannot be read, or what is wrong with the installation.
pub async fn run(asked: Run) -> Result<ExitCode> {
    match asked.name {
        Some(name) => call(&name, asked.input).await,
        None => Ok(list("")),
    }
}

/// `chabi site` and the like.
///
/// # Errors
/// As [`run`].
pub async fn of_noun(noun: &str, asked: Noun) -> Result<ExitCode> {
    match asked.verb {
        Some(verb) => call(&format!("{noun}.{verb}"), asked.input).await,
        None => Ok(list(noun)),
    }
}

fn list(noun: &str) -> ExitCode {
    for entry in operation::table().iter().filter(|entry| noun.is_empty() || entry.name.split('.').next() == Some(noun)) {
        let names: Vec<String> = entry.path_names().map(|name| format!("<{name}>")).collect();
        println!("{:<44}  {}", format!("{} {}", entry.name, names.join(" ")), entry.about);
    }
    ExitCode::SUCCESS
}

async fn call(name: &str, asked: Input) -> Result<ExitCode> {
    let table = operation::table();
    let Some(entry) = table.iter().find(|entry| entry.name == name) else {
        match nearest_of(name, table.iter().map(|entry| entry.name.to_owned())) {
            Some(nearest) => bail!("there is no operation `{name}`; did you mean `{nearest}`?"),
            None => bail!("there is no operation `{name}`: `chabi run` lists all"),
        }
    };
    if asked.schema {
        println!("{}", serde_json::to_string_pretty(&schemas(entry)?)?);
        return Ok(ExitCode::SUCCESS);
    }
    let given = input::read(entry, &asked)?;
    let chabi = opened::open_named(&asked.installation, asked.data.as_deref()).await?;
    match entry.run(chabi.admin(), &Actor::operator(), asked.if_match.as_deref(), given).await {
        Ok(output) if asked.json => println!("{}", serde_json::to_string_pretty(&output)?),
        Ok(output) => print!("{}", shown::text(&output)),
        Err(OperationError::Fault(fault)) => return Err(fault.into()),
        Err(error) => {
            eprintln!("chabi: {error}");
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn schemas(entry: &operation::Entry) -> Result<Value> {
    let mut named = Vec::new();
    let (input, output) = ((entry.input)(&mut named), (entry.output)(&mut named));
    let named: serde_json::Map<String, Value> =
        named.into_iter().map(|(name, schema)| Ok((name, serde_json::to_value(schema)?))).collect::<Result<_>>()?;
    Ok(json!({ "input": input, "output": output, "components": { "schemas": named } }))
}
