//! What an operator does: by the command line, by the builder, by development mode. Each is safe beside a running server.

pub mod initial_access_tokens;
pub mod revoke;

pub use chabi_admin::installation::{RegistrationError, accounts, apis, applications, keys, sites};
