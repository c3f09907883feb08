//! Chabi as a client of Google, Facebook and any other OAuth 2 or OpenID Connect provider.

pub mod guarded_http;
mod lane;
pub mod refusal;
pub mod special_addresses;
