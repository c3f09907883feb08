//! The chain of the audit log: giving events their places, verifying, cutting off what is too old.
//!
//! Events are written inside the transactions that they tell of, without a place: so nobody waits for anybody. A moment later one node
//! at a time, which holds the row of the chain's end, gives them places in the order in which it finds them. An event whose transaction
//! commits late gets a later place, and none is left out.

use std::time::Duration;

use chabi_spec::{Failure, Fault};
use chabi_store::{
    Store,
    audit_chain::{AuditChain, ChainPlace},
};
use chabi_token::{Env, Seconds, Timestamp, base64url};

use crate::operation::audit::{AuditBreak, AuditVerdict};

/// How often new events are looked for.
const EVERY: Duration = Duration::from_secs(1);
/// How many get their places in one transaction.
const BATCH: i64 = 200;
/// After each full batch of addresses: ten million that are new, as after an upgrade, leave the core to those who ask meanwhile.
const PAUSE: Duration = Duration::from_millis(20);
/// What happened is kept for a year and a month, so that a year can be compared with the one before.
const KEPT: Seconds = Seconds::days(400);
/// How often what is too old is looked for: each so many rounds.
const CUT_EVERY: u64 = 600;
/// An event without a place for so long was written by somebody who is not one of us.
const LONGEST_WAIT: Seconds = Seconds::minutes(10);

/// Gives new events their places, makes new addresses findable, and cuts off what is too old; for as long as it runs.
pub async fn keep(store: Store, env: Env) {
    for round in 0_u64.. {
        tokio::time::sleep(EVERY).await;
        if let Err(fault) = one_round(&store, &env, round % CUT_EVERY == 0).await {
            tracing::warn!(%fault, "the audit log could not be chained; it is tried again");
        }
    }
}

async fn one_round(store: &Store, env: &Env, cuts: bool) -> Result<(), Fault> {
    while seal(store).await? >= BATCH {}
    while index_addresses(store).await? >= BATCH {
        tokio::time::sleep(PAUSE).await;
    }
    if cuts {
        while cut(store, env.now() - KEPT).await? >= BATCH {}
    }
    Ok(())
}

/// Makes new addresses findable, in one commit.
async fn index_addresses(store: &Store) -> Result<i64, Fault> {
    let indexed = store.transaction("index_addresses", |verbs| Box::pin(async move { Ok(verbs.index_addresses(BATCH).await?) }));
    indexed.await.map_err(fault)
}

/// Gives the oldest events without a place theirs; how many.
///
/// # Errors
/// The store's fault.
pub async fn seal(store: &Store) -> Result<i64, Fault> {
    // most rounds find nothing, and hold nobody up
    if store.list_unchained_audit_events(1).await?.is_empty() {
        return Ok(0);
    }
    let sealed = store.transaction("seal_audit_events", |verbs| {
        Box::pin(async move {
            let AuditChain { mut head, anchor } = verbs.hold_audit_chain().await?;
            let mut sealed = 0_i64;
            for event in verbs.list_unchained_audit_events(BATCH).await? {
                let place = head.followed_by(&event);
                if verbs.chain_audit_event(event.id, place).await? {
                    head = place;
                    sealed = sealed.saturating_add(1);
                }
            }
            verbs.move_audit_chain(AuditChain { head, anchor }).await?;
            Ok(sealed)
        })
    });
    sealed.await.map_err(fault)
}

/// Cuts off events from before this moment, from the beginning of the chain, which remembers where it begins now; how many.
///
/// # Errors
/// The store's fault.
pub async fn cut(store: &Store, before: Timestamp) -> Result<i64, Fault> {
    let first = store.list_chained_audit_events(store.find_audit_chain().await?.anchor.sequence, 1).await?;
    if first.first().is_none_or(|first| first.event.at >= before) {
        return Ok(0);
    }
    let cut = store.transaction("cut_audit_events", move |verbs| {
        Box::pin(async move {
            let mut chain = verbs.hold_audit_chain().await?;
            for chained in verbs.list_chained_audit_events(chain.anchor.sequence, BATCH).await? {
                match chained.place {
                    Some(place) if chained.event.at < before => chain.anchor = place,
                    _ => break,
                }
            }
            verbs.move_audit_chain(chain).await?;
            Ok(verbs.cut_audit_events(chain.anchor.sequence).await?)
        })
    });
    cut.await.map_err(fault)
}

/// Walks the chain from its beginning to its end.
///
/// # Errors
/// The store's fault.
pub async fn verify(store: &Store, env: &Env) -> Result<AuditVerdict, Fault> {
    let chain = store.find_audit_chain().await?;
    let mut at = chain.anchor;
    let mut first_break = None;
    let mut events = 0_i64;
    'walk: loop {
        let page = store.list_chained_audit_events(at.sequence, 500).await?;
        if page.is_empty() {
            break;
        }
        for chained in page {
            let Some(place) = chained.place else { continue };
            // what was given its place since we began is looked at the next time
            if place.sequence > chain.head.sequence && is_newer(store, place).await? {
                break 'walk;
            }
            let expected = at.followed_by(&chained.event);
            let what = match () {
                () if place.sequence > chain.head.sequence => "inserted",
                () if place.sequence != expected.sequence => "missing",
                () if place.hash != expected.hash => "changed",
                () => "",
            };
            if !what.is_empty() {
                let event = (what != "missing").then(|| chained.event.id.to_string());
                let sequence = if what == "missing" { expected.sequence } else { place.sequence };
                first_break = Some(AuditBreak { sequence, what: what.to_owned(), event });
                break 'walk;
            }
            (at, events) = (place, events.saturating_add(1));
        }
    }
    if first_break.is_none() && at.sequence < chain.head.sequence {
        first_break = Some(AuditBreak { sequence: at.sequence.saturating_add(1), what: "missing".to_owned(), event: None });
    }
    let waiting = store.list_unchained_audit_events(BATCH).await?;
    if first_break.is_none()
        && let Some(odd) = waiting.iter().find(|event| env.now().since(event.at) > LONGEST_WAIT)
    {
        let event = Some(odd.id.to_string());
        first_break = Some(AuditBreak { sequence: at.sequence.saturating_add(1), what: "inserted".to_owned(), event });
    }
    Ok(AuditVerdict {
        whole: first_break.is_none(),
        events,
        unchained: i64::try_from(waiting.len()).unwrap_or(i64::MAX),
        sequence: chain.head.sequence,
        hash: base64url::encode(chain.head.hash),
        first_break,
    })
}

/// Whether the chain has grown to this place meanwhile.
async fn is_newer(store: &Store, place: ChainPlace) -> Result<bool, Fault> {
    Ok(store.find_audit_chain().await?.head.sequence >= place.sequence)
}

/// These transactions refuse nothing.
fn fault(failure: Failure) -> Fault {
    crate::installation::fault_of(failure)
}
