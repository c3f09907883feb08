//! The binary `chabi`.
fn main() {}
