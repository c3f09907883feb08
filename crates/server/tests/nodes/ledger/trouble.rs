//! Servers and databases that go away in the middle, and come back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chabi_testkit::databases::Cluster;

use super::{Book, Dice, until_refreshed};
use crate::installation::Installation;

/// What can be broken.
pub struct Trouble {
    pub installation: Installation,
    pub cluster: Option<Cluster>,
    pub dice: Dice,
    pub book: Arc<Book>,
}

impl Trouble {
    /// Makes trouble for this long, each of it in the middle of traffic.
    pub async fn make(&mut self, span: Duration) {
        let begun = Instant::now();
        let mut turn = 0;
        while begun.elapsed() < span {
            until_refreshed(&self.book, 20).await;
            tokio::time::sleep(self.dice.milliseconds(0, 700)).await;
            turn += 1;
            match self.cluster.take() {
                Some(cluster) if turn % 3 == 0 => self.restart_database(cluster).await,
                cluster => {
                    self.cluster = cluster;
                    self.kill_a_node().await;
                }
            }
        }
    }

    async fn kill_a_node(&mut self) {
        let count = u64::try_from(self.installation.nodes.len()).unwrap();
        let which = usize::try_from(self.dice.below(count)).unwrap();
        self.installation.nodes[which].kill();
        self.book.note("kills of a node");
        tokio::time::sleep(self.dice.milliseconds(0, 500)).await;
        self.installation.nodes[which].start().await;
    }

    /// As a crash, or as an operator in a hurry.
    async fn restart_database(&mut self, mut cluster: Cluster) {
        let signal = if self.dice.below(3) == 0 { "INT" } else { "QUIT" };
        let restarted = tokio::task::spawn_blocking(move || {
            cluster.restart(signal);
            cluster
        });
        self.cluster = Some(restarted.await.unwrap());
        self.book.note("restarts of PostgreSQL");
    }
}
