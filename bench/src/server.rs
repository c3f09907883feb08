//! A server process under load: started on a core of its own, found ready, its CPU and memory read, stopped by its process id.

use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{
    cpu,
    http::{self, Connection},
};

/// No server that we know needs longer to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a starting server is asked.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(2);

/// A running server. It is killed when this is dropped.
pub struct ServerProcess {
    child: Child,
    address: SocketAddr,
    /// From the start of the process to the first good answer.
    pub ready_after: Duration,
}

/// Where processes run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pinning {
    /// The server's core; `None`: wherever the kernel likes.
    pub server: Option<u32>,
}

impl Pinning {
    /// A command that runs `program` on the server's core.
    #[must_use]
    pub fn command(self, program: &Path) -> Command {
        match self.server {
            None => Command::new(program),
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["--cpu-list", &core.to_string()]).arg(program);
                command
            }
        }
    }
}

impl ServerProcess {
    /// Starts it, its output going to `log`, and waits until a GET of `ready` at `address` succeeds.
    ///
    /// # Errors
    /// It cannot be started, ends by itself, or is not ready within a minute; its log is told.
    pub async fn start(command: &mut Command, address: SocketAddr, ready: &str, log: &Path) -> Result<Self> {
        let output = File::create(log)?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let begun = Instant::now();
        let child = command.spawn().with_context(|| format!("starting {}", command.get_program().display()))?;
        let mut server = Self { child, address, ready_after: Duration::ZERO };
        let question = http::get(ready, &address.to_string(), &[]);
        while !answers(address, &question).await {
            let ended = server.child.try_wait()?;
            let late = begun.elapsed() > PATIENCE;
            if ended.is_some() || late {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                bail!("the server is not ready ({}):\n{said}", ended.map_or_else(|| "a minute is over".to_owned(), |end| end.to_string()));
            }
            tokio::time::sleep(BETWEEN_QUESTIONS).await;
        }
        server.ready_after = begun.elapsed();
        Ok(server)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// CPU that it has used so far.
    ///
    /// # Errors
    /// It is gone.
    pub fn cpu(&self) -> Result<Duration> {
        cpu::of_process(self.pid())
    }

    /// Memory that it holds now.
    ///
    /// # Errors
    /// It is gone.
    pub fn resident_kilobytes(&self) -> Result<u32> {
        cpu::resident_kilobytes(self.pid())
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn answers(address: SocketAddr, question: &[u8]) -> bool {
    let Ok(mut connection) = Connection::open(address).await else { return false };
    connection.ask(question).await.is_ok_and(|answer| answer.status == 200)
}

/// A port of loopback that nobody listens at.
///
/// # Errors
/// There is none.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// Runs a command to its end, with this text as its input, and answers what it wrote to standard output.
///
/// # Errors
/// It fails: with its own words.
pub fn run(command: &mut Command, input: &str) -> Result<String> {
    use std::io::Write as _;
    let program = command.get_program().display().to_string();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {program}"))?;
    child.stdin.take().context("its input is piped")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
