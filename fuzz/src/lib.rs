//! Every parser that meets bytes from outside, as a target of a fuzzer: none may panic, and what each says of itself must be true.
//!
//! `cargo xtask fuzz TARGET` runs one with coverage; a test runs each over its seeds and thousands of changes to them.

mod forms;
mod registrations;
mod tokens;
mod words;

/// One parser.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// For the command line.
    pub name: &'static str,
    /// Well-formed input, from which a fuzzer goes on.
    pub seeds: &'static [&'static str],
    /// Parses, and checks what must hold of any input.
    pub run: fn(&[u8]),
}

/// All of them.
#[must_use]
pub fn targets() -> Vec<Target> {
    [forms::TARGETS, registrations::TARGETS, tokens::TARGETS, words::TARGETS].concat()
}

/// By name.
#[must_use]
pub fn find(name: &str) -> Option<Target> {
    targets().into_iter().find(|target| target.name == name)
}
