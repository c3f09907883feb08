//! The store in SQL: SQLite, embedded, for one node; PostgreSQL for many. Each statement stands once, for both.
//!
//! - [`value`]: what goes into a statement and what comes back;
//! - [`execute`]: the little that a driver must be able to do, and [`Sql`], which makes verbs of it;
//! - [`verbs`]: every statement, one file a noun;
//! - [`migrations`]: the schema, numbered, forward only;
//! - [`sqlite`] and [`postgres`]: the drivers.

pub mod execute;
pub mod migrations;
pub mod open;
pub mod postgres;
pub mod sqlite;
pub mod value;
pub mod verbs;

pub use execute::{Driver, Execute, Sql, Written};
pub use open::open;
