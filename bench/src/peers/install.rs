//! Puts a peer into `target/bench/peers`, once for each version of its lock file.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

use super::Kind;

/// What was installed last: the lock file's text.
const INSTALLED: &str = "installed.txt";

/// The folder where the peer is, installed as its lock file says.
///
/// # Errors
/// The tools or the registry that it comes from are not there: says what is needed. It is never left out in silence.
pub(super) fn installed(kind: Kind, below: &Path) -> Result<PathBuf> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(kind.name());
    fs::create_dir_all(below.join(kind.name()))?;
    let to = below.join(kind.name()).canonicalize()?;
    let (files, lock): (&[&str], &str) = match kind {
        Kind::OidcProvider => (&["package.json", "package-lock.json", "server.mjs"], "package-lock.json"),
        Kind::DjangoOauthToolkit => (&["requirements.txt", "server.py"], "requirements.txt"),
    };
    for file in files {
        fs::copy(from.join(file), to.join(file)).with_context(|| format!("copying {file} of {}", kind.name()))?;
    }
    let wanted = fs::read_to_string(to.join(lock))?;
    if fs::read_to_string(to.join(INSTALLED)).is_ok_and(|before| before == wanted) {
        return Ok(to);
    }
    println!("installing {} into {}", kind.name(), to.display());
    match kind {
        Kind::OidcProvider => node_packages(&to),
        Kind::DjangoOauthToolkit => python_packages(&to),
    }?;
    fs::write(to.join(INSTALLED), wanted)?;
    Ok(to)
}

fn node_packages(folder: &Path) -> Result<()> {
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder);
    run(&mut npm, "node 20 or newer, npm, and the npm registry within reach")
}

fn python_packages(folder: &Path) -> Result<()> {
    let needs = "python3 with venv (apt-get install python3-venv), and PyPI within reach";
    let mut venv = Command::new("python3");
    run(venv.args(["-m", "venv", "--clear", "venv"]).current_dir(folder), needs)?;
    let mut pip = Command::new(folder.join("venv/bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", "requirements.txt"]).current_dir(folder);
    run(&mut pip, needs)
}

/// Its own words stand on the terminal.
fn run(command: &mut Command, needs: &str) -> Result<()> {
    let program = command.get_program().display().to_string();
    let done = command.stdin(Stdio::null()).status().with_context(|| format!("starting {program}: `--peers` needs {needs}"))?;
    ensure!(done.success(), "{program} failed ({done}): `--peers` needs {needs}; without `--peers` ours is measured alone");
    Ok(())
}
