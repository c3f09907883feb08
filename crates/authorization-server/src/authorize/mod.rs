//! The authorization endpoint's inside: the ordered list of checks, who must do what next, and the code.

pub(crate) mod check;
pub(crate) mod code;
pub(crate) mod consent;
pub(crate) mod next;
pub(crate) mod pushed;
pub(crate) mod sign_in;
