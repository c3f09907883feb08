use chabi_store::revocation::Revocation;
use chabi_testkit::{ManualClock, databases, families::family};

use super::*;

struct Rig {
    store: Store,
    env: Env,
    clock: Arc<ManualClock>,
}

impl Rig {
    async fn new(seed: u64) -> Self {
        let (env, clock) = chabi_testkit::env(seed);
        Self { store: databases::sqlite_in_memory(&env).await, env, clock }
    }

    /// A node that has just started.
    fn node(&self) -> Arc<Feed> {
        Feed::new(self.store.clone(), self.env.clone())
    }

    /// Takes back grants with these places, all of them at that moment.
    async fn take_back(&self, places: impl IntoIterator<Item = i64>, moment: Timestamp) {
        let account = family(&self.env).account;
        let families = places.into_iter().map(|place| {
            let mut row = family(&self.env);
            (row.account, row.status) = (account, Some(StatusIndex(place)));
            row
        });
        let families: Vec<_> = families.collect();
        let inserted = self.store.transaction("test", move |verbs| {
            let families = families.clone();
            Box::pin(async move {
                for row in families {
                    verbs.insert_family(row).await?;
                }
                Ok(())
            })
        });
        inserted.await.unwrap();
        self.store.revoke(Revocation::Account(account), "test", moment).await.unwrap();
    }
}

impl Feed {
    fn knows(&self, place: i64) -> bool {
        self.read().live.is_revoked(Some(StatusIndex(place)), "")
    }

    fn known(&self) -> usize {
        self.read().live.after(None).count()
    }
}

// req: rs.revoke
#[tokio::test]
async fn a_node_that_starts_knows_all_that_may_still_be_met_and_nothing_older() {
    let rig = Rig::new(1).await;
    rig.take_back([1], rig.env.now()).await;
    rig.clock.advance(LONGEST_ACCESS_TOKEN);
    rig.take_back([2], rig.env.now()).await;
    let node = rig.node();
    node.refresh().await.unwrap();
    assert!(node.knows(1) && node.knows(2), "tokens of an hour ago live, where clocks are behind");
    rig.clock.advance(MARGIN);
    let node = rig.node();
    node.refresh().await.unwrap();
    assert!(!node.knows(1) && node.knows(2));
}

// a transaction that took long is seen late, and where its row belongs others were read long ago
#[tokio::test]
async fn a_row_that_becomes_visible_late_in_the_midst_of_a_crowd_is_found() {
    let rig = Rig::new(2).await;
    let node = rig.node();
    node.refresh().await.unwrap();
    rig.clock.advance(Seconds(90));
    let moment = rig.env.now();
    rig.take_back((0..1_500).chain(2_000..2_800), moment).await;
    node.refresh().await.unwrap();
    assert_eq!(node.known(), 2_300, "three pages in one go");
    rig.take_back([1_700], moment).await;
    rig.clock.advance(Seconds(30));
    for _ in 0..4 {
        node.refresh().await.unwrap();
    }
    assert!(node.knows(1_700));
}

#[tokio::test]
async fn a_node_that_has_not_read_all_does_not_say_so() {
    let rig = Rig::new(3).await;
    let many = i64::try_from(MOST_PAGES).unwrap() * PAGE + 1;
    rig.take_back(0..many, rig.env.now()).await;
    let node = rig.node();
    node.refresh().await.unwrap();
    assert_eq!((node.known(), node.fresh()), (MOST_PAGES * usize::try_from(PAGE).unwrap(), None));
    node.refresh().await.unwrap();
    assert!(node.knows(many - 1) && node.fresh() == Some(rig.env.now()));
}

#[tokio::test]
async fn a_single_token_is_told_of_until_clocks_that_are_behind_have_come_to_its_end() {
    let rig = Rig::new(4).await;
    let node = rig.node();
    node.refresh().await.unwrap();
    let expires_at = rig.env.now() + Seconds(60);
    rig.store.revoke(Revocation::Token { jti: "one", status: None, expires_at }, "test", rig.env.now()).await.unwrap();
    node.refresh().await.unwrap();
    let told = node.read().log.get(0).flatten().unwrap();
    let until = format!("\"until\":{}", (expires_at + MARGIN).as_seconds() + 1);
    assert!(String::from_utf8(told.to_vec()).unwrap().contains(&until), "{told:?}");
}

#[tokio::test]
async fn a_row_that_becomes_visible_late_is_found_the_sooner_the_less_late_it_is() {
    let rig = Rig::new(5).await;
    let node = rig.node();
    node.refresh().await.unwrap();
    let poll = async |times: usize, every: Seconds| {
        for _ in 0..times {
            rig.clock.advance(every);
            node.refresh().await.unwrap();
        }
    };
    poll(1, Seconds(90)).await;
    rig.take_back([3], rig.env.now() - Seconds(1)).await;
    poll(1, Seconds(1)).await;
    assert!(node.knows(3), "at the next look");
    let moment = rig.env.now();
    poll(50, Seconds(1)).await;
    rig.take_back([1], moment).await;
    poll(5, Seconds(1)).await;
    assert!(node.knows(1), "within seconds");
    poll(60, Seconds(5)).await;
    rig.take_back([2], moment).await;
    poll(60, Seconds(5)).await;
    assert!(node.knows(2), "within minutes");
}
