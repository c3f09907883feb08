//! Places among the status lists, and the epochs of applications.

use chabi_spec::Fault;
use chabi_store::{Answer, status_index::StatusIndexVerbs};
use chabi_token::{StatusIndex, Timestamp};

use super::cell;
use crate::{Execute, Sql};

// The counter stands among the versions: it only grows.
const RESERVE: &str = "INSERT INTO versions (name, version) VALUES ('status_indexes', $1)
    ON CONFLICT (name) DO UPDATE SET version = versions.version + $1 RETURNING version";
// An update that changes nothing, so that the row which is there is returned, whoever wrote it.
const SETTLE: &str = "INSERT INTO client_epochs (status_index, client_id, begun_at) VALUES ($1, $2, $3)
    ON CONFLICT (client_id) WHERE retired_at IS NULL DO UPDATE SET client_id = client_epochs.client_id RETURNING status_index";
const IS_CURRENT: &str = "SELECT status_index FROM client_epochs WHERE status_index = $1 AND retired_at IS NULL";

pub(super) const STATEMENTS: &[&str] = &[RESERVE, SETTLE, IS_CURRENT];

impl<E: Execute> StatusIndexVerbs for Sql<E> {
    fn reserve_status_indexes(&self, count: i64) -> Answer<'_, StatusIndex> {
        let returned = self.change(RESERVE, vec![count.into()], cell::<i64>);
        Box::pin(async move {
            let end = returned.await?.ok_or_else(|| Fault::internal("reading the row that an upsert must return"))?;
            Ok(StatusIndex(end.saturating_sub(count)))
        })
    }

    fn settle_client_epoch(&self, client_id: &str, proposed: StatusIndex, now: Timestamp) -> Answer<'_, StatusIndex> {
        let returned = self.change(SETTLE, vec![proposed.0.into(), client_id.into(), now.into()], cell::<i64>);
        Box::pin(async move {
            let index = returned.await?.ok_or_else(|| Fault::internal("reading the row that an upsert must return"))?;
            Ok(StatusIndex(index))
        })
    }

    fn is_client_epoch_current(&self, status: StatusIndex) -> Answer<'_, bool> {
        let found = self.find(IS_CURRENT, vec![status.0.into()], cell::<i64>);
        Box::pin(async move { Ok(found.await?.is_some()) })
    }
}
