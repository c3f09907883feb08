//! Several sites in one process, over one store.

mod accounts;
mod crossing;
mod following;
mod look;
mod town;
