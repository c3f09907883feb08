//! How applications come to be registered: the rules that every registration must keep, registration by themselves (RFC 7591 and
//! 7592), and client ids that are the URL of their metadata.

pub mod client_id_document;
pub mod metadata;
pub mod origins;
mod place;
pub mod rules;
pub mod sector;

pub use metadata::ClientMetadata;
pub use place::Place;
pub use rules::{About, Contradiction};
