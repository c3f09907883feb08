//! The whole of Chabi over HTTP, in process: the real router on a real store, with a clock moved by hand and seeded randomness.
//!
//! Tests of a standard stand in folders by RFC and section; what belongs to no standard has a file of its own.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on should say so at once")]
#![expect(clippy::duplicate_mod, reason = "the Form Post plan is the Basic plan once more")]

mod admin;
mod admin_dpop;
mod admin_limits;
mod admin_objects;
mod admin_reach;
mod answers;
mod audit_log;
mod building;
#[path = "../conformance/mod.rs"]
mod conformance;
mod consent;
mod console;
mod console_parity;
mod error_descriptions;
mod extra_claims;
mod injection;
mod issuer_path;
mod journey;
mod leaks;
mod oidc_core;
mod oidc_rp_logout;
mod opaque_tokens;
mod operators_revoke;
mod overload;
mod parameters;
mod password_managers;
mod requests;
mod response_modes;
mod rfc7009;
mod rfc7662;
mod rfc8414;
mod rfc8628;
mod rfc9101;
mod rfc9126;
mod rfc9470;
mod rfc9700;
mod rfc9701;
mod rfc9728;
mod routes;
mod server;
mod sites;
mod social_applications;
mod status_list;
mod surroundings;
mod whole_flow;
mod written_log;
