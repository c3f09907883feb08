//! The OpenID Foundation's conformance plans, written again as tests of our own, over the whole stack.
//!
//! A file a plan (`basic.rs`, `form_post.rs`, `config.rs`, `registration.rs`, `logout.rs`), in it a module for each module of the suite,
//! under the suite's name with `_` for `-`: results compare by eye. `suite.rs` plays the suite's part: an application of profile `oidc`
//! without PKCE, a browser that signs in and allows by the ids of our pages, and the checks that the suite runs on every answer.
//! All of it belongs to the test binary `http`, whose `server.rs` is the server here too.

mod basic;
mod client_authentication;
mod config;
mod form_post;
mod logout;
mod registration;
pub mod suite;
