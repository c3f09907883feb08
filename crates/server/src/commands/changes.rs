//! `show` and `update` of applications and APIs: their settings by the names of a seed, which is what is shown.

use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use chabi::{
    Chabi, RegisteredClient,
    admin::{
        Actor, OperationError,
        operation::{
            apis::{ApiId, FindApi},
            applications::{Application, ApplicationId, FindApplication, UpdateApplication, UpdateApplicationInput},
        },
    },
};
use serde::Serialize;
use toml::{Table, Value};

use super::{api, opened, operation};
use crate::{
    cli::{Asked, Changes},
    seed,
};

const DONE: &str = "changed; running servers know within a second\n";

/// Prints an application, without its secrets.
///
/// # Errors
/// What is wrong with the installation.
pub async fn show_application(asked: &Asked, client_id: &str) -> Result<ExitCode> {
    let chabi = opened::open(&asked.installation).await?;
    let Some(application) = chabi.store().find_application(client_id).await? else { return nothing("application", client_id) };
    let input = ApplicationId { client_id: client_id.to_owned() };
    shown(chabi.admin().run::<FindApplication>(&Actor::operator(), input).await, asked, &seed::application::write(&application)?)
}

/// Changes one.
///
/// # Errors
/// What is wrong with the installation or the change.
pub async fn update_application(asked: &Asked, client_id: &str, changes: &Changes) -> Result<ExitCode> {
    let chabi = opened::open(&asked.installation).await?;
    let Some(before) = chabi.store().find_application(client_id).await? else { return nothing("application", client_id) };
    let table = changed(seed::application::write(&before)?, changes)?;
    let after = seed::application::read_again(table, &before)?;
    ensure!(after.client_id == before.client_id, "client_id: it is the key; register another application");
    operation::told(put_application(&chabi, &after).await, asked.json, |_| DONE.to_owned())
}

/// Over the one of its `client_id`, whose secrets stay.
async fn put_application(chabi: &Chabi, application: &RegisteredClient) -> Result<Application, OperationError> {
    let Application { client_id, values, .. } = Application::of(application);
    chabi.admin().run::<UpdateApplication>(&Actor::operator(), UpdateApplicationInput { client_id, body: values }).await
}

/// Prints an API.
///
/// # Errors
/// What is wrong with the installation.
pub async fn show_api(asked: &Asked, audience: &str) -> Result<ExitCode> {
    let chabi = opened::open(&asked.installation).await?;
    let Some(api) = chabi.store().find_api(audience).await? else { return nothing("api", audience) };
    let input = ApiId { audience: audience.to_owned() };
    shown(chabi.admin().run::<FindApi>(&Actor::operator(), input).await, asked, &seed::api::write(&api)?)
}

/// Changes one.
///
/// # Errors
/// What is wrong with the installation or the change.
pub async fn update_api(asked: &Asked, audience: &str, changes: &Changes) -> Result<ExitCode> {
    let chabi = opened::open(&asked.installation).await?;
    let Some(before) = chabi.store().find_api(audience).await? else { return nothing("api", audience) };
    let after = seed::api::read(changed(seed::api::write(&before)?, changes)?)?;
    ensure!(after.audience == before.audience, "audience: it is the key; register another API");
    operation::told(api::put(&chabi, after).await, asked.json, |_| DONE.to_owned())
}

/// For people by the names that `update` takes; for programs by those of the API.
fn shown<T: Serialize>(found: Result<T, OperationError>, asked: &Asked, table: &Table) -> Result<ExitCode> {
    let text = toml::to_string_pretty(table)?;
    operation::told(found, asked.json, |_| text)
}

/// Says so, and where to look.
///
/// # Errors
/// None.
pub fn nothing(noun: &str, key: &str) -> Result<ExitCode> {
    eprintln!("chabi: there is no {noun} `{key}`: `chabi {noun} list` shows all");
    Ok(ExitCode::FAILURE)
}

fn changed(mut table: Table, changes: &Changes) -> Result<Table> {
    for pair in &changes.set {
        let (name, text) = pair.split_once('=').with_context(|| format!("--set {pair}: write NAME=VALUE"))?;
        ensure!(name != "client_secret", "--set client_secret: others on this machine can read a command line");
        table.insert(name.to_owned(), value(text));
    }
    for name in &changes.unset {
        ensure!(table.remove(name).is_some(), "--unset {name}: it is not set");
    }
    Ok(table)
}

/// TOML where it is TOML, such as `true` and `["a", "b"]`, or a JSON object, as `application add` takes it; else the text
/// itself, so that nobody has to quote twice.
fn value(text: &str) -> Value {
    let read = format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    read.or_else(|| serde_json::from_str(text).ok()).unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(set: &[&str], unset: &[&str]) -> Changes {
        let all = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Changes { set: all(set), unset: all(unset) }
    }

    #[test]
    fn a_value_is_toml_or_text() {
        let table =
            changed(Table::new(), &changes(&["a=true", "b=[\"x\", \"y\"]", "c=https://app.example/cb?x=1", "d=oidc"], &[])).unwrap();
        let shown: Vec<String> = ["a", "b", "c", "d"].iter().map(|name| table[*name].to_string()).collect();
        assert_eq!(shown, ["true", "[\"x\", \"y\"]", "\"https://app.example/cb?x=1\"", "\"oidc\""]);
        for words in ["words={\"notes:read\":\"read your notes\"}", "words={ \"notes:read\" = \"read your notes\" }"] {
            assert_eq!(changed(Table::new(), &changes(&[words], &[])).unwrap()["words"]["notes:read"].as_str(), Some("read your notes"));
        }
        assert!(changed(Table::new(), &changes(&["a"], &[])).is_err());
        assert!(changed(Table::new(), &changes(&[], &["a"])).is_err());
        assert!(changed(Table::new(), &changes(&["client_secret=x"], &[])).is_err());
    }
}
