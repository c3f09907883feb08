//! The real binary, as a process.

mod development;
mod process;
mod production;
