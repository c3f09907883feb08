//! What the tests need besides Rust: Debian packages, Node packages, cargo-deny. Installed when missing; never skipped in silence.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::process;

/// A Debian package, and how one sees that it is there.
const DEBIAN: [(&str, Sign); 10] = [
    ("postgresql", Sign::Folder("/usr/lib/postgresql")),
    ("pgbouncer", Sign::Package("pgbouncer")),
    ("chromium", Sign::Program("chromium")),
    ("fonts-beng", Sign::Package("fonts-beng")),
    ("fonts-noto-core", Sign::Package("fonts-noto-core")),
    ("strace", Sign::Program("strace")),
    ("nodejs npm", Sign::Program("npm")),
    ("openssl", Sign::Program("openssl")),
    ("curl ca-certificates", Sign::Program("curl")),
    ("python3 python3-venv", Sign::PythonVenv),
];

enum Sign {
    Program(&'static str),
    Folder(&'static str),
    Package(&'static str),
    /// A Python that can make environments with pip in them.
    PythonVenv,
}

impl Sign {
    fn is_there(&self) -> bool {
        match self {
            Self::Program(name) => on_path(name),
            Self::Folder(path) => Path::new(path).is_dir(),
            Self::Package(name) => is_installed(name),
            Self::PythonVenv => process::succeeds_quietly("python3", &["-c", "import ensurepip, venv"]),
        }
    }
}

/// A package that was removed is still known, by its settings.
fn is_installed(package: &str) -> bool {
    let asked = Command::new("dpkg-query").args(["-W", "-f=${db:Status-Status}", package]).output();
    asked.is_ok_and(|output| output.stdout == b"installed")
}

/// Installs what is missing.
///
/// # Errors
/// Something is missing and cannot be installed: says what, and how to install it by hand.
pub fn install(root: &Path) -> Result<()> {
    debian_packages()?;
    new_node(root)?;
    node_packages(root)?;
    python_packages(root)
}

fn debian_packages() -> Result<()> {
    let missing: Vec<&str> = DEBIAN.iter().filter(|(_, sign)| !sign.is_there()).flat_map(|(package, _)| package.split(' ')).collect();
    if missing.is_empty() {
        println!("equipment: Debian packages are there");
        return Ok(());
    }
    let by_hand = format!("install by hand: apt-get install {}", missing.join(" "));
    let (program, before) = if is_root() { ("apt-get", None) } else { ("sudo", Some("apt-get")) };
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(before).args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        process::succeeds(&mut command)
    };
    apt(&["update", "-q"]).with_context(|| by_hand.clone())?;
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
    arguments.extend(&missing);
    let installed = apt(&arguments).with_context(|| by_hand.clone())?;
    ensure!(installed && DEBIAN.iter().all(|(_, sign)| sign.is_there()), "the tests need {}; {by_hand}", missing.join(", "));
    Ok(())
}

fn node_packages(root: &Path) -> Result<()> {
    let folder = root.join("tests/js");
    if !folder.join("package.json").is_file() {
        return Ok(());
    }
    let task = if folder.join("package-lock.json").is_file() { "ci" } else { "install" };
    let mut npm = Command::new("npm");
    npm.args([task, "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&folder).stdin(Stdio::null());
    ensure!(process::succeeds(&mut npm)?, "the tests in tests/js need their packages; install by hand: cd tests/js && npm {task}");
    Ok(())
}

/// What the packages of `tests/js` ask for. Debian 12 has an older one.
const NODE: u32 = 20;
/// The one that is taken from npm then.
const NODE_FROM_NPM: &str = "22.23.5";

/// One that is new enough.
fn new_node(root: &Path) -> Result<()> {
    if systems_node().is_some_and(|major| major >= NODE) || node_from_npm(root).is_file() {
        return Ok(());
    }
    let package = format!("node-linux-{}@{NODE_FROM_NPM}", processor());
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--prefix"]).arg(process::target(root).join("node"));
    npm.arg(&package).stdin(Stdio::null());
    ensure!(
        process::succeeds(&mut npm)?,
        "the tests in tests/js need Node {NODE} or later, and npm does not give {package}: install it by hand"
    );
    Ok(())
}

/// The Node that runs the tests: the system's, or the one from npm.
pub fn node(root: &Path) -> PathBuf {
    Some(node_from_npm(root)).filter(|node| node.is_file()).unwrap_or_else(|| PathBuf::from("node"))
}

fn node_from_npm(root: &Path) -> PathBuf {
    process::target(root).join("node/node_modules").join(format!("node-linux-{}/bin/node", processor()))
}

/// As npm calls it.
const fn processor() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" }
}

/// The first number of its version.
fn systems_node() -> Option<u32> {
    let output = Command::new("node").arg("--version").output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// An environment of its own, made anew when the list of packages changes.
fn python_packages(root: &Path) -> Result<()> {
    let list = root.join("tests/python/requirements.txt");
    let place = python(root);
    let kept = place.join("requirements.txt");
    let wanted = std::fs::read(&list).with_context(|| format!("reading {}", list.display()))?;
    if std::fs::read(&kept).is_ok_and(|kept| kept == wanted) {
        return Ok(());
    }
    let by_hand = format!("install by hand: python3 -m venv {0} && {0}/bin/pip install -r {1}", place.display(), list.display());
    let made = process::succeeds(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place).stdin(Stdio::null()))?;
    ensure!(made, "the tests in tests/python need an environment; {by_hand}");
    let mut pip = Command::new(place.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&list).stdin(Stdio::null());
    ensure!(process::succeeds(&mut pip)?, "the tests in tests/python need their packages; {by_hand}");
    std::fs::write(kept, wanted)?;
    Ok(())
}

/// Where the environment is.
pub fn python(root: &Path) -> PathBuf {
    process::target(root).join("python")
}

/// True when a folder of `PATH` holds this program.
pub fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
