//! What lies on this machine: configuration, secret, and what both say of proxies.

use chabi::Env;

use super::Finding;
use crate::{cli::Installation, commands::opened, config::Config, secret_file};

/// The configuration itself, when it can be read, beside what was found.
pub(super) fn look(installation: &Installation) -> (Vec<Finding>, Option<Config>) {
    let config = match opened::config(installation) {
        Ok(config) => config,
        Err(error) => {
            let mend = "Mend the file or the variable; `chabi init` writes a new one, docs/how-to/run-in-production.md has every key.";
            return (vec![Finding::trouble("configuration", format!("{error:#}"), mend)], None);
        }
    };
    let mut findings = vec![Finding::fine("configuration", format!("the issuer is {}", config.public_url))];
    findings.extend(secret(&config));
    findings.push(proxies(&config));
    if config.smtp_url.is_none() && !config.development {
        let mend = "Set `smtp_url` (or `smtp_url_file`): `smtps://user:password@mail.example.org`.";
        findings.push(Finding::warning("mail", "there is no mail server: addresses cannot be proven, passwords not be forgotten", mend));
    }
    (findings, Some(config))
}

fn secret(config: &Config) -> Option<Finding> {
    let path = opened::secret_path(config).ok()?;
    if !path.exists() && config.sqlite_file().ok()?.is_some() {
        return Some(Finding::warning(
            "secret",
            format!("{} is not there yet", path.display()),
            "`chabi serve` makes it at its first start.",
        ));
    }
    Some(match secret_file::read_or_make(&path, false, &Env::system()) {
        Ok(_) => Finding::fine("secret", format!("{} is readable by its owner alone", path.display())),
        Err(error) => Finding::trouble(
            "secret",
            format!("{error:#}"),
            "Put back the file that this database was made with, owned by who runs Chabi and readable by nobody else (`chmod 600`).",
        ),
    })
}

/// A proxy whose word is not believed makes all people one address, for throttles and for the log.
fn proxies(config: &Config) -> Finding {
    let behind = !config.development && config.public_url.starts_with("https://") && config.tls.is_none();
    match (behind, config.trusted_proxies.as_slice()) {
        (true, []) => Finding::trouble(
            "proxy headers",
            "the public URL is https and no certificate is set: a proxy must stand in front, and none is trusted",
            "Set `trusted_proxies` to its address: else everybody comes from one address, and one guesser locks all out. Or set `[tls]`.",
        ),
        (_, []) => Finding::fine("proxy headers", "nobody's X-Forwarded-For is believed"),
        (_, proxies) => Finding::fine("proxy headers", format!("X-Forwarded-For is believed of {}", proxies.join(", "))),
    }
}
