//! Access, refresh and ID tokens; keys, signatures and the key ring; secrets; clock and randomness.

pub mod env;
pub mod id;
pub mod timestamp;

pub use env::Env;
pub use id::Id;
pub use timestamp::{Seconds, Timestamp};
