//! `chabi init`: a configuration for production, and the installation's secret.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write as _},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use chabi::Env;
use toml::Value;
use url::Url;

use crate::{cli::Init, config::Config, secret_file::read_or_make};

/// Writes `chabi.toml` and `chabi.secret`; neither is ever written over. Says what comes next.
///
/// # Errors
/// What is wrong with an answer, in words; a file that is there already.
pub fn run(asked: &Init) -> Result<()> {
    // the server may be started in another folder, and would make a new database and a new secret there
    let folder = std::path::absolute(&asked.folder).with_context(|| format!("looking for {}", asked.folder.display()))?;
    let secret = folder.join("chabi.secret");
    let text = written(asked, &folder, &secret);
    // the rules of the configuration are the rules of what is written: a wrong answer is told before anything is there
    Config::of_text(&text)?;
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let file = folder.join("chabi.toml");
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
    let listen = listens_at(asked);
    if asked.public_url.starts_with("https://") {
        println!(
            "\nIt listens at {listen} without TLS: a proxy must speak TLS for {}, and lead every path there unchanged, with the header\n\
             `Host` as it came and `X-Forwarded-For`. `trusted_proxies` names the proxy. Or set `[tls]` and `listen = [\"0.0.0.0:443\"]`.",
            asked.public_url
        );
    }
    Ok(())
}

/// An issuer of this machine is reached at its own port, since no proxy stands in front of it; any other one through a proxy.
fn listens_at(asked: &Init) -> SocketAddr {
    let here = Url::parse(&asked.public_url).ok().filter(|url| url.scheme() == "http").and_then(|url| {
        let ip = match url.host()? {
            url::Host::Ipv6(ip) if ip.is_loopback() => IpAddr::V6(ip),
            url::Host::Ipv4(ip) if ip.is_loopback() => IpAddr::V4(ip),
            url::Host::Domain(name) if name == "localhost" || name.ends_with(".localhost") => IpAddr::V4(Ipv4Addr::LOCALHOST),
            _ => return None,
        };
        Some(SocketAddr::new(ip, url.port_or_known_default()?))
    });
    asked.listen.or(here).unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 8000)))
}

fn written(asked: &Init, folder: &Path, secret: &Path) -> String {
    let quoted = |text: &str| Value::String(text.to_owned()).to_string();
    let list = |texts: &[String]| Value::Array(texts.iter().cloned().map(Value::String).collect()).to_string();
    let default = format!("sqlite:{}", folder.join("chabi.db").display());
    let database = asked.database.as_deref().unwrap_or(&default);
    let mut lines = vec![
        "# Chabi: how this installation runs. All keys: docs/how-to/run-in-production.md".to_owned(),
        String::new(),
        "# The issuer: it stands in every token, and never changes.".to_owned(),
        format!("public_url = {}", quoted(&asked.public_url)),
        format!("database_url = {}", quoted(database)),
        format!("secret_file = {}", quoted(&secret.display().to_string())),
        format!("listen = {}", list(&[listens_at(asked).to_string()])),
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
    fn it_listens_where_an_issuer_of_this_machine_is_looked_for() {
        for (url, more, listen) in [
            ("http://localhost:9893", vec![], "127.0.0.1:9893"),
            ("http://id.localhost:9893", vec![], "127.0.0.1:9893"),
            ("http://[::1]:9893", vec![], "[::1]:9893"),
            ("http://localhost:9893", vec!["--listen", "0.0.0.0:7000"], "0.0.0.0:7000"),
            ("https://id.example.org", vec![], "127.0.0.1:8000"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            init(folder.path(), &[&[url], &*more].concat()).unwrap();
            let config = Config::load(Some(&folder.path().join("chabi.toml")), []).unwrap();
            assert_eq!(config.listen, [listen.parse().unwrap()], "{url}");
        }
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
