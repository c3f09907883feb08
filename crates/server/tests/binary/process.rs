//! A running `chabi`, and one that ends by itself.

use std::{
    fs::File,
    net::TcpListener,
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// The program, in a folder of the test's own and without the environment of whoever runs the test.
pub fn chabi(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chabi"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub fn output(folder: &Path, arguments: &[&str]) -> Output {
    chabi(folder, arguments).output().unwrap()
}

/// Standard output and standard error of a run that must fail.
pub fn failure(folder: &Path, arguments: &[&str]) -> String {
    let output = output(folder, arguments);
    let words = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success(), "{arguments:?} succeeded: {words}");
    words
}

/// Standard output of a run that must succeed.
pub fn success(folder: &Path, arguments: &[&str]) -> String {
    let output = output(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A server; killed when it is dropped.
pub struct Running(Child);

impl Running {
    /// Starts it, its log in the file `log` of the folder, and waits until it is ready.
    pub fn start(command: &mut Command, folder: &Path, port: u16) -> Self {
        let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
        let running = Self(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let deadline = Instant::now() + PATIENCE;
        while status(port, "/readyz") != Some(200) {
            assert!(Instant::now() < deadline, "not ready in time: {}", std::fs::read_to_string(folder.join("log")).unwrap());
            std::thread::sleep(Duration::from_millis(10));
        }
        running
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        assert!(Command::new("kill").arg("-TERM").arg(self.0.id().to_string()).status().unwrap().success());
    }

    /// Waits for its end.
    pub fn ended(mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that is free now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The status of a GET; `None`: nobody answers.
pub fn status(port: u16, path: &str) -> Option<u16> {
    let answer = request(port, &format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"))?;
    answer.split(' ').nth(1)?.parse().ok()
}

/// Sends text, reads to the end; `None`: nobody listens.
pub fn request(port: u16, text: &str) -> Option<String> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(text.as_bytes()).ok()?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    Some(String::from_utf8_lossy(&answer).into_owned())
}
