//! People's pages over HTTP, in process: the real router and store, a clock moved by hand, a browser without scripts.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on should say so at once")]

mod change_password;
mod confirm_email;
mod consent;
mod house;
mod operators;
mod remove_address;
mod reset_password;
mod sessions;
mod sign_in;
mod sign_up;
mod taking_back;
