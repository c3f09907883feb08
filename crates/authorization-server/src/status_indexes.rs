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
pub(crate) struct StatusIndexes {
    block: Mutex<Range<i64>>,
    reserving: tokio::sync::Mutex<()>,
}

impl StatusIndexes {
    /// A place that nobody else has.
    ///
    /// # Errors
    /// A fault of the store, when a block had to be reserved.
    pub(crate) async fn next(&self, store: &Store) -> Result<StatusIndex, Fault> {
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
