//! The ways to answer: JSON, the answer of an authorization request, a redirect, a page of our own, a bearer challenge.

pub(crate) mod authorization;
pub(crate) mod challenge;
pub(crate) mod json;
pub(crate) mod page;
pub(crate) mod redirect;

pub(crate) use chabi_issuing::log_fault;
