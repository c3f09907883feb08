//! The note that a running development server leaves in its folder, for `dev token` and `dev check` to find it by.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// The note, in the folder as long as the server runs.
pub struct Ticket(PathBuf);

const NAME: &str = "running-at";

impl Ticket {
    /// Leaves the note, for its owner alone.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn leave(folder: &Path, public_url: &str) -> Result<Self> {
        let path = folder.join(NAME);
        let _ = fs::remove_file(&path);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("writing {}", path.display()))?;
        writeln!(file, "{public_url}")?;
        Ok(Self(path))
    }

    /// Where the server of this folder runs; `None`: none left a note. One that was killed leaves a note behind: ask before believing.
    pub fn read(folder: &Path) -> Option<String> {
        fs::read_to_string(folder.join(NAME)).ok().map(|text| text.trim().to_owned())
    }

    /// Takes the note back.
    pub fn take_back(self) {
        let _ = fs::remove_file(self.0);
    }
}
