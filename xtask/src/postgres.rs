//! The throw-away PostgreSQL of tests that are not Rust.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

use anyhow::{Context, Result, ensure};

/// Runs until it is dropped.
pub struct Postgres {
    /// Of its superuser.
    pub url: String,
    input: Option<ChildStdin>,
    process: Child,
}

impl Postgres {
    /// Starts the program of `chabi-testkit` that does it.
    ///
    /// # Errors
    /// It does not start; its own words stand above.
    pub fn start(programs: &Path) -> Result<Self> {
        let program = programs.join("throw_away_postgres");
        let mut process = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let input = process.stdin.take();
        let mut url = String::new();
        BufReader::new(process.stdout.take().context("its output is piped")?).read_line(&mut url)?;
        ensure!(url.starts_with("postgres://"), "PostgreSQL for the Node tests did not start");
        Ok(Self { url: url.trim_end().to_owned(), input, process })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // the end of its input is what it waits for
        self.input.take();
        let _ = self.process.wait();
    }
}
