//! The note that a running development server leaves in its folder, for `dev token` and `dev check` to find it by. It is locked as long as
//! the server runs: a second server would point the redirect URIs of the test applications at itself, and the first would refuse its own demo.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow};

/// The note, in the folder as long as the server runs.
pub struct Ticket {
    path: PathBuf,
    // the lock goes with it; the system lets go of it even when the process is killed
    _locked: File,
}

const NAME: &str = "running-at";

impl Ticket {
    /// Leaves the note, for its owner alone.
    ///
    /// # Errors
    /// Another server runs in the folder, or the folder cannot be written to.
    pub fn leave(folder: &Path, public_url: &str) -> Result<Self> {
        let path = folder.join(NAME);
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("writing {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(occupied(folder)),
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("locking {}", path.display())),
        }
        file.set_len(0)?;
        writeln!(file, "{public_url}")?;
        Ok(Self { path, _locked: file })
    }

    /// Where the server of this folder runs; `None`: none left a note. One that was killed leaves a note behind: ask before believing.
    pub fn read(folder: &Path) -> Option<String> {
        fs::read_to_string(folder.join(NAME)).ok().map(|text| text.trim().to_owned())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn occupied(folder: &Path) -> anyhow::Error {
    let other = Ticket::read(folder).unwrap_or_default();
    anyhow!(
        "a development server runs in {} already, at {other}: stop it, or give this one a folder of its own with `--data`",
        folder.display()
    )
}
