//! What stands behind an issuer: the keys that it signs with, the pool that RSA work waits for, the places among its status lists, what
//! was taken back, and the public documents that tell of all this. It knows no application and no grant.

pub mod audit;
pub mod document;
pub mod keys;
pub mod revocations;
pub mod rsa_pool;
pub mod status_indexes;

use chabi_spec::Fault;
use chabi_token::Seconds;

/// No access token lives longer (RFC 9700 §4.10): keys are published, and what was taken back is told, for so long.
pub const LONGEST_ACCESS_TOKEN: Seconds = Seconds::hours(1);

/// Logs our own trouble with its source; clients are told nothing of it.
pub fn log_fault(fault: &Fault) {
    tracing::error!(doing = fault.doing, kind = ?fault.kind, source = fault.source.as_ref().map(tracing::field::display), "fault");
}
