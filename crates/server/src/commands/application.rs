//! `chabi application`.

use std::{path::Path, process::ExitCode};

use anyhow::{Context as _, Result, ensure};
use chabi::{
    ApplicationSettings, Scope,
    admin::operation::applications::{Application as Shown, CreatedApplication},
    operations::applications::{self, NewApplication},
};

use super::{
    changes::{self, nothing},
    initial_token, opened, operation,
};
use crate::cli::{AddApplication, Application, Asked};

/// Adds an application, shows or changes it by the names of a seed, or runs an operation on one.
///
/// # Errors
/// What is wrong with the installation or the application.
pub async fn run(application: Application) -> Result<ExitCode> {
    match application {
        Application::Add(add) => self::add(*add).await,
        Application::Show { asked, client_id } => changes::show_application(&asked, &client_id).await,
        Application::Update { asked, client_id, changes } => changes::update_application(&asked, &client_id, &changes).await,
        Application::Disable { asked, client_id } => set_disabled(&asked, &client_id, true).await,
        Application::Enable { asked, client_id } => set_disabled(&asked, &client_id, false).await,
        Application::InitialToken(command) => initial_token::run(command).await,
        Application::Operation(verbs) => operation::of_noun(verbs.0).await,
    }
}

async fn set_disabled(asked: &Asked, client_id: &str, disabled: bool) -> Result<ExitCode> {
    let chabi = opened::open(&asked.installation).await?;
    if !applications::set_disabled(chabi.store(), client_id, disabled, chabi.env()).await? {
        return nothing("application", client_id);
    }
    let is_now = chabi.store().find_application(client_id).await?.context("it is gone again")?;
    let words = if disabled { "shut out, and all it was granted revoked\n" } else { "let in again\n" };
    operation::told(Ok(Shown::of(&is_now)), asked.json, |_| words.to_owned())
}

/// Settings from `NAME=VALUE`: a value that is JSON is taken as such, any other as text.
fn settings(set: &[String], jwks: Option<&Path>) -> Result<ApplicationSettings> {
    let mut members = serde_json::Map::new();
    for pair in set {
        let (name, value) = pair.split_once('=').with_context(|| format!("--set {pair}: write NAME=VALUE"))?;
        let read = serde_json::from_str(value).ok().filter(|read: &serde_json::Value| !read.is_number() || name == "default_max_age");
        members.insert(name.to_owned(), read.unwrap_or_else(|| value.into()));
    }
    if let Some(path) = jwks {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        members.insert("jwks".to_owned(), text.into());
    }
    let settings: ApplicationSettings = serde_json::from_value(serde_json::Value::Object(members.clone())).context("--set")?;
    // what is not known is ignored when it is read: a slip of the pen must not be
    let known = serde_json::to_value(&settings)?;
    let unknown = members.iter().find(|(name, value)| known.get(name.as_str()).is_none() && !is_nothing(value));
    ensure!(unknown.is_none(), "--set {}: there is no such setting", unknown.map_or("", |(name, _)| name));
    for (name, value) in &members {
        check_within(value, known.get(name.as_str()).unwrap_or_default(), name)?;
    }
    Ok(settings)
}

/// The same within a setting that has members of its own: what was read of it has all names that there are.
fn check_within(value: &serde_json::Value, read: &serde_json::Value, place: &str) -> Result<()> {
    match (value, read) {
        (serde_json::Value::Object(members), serde_json::Value::Object(known)) => {
            let unknown = members.keys().find(|name| !known.contains_key(name.as_str()));
            ensure!(unknown.is_none(), "--set {place}: there is no `{}` in it", unknown.map_or("", String::as_str));
            Ok(())
        }
        (serde_json::Value::Array(all), serde_json::Value::Array(read)) => {
            all.iter().zip(read).try_for_each(|(value, read)| check_within(value, read, place))
        }
        _ => Ok(()),
    }
}

fn is_nothing(value: &serde_json::Value) -> bool {
    value.is_null() || *value == serde_json::Value::Bool(false)
}

/// RFC 8628 §3.4.
const DEVICE: [&str; 2] = ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"];

async fn add(add: AddApplication) -> Result<ExitCode> {
    let chabi = opened::open(&add.asked.installation).await?;
    let new = NewApplication {
        client_id: add.client_id,
        name: add.name,
        redirect_uris: add.redirect_uris,
        post_logout_redirect_uris: add.post_logout_redirect_uris,
        scope: Scope::of(add.scope.split_whitespace()),
        audience: add.audience,
        public: add.public,
        native: add.native,
        machine: add.machine,
        first_party: add.first_party,
        oidc: add.oidc,
        id_token_alg: add.id_token_alg,
        grant_types: if add.device { DEVICE.map(str::to_owned).to_vec() } else { add.grant_types },
        authentication: None,
        settings: settings(&add.set, add.jwks.as_deref())?,
    };
    let (application, secret) = applications::add(chabi.store(), new, chabi.admin().place, chabi.env()).await?;
    let client_secret = secret.map(|secret| secret.expose().to_owned());
    let made = CreatedApplication { application: Shown::of(&application), client_secret };
    operation::told(Ok(made), add.asked.json, |made| {
        let mut lines = vec![format!("OIDC_ISSUER={}", chabi.issuer()), format!("OIDC_CLIENT_ID={}", made.application.client_id)];
        if let Some(secret) = &made.client_secret {
            lines.push(format!("OIDC_CLIENT_SECRET={secret}"));
            eprintln!("The secret is shown this once; only its hash is kept.");
        }
        lines.join("\n") + "\n"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[&str]) -> Result<ApplicationSettings> {
        settings(&set.iter().map(|pair| (*pair).to_owned()).collect::<Vec<_>>(), None)
    }

    #[test]
    fn settings_are_named_as_in_the_registry() {
        let read = read(&[
            "backchannel_logout_uri=https://app.example/logout",
            "require_auth_time=true",
            "contacts=[\"a@b.example\"]",
            "default_max_age=60",
        ]);
        let read = read.unwrap();
        assert_eq!(read.backchannel_logout_uri, "https://app.example/logout");
        assert_eq!((read.require_auth_time, read.default_max_age), (true, Some(60)));
        assert_eq!(read.contacts, ["a@b.example"]);
    }

    #[test]
    fn a_slip_of_the_pen_is_told_within_a_setting_too() {
        for (set, wrong) in [
            (r#"exchange={"subjects_of":["web-app"],"audience":["https://mail.example.com"]}"#, "audience"),
            (r#"assertion_issuers=[{"issuer":"https://a.example"},{"issuer":"https://b.example","peple":true}]"#, "peple"),
        ] {
            let error = format!("{:#}", read(&[set]).unwrap_err());
            assert!(error.contains(&format!("there is no `{wrong}` in it")), "{error}");
        }
        let good = r#"exchange={"subjects_of":["web-app"],"audiences":["https://mail.example.com"],"scope":"mail:send"}"#;
        assert_eq!(read(&[good]).unwrap().exchange.unwrap().scope, "mail:send");
    }

    #[test]
    fn a_slip_of_the_pen_is_told() {
        assert!(format!("{:#}", read(&["backchanel_logout_uri=https://app.example"]).unwrap_err()).contains("there is no such setting"));
        assert!(read(&["require_auth_time=maybe"]).is_err());
        assert!(read(&["pairwise"]).is_err());
    }
}
