//! Several real servers on one database behind a dumb proxy, killed and started again; and one server on a disk that fails.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "these are tests; the ledger prints its report"
)]

mod bounds;
mod delays;
mod disk;
mod http;
mod installation;
mod ledger;
mod person;
mod races;
mod rolling;
