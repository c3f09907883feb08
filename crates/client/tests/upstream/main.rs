//! Sign-in at providers, over HTTP, against a provider of our own making that can misbehave in every way.

mod fixture;
mod oauth2_only;
mod openid_connect_core;
mod openid_discovery;
mod outgoing_http;
mod rfc9207;
