//! Several sites in one process, over one store.

mod accounts;
mod belonging;
mod crossing;
mod following;
mod look;
mod proofs;
mod town;
