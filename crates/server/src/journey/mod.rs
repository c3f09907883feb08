//! A person, an application and an API, by script and over HTTP: what `dev check` and `dev token` are made of.
//!
//! Nothing here knows more than a browser and an application do: pages are read by their ids, tokens come from the token endpoint.

mod html;
mod oauth;
pub mod steps;
#[cfg(test)]
mod tests;
mod visitor;

pub use oauth::{Application, Tokens};
pub use visitor::{Answer, Visitor};
