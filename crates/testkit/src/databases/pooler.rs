//! PgBouncer in transaction mode before a cluster: few connections to the server, shared out anew for each transaction.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdin, Stdio},
};

use super::cluster::{Cluster, free_port, unprivileged};

/// A running PgBouncer, on a loopback port.
#[derive(Debug)]
pub struct Pooler {
    port: u16,
    /// Closing it ends the pooler.
    input: Option<ChildStdin>,
    shell: Child,
}

/// Runs it until its input ends. `$1`: the program; `$2`: its port; `$3`: the server's port.
const SCRIPT: &str = r#"
set -eu
umask 077
directory=$(mktemp -d /tmp/chabi-pgbouncer-XXXXXX)
stop() { trap - EXIT; kill -INT "$pooler" 2>/dev/null || :; wait "$pooler" 2>/dev/null || :; rm -rf "$directory"; }
trap 'rm -rf "$directory"' EXIT
printf '"chabi" ""\n' >"$directory/users"
cat >"$directory/pgbouncer.ini" <<END
[databases]
* = host=127.0.0.1 port=$3
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $2
unix_socket_dir =
auth_type = trust
auth_file = $directory/users
pool_mode = transaction
default_pool_size = 4
max_client_conn = 4000
max_db_connections = 4
server_idle_timeout = 5
END
"$1" -q "$directory/pgbouncer.ini" >"$directory/log" 2>&1 &
pooler=$!
trap stop EXIT
echo started
cat >/dev/null
"#;

impl Pooler {
    /// Starts one before this cluster: four connections for each database.
    ///
    /// # Panics
    /// When PgBouncer is not installed (with the words of how to install it), or cannot be started.
    #[must_use]
    pub fn start(cluster: &Cluster) -> Self {
        let port = free_port();
        let mut command = unprivileged("sh");
        command.args(["-c", SCRIPT, "sh", program(), &port.to_string(), &cluster.port().to_string()]);
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut shell = command.spawn().expect("a shell that starts PgBouncer");
        let input = shell.stdin.take();
        let mut started = String::new();
        BufReader::new(shell.stdout.take().expect("the shell's output")).read_line(&mut started).expect("the shell's answer");
        let began = std::time::Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed().as_secs() < 30, "PgBouncer did not start");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Self { port, input, shell }
    }

    /// `postgres://…` of a database of its cluster.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://chabi@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.input.take();
        self.shell.wait().map(drop).unwrap_or_default();
    }
}

/// Debian keeps it where only root's path leads.
fn program() -> &'static str {
    let places = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"];
    let found = places.into_iter().find(|place| Path::new(place).is_file());
    found.expect("PgBouncer is not installed, and these tests need it: `apt-get install pgbouncer`, or `cargo xtask test`, which does")
}
