//! The ways to answer: JSON, the answer of an authorization request, a redirect, a page of our own, a bearer challenge.

pub(crate) mod authorization;
pub(crate) mod challenge;
pub(crate) mod json;
pub(crate) mod page;
pub(crate) mod redirect;

use chabi_spec::Fault;

/// Logs our own trouble with its source; clients are told nothing of it.
pub(crate) fn log_fault(fault: &Fault) {
    tracing::error!(doing = fault.doing, kind = ?fault.kind, source = fault.source.as_ref().map(tracing::field::display), "fault");
}
