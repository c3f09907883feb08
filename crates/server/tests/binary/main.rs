//! The real binary, as a process.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say so at once")]

mod development;
mod installing;
mod operations;
mod process;
mod production;
mod registration;
mod sites;
mod tls;
mod why;
