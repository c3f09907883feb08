//! Facts of the installation.

use chabi_spec::Fault;
use chabi_store::{Answer, installation::InstallationVerbs};

use super::cell;
use crate::{Execute, Sql};

// An update that changes nothing, so that the row which is there is returned, whoever wrote it.
const SETTLE: &str = "INSERT INTO facts (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = facts.value RETURNING value";
const FIND: &str = "SELECT value FROM facts WHERE name = $1";
const FIND_VERSION: &str = "SELECT version FROM versions WHERE name = $1";
const LIST_VERSIONS: &str = "SELECT name, version FROM versions ORDER BY name";
const BUMP: &str = "INSERT INTO versions (name, version) VALUES ($1, 1)
    ON CONFLICT (name) DO UPDATE SET version = versions.version + 1 RETURNING version";

pub(super) const STATEMENTS: &[&str] = &[SETTLE, FIND, FIND_VERSION, LIST_VERSIONS, BUMP];

fn must_return<T>(returned: Option<T>) -> Result<T, Fault> {
    returned.ok_or_else(|| Fault::internal("reading the row that an upsert must return"))
}

impl<E: Execute> InstallationVerbs for Sql<E> {
    fn settle_fact(&self, name: &str, value: &str) -> Answer<'_, String> {
        let returned = self.change(SETTLE, vec![name.into(), value.into()], cell);
        Box::pin(async move { must_return(returned.await?) })
    }

    fn find_fact(&self, name: &str) -> Answer<'_, Option<String>> {
        self.find(FIND, vec![name.into()], cell)
    }

    fn find_version(&self, name: &str) -> Answer<'_, i64> {
        let found = self.find(FIND_VERSION, vec![name.into()], cell);
        Box::pin(async move { Ok(found.await?.unwrap_or(0)) })
    }

    fn list_versions(&self) -> Answer<'_, Vec<(String, i64)>> {
        self.list(LIST_VERSIONS, vec![], |row| Ok((row.take()?, row.take()?)))
    }

    fn bump_version(&self, name: &str) -> Answer<'_, i64> {
        let returned = self.change(BUMP, vec![name.into()], cell);
        Box::pin(async move { must_return(returned.await?) })
    }
}
