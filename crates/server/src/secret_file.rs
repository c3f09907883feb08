//! The file of the installation's secret.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail, ensure};
use chabi::{Env, MasterSecret};

/// Reads it; makes it when `may_make` and it is not there.
///
/// # Errors
/// It is not there and may not be made; others may read it; it holds something else.
pub fn read_or_make(path: &Path, may_make: bool, env: &Env) -> Result<MasterSecret> {
    match fs::read_to_string(path) {
        Ok(text) => {
            check_mode(path)?;
            MasterSecret::parse(&text).with_context(|| format!("{} is not the file of a secret", path.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            ensure!(
                may_make,
                "the secret file {} is missing: put back the one that this database was made with. Nodes that share a PostgreSQL database need the same file: copy it from the first node, or \
                 begin with `(printf chabi_master_; head -c 32 /dev/urandom | basenc --base64url | tr -d '=\\n') > {0}; chmod 600 {0}`",
                path.display()
            );
            make(path, env)
        }
        Err(error) => bail!("reading the secret file {}: {error}", path.display()),
    }
}

/// Made under another name and then put in place, so that a crash leaves no half of it, and two starts at once agree.
fn make(path: &Path, env: &Env) -> Result<MasterSecret> {
    let secret = MasterSecret::generate(env);
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .with_context(|| format!("making {}", beside.display()))?;
    file.write_all(secret.to_text().expose().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    let placed = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    match placed {
        Ok(()) => Ok(secret),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => read_or_make(path, false, env),
        Err(error) => bail!("making the secret file {}: {error}", path.display()),
    }
}

fn check_mode(path: &Path) -> Result<()> {
    let mode = fs::metadata(path)?.permissions().mode();
    ensure!(mode & 0o077 == 0, "others may read the secret file {0}: run `chmod 600 {0}`", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chabi.secret");
        let env = Env::system();
        assert!(format!("{:#}", read_or_make(&path, false, &env).unwrap_err()).contains("is missing"));
        let made = read_or_make(&path, true, &env).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read_or_make(&path, false, &env).unwrap().check_value(), made.check_value());
    }

    #[test]
    fn a_secret_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chabi.secret");
        let env = Env::system();
        let _ = read_or_make(&path, true, &env).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(format!("{:#}", read_or_make(&path, true, &env).unwrap_err()).contains("chmod 600"));
    }
}
