//! Memory of a server that many connections wait at: each has asked once, and is kept.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Result, ensure};
use clap::Args;

use crate::{
    http::{self, Connection},
    server::{self, Pinning, ServerProcess},
};

/// What a server may have in memory at rest, in megabytes.
pub const MOST_AT_REST: u32 = 25;
/// And with [`CONNECTIONS`].
pub const MOST_WITH_CONNECTIONS: u32 = 200;
/// Connections that wait.
pub const CONNECTIONS: usize = 10_000;

/// What to open.
#[derive(Debug, Args)]
pub struct Options {
    /// The server's program.
    #[arg(long)]
    chabi: PathBuf,
    /// So many; this process and the server need as many open files each.
    #[arg(long, default_value_t = CONNECTIONS)]
    connections: usize,
}

/// What was found.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// From the start of the process to its first answer, with a database that is there.
    pub ready: Duration,
    /// Resident when it is ready, in kilobytes.
    pub at_rest: u32,
    /// Resident with the connections, in kilobytes.
    pub full: u32,
    /// So many had asked once, and waited.
    pub connections: usize,
    /// Of the server, with the connections.
    pub threads: usize,
}

/// Measures, and prints.
///
/// # Errors
/// The server does not answer, or needs more memory than it may.
pub async fn run(options: &Options) -> Result<()> {
    let idle = measure(&options.chabi, options.connections).await?;
    println!("{idle}");
    ensure!(idle.connections == options.connections, "this process may have no more files open: `ulimit -n` says how many");
    ensure!(idle.at_rest < MOST_AT_REST * 1_024, "more than {MOST_AT_REST} MB at rest");
    ensure!(idle.full < MOST_WITH_CONNECTIONS * 1_024, "more than {MOST_WITH_CONNECTIONS} MB");
    Ok(())
}

/// Starts a server on a new SQLite file twice: the second start is what is measured, since the first makes keys. Opens fewer connections
/// where this process may not have as many files open.
///
/// # Errors
/// The server does not answer.
pub async fn measure(chabi: &Path, connections: usize) -> Result<Idle> {
    let folder = tempfile::tempdir()?;
    let address = server::free_address()?;
    let config = folder.path().join("chabi.toml");
    let bounds = format!("[connections]\nmost = {0}\nmost_per_client = {0}\n", connections + 10);
    fs::write(&config, format!("public_url = \"http://localhost:{}\"\nlisten = [\"{address}\"]\n{bounds}", address.port()))?;
    let start = async || {
        let mut command = Pinning::default().command(chabi);
        command.arg("serve").env("CHABI_CONFIG", &config).current_dir(folder.path());
        ServerProcess::start(&mut command, address, "/readyz", "/dev/null".as_ref()).await
    };
    drop(start().await?);
    let server = start().await?;
    let at_rest = server.resident_kilobytes()?;
    let question = http::get("/oauth2/jwks", &address.to_string(), &[]);
    let mut kept = Vec::new();
    for _ in 0..connections {
        let Ok(mut connection) = Connection::open(address).await else { break };
        connection.ask(&question).await?.succeeded()?;
        kept.push(connection);
    }
    let full = server.resident_kilobytes()?;
    let threads = fs::read_dir(format!("/proc/{}/task", server.pid()))?.count();
    Ok(Idle { ready: server.ready_after, at_rest, full, connections: kept.len(), threads })
}

impl fmt::Display for Idle {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ready, at_rest, full, connections, threads } = self;
        let ready = ready.as_secs_f64() * 1e3;
        write!(to, "ready after {ready:.1} ms; {at_rest} kB at rest; {full} kB with {connections} connections; {threads} threads")
    }
}
