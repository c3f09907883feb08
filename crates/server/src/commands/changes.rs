//! `show` and `update` of applications and APIs: their settings by the names of a seed, which is what is shown.

use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use chabi::operations::{
    apis,
    applications::{self, Place},
};
use toml::{Table, Value};

use super::opened;
use crate::{
    cli::{Changes, Installation},
    seed,
};

/// Prints an application, without its secrets.
///
/// # Errors
/// What is wrong with the installation.
pub async fn show_application(installation: &Installation, client_id: &str) -> Result<ExitCode> {
    let (chabi, ..) = opened::open(installation).await?;
    match chabi.store().find_application(client_id).await? {
        Some(application) => print(&seed::application::write(&application)?),
        None => nothing("application", client_id),
    }
}

/// Changes one.
///
/// # Errors
/// What is wrong with the installation or the change.
pub async fn update_application(installation: &Installation, client_id: &str, changes: &Changes) -> Result<ExitCode> {
    let (chabi, ..) = opened::open(installation).await?;
    let Some(before) = chabi.store().find_application(client_id).await? else { return nothing("application", client_id) };
    let table = changed(seed::application::write(&before)?, changes)?;
    let after = seed::application::read_again(table, &before)?;
    ensure!(after.client_id == before.client_id, "client_id: it is the key; register another application");
    applications::put(chabi.store(), after, Place::of(chabi.issuer())).await?;
    println!("changed; running servers know within a second");
    Ok(ExitCode::SUCCESS)
}

/// Prints an API.
///
/// # Errors
/// What is wrong with the installation.
pub async fn show_api(installation: &Installation, audience: &str) -> Result<ExitCode> {
    let (chabi, ..) = opened::open(installation).await?;
    match chabi.store().find_api(audience).await? {
        Some(api) => print(&seed::api::write(&api)?),
        None => nothing("API", audience),
    }
}

/// Changes one.
///
/// # Errors
/// What is wrong with the installation or the change.
pub async fn update_api(installation: &Installation, audience: &str, changes: &Changes) -> Result<ExitCode> {
    let (chabi, ..) = opened::open(installation).await?;
    let Some(before) = chabi.store().find_api(audience).await? else { return nothing("API", audience) };
    let after = seed::api::read(changed(seed::api::write(&before)?, changes)?)?;
    ensure!(after.audience == before.audience, "audience: it is the key; register another API");
    apis::put(chabi.store(), after).await?;
    println!("changed; running servers know within a second");
    Ok(ExitCode::SUCCESS)
}

fn print(table: &Table) -> Result<ExitCode> {
    print!("{}", toml::to_string_pretty(table)?);
    Ok(ExitCode::SUCCESS)
}

fn nothing(what: &str, key: &str) -> Result<ExitCode> {
    println!("there is no {what} `{key}`");
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
