//! Places among the status lists, handed out from blocks that this node has reserved: issuing writes nothing more.

use std::{
    ops::Range,
    sync::{Mutex, PoisonError},
};

use chabi_spec::Fault;
use chabi_store::Store;
use chabi_token::StatusIndex;

/// Places of one block: one write for so many grants. A process that ends leaves the rest of its block unused; places are plenty.
const BLOCK: i64 = 1_024;

/// The block at hand.
#[derive(Debug, Default)]
pub struct StatusIndexes {
    block: Mutex<Range<i64>>,
    reserving: tokio::sync::Mutex<()>,
}

impl StatusIndexes {
    /// A place that nobody else has.
    ///
    /// # Errors
    /// A fault of the store, when a block had to be reserved.
    pub async fn next(&self, store: &Store) -> Result<StatusIndex, Fault> {
        if let Some(index) = self.take() {
            return Ok(index);
        }
        // who waited here finds what the first one reserved
        let _one = self.reserving.lock().await;
        if let Some(index) = self.take() {
            return Ok(index);
        }
        let StatusIndex(first) = store.reserve_status_indexes(BLOCK).await?;
        *self.block.lock().unwrap_or_else(PoisonError::into_inner) = first.saturating_add(1)..first.saturating_add(BLOCK);
        Ok(StatusIndex(first))
    }

    fn take(&self) -> Option<StatusIndex> {
        self.block.lock().unwrap_or_else(PoisonError::into_inner).next().map(StatusIndex)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chabi_testkit::databases;
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn no_place_is_given_twice_and_a_crowd_reserves_no_more_than_it_needs() {
        let store = databases::sqlite_in_memory(&chabi_testkit::env(1).0).await;
        let nodes = [StatusIndexes::default(), StatusIndexes::default()];
        let given = join_all((0..3_000).map(|number| nodes[number % 2].next(&store))).await;
        let places: BTreeSet<_> = given.into_iter().map(Result::unwrap).collect();
        assert_eq!(places.len(), 3_000);
        // 1,500 for each of the two
        assert_eq!(store.find_version("status_indexes").await.unwrap(), 4 * BLOCK);
    }
}
