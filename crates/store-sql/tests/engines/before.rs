//! The version before runs beside this one while this one rolls out: its statements still work on the schema as it is now.
//!
//! `statements_before.sql` holds every statement of that version, as its `verbs::statements()` gave them, each ended by `;` and an empty
//! line. A release replaces the file by its own statements.

use chabi_store::token_family::RotationOutcome;
use chabi_store_sql::migrations;
use chabi_testkit::families::{after, family, rotation};
use chabi_token::Env;
use tokio_postgres::types::ToSql;

fn statements() -> Vec<&'static str> {
    let all: Vec<&str> = include_str!("statements_before.sql").split(";\n").map(str::trim).filter(|sql| !sql.is_empty()).collect();
    assert!(all.len() > 50, "the file lost its statements");
    all
}

fn statement(beginning: &str) -> &'static str {
    statements().into_iter().find(|sql| sql.starts_with(beginning)).unwrap()
}

// req: st.mig
#[test]
fn sqlite_prepares_the_statements_of_the_version_before() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    for migration in migrations::ALL {
        connection.execute_batch(migration.sql).unwrap();
    }
    for sql in statements() {
        connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

// req: st.mig
#[tokio::test]
async fn postgresql_prepares_the_statements_of_the_version_before() {
    let (client, _store, running) = crate::connect().await;
    for sql in statements() {
        client.prepare(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    drop(client);
    running.await.unwrap();
}

// req: st.mig
// req: st.multi
#[tokio::test]
async fn what_the_version_before_inserts_and_rotates_this_one_rotates_and_places_and_the_other_way_round() {
    let (client, store, running) = crate::connect().await;
    let env = Env::system();
    let family = family(&env);
    let state = family.refresh.clone().unwrap();
    let (id, [account, session]) = (family.id.0.as_bytes().to_vec(), [family.account.0, family.session.0].map(|id| id.as_bytes().to_vec()));
    let [hash, previous, request] = [state.hash_current, state.hash_previous, state.request_hash].map(|hash| hash.to_vec());
    let (now, end, idle) = (family.created_at.0, family.expires_at.0, state.idle_expires_at.0);
    let (salt, scope) = (state.salt.to_vec(), family.scope.to_string());
    let values: [&(dyn ToSql + Sync); 21] = [
        &id,
        &"app",
        &account,
        &session,
        &true,
        &scope,
        &r#"["https://notes.example"]"#,
        &now,
        &r#"["pwd"]"#,
        &now,
        &end,
        &None::<i64>,
        &"",
        &0_i64,
        &hash,
        &previous,
        &salt,
        &now,
        &idle,
        &1_i64,
        &request,
    ];
    client.execute(statement("INSERT INTO token_families"), &values).await.unwrap();

    let found = store.find_family(family.id).await.unwrap().unwrap();
    assert_eq!(found, family, "this version reads what the one before wrote, without a place among the status lists");
    let first = rotation(&found, &env);
    assert_eq!(store.rotate_refresh_token(first.clone()).await.unwrap(), RotationOutcome::Rotated);
    let place = chabi_token::StatusIndex(7);
    assert_eq!(store.settle_family_status(family.id, place).await.unwrap(), Some(place));

    let second = rotation(&after(found, &first), &env);
    let [presented, next, request] = [second.presented_hash, second.next_hash, second.request_hash].map(|hash| hash.to_vec());
    let (salt, now) = (second.salt.to_vec(), second.now.0);
    let (idle, grace) = ((second.now + second.idle_lifetime).0, (second.now - second.grace).0);
    let values: [&(dyn ToSql + Sync); 11] =
        [&id, &"app", &second.generation, &presented, &next, &salt, &second.key_version, &request, &now, &idle, &grace];
    let row = client.query_one(statement("UPDATE token_families SET\n    generation"), &values).await.unwrap();
    assert_eq!(row.get::<_, i64>("generation"), 2);

    let found = store.find_family(family.id).await.unwrap().unwrap();
    assert_eq!((found.status, found.refresh.as_ref().unwrap().generation), (Some(place), 2));
    // the first token again, two generations on: reuse, whichever version sees it
    assert!(matches!(store.rotate_refresh_token(first).await.unwrap(), RotationOutcome::Reused(_)));
    let revoked = client.query_one(statement("SELECT id, client_id, account_id, session_id, offline"), &[&id]).await.unwrap();
    assert!(revoked.get::<_, Option<i64>>("revoked_at").is_some());
    drop(client);
    running.await.unwrap();
}
