//! Memory of a server that many connections wait at: each has asked once, and is kept.

use std::{fs, path::PathBuf};

use anyhow::{Result, ensure};
use clap::Args;

use crate::{
    http::{self, Connection},
    server::{self, Pinning, ServerProcess},
};

/// The bounds, in kilobytes: at rest, and with ten thousand connections.
const MOST_IDLE: u32 = 25 * 1_024;
const MOST_WITH_CONNECTIONS: u32 = 200 * 1_024;

/// What to open.
#[derive(Debug, Args)]
pub struct Options {
    /// The server's program.
    #[arg(long)]
    chabi: PathBuf,
    /// So many; this process and the server need as many open files each.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
}

/// Starts a server on a new SQLite file twice: the second start is what is measured, since the first makes keys.
///
/// # Errors
/// The server does not answer, or needs more memory than it may.
pub async fn run(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let address = server::free_address()?;
    let config = folder.path().join("chabi.toml");
    let bounds = format!("[connections]\nmost = {0}\nmost_per_client = {0}\n", options.connections + 10);
    fs::write(&config, format!("public_url = \"http://localhost:{}\"\nlisten = [\"{address}\"]\n{bounds}", address.port()))?;
    let start = async || {
        let mut command = Pinning::default().command(&options.chabi);
        command.arg("serve").env("CHABI_CONFIG", &config).current_dir(folder.path());
        ServerProcess::start(&mut command, address, "/readyz", "/dev/null".as_ref()).await
    };
    drop(start().await?);
    let server = start().await?;
    let idle = server.resident_kilobytes()?;
    let question = http::get("/oauth2/jwks", &address.to_string(), &[]);
    let mut kept = Vec::new();
    for _ in 0..options.connections {
        let mut connection = Connection::open(address).await?;
        connection.ask(&question).await?.succeeded()?;
        kept.push(connection);
    }
    let full = server.resident_kilobytes()?;
    let threads = fs::read_dir(format!("/proc/{}/task", server.pid()))?.count();
    println!("ready after {:.1} ms; {idle} kB at rest; {full} kB with {} connections; {threads} threads", ms(&server), kept.len());
    ensure!(idle < MOST_IDLE, "more than {MOST_IDLE} kB at rest");
    ensure!(full < MOST_WITH_CONNECTIONS, "more than {MOST_WITH_CONNECTIONS} kB");
    Ok(())
}

fn ms(server: &ServerProcess) -> f64 {
    server.ready_after.as_secs_f64() * 1e3
}
