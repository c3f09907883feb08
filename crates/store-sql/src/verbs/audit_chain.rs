//! The chain of the audit log.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    audit::AuditEvent,
    audit_chain::{AuditChain, AuditChainVerbs, AuditFilter, ChainPlace, ChainedEvent},
};
use chabi_token::{Id, Timestamp};

use super::audit::event;
use crate::{Execute, Sql, value::Row};

/// The columns of an event and its place.
macro_rules! columns {
    () => {
        "SELECT id, at, kind, actor, account_id, client_id, address, detail, sequence, hash FROM audit_events "
    };
}
/// A page of what an index has: within the time, and before where the page before ended. First the moment at which the page ends is looked up,
/// in the order of the index; then what lies before it is never read. In one step PostgreSQL reads and sorts all that the index has when it
/// knows no better: without statistics, as after a fill or an upgrade, it takes that for a row or two.
macro_rules! page {
    ($which:literal) => {
        concat!(
            columns!(),
            "WHERE ",
            $which,
            " AND at <= $2 AND (at, id) < ($2, $3) AND at >= (SELECT MIN(at) FROM (SELECT at FROM audit_events WHERE ",
            $which,
            " AND at >= $1 AND at <= $2 AND (at, id) < ($2, $3) ORDER BY at DESC LIMIT $4) AS page) ORDER BY at DESC, id DESC LIMIT $4"
        )
    };
}

// One for each index: what an account or an application has is little, and is searched through for a kind.
const OF_ACCOUNT: &str = page!("account_id = $5 AND ($6 = '' OR kind = $6) AND ($7 = '' OR client_id = $7) AND ($8 = '' OR actor = $8)");
const OF_APPLICATION: &str = page!("client_id = $5 AND ($6 = '' OR kind = $6)");
const OF_ACTOR: &str = page!("actor = $5 AND ($6 = '' OR kind = $6) AND ($7 = '' OR client_id = $7)");
const OF_KIND: &str = page!("kind = $5");
// Ids grow with time: an event's begins with the moment before it was written. The lower end is written as a pair: two plain ends are a
// range to PostgreSQL, which without statistics it takes for so little that it reads and sorts all of it.
const OF_ALL: &str =
    concat!(columns!(), "WHERE (id, at) >= ($5, $1) AND id < $6 AND at >= $1 AND (at, id) < ($2, $3) ORDER BY id DESC LIMIT $4");
const FIND_EVENT: &str = concat!(columns!(), "WHERE id = $1");
const HOLD: &str = "INSERT INTO audit_chain (name, sequence, hash, anchor_sequence, anchor_hash) VALUES ('audit', 0, $1, 0, $1)
    ON CONFLICT (name) DO UPDATE SET sequence = audit_chain.sequence RETURNING sequence, hash, anchor_sequence, anchor_hash";
const FIND: &str = "SELECT sequence, hash, anchor_sequence, anchor_hash FROM audit_chain WHERE name = 'audit'";
const MOVE: &str = "UPDATE audit_chain SET sequence = $1, hash = $2, anchor_sequence = $3, anchor_hash = $4 WHERE name = 'audit'";
const UNCHAINED: &str = "SELECT id, at, kind, actor, account_id, client_id, address, detail FROM audit_events
    WHERE sequence IS NULL ORDER BY id LIMIT $1";
const CHAIN: &str = "UPDATE audit_events SET sequence = $2, hash = $3 WHERE id = $1 AND sequence IS NULL";
const CHAINED: &str = concat!(columns!(), "WHERE sequence > $1 ORDER BY sequence LIMIT $2");
const CUT: &str = "DELETE FROM audit_events WHERE sequence <= $1";

pub(super) const STATEMENTS: &[&str] =
    &[OF_ACCOUNT, OF_APPLICATION, OF_ACTOR, OF_KIND, OF_ALL, FIND_EVENT, HOLD, FIND, MOVE, UNCHAINED, CHAIN, CHAINED, CUT];

