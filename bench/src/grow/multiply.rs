//! PostgreSQL's people by the million: the rows of the first, which the verbs wrote, again for each of the others, with what differs.
//!
//! A statement a row takes it an hour for ten million; so the database makes them itself, as [`fill`](super::fill) would.

use std::{ops::Range, time::Instant};

use chabi_testkit::databases::Cluster;

use super::fill::BEGINNING;

/// Rows of one transaction.
const BATCH: u32 = 500_000;

/// Adds people of these numbers to a database that has the one before.
///
/// # Panics
/// When the database refuses.
pub fn multiply(cluster: &Cluster, database: &str, numbers: Range<u32>) {
    let (begun, all) = (Instant::now(), numbers.len());
    let mut from = numbers.start;
    while from < numbers.end {
        let to = from.saturating_add(BATCH).min(numbers.end);
        for (table, differs) in tables() {
            cluster.run_sql(database, &statement(table, &differs, from..to));
        }
        from = to;
        let done = to - numbers.start;
        let rate = f64::from(done) / begun.elapsed().as_secs_f64();
        println!("  {done} of {all}, {rate:.0} a second");
    }
}

/// Each table, and its columns that are not the first person's; `n` is the number.
fn tables() -> [(&'static str, Vec<(&'static str, String)>); 3] {
    // as `fill`'s `tail`: of a hash of the number, of the number, and what kind it is
    let id = |kind: u8| {
        let tail = format!(r"substring(sha256(int4send(n)) for 4) || substring(int4send(n) for 3) || '\x0{kind}'::bytea");
        format!("int8send({BEGINNING} + n) || {tail}")
    };
    let address = "'person' || lpad(n::text, 10, '0') || '@example.test'";
    [
        ("accounts", vec![("id", id(1)), ("subject", "'grown' || lpad(n::text, 17, '0')".to_owned())]),
        (
            "account_emails",
            vec![
                ("canonical", address.to_owned()),
                ("address", address.to_owned()),
                ("account_id", id(1)),
                ("search", format!("convert_to({address}, 'UTF8')")),
            ],
        ),
        (
            "token_families",
            vec![
                ("id", id(2)),
                ("account_id", id(1)),
                ("session_id", id(3)),
                ("expires_at", "first.expires_at + n".to_owned()),
                ("status_index", "first.status_index + n".to_owned()),
                // the first secret of a family is the hash of its number
                ("hash_current", "sha256(sha256(int4send(n)))".to_owned()),
            ],
        ),
    ]
}

/// Columns that are not named, and those of later versions, are as in the first person's row, whose key is the least.
fn statement(table: &str, differs: &[(&str, String)], numbers: Range<u32>) -> String {
    let differing: String = differs.iter().map(|(column, value)| format!(" WHEN '{column}' THEN $value${value}$value$")).collect();
    let last = numbers.end.saturating_sub(1);
    format!(
        "DO $rows$ DECLARE cells text; BEGIN
        SELECT string_agg(CASE column_name{differing} ELSE 'first.' || quote_ident(column_name) END, ', ' ORDER BY ordinal_position)
            INTO cells FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}';
        EXECUTE 'INSERT INTO {table} SELECT ' || cells || ' FROM (SELECT * FROM {table} ORDER BY 1 LIMIT 1) first, generate_series({}, {last}) n';
        END $rows$",
        numbers.start
    )
}

#[cfg(test)]
mod tests {
    use chabi_store::account::AccountId;
    use chabi_token::{Env, MasterSecret, RefreshTokenKeys};

    use super::*;
    use crate::{
        grow::fill::{self, Mould, Rows, account_id, family_id},
        lists::fill::index_addresses,
    };

    #[tokio::test(flavor = "multi_thread")]
    async fn what_the_database_makes_is_what_the_verbs_would_have_written() {
        let env = Env::system();
        let cluster = Cluster::start();
        cluster.create_database("made");
        let made = chabi_store_sql::open(&cluster.url("made"), &env).await.unwrap();
        let written = chabi_store_sql::open("sqlite::memory:", &env).await.unwrap();
        let mould = Mould::new(&made, RefreshTokenKeys::new(&MasterSecret::generate(&env)), 400, &env).await.unwrap();
        fill::fill(&written, &mould, 0..400, Rows::Living).await.unwrap();
        fill::fill(&made, &mould, 0..1, Rows::Living).await.unwrap();
        index_addresses(&made).await.unwrap();
        multiply(&cluster, "made", 1..400);
        for number in [0, 1, 17, 300, 399] {
            let of = |store: chabi_store::Store| async move {
                let family = store.find_family(family_id(number, Rows::Living)).await.unwrap().expect("a family");
                (family, store.find_person(account_id(number)).await.unwrap().expect("a person"))
            };
            assert_eq!(of(made.clone()).await, of(written.clone()).await, "{number}");
        }
        assert_eq!(made.count_accounts().await.unwrap(), 400);
        index_addresses(&written).await.unwrap();
        let found = |store: chabi_store::Store| async move {
            store.search_people(None, "person000000003", ("", AccountId(family_id(0, Rows::Living).0)), 200).await.unwrap()
        };
        assert_eq!(found(made).await, found(written).await);
    }
}
