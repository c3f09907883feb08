//! The chain of the audit log: each event gets a place and a hash over all before it, soon after it was written.

use chabi_token::{Timestamp, hash};

use crate::{Answer, account::AccountId, audit::AuditEvent};

/// An event with its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainedEvent {
    /// The event.
    pub event: AuditEvent,
    /// Its place and its hash; `None`: it was written a moment ago.
    pub place: Option<ChainPlace>,
}

/// A place in the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainPlace {
    /// From 1 on, without a gap; 0: before the first.
    pub sequence: i64,
    /// SHA-256 over the hash before and the event; zeros before the first.
    pub hash: [u8; 32],
}

impl ChainPlace {
    /// The place that follows, of this event.
    #[must_use]
    pub fn followed_by(&self, event: &AuditEvent) -> Self {
        let sequence = self.sequence.saturating_add(1);
        Self { sequence, hash: hash::sha256(&[self.hash.as_slice(), &canonical(sequence, event)].concat()) }
    }
}

/// Its place and each field after its length, so that no two events are written alike; an absent one has no length.
fn canonical(sequence: i64, event: &AuditEvent) -> Vec<u8> {
    let mut bytes = sequence.to_be_bytes().to_vec();
    let mut add = |field: Option<&[u8]>| {
        let length = field.map_or(i64::MIN, |field| i64::try_from(field.len()).unwrap_or(i64::MAX));
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(field.unwrap_or_default());
    };
    add(Some(event.id.as_bytes()));
    add(Some(&event.at.0.to_be_bytes()));
    add(Some(event.kind.as_bytes()));
    add(event.actor.as_deref().map(str::as_bytes));
    add(event.account.as_ref().map(|account| account.0.as_bytes().as_slice()));
    add(event.client_id.as_deref().map(str::as_bytes));
    add(event.address.as_deref().map(str::as_bytes));
    add(Some(event.detail.as_bytes()));
    bytes
}

/// Where the chain ends, and where it begins since what is too old was cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditChain {
    /// The last place that was given.
    pub head: ChainPlace,
    /// The last place that was cut off; zeros: none was.
    pub anchor: ChainPlace,
}

/// What is looked for in the audit log; what is `None` is not asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFilter {
    /// Exactly this kind.
    pub kind: Option<String>,
    /// By exactly this actor.
    pub actor: Option<String>,
    /// About this account.
    pub account: Option<AccountId>,
    /// About this application.
    pub client_id: Option<String>,
    /// Not before.
    pub from: Timestamp,
    /// Before …
    pub until: Timestamp,
    /// … and, at that very moment, only those of a smaller id: where a page ended.
    pub before: [u8; 16],
    /// How many.
    pub limit: i64,
}

/// Verbs on the chain of the audit log.
pub trait AuditChainVerbs {
    /// What was looked for, the newest first.
    fn search_audit_events(&self, filter: AuditFilter) -> Answer<'_, Vec<ChainedEvent>>;
    /// By its row.
    fn find_audit_event(&self, id: chabi_token::Id) -> Answer<'_, Option<ChainedEvent>>;
    /// Where the chain ends and begins, held until the transaction ends: whoever else would hold it waits.
    fn hold_audit_chain(&self) -> Answer<'_, AuditChain>;
    /// The same, without holding it.
    fn find_audit_chain(&self) -> Answer<'_, AuditChain>;
    /// Moves its ends. For use by who holds it.
    fn move_audit_chain(&self, chain: AuditChain) -> Answer<'_, ()>;
    /// Events without a place, the oldest first.
    fn list_unchained_audit_events(&self, limit: i64) -> Answer<'_, Vec<AuditEvent>>;
    /// Gives an event its place, unless it has one.
    fn chain_audit_event(&self, id: chabi_token::Id, place: ChainPlace) -> Answer<'_, bool>;
    /// Events by their places, after this one.
    fn list_chained_audit_events(&self, after: i64, limit: i64) -> Answer<'_, Vec<ChainedEvent>>;
    /// Removes those up to this place; how many.
    fn cut_audit_events(&self, up_to: i64) -> Answer<'_, i64>;
}
