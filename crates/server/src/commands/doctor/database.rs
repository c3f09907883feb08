//! The database: whether it answers, whose it is, its schema, its clock, the keys in it.

use chabi::{Chabi, Env, Seconds, operations::keys, schema};

use super::Finding;
use crate::{commands::opened, config::Config};

/// Clocks further apart than this make tokens of one machine strange to another.
const APART: i64 = 2_000_000;
/// Keys older than this should be replaced.
const OLD_KEY: Seconds = Seconds::days(180);

/// Opens it when `serve` of this version would change nothing in it.
pub(super) async fn look(config: &Config) -> (Vec<Finding>, Option<Chabi>) {
    let env = Env::system();
    let url = match opened::database_url(config) {
        Ok(url) => url,
        Err(error) => return (vec![Finding::trouble("database", format!("{error:#}"), MEND_URL)], None),
    };
    let found = match schema::look(&url).await {
        Ok(found) => found,
        Err(fault) => {
            let mend = "Is it running, are host, name and password right, may this machine connect? Try `psql` with the same URL.";
            return (vec![Finding::trouble("database", reason(&fault), mend)], None);
        }
    };
    if found.applied > found.known {
        let words = format!("its schema is {}, this program knows {}", found.applied, found.known);
        return (vec![Finding::trouble("migrations", words, "Use the newer program that changed it.")], None);
    }
    if found.applied < found.known {
        let words = match found.applied {
            0 => "the database is empty".to_owned(),
            applied => format!("its schema is {applied}, this program brings {}", found.known),
        };
        let mend = "`chabi serve` applies them at its start; older nodes may run on meanwhile.";
        return (vec![Finding::warning("migrations", words, mend)], None);
    }
    let mut findings = vec![Finding::fine("migrations", format!("all {} are applied", found.known))];
    match opened::open_config(config).await {
        Ok(chabi) => {
            findings.extend(inside(&chabi, &env).await);
            (findings, Some(chabi))
        }
        Err(error) => {
            findings.push(Finding::trouble("database", format!("{error:#}"), MEND_OPENING));
            (findings, None)
        }
    }
}

const MEND_URL: &str = "Set `database_url` to `sqlite:path/to/chabi.db` or `postgres://…`.";
const MEND_OPENING: &str =
    "Is the secret the one that this database was made with, and do other nodes run the same version? `chabi config check` reads the rest.";
const MEND_ASKING: &str = "Run it again; if it stays so, look at the database's own log.";

async fn inside(chabi: &Chabi, env: &Env) -> Vec<Finding> {
    let engine = chabi.store().engine();
    let version = engine.version().await;
    vec![
        match version {
            Ok(version) => Finding::fine("database", format!("{version}; it belongs to this secret")),
            Err(fault) => Finding::trouble("database", reason(&fault), MEND_ASKING),
        },
        match engine.clock_offset().await {
            Ok(offset) if offset.abs() > APART => Finding::warning(
                "clock",
                format!("this machine's clock and the database's are {:.1} s apart", seconds(offset)),
                "Let both follow the same time server (chrony, systemd-timesyncd). Chabi corrects its own by the database's.",
            ),
            Ok(_) => Finding::fine("clock", "this machine's clock and the database's agree"),
            Err(fault) => Finding::trouble("clock", reason(&fault), MEND_ASKING),
        },
        signing_keys(chabi, env).await,
    ]
}

async fn signing_keys(chabi: &Chabi, env: &Env) -> Finding {
    let listed = match keys::list(chabi.store(), env).await {
        Ok(listed) => listed,
        Err(fault) => return Finding::trouble("keys", reason(&fault), MEND_ASKING),
    };
    let now = env.now();
    let Some(newest) = listed.iter().filter(|key| key.signs_from <= now).map(|key| key.created_at).max() else {
        return Finding::warning("keys", "there are none yet", "`chabi serve` makes them at its first start.");
    };
    let age = now.since(newest);
    let words = format!("{} are published, the newest that signs is {} days old", listed.len(), age.0 / Seconds::days(1).0);
    if age > OLD_KEY {
        Finding::warning("keys", words, "Run `chabi key rotate`: nobody has to do anything else.")
    } else {
        Finding::fine("keys", words)
    }
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "shown with one digit behind the point")]
fn seconds(microseconds: i64) -> f64 {
    microseconds as f64 / 1_000_000.0
}

/// A fault with all that lies behind it; none of it holds the URL.
fn reason(fault: &chabi::Fault) -> String {
    let mut words = fault.to_string();
    let mut below = std::error::Error::source(fault);
    while let Some(error) = below {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        below = error.source();
    }
    words
}
