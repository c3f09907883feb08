//! Models: what must hold in every order of events, looked at in all of them by a model checker.
//!
//! [`grant_life`] is the life of one grant: a code, its family, and the refresh tokens of it, on two nodes that crash and whose answers
//! get lost. [`rules`] is what one statement does to a row: the same rules as the SQL, which a test holds against the real store.

pub mod bug;
pub mod grant_life;
pub mod rules;
