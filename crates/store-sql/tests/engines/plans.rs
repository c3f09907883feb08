//! No statement reads a table that grows with the number of people from one end to the other: then each
//! costs the same with ten people and with ten million.

use std::time::Duration;

use chabi_store::{
    account::{Account, AccountEmail, Realm},
    token_family::{FamilyId, RotationOutcome},
};
use chabi_store_sql::{migrations, verbs};
use chabi_testkit::families::{family, rotation};
use chabi_token::{Env, Id};

/// Tables with a row for each application, key or fact: their number does not follow that of people.
const SMALL: [&str; 9] =
    ["applications", "apis", "signing_keys", "facts", "versions", "schema_migrations", "client_epochs", "social_applications", "sites"];
/// What may look at all rows, and why.
const ALLOWED: [(&str, &str); 1] = [("SELECT COUNT(*) FROM accounts", "an operator asks how many people there are")];

#[test]
fn sqlite_finds_every_row_by_an_index() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    for migration in migrations::ALL {
        connection.execute_batch(migration.sql).unwrap();
    }
    let mut complaints = Vec::new();
    for sql in verbs::statements() {
        if ALLOWED.iter().any(|(allowed, _)| sql.starts_with(allowed)) {
            continue;
        }
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
        let steps = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>("detail")).unwrap();
        let steps: Vec<String> = steps.map(Result::unwrap).collect();
        // what a part of the statement has found is no table: how it is found stands in the steps of that part
        let is_found =
            |name: &str| steps.iter().any(|step| step == &format!("CO-ROUTINE {name}") || step == &format!("MATERIALIZE {name}"));
        for step in &steps {
            let whole = step.strip_prefix("SCAN ").filter(|rest| !rest.starts_with("CONSTANT ROW") && !rest.starts_with("(subquery"));
            let table = whole.map(|rest| rest.split(' ').next().unwrap_or_default());
            // an index whose rows are asked for in its own order is followed, not searched
            let ordered = step.contains("USING INDEX") || step.contains("USING COVERING INDEX");
            if !table.is_none_or(|table| SMALL.contains(&table) || is_found(table) || (ordered && sql.contains("LIMIT"))) {
                complaints.push(format!("{step}: {sql}"));
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// After a fill or an upgrade PostgreSQL has no statistics, and takes what it knows nothing of for little: what it may read whole, it then
/// reads whole.
#[tokio::test]
async fn postgresql_reads_a_page_of_the_audit_log_and_no_more_when_it_has_no_statistics() {
    let (client, _store, running) = crate::connect().await;
    let fill = "ALTER TABLE audit_events SET (autovacuum_enabled = false);
        INSERT INTO audit_events (id, at, kind, account_id, client_id, actor, detail)
        SELECT int8send(n) || int8send(n), n, 'x', '\\x01', 'x', 'x', '' FROM generate_series(1::bigint, 20000) AS n";
    client.batch_execute(fill).await.unwrap();
    let mut pages = 0;
    for sql in verbs::statements().into_iter().filter(|sql| sql.contains("(at, id) < ($2, $3)")) {
        // a statement is planned with its values, each time
        let [fifth, sixth] = match () {
            () if sql.contains("(id, at) >= ($5, $1)") => ["'\\x00'", "'\\xff'"],
            () if sql.contains("account_id = $5") => ["'\\x01'", "''"],
            () => ["'x'", "''"],
        };
        let mut sql = sql.to_owned();
        for (number, value) in (1..).zip(["0", "9000000000000000000", "'\\x00'", "51", fifth, sixth, "''", "''"]) {
            sql = sql.replace(&format!("${number}"), value);
        }
        let plan = client.query(&format!("EXPLAIN (ANALYZE, TIMING OFF) {sql}"), &[]).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
        let read = steps.iter().filter_map(|step| step.split_once("(actual rows=")?.1.split([' ', '.']).next()?.parse::<u32>().ok());
        let read: Vec<u32> = read.collect();
        assert!(read.first() == Some(&51) && read.iter().all(|rows| *rows < 100), "{steps:#?}");
        pages += 1;
    }
    assert_eq!(pages, 5);
    drop(client);
    running.await.unwrap();
}

/// A rotation whose row finds no room on its page writes to every index of the table.
#[tokio::test]
async fn on_postgresql_a_rotated_family_stays_on_its_page() {
    let env = Env::system();
    let (client, store, running) = crate::connect().await;
    let all: Vec<_> = (0..200).map(|_| family(&env)).collect();
    for family in &all {
        store.insert_family(family.clone()).await.unwrap();
    }
    let pages = async || -> Vec<(Vec<u8>, String)> {
        let rows = client.query("SELECT id, split_part(ctid::text, ',', 1) FROM token_families ORDER BY id", &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    };
    let before = pages().await;
    // a few of each page: what was rotated before makes room only when no transaction, of whichever test beside this, may still want it
    for family in all.iter().step_by(10) {
        assert_eq!(store.rotate_refresh_token(rotation(family, &env)).await.unwrap(), RotationOutcome::Rotated);
    }
    assert_eq!(pages().await, before);
    drop(client);
    running.await.unwrap();
}

/// The same of many looks at once: each of them by its keys, whoever asks beside it.
#[tokio::test]
async fn postgresql_looks_many_people_up_by_their_keys_when_it_has_no_statistics() {
    let env = Env::system();
    let (client, store, running) = crate::connect().await;
    let first = family(&env);
    let account = Account {
        id: first.account,
        subject: "first".into(),
        realm: Realm::SHARED,
        name: "Ada".into(),
        locale: "en".into(),
        created_at: first.created_at,
        updated_at: first.created_at,
        disabled_at: None,
        profile: None,
    };
    let email = AccountEmail { canonical: "first".into(), address: "first".into(), account: first.account, verified_at: None };
    store.insert_account(account).await.unwrap();
    let _ = store.insert_email(email).await.unwrap();
    store.insert_family(first).await.unwrap();
    for (table, differs) in [
        ("accounts", "'id', int8send(n) || int8send(1), 'subject', n::text"),
        ("account_emails", "'canonical', n::text, 'account_id', int8send(n) || int8send(1)"),
        ("token_families", "'id', int8send(n) || int8send(2), 'account_id', int8send(n) || int8send(1)"),
    ] {
        let fill = format!(
            "ALTER TABLE {table} SET (autovacuum_enabled = false);
            INSERT INTO {table} SELECT made.* FROM {table} AS first, generate_series(1::bigint, 20000) AS n,
                jsonb_populate_record(first, jsonb_build_object({differs})) AS made"
        );
        client.batch_execute(&fill).await.unwrap();
    }
    let id = |n: i64| FamilyId(Id::from_bytes([n.to_be_bytes(), 2_i64.to_be_bytes()].concat().try_into().unwrap()));
    let looks = (1..=256).map(|n| store.find_family_with_person(id(n * 70), env.now()));
    for found in futures_util::future::join_all(looks).await {
        let (family, person) = found.unwrap().expect("a family");
        let (account, emails, _) = person.expect("its person");
        assert_eq!((account.id, emails.len()), (family.account, 1));
    }
    let read = "SELECT relname::text, seq_tup_read, COALESCE(idx_tup_fetch, 0) + (SELECT COALESCE(SUM(idx_tup_read), 0)
            FROM pg_stat_user_indexes i WHERE i.relid = t.relid)::bigint
        FROM pg_stat_user_tables t WHERE relname IN ('accounts', 'account_emails', 'token_families')";
    // a connection tells what it read when it ends, and one that is idle only after ten seconds
    drop(store);
    let mut told = Vec::new();
    for _ in 0..3_000 {
        told = client.query(read, &[]).await.unwrap();
        if told.iter().all(|row| row.get::<_, i64>(2) >= 256) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for row in &told {
        let (table, whole, by_keys): (String, i64, i64) = (row.get(0), row.get(1), row.get(2));
        // what the filling read: the one row that there was
        assert!(whole <= 1 && (256..2_000).contains(&by_keys), "{table}: {whole} rows read in order, {by_keys} by keys");
    }
    assert_eq!(told.len(), 3);
    drop(client);
    running.await.unwrap();
}
