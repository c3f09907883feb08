//! From a URL to a store.

use std::{path::Path, sync::Arc};

use chabi_spec::Fault;
use chabi_store::Store;
use chabi_token::Env;

use crate::{Sql, migrations, postgres, sqlite};

/// Opens a store and brings its schema up to date.
///
/// - `sqlite::memory:`: embedded, gone with the process;
/// - `sqlite:<path>`: embedded, in this file, which is made (0600) when it is not there;
/// - `postgres://…` or `postgresql://…`: as libpq writes it; TLS when it says `sslmode=require`, `verify-ca` or `verify-full`, always
///   with the certificate and its name checked, by the roots of the system or those of `sslrootcert`.
///   Several hosts may stand there, `postgres://a,b:5433/…`: the first that takes writes is used, and looked for anew when it goes away.
///
/// # Errors
/// An unavailable fault when the database cannot be reached; an internal one when the URL is none of these, or when the database was
/// changed by a newer version.
pub async fn open(url: &str, env: &Env) -> Result<Store, Fault> {
    if let Some(rest) = url.strip_prefix("sqlite:") {
        let (path, commits) = path_and_commits(rest);
        let place = if path == ":memory:" { sqlite::Place::Memory } else { sqlite::Place::File(Path::new(path).to_owned()) };
        return Ok(Store::new(Arc::new(Sql(sqlite::Door::open(place, commits, env)?))));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Store::new(Arc::new(Sql(postgres::Door::open(url, env).await?))));
    }
    Err(Fault::internal("opening a database whose URL begins with neither `sqlite:` nor `postgres:`"))
}

/// Only the bench asks for a commit for each: nobody else who reads the URL knows of it.
fn path_and_commits(rest: &str) -> (&str, sqlite::Commits) {
    match rest.strip_suffix("?commit=each") {
        Some(path) => (path, sqlite::Commits::OfEach),
        None => (rest, sqlite::Commits::Shared),
    }
}

/// Which migrations a database has, and which this program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The newest that was applied; 0: none, or there is no database file yet.
    pub applied: i64,
    /// The newest that [`open`] would apply.
    pub known: i64,
}

/// Looks at the schema of the database at this URL, and changes nothing.
///
/// # Errors
/// As [`open`]; a newer schema is no error here.
pub async fn look(url: &str) -> Result<Schema, Fault> {
    let applied = match url.strip_prefix("sqlite:") {
        Some(rest) => sqlite::newest_applied(Path::new(path_and_commits(rest).0))?,
        None => postgres::newest_applied(url).await?,
    };
    Ok(Schema { applied, known: migrations::newest(migrations::ALL) })
}
