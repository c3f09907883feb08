//! `chabi init`: a configuration for production, and the installation's secret.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use chabi::Env;
use toml::Value;

use crate::{cli::Init, config::Config, secret_file::read_or_make};

/// Writes `chabi.toml` and `chabi.secret`; neither is ever written over. Says what comes next.
///
/// # Errors
/// What is wrong with an answer, in words; a file that is there already.
pub fn run(asked: &Init) -> Result<()> {
    let secret = asked.folder.join("chabi.secret");
    let text = written(asked, &secret);
    // the rules of the configuration are the rules of what is written: a wrong answer is told before anything is there
    Config::of_text(&text)?;
    std::fs::create_dir_all(&asked.folder).with_context(|| format!("making {}", asked.folder.display()))?;
    let file = asked.folder.join("chabi.toml");
    write_new(&file, &text)?;
    read_or_make(&secret, true, &Env::system())?;
    let config = file.display();
    println!("written: {config} and {} (both readable by you alone)\n", secret.display());
    println!("Next:");
    println!("  chabi doctor --config {config}      # what is missing, and how to mend it");
    println!("  chabi serve --config {config}");
    println!("  chabi admin setup-link --config {config}      # the way into the console for the first administrator");
    println!("\nKeep a copy of {} in a safe place: without it nobody can sign in to this database again.", secret.display());
    if asked.database.is_some() {
        println!("Every node needs the very same secret file.");
    }
    Ok(())
}

fn written(asked: &Init, secret: &Path) -> String {
    let quoted = |text: &str| Value::String(text.to_owned()).to_string();
    let list = |texts: &[String]| Value::Array(texts.iter().cloned().map(Value::String).collect()).to_string();
    let default = format!("sqlite:{}", asked.folder.join("chabi.db").display());
    let database = asked.database.as_deref().unwrap_or(&default);
    let mut lines = vec![
        "# Chabi: how this installation runs. All keys: docs/how-to/run-in-production.md".to_owned(),
        String::new(),
        "# The issuer: it stands in every token, and never changes.".to_owned(),
        format!("public_url = {}", quoted(&asked.public_url)),
        format!("database_url = {}", quoted(database)),
        format!("secret_file = {}", quoted(&secret.display().to_string())),
        format!("listen = {}", list(&[asked.listen.to_string()])),
    ];
    match asked.proxies.as_slice() {
        [] => lines.push("# trusted_proxies = [\"10.0.0.5\"]   # the proxies in front, if there are any".to_owned()),
        proxies => lines.push(format!("trusted_proxies = {}", list(proxies))),
    }
    lines.push("# Without it no mail can be sent: proof of addresses, forgotten passwords.".to_owned());
    lines.push("# smtp_url_file = \"/etc/chabi.smtp\"   # holds smtps://user:password@mail.example.org".to_owned());
    lines.push(format!("\n[site]\nname = {}", quoted(&asked.name)));
    lines.push("\n# Providers can be added in the console, or here:".to_owned());
    lines.push("# [providers.google]\n# client_id = \"…\"\n# client_secret_file = \"/etc/chabi.google\"".to_owned());
    lines.join("\n") + "\n"
}

fn write_new(path: &Path, text: &str) -> Result<()> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!("{} is there already, and is not written over", path.display()),
        Err(error) => bail!("making {}: {error}", path.display()),
    };
    file.write_all(text.as_bytes())?;
    Ok(file.sync_all()?)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn init(folder: &Path, more: &[&str]) -> Result<()> {
        let folder = folder.display().to_string();
        let mut arguments = vec!["chabi", "init", "--folder", &folder];
        arguments.extend(more);
        let Command::Init(asked) = Cli::try_parse_from(arguments).unwrap().command else { panic!("not init") };
        run(&asked)
    }

    #[test]
    fn what_is_written_is_a_configuration_and_nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        init(folder.path(), &["https://id.example.org", "--proxy", "10.0.0.5", "--name", "Ours \"& Co\""]).unwrap();
        let file = folder.path().join("chabi.toml");
        let config = Config::load(Some(&file), []).unwrap();
        assert_eq!((config.public_url.as_str(), config.site.name.as_str()), ("https://id.example.org", "Ours \"& Co\""));
        assert_eq!(config.trusted_proxies, ["10.0.0.5"]);
        assert!(crate::commands::opened::secret(&config, &Env::system()).is_ok());
        let before = std::fs::read_to_string(folder.path().join("chabi.secret")).unwrap();
        let said = format!("{:#}", init(folder.path(), &["https://other.example.org"]).unwrap_err());
        assert!(said.contains("not written over"), "{said}");
        assert_eq!(std::fs::read_to_string(folder.path().join("chabi.secret")).unwrap(), before);
    }

    #[test]
    fn a_wrong_answer_is_told_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        for (wrong, word) in [
            (vec!["http://id.example.org"], "https"),
            (vec!["https://id.example.org", "--proxy", "0.0.0.0/0"], "believes everybody"),
            (vec!["https://id.example.org", "--database", "mysql://x"], "database_url"),
        ] {
            let said = format!("{:#}", init(folder.path(), &wrong).unwrap_err());
            assert!(said.contains(word), "{wrong:?}: {said}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
