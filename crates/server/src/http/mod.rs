//! HTTP as the binary speaks it: listening, the client's address, the access log, health.

pub mod access_log;
pub mod client_address;
pub mod connections;
pub mod health;
pub mod listen;
pub mod open_files;
pub mod patient;
pub mod tls;
