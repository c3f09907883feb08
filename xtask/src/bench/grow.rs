//! `cargo xtask bench grow [--sizes 1000,100000,10000000] …`: the same requests on databases of several sizes; what else may be said is
//! printed by `chabi-bench grow --help`.

use std::path::Path;

use anyhow::Result;

use super::programs;
use crate::process;

/// `false`: it did not run to its end, and has said why.
pub fn run(root: &Path, arguments: &[String]) -> Result<bool> {
    let built = programs::build(root, "dist", &["chabi-bench", "chabi-server"])?;
    let (mut command, server_core) = programs::pinned(&built.join("chabi-bench"));
    command.arg("grow").arg("--chabi").arg(built.join("chabi")).arg("--folder").arg(process::target(root).join("bench/grow"));
    if let Some(core) = server_core {
        command.args(["--server-core", core]);
    }
    process::succeeds(command.args(arguments))
}
