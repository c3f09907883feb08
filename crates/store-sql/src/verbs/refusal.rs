//! Refused requests.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    refusal::{KeptRefusal, RefusalVerbs},
};

use super::{json, to_json};
use crate::{Execute, Sql, value::Row};

const INSERT: &str = "INSERT INTO refusals (request_id, at, client_id, story) VALUES ($1, $2, $3, $4) ON CONFLICT (request_id) DO NOTHING";
const FIND: &str = "SELECT request_id, at, client_id, story FROM refusals WHERE request_id = $1";
const LIST: &str = "SELECT request_id, at, client_id, story FROM refusals ORDER BY at DESC LIMIT $1";
const LIST_OF: &str = "SELECT request_id, at, client_id, story FROM refusals WHERE client_id = $2 ORDER BY at DESC LIMIT $1";
// The first that is too many, and all that are no newer.
const TRIM: &str = "DELETE FROM refusals WHERE at <= (SELECT at FROM refusals ORDER BY at DESC LIMIT 1 OFFSET $1)";

pub(super) const STATEMENTS: &[&str] = &[INSERT, FIND, LIST, LIST_OF, TRIM];

fn refusal(row: &mut Row) -> Result<KeptRefusal, Fault> {
    Ok(KeptRefusal { request_id: row.take()?, at: row.take()?, client_id: row.take()?, story: json(row)? })
}

impl<E: Execute> RefusalVerbs for Sql<E> {
    fn insert_refusal(&self, refusal: KeptRefusal) -> Answer<'_, ()> {
        let KeptRefusal { request_id, at, client_id, story } = refusal;
        self.run(INSERT, vec![request_id.into(), at.into(), client_id.into(), to_json(&story)])
    }

    fn find_refusal(&self, request_id: &str) -> Answer<'_, Option<KeptRefusal>> {
        self.find(FIND, vec![request_id.into()], refusal)
    }

    fn list_refusals(&self, client_id: Option<&str>, limit: i64) -> Answer<'_, Vec<KeptRefusal>> {
        match client_id {
            Some(client_id) => self.list(LIST_OF, vec![limit.into(), client_id.into()], refusal),
            None => self.list(LIST, vec![limit.into()], refusal),
        }
    }

    fn trim_refusals(&self, keep: i64) -> Answer<'_, i64> {
        self.count(TRIM, vec![keep.into()])
    }
}
