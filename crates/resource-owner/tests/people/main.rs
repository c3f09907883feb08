//! People's pages over HTTP, in process: the real router and store, a clock moved by hand, a browser without scripts.

mod confirm_email;
mod consent;
mod house;
mod operators;
mod sessions;
mod sign_in;
mod sign_up;
