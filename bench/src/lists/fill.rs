//! A database with people in it, as the server itself would have written them.

use anyhow::Result;
use chabi_store::{
    Store,
    account::{Account, AccountEmail, AccountId, Realm},
    audit::AuditEvent,
    browser_session::{BrowserSession, SessionId},
};
use chabi_token::{Env, Id, Seconds, Timestamp, hash};

/// Rows of one transaction.
const BATCH: u32 = 2_000;

/// What a person leaves behind.
struct Person {
    account: Account,
    email: AccountEmail,
    session: BrowserSession,
    event: AuditEvent,
}

/// One person a second until now, each with an address, a session and a sign-in; one of a hundred is blocked. Answers the id of the one in
/// the middle.
///
/// # Errors
/// The store's fault.
pub async fn fill(store: &Store, count: u32, env: &Env) -> Result<String> {
    let begun = env.now() - Seconds(i64::from(count));
    let mut from = 0;
    while from < count {
        let to = from.saturating_add(BATCH).min(count);
        let env = env.clone();
        let filled = store.transaction("fill", move |verbs| {
            let env = env.clone();
            Box::pin(async move {
                for number in from..to {
                    let Person { account, email, session, event } = person(number, begun, &env);
                    verbs.insert_account(account).await?;
                    let _ = verbs.insert_email(email).await?;
                    verbs.insert_session(session).await?;
                    verbs.insert_audit_event(event).await?;
                }
                Ok(())
            })
        });
        filled.await.map_err(|failure| anyhow::anyhow!("filling the database: {failure:?}"))?;
        from = to;
    }
    index_addresses(store).await?;
    Ok(Id::new(begun + Seconds(i64::from(count) / 2), [0; 8]).to_string())
}

/// Makes all new addresses findable: else the server does it while it is measured.
///
/// # Errors
/// The store's fault.
pub async fn index_addresses(store: &Store) -> Result<()> {
    loop {
        let indexed = store.transaction("index", |verbs| Box::pin(async move { Ok(verbs.index_addresses(10_000).await?) }));
        if indexed.await.map_err(|failure| anyhow::anyhow!("indexing addresses: {failure:?}"))? == 0 {
            return Ok(());
        }
    }
}

fn person(number: u32, begun: Timestamp, env: &Env) -> Person {
    let at = begun + Seconds(i64::from(number));
    let id = AccountId(Id::new(at, env.random()));
    let address = format!("person{number:07}@example.org");
    Person {
        account: Account {
            id,
            subject: format!("subject{number}"),
            realm: Realm::SHARED,
            name: format!("Person {number}"),
            locale: "en".to_owned(),
            created_at: at,
            updated_at: at,
            disabled_at: number.is_multiple_of(100).then_some(at),
            profile: None,
        },
        email: AccountEmail { canonical: address.clone(), address, account: id, verified_at: Some(at) },
        session: BrowserSession {
            id: SessionId(Id::new(at, env.random())),
            secret_hash: hash::sha256(&number.to_be_bytes()),
            account: id,
            auth_time: at,
            amr: vec!["pwd".to_owned()],
            provider: String::new(),
            upstream_subject: String::new(),
            upstream_sid: String::new(),
            user_agent: "Chromium".to_owned(),
            created_at: at,
            seen_at: at,
            expires_at: env.now() + Seconds::days(30),
        },
        event: AuditEvent {
            id: Id::new(at, env.random()),
            at,
            kind: "login.succeeded".to_owned(),
            actor: None,
            account: Some(id),
            client_id: None,
            address: None,
            detail: "pwd".to_owned(),
        },
    }
}
