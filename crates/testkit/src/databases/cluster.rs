//! A PostgreSQL cluster of a test's own, which can be stopped, crashed, started again and followed by a standby.
#![expect(clippy::print_stderr, reason = "a test run shows which server it met")]

use std::{
    io::{BufRead, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Mutex,
};

/// A running PostgreSQL cluster: fsync on, on a socket in its directory and on a loopback port.
#[derive(Debug)]
pub struct Cluster {
    bin: PathBuf,
    socket: PathBuf,
    port: u16,
    /// The shell's: takes commands; closing it ends the server.
    input: Option<ChildStdin>,
    /// The shell's answers.
    output: Mutex<BufReader<ChildStdout>>,
    shell: Child,
}

/// How a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// It breaks its sessions off and writes everything down.
    Fast,
    /// At once, as a crash would; the next start recovers from the log.
    Immediate,
}

/// Makes a cluster and runs it until its input ends; takes the name of a signal, which stops the server, and `start`. `$1`: the folder of
/// programs; `$2`: a port; `$3`: `on` or `off`, TLS; `$4`: empty, or the socket's directory of a primary, and `$5` its port: a standby of it.
const SCRIPT: &str = r#"
set -eu
umask 077
directory=$(mktemp -d /tmp/chabi-postgres-XXXXXX)
stop() { trap - EXIT; [ -z "$server" ] || { kill -INT "$server" 2>/dev/null || :; wait "$server" 2>/dev/null || :; }; rm -rf "$directory"; }
server=
trap 'rm -rf "$directory"' EXIT
if [ -n "$4" ]; then
    "$1/pg_basebackup" --pgdata="$directory/data" --host="$4" --port="$5" --username=chabi --checkpoint=fast --wal-method=stream \
        --write-recovery-conf --no-sync >"$directory/initdb.log" 2>&1
else
    "$1/initdb" --pgdata="$directory/data" --username=chabi --auth=trust --encoding=UTF8 --locale=C --no-sync >"$directory/initdb.log" 2>&1
fi ||
    { cat "$directory/initdb.log" >&2; exit 1; }