fn chained(row: &mut Row) -> Result<ChainedEvent, Fault> {
    let event = event(row)?;
    let sequence: Option<i64> = row.take()?;
    let hash: Option<[u8; 32]> = row.take()?;
    Ok(ChainedEvent { event, place: sequence.zip(hash).map(|(sequence, hash)| ChainPlace { sequence, hash }) })
}

fn chain(row: &mut Row) -> Result<AuditChain, Fault> {
    let head = ChainPlace { sequence: row.take()?, hash: row.take()? };
    Ok(AuditChain { head, anchor: ChainPlace { sequence: row.take()?, hash: row.take()? } })
}

impl<E: Execute> AuditChainVerbs for Sql<E> {
    fn search_audit_events(&self, filter: AuditFilter) -> Answer<'_, Vec<ChainedEvent>> {
        let AuditFilter { kind, actor, account, client_id, from, until, before, limit } = filter;
        let mut parameters = vec![from.into(), until.into(), before.into(), limit.into()];
        let kind_or_any = kind.clone().unwrap_or_default();
        let sql = match (account, actor, client_id, kind) {
            (Some(account), actor, client_id, _) => {
                let (client_id, actor) = (client_id.unwrap_or_default(), actor.unwrap_or_default());
                parameters.extend([account.0.into(), kind_or_any.into(), client_id.into(), actor.into()]);
                OF_ACCOUNT
            }
            (None, Some(actor), client_id, _) => {
                parameters.extend([actor.into(), kind_or_any.into(), client_id.unwrap_or_default().into()]);
                OF_ACTOR
            }
            (None, None, Some(client_id), _) => {
                parameters.extend([client_id.into(), kind_or_any.into()]);
                OF_APPLICATION
            }
            (None, None, None, Some(kind)) => {
                parameters.push(kind.into());
                OF_KIND
            }
            (None, None, None, None) => {
                // a transaction takes no longer than this
                let slack = chabi_token::Seconds::minutes(5);
                // an id has no place for what was before 1970
                let first = (from - slack).max(Timestamp(0));
                parameters.extend([Id::new(first, [0; 8]).into(), Id::new(until + slack, [0xff; 8]).into()]);
                OF_ALL
            }
        };
        self.list(sql, parameters, chained)
    }

    fn find_audit_event(&self, id: Id) -> Answer<'_, Option<ChainedEvent>> {
        self.find(FIND_EVENT, vec![id.into()], chained)
    }

    fn hold_audit_chain(&self) -> Answer<'_, AuditChain> {
        let held = self.change(HOLD, vec![[0_u8; 32].into()], chain);
        Box::pin(async move { held.await?.ok_or_else(|| Fault::internal("reading the row that an upsert must return")) })
    }

    fn find_audit_chain(&self) -> Answer<'_, AuditChain> {
        let found = self.find(FIND, vec![], chain);
        Box::pin(async move { Ok(found.await?.unwrap_or_default()) })
    }

    fn move_audit_chain(&self, chain: AuditChain) -> Answer<'_, ()> {
        let AuditChain { head, anchor } = chain;
        self.run(MOVE, vec![head.sequence.into(), head.hash.into(), anchor.sequence.into(), anchor.hash.into()])
    }

    fn list_unchained_audit_events(&self, limit: i64) -> Answer<'_, Vec<AuditEvent>> {
        self.list(UNCHAINED, vec![limit.into()], event)
    }

    fn chain_audit_event(&self, id: Id, place: ChainPlace) -> Answer<'_, bool> {
        self.touched(CHAIN, vec![id.into(), place.sequence.into(), place.hash.into()])
    }

    fn list_chained_audit_events(&self, after: i64, limit: i64) -> Answer<'_, Vec<ChainedEvent>> {
        self.list(CHAINED, vec![after.into(), limit.into()], chained)
    }

    fn cut_audit_events(&self, up_to: i64) -> Answer<'_, i64> {
        self.count(CUT, vec![up_to.into()])
    }
}
