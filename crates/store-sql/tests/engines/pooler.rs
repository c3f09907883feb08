//! PgBouncer in transaction mode: each transaction may get another connection to the server, so nothing may be left on one.

use chabi_testkit::databases;

use crate::env;

// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_open_an_empty_database_behind_pgbouncer_at_once_make_the_schema_once() {
    let url = databases::pooled_postgres_url().await;
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { chabi_store_sql::open(&url, &env()).await.unwrap() })
        })
        .collect();
    for opened in opening {
        opened.await.unwrap().engine().ready().await.unwrap();
    }
}

/// More callers than PgBouncer has connections, in both forms; what a session would keep would be met by the next.
// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn many_callers_share_few_connections() {
    let (subject, ()) = crate::on_pooled_postgres().await;
    let bumped = subject.race(|store, number| {
        Box::pin(async move {
            let name = format!("v{}", number % 4);
            for _ in 0..5 {
                store.bump_version(&name).await.unwrap();
                let name = name.clone();
                let ended = store.transaction("bump", move |verbs| {
                    let name = name.clone();
                    Box::pin(async move { Ok(verbs.bump_version(&name).await.map(|_| ())?) })
                });
                ended.await.unwrap();
            }
        })
    });
    bumped.await;
    for name in ["v0", "v1", "v2", "v3"] {
        assert_eq!(subject.store().find_version(name).await.unwrap(), 160);
    }
}