if [ "$3" = on ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE \
        -keyout "$directory/data/server.key" -out "$directory/data/server.crt" >"$directory/openssl.log" 2>&1 ||
        { echo "openssl made no certificate: apt-get install openssl" >&2; cat "$directory/openssl.log" >&2; exit 1; }
    cp "$directory/data/server.crt" "$directory/server.crt"
    chmod 644 "$directory/server.crt"
fi
start() {
    "$1/postgres" -D "$directory/data" -k "$directory" -p "$2" -c listen_addresses=127.0.0.1 -c fsync=on -c "ssl=$3" -c max_connections=1000 \
        >>"$directory/server.log" 2>&1 &
    server=$!
    tries=0
    until "$1/pg_isready" -q -h "$directory" -p "$2" -U chabi; do
        kill -0 "$server" 2>/dev/null || { cat "$directory/server.log" >&2; exit 1; }
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || { cat "$directory/server.log" >&2; exit 1; }
        sleep 0.05
    done
}
trap stop EXIT
start "$1" "$2" "$3"
chmod 711 "$directory"
echo "$directory"
while read -r word; do
    if [ "$word" = start ]; then
        start "$1" "$2" "$3"
    else
        kill -"$word" "$server"
        wait "$server" || :
        server=
    fi
    echo "$word"
done
"#;

impl Cluster {
    /// Makes a cluster in a directory of its own and starts it; prints the server's version.
    ///
    /// # Panics
    /// When PostgreSQL is not installed (with the words of how to install it), or cannot be started.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with_tls(false)
    }

    /// The same, with a certificate for `localhost` when `tls` says so: [`Cluster::certificate`].
    ///
    /// # Panics
    /// As [`Cluster::start`], and when there is no `openssl` to make the certificate.
    #[must_use]
    pub fn start_with_tls(tls: bool) -> Self {
        Self::run(if tls { "on" } else { "off" }, None)
    }

    /// A standby that follows this one and refuses writes, until [`Cluster::promote`].
    ///
    /// # Panics
    /// As [`Cluster::start`].
    #[must_use]
    pub fn start_standby(&self) -> Self {
        Self::run("off", Some(self))
    }

    fn run(tls: &str, primary: Option<&Self>) -> Self {
        let bin = programs();
        let port = free_port();
        let mut command = unprivileged("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(&bin).arg(port.to_string()).arg(tls);
        match primary {
            Some(primary) => command.arg(&primary.socket).arg(primary.port.to_string()),
            None => command.args(["", ""]),
        };
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut shell = command.spawn().expect("a shell that starts PostgreSQL");
        let input = shell.stdin.take();
        let mut output = BufReader::new(shell.stdout.take().expect("the shell's output"));
        let mut socket = String::new();
        output.read_line(&mut socket).expect("the shell's answer");
        let socket = socket.trim_end();
        assert!(!socket.is_empty(), "PostgreSQL did not start: its words stand above");
        let cluster = Self { bin, socket: socket.into(), port, input, output: Mutex::new(output), shell };
        eprintln!("PostgreSQL for tests: {} on port {port}", cluster.version());
        cluster
    }

    /// `postgres://…` of one of its databases, by the loopback port.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://chabi@127.0.0.1:{}/{database}", self.port)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The process that all others of the server descend from: to read their CPU, or to stop it.
    ///
    /// # Panics
    /// When the server is gone.
    #[must_use]
    pub fn server_pid(&self) -> u32 {
        let lock = self.socket.join(format!(".s.PGSQL.{}.lock", self.port));
        let text = std::fs::read_to_string(&lock).unwrap_or_else(|error| panic!("{}: {error}", lock.display()));
        text.lines().next().and_then(|line| line.trim().parse().ok()).expect("the server's process id")
    }

    /// The file of the server's own certificate, where it has one.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.socket.join("server.crt")
    }

    /// Such as `postgres (PostgreSQL) 15.18`.
    ///
    /// # Panics
    /// When the server's program does not run.
    #[must_use]
    pub fn version(&self) -> String {
        let output = Command::new(self.bin.join("postgres")).arg("--version").output().expect("the version of PostgreSQL");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Makes an empty database.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn create_database(&self, name: &str) {
        self.run_sql("postgres", &format!("CREATE DATABASE {name}"));
    }

    /// Stops the server at once (`QUIT`: as a crash, without a word to anybody; `INT`: sessions are broken off) and starts it again, on
    /// the same port; back when it answers.
    ///
    /// # Panics
    /// When it does not start again.
    pub fn restart(&mut self, signal: &str) {
        self.tell(signal);
        self.resume();
    }

    /// Stops the server; [`Cluster::resume`] starts it again.
    ///
    /// # Panics
    /// When it cannot be told to.
    pub fn stop(&self, how: Shutdown) {
        self.tell(match how {
            Shutdown::Fast => "INT",
            Shutdown::Immediate => "QUIT",
        });
    }

    /// Starts the server again on the same port; back when it answers.
    ///
    /// # Panics
    /// When it does not start.
    pub fn resume(&self) {
        self.tell("start");
    }

    fn tell(&self, word: &str) {
        let mut output = self.output.lock().expect("the shell's output");
        let mut input = self.input.as_ref().expect("the shell's input");
        writeln!(input, "{word}").expect("the shell listens");
        let mut answer = String::new();
        output.read_line(&mut answer).expect("the shell's answer");
        assert_eq!(answer.trim_end(), word, "the words of PostgreSQL stand above");
    }

    /// Makes a standby the one that takes writes.
    ///
    /// # Panics
    /// When it is none.
    pub fn promote(&self) {
        self.run_sql("postgres", "SELECT pg_promote()");
    }

    /// From now on, a commit is answered only when a standby has it too. Needs one that follows.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn wait_for_standby(&self) {
        self.run_sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.run_sql("postgres", "SELECT pg_reload_conf()");
    }

    /// CPU that the server and its sessions have used, in hundredths of a second.
    ///
    /// # Panics
    /// Where there is no `/proc`.
    #[must_use]
    pub fn cpu_ticks(&self) -> u64 {
        let server = self.server_pid().to_string();
        let mut ticks = 0;
        for process in std::fs::read_dir("/proc").expect("/proc").flatten() {
            let Ok(stat) = std::fs::read_to_string(process.path().join("stat")) else { continue };
            let Some((_, numbers)) = stat.rsplit_once(") ") else { continue };
            // The state, the parent, nine more; then user and system time, and those of children that have ended.
            let numbers: Vec<&str> = numbers.split(' ').collect();
            let is_server = process.file_name().to_str() == Some(&server);
            if is_server || numbers.get(1) == Some(&server.as_str()) {
                let counted = if is_server { 11..15 } else { 11..13 };
                ticks += numbers.get(counted).unwrap_or_default().iter().filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>();
            }
        }
        ticks
    }

    /// Runs SQL by `psql`, as its superuser.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn run_sql(&self, database: &str, sql: &str) {
        let mut command = Command::new(self.bin.join("psql"));
        command.args(["--quiet", "--no-psqlrc", "--username=chabi", "--host"]).arg(&self.socket);
        command.args(["--port", &self.port.to_string(), "--dbname", database, "--set=ON_ERROR_STOP=1", "--command", sql]);
        let output = command.stdin(Stdio::null()).output().expect("psql");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.input.take();
        if let Err(error) = self.shell.wait() {
            eprintln!("PostgreSQL for tests did not end: {error}");
        }
    }
}

/// Where Debian and others keep the server's programs, the newest version first.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let others = ["/usr/local/pgsql/bin", "/usr/pgsql/bin", "/opt/homebrew/bin", "/usr/local/bin", "/usr/bin"].map(PathBuf::from);
    let mut versions: Vec<PathBuf> = versions.collect();
    versions.sort_by_key(|path| std::cmp::Reverse(version_in(path)));
    let found = versions.into_iter().chain(others).find(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file());
    found.expect("PostgreSQL is not installed, and these tests need it: `apt-get install postgresql`, or `cargo xtask test`, which does")
}

fn version_in(bin: &Path) -> u32 {
    bin.parent().and_then(Path::file_name).and_then(|name| name.to_str()?.parse().ok()).unwrap_or(0)
}

/// PostgreSQL refuses to run as root: then everything of it runs as the user `postgres`.
pub(super) fn unprivileged(program: &str) -> Command {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|mine| std::os::unix::fs::MetadataExt::uid(&mine) == 0);
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--", program]);
    command
}

pub(super) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its number").port()
}
