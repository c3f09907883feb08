//! Devices that wait for a person to type their code (RFC 8628).

use chabi_spec::Scope;
use chabi_token::{Id, Seconds, Timestamp, id_type};

use crate::{
    Answer, account::AccountId, authorization_code::Redemption, browser_session::SessionId, grant_details::GrantDetails,
    token_family::FamilyId,
};

id_type!(
    /// A waiting device's row; part of its device code. Useless without the secret.
    DeviceGrantId
);

/// What a device asks for. The device code's text carries the id and a secret; only the secret's hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceGrant {
    /// Its row.
    pub id: DeviceGrantId,
    /// SHA-256 of the device code's secret.
    pub secret_hash: [u8; 32],
    /// What a person types, without dash. One device at a time has it.
    pub user_code: String,
    /// The application, and no other.
    pub client_id: String,
    /// What it asks for; once allowed, what was allowed.
    pub scope: Scope,
    /// The audience of access tokens.
    pub resource: Vec<String>,
    /// What only some grants have.
    pub details: Option<Box<GrantDetails>>,
    /// Checked at use.
    pub expires_at: Timestamp,
    /// How long the device must wait between two requests; grows when it does not.
    pub wait: Seconds,
    /// What the person said.
    pub decision: DeviceDecision,
}

/// What the person said of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceDecision {
    /// Nothing yet.
    Pending,
    /// No.
    Denied,
    /// Yes.
    Allowed(Approval),
}

/// Who allowed a device, and how they had proven who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub account: AccountId,
    /// In this browser session.
    pub session: SessionId,
    /// When they last proved it.
    pub auth_time: Timestamp,
    /// How (RFC 8176).
    pub amr: Vec<String>,
}

/// What asking once more found.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Poll {
    /// The person has not decided. `hurried`: the device came too soon, and has to wait longer from now on.
    Pending {
        /// RFC 8628 §3.5: to be told `slow_down`.
        hurried: bool,
    },
    /// The person said no.
    Denied,
    /// The person said yes, to this: of the same moment, since what was asked for may have been more.
    Allowed(Approval, Scope),
    /// No such device.
    Unknown,
}

/// Whose devices, allowed but not yet connected, are forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceGrantsOf {
    /// Allowed in this session; with `offline_access` they outlive it.
    Session(SessionId),
    /// Allowed by this person.
    Account(AccountId),
}

/// Verbs on waiting devices.
pub trait DeviceGrantVerbs {
    /// Adds one; `false` when another device has that user code at this moment.
    fn insert_device_grant(&self, grant: DeviceGrant) -> Answer<'_, bool>;
    /// By row, whatever became of it, so that the checks can be made before it is spent.
    fn find_device_grant(&self, id: DeviceGrantId) -> Answer<'_, Option<DeviceGrant>>;
    /// By what a person types: one that waits, undecided and in time.
    fn find_waiting_device(&self, user_code: &str, now: Timestamp) -> Answer<'_, Option<DeviceGrant>>;
    /// Notes that the device asked, and says what the person said: one conditional statement, so that requests to two nodes count
    /// together. Who comes sooner than it must, by more than `tolerance`, waits longer by `more`, this time and from then on.
    fn poll_device_grant(&self, id: DeviceGrantId, tolerance: Seconds, more: Seconds, now: Timestamp) -> Answer<'_, Poll>;
    /// Records what the person said, once: `false` when it is gone, over, or decided before. `scope`: what was allowed.
    fn decide_device_grant(&self, id: DeviceGrantId, decision: DeviceDecision, scope: Scope, now: Timestamp) -> Answer<'_, bool>;
    /// Spends an allowed one for `family` if it is not spent and in time: one conditional statement. `attempt` tells this caller from
    /// others.
    fn redeem_device_grant(&self, id: DeviceGrantId, family: FamilyId, attempt: Id, now: Timestamp) -> Answer<'_, Redemption>;
    /// Forgets devices that were allowed and have not fetched their tokens; how many.
    fn delete_device_grants(&self, of: DeviceGrantsOf) -> Answer<'_, i64>;
}
