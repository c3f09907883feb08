//! The race tests see a statement without its condition: they are run on one, and must fail.

use std::sync::Arc;

use chabi_spec::Fault;
use chabi_store::{Store, TransactionBody, contract};
use chabi_store_sql::{
    Driver, Execute, Sql, Written, postgres, sqlite,
    value::{Row, Value},
};
use chabi_testkit::databases;
use futures_util::future::BoxFuture;

/// A driver that sends one statement without one of its conditions.
struct Broken<D> {
    driver: D,
    condition: &'static str,
    without: &'static str,
}

impl<D: Driver> Execute for Broken<D> {
    fn read<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>, Fault>> {
        self.driver.read(sql, parameters)
    }

    fn write<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Written, Fault>> {
        self.driver.write(sql.replace(self.condition, self.without).leak(), parameters)
    }
}

impl<D: Driver> Driver for Broken<D> {
    fn transaction<'a>(&'a self, name: &'static str, body: TransactionBody) -> BoxFuture<'a, Result<(), Fault>> {
        self.driver.transaction(name, body)
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.driver.ready()
    }

    fn version(&self) -> BoxFuture<'_, Result<String, Fault>> {
        self.driver.version()
    }

    fn clock_offset(&self) -> BoxFuture<'_, Result<i64, Fault>> {
        self.driver.clock_offset()
    }
}

const ROTATION: (&str, &str) = ("AND generation = $3 AND hash_current = $4", "");
const SPENDING: (&str, &str) =
    ("DELETE FROM pushed_requests WHERE id = $1", "UPDATE pushed_requests SET client_id = client_id WHERE id = $1");
const REDEMPTION: (&str, &str) = ("AND redeemed_by IS NULL AND expires_at > $4", "AND expires_at > $4");

async fn on_sqlite((condition, without): (&'static str, &'static str)) -> contract::Subject {
    let env = crate::env();
    let driver = sqlite::Door::open(sqlite::Place::Memory, sqlite::Commits::Shared, &env).unwrap();
    contract::Subject { stores: vec![Store::new(Arc::new(Sql(Broken { driver, condition, without })))], env }
}

async fn on_postgres((condition, without): (&'static str, &'static str)) -> contract::Subject {
    let env = crate::env();
    let driver = postgres::Door::open(&databases::postgres_url().await, &env).await.unwrap();
    contract::Subject { stores: vec![Store::new(Arc::new(Sql(Broken { driver, condition, without })))], env }
}

#[test]
fn the_conditions_that_are_removed_stand_in_the_statements() {
    // codes and device grants are redeemed by the same words
    for ((condition, _), times) in [(ROTATION, 1), (REDEMPTION, 2), (SPENDING, 1)] {
        let stands = chabi_store_sql::verbs::statements().iter().filter(|sql| sql.contains(condition)).count();
        assert_eq!(stands, times, "{condition}");
    }
}

// req: rt.race
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_without_its_condition_makes_the_race_test_red() {
    for subject in [on_sqlite(ROTATION).await, on_postgres(ROTATION).await] {
        let raced = tokio::spawn(contract::token_family::of_64_refreshes_at_once_one_rotates_and_all_get_the_same_successor(subject));
        assert!(raced.await.unwrap_err().is_panic());
    }
}

// req: cd.once
#[tokio::test(flavor = "multi_thread")]
async fn a_redemption_without_its_condition_makes_the_race_test_red() {
    for subject in [on_sqlite(REDEMPTION).await, on_postgres(REDEMPTION).await] {
        let raced = tokio::spawn(contract::authorization_code::of_64_redemptions_at_once_exactly_one_is_fresh(subject));
        assert!(raced.await.unwrap_err().is_panic());
    }
}

// req: par.once
#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_request_that_is_not_removed_makes_the_race_test_red() {
    for subject in [on_sqlite(SPENDING).await, on_postgres(SPENDING).await] {
        let raced = tokio::spawn(contract::pushed_request::of_64_that_spend_it_at_once_exactly_one_may_give_a_code(subject));
        assert!(raced.await.unwrap_err().is_panic());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_redeemed_without_its_condition_makes_the_race_test_red() {
    for subject in [on_sqlite(REDEMPTION).await, on_postgres(REDEMPTION).await] {
        let raced = tokio::spawn(contract::device_grant::of_64_that_redeem_a_device_at_once_exactly_one_is_fresh(subject));
        assert!(raced.await.unwrap_err().is_panic());
    }
}
