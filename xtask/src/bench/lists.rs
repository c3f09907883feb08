//! `cargo xtask bench lists [--profile ci] …`: the administrators' lists with a thousand accounts and with a hundred thousand; what else may
//! be said is printed by `chabi-bench lists --help`.

use std::path::Path;

use anyhow::Result;

use super::{Asked, programs};
use crate::{equipment, process};

/// `false`: it did not run to its end, and has said why.
pub fn run(root: &Path, words: &[String]) -> Result<bool> {
    equipment::install(root)?;
    let asked = Asked::parse(words)?;
    let built = programs::build(root, &asked.profile, &["chabi-bench", "chabi-server"])?;
    let (mut command, server_core) = programs::pinned(&built.join("chabi-bench"));
    command.arg("lists").arg("--chabi").arg(built.join("chabi"));
    if let Some(core) = server_core {
        command.args(["--server-core", core]);
    }
    process::succeeds(command.args(&asked.rest))
}
