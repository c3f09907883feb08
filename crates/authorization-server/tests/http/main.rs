//! The authorization server over HTTP, in process, by the sections of the standards.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on should say so at once")]

mod cimd;
mod decision_path;
mod first_start;
mod native_sign_in;
mod oidc_core;
mod oidc_rp_logout;
mod pairwise;
mod rfc6749;
mod rfc7009;
mod rfc7517;
mod rfc7523_client;
mod rfc7523_grant;
mod rfc7591;
mod rfc7592;
mod rfc7636;
mod rfc7662;
mod rfc8414;
mod rfc8628;
mod rfc8693;
mod rfc8707;
mod rfc9126;
mod rfc9449;
mod rfc9700;
mod rig;
mod sealed_keys;
mod status_changes;
mod status_list;
