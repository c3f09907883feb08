//! An installation as an operator has it: a configuration, a secret, a database, nodes behind a proxy.

use std::{
    fs::File,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use chabi_testkit::RoundRobin;
use tempfile::TempDir;

use crate::http;

const PATIENCE: Duration = Duration::from_secs(60);

/// Ada's password.
pub const PASSWORD: &str = "seven quiet herons over the delta";
/// Her address.
pub const ADA: &str = "ada@example.test";
/// The application that [`Installation::furnish`] makes: the operator's own, without a secret.
pub const SHOP: &str = "shop";
/// Where it is sent back to; nobody listens there.
pub const CALLBACK: &str = "https://shop.example.org/callback";

/// The API that its tokens are for.
pub const API: &str = "https://notes.example.org";

/// Everything of one installation; goes away when it is dropped.
pub struct Installation {
    /// In front of all nodes; its port is that of the public URL.
    pub proxy: RoundRobin,
    /// The servers.
    pub nodes: Vec<Node>,
    folder: TempDir,
}

/// A server, running or not; killed when it is dropped.
pub struct Node {
    /// Where it listens.
    pub port: u16,
    /// Words before the program's name.
    pub wrapper: Vec<String>,
    program: PathBuf,
    folder: PathBuf,
    running: Option<Child>,
}

impl Installation {
    /// This many nodes, started, on this database; `None`: SQLite in a file. The folder `disk` is there for one.
    pub async fn start(database: Option<&str>, nodes: usize) -> Self {
        Self::start_programs(database, vec![program(); nodes]).await
    }

    /// A node for each of these programs, started one after another.
    pub async fn start_programs(database: Option<&str>, programs: Vec<PathBuf>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        std::fs::create_dir(path.join("disk")).unwrap();
        let node = |program| Node { port: free_port(), wrapper: vec![], program, folder: path.clone(), running: None };
        let mut nodes: Vec<Node> = programs.into_iter().map(node).collect();
        let proxy = RoundRobin::start(0, nodes.iter().map(|node| node.port).collect()).await;
        let url = database.map_or_else(|| format!("sqlite:{}", path.join("chabi.db").display()), str::to_owned);
        let text = format!("public_url = \"http://localhost:{}\"\ndatabase_url = \"{url}\"\nsecret_file = \"secret\"\n", proxy.port);
        std::fs::write(path.join("chabi.toml"), text).unwrap();
        if database.is_some() {
            // nodes that share PostgreSQL are given their secret; beside SQLite, the server makes it
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(path.join("secret")).unwrap();
            file.write_all(chabi::MasterSecret::generate(&chabi::Env::system()).to_text().expose().as_bytes()).unwrap();
        }
        for node in &mut nodes {
            node.start().await;
        }
        Self { proxy, nodes, folder }
    }

    /// Makes the API, the application [`SHOP`] and the person [`ADA`].
    pub async fn furnish(&self) {
        self.run(&["api", "add", API, "--scope", "notes:read"], "").await;
        let shop = ["application", "add", "Shop", "--client-id", SHOP, "--public", "--first-party", "--audience", API];
        self.run(&[shop.as_slice(), &["--redirect-uri", CALLBACK]].concat(), "").await;
        self.run(&["account", "add", ADA], PASSWORD).await;
    }

    /// Its public URL.
    pub fn issuer(&self) -> String {
        format!("http://localhost:{}", self.proxy.port)
    }

    /// The folder of configuration, secret, logs and, with SQLite, the database.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program of the last node as an operator would, to its successful end; its standard output.
    pub async fn run(&self, arguments: &[&str], input: &str) -> String {
        run(&self.nodes.last().unwrap().program, self.folder.path(), arguments, input).await
    }
}

/// Runs a program as an operator would, in the folder of an installation, to its successful end; its standard output.
pub async fn run(program: &Path, folder: &Path, arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(program);
    command.args(arguments).args(["--config", "chabi.toml"]).current_dir(folder).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (input, words) = (input.to_owned(), format!("{arguments:?}"));
    let run = move || {
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

impl Node {
    /// Starts it, and waits until it is ready; its log goes to the folder.
    pub async fn start(&mut self) {
        assert!(self.running.is_none(), "it runs");
        let path = self.folder.join(format!("log-{}", self.port));
        let log = File::options().create(true).append(true).open(&path).unwrap();
        let mut words = self.wrapper.iter().map(String::as_str).chain([self.program.to_str().unwrap(), "serve", "--config", "chabi.toml"]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).current_dir(&self.folder).env_clear().env("CHABI_LISTEN", format!("127.0.0.1:{}", self.port));
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("CHABI_LOG__LEVEL", "warn");
        // thousands of callers share one person here; a version before does not know the key
        if self.program == program() {
            command.env("CHABI_AUTHORIZATION__MOST_GRANTS", "1000000");
        }
        self.running = Some(command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
        let request = http::get(self.port, "/readyz", "");
        let ready = async || http::ask(self.port, &request).await.is_ok_and(|answer| answer.status == 200);
        let words = || format!("not ready in time: {}", std::fs::read_to_string(&path).unwrap());
        until(PATIENCE, ready, words).await;
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// SIGTERM, and its end.
    pub async fn stop(&mut self) {
        let Some(mut child) = self.running.take() else { return };
        assert!(Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap().success());
        let ended = tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap();
        assert!(ended.success(), "{ended}");
    }

    /// Of the running server.
    pub fn pid(&self) -> u32 {
        self.running.as_ref().unwrap().id()
    }

    /// Another program from the next start on.
    pub fn replace_program(&mut self, program: &Path) {
        program.clone_into(&mut self.program);
    }

    /// All that it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join(format!("log-{}", self.port))).unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Asks again and again until it is so; fails with these words when it takes longer than that. How long it took.
pub async fn until(most: Duration, mut is_so: impl AsyncFnMut() -> bool, words: impl FnOnce() -> String) -> Duration {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < most, "not within {most:?}: {}", words());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    begun.elapsed()
}

/// This version's program.
pub fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_chabi"))
}

/// A port that is free now.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
