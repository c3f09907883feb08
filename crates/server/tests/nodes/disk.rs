//! SQLite on a disk that is full, and on one that cannot sync: callers are told to come back, nothing that was answered is lost, and
//! when the disk is well again the server goes on by itself.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{
    installation::{Installation, until},
    ledger::{Book, furnish, until_refreshed},
};

const CALLERS: usize = 24;

/// Lets callers act, makes `trouble`, sees that nothing but 503 comes, ends the trouble, and compares.
async fn only_told_to_come_back<T>(installation: &Installation, trouble: impl AsyncFnOnce() -> T, end: impl AsyncFnOnce(T)) {
    let book = Arc::new(Book::default());
    let stopped = Arc::new(AtomicBool::new(false));
    let callers = furnish(installation, CALLERS, 1, &book).await;
    let leisure = Duration::from_millis(200);
    let acting: Vec<_> = callers.into_iter().map(|caller| tokio::spawn(caller.act(Arc::clone(&stopped), leisure))).collect();
    until_refreshed(&book, 40).await;
    let pid = installation.nodes[0].pid();

    let made = trouble().await;
    until_told_to_come_back(&book).await;
    let refreshed = book.count("refreshed");
    until_told_to_come_back(&book).await;
    assert_eq!(book.count("refreshed"), refreshed, "a refresh was answered although it cannot be on the disk");
    end(made).await;

    until_refreshed(&book, 40).await;
    stopped.store(true, Ordering::SeqCst);
    for caller in acting {
        caller.await.unwrap().check().await;
    }
    eprintln!("{}", book.report());
    assert_eq!(book.count("times nobody answered (502)") + book.count("answers broken off"), 0, "it was there all the time");
    assert_eq!(installation.nodes[0].pid(), pid);
    assert!(!installation.nodes[0].log().contains("panicked"), "{}", installation.nodes[0].log());
    book.check();
}

async fn until_told_to_come_back(book: &Book) {
    let goal = book.count("times told to come back (503)") + 40;
    let told = async || book.count("times told to come back (503)") >= goal;
    until(Duration::from_secs(20), told, || format!("the trouble does not show: {}", book.report())).await;
}

fn succeeds(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

// req: st.dur
#[tokio::test(flavor = "multi_thread")]
async fn files_that_may_not_grow_cost_callers_a_503_and_nothing_else() {
    let mut installation = Installation::start(None, 1).await;
    installation.furnish().await;
    // the signal that goes with the error would end the server; on a full disk there is none
    installation.nodes[0].stop().await;
    installation.nodes[0].wrapper = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"].map(str::to_owned).to_vec();
    installation.nodes[0].start().await;
    let pid = installation.nodes[0].pid().to_string();
    let limit = async |size: &str| succeeds(Command::new("prlimit").args(["--pid", &pid]).arg(format!("--fsize={size}:unlimited")));
    only_told_to_come_back(&installation, async || limit("4096").await, async |()| limit("unlimited").await).await;
}

// req: st.dur
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_costs_callers_a_503_and_nothing_else() {
    let mut installation = Installation::start(Some("sqlite:disk/chabi.db"), 1).await;
    installation.furnish().await;
    installation.nodes[0].stop().await;
    // a mount of the server's own, which goes away with it; without root, in a user namespace of its own
    let script = "mkdir before && cp -a disk/. before/ && mount -t tmpfs -o size=6m tmpfs disk && cp -a before/. disk/ && exec \"$@\"";
    let small_disk = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"];
    let probe =
        Command::new("unshare").args(["--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs"]).arg(installation.folder()).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        eprintln!(
            "!!! NOT TESTED: a full disk. This machine lets nobody mount a small one; files that may not grow are tested instead !!!"
        );
        return;
    }
    installation.nodes[0].wrapper = small_disk.map(str::to_owned).to_vec();
    installation.nodes[0].start().await;
    let root = PathBuf::from(format!("/proc/{}/root", installation.nodes[0].pid()));
    let filler = root.join(installation.folder().strip_prefix("/").unwrap()).join("disk/filler");
    let fill = async || {
        let mut file = std::fs::File::create(&filler).unwrap();
        while file.write_all(&[7; 4096]).is_ok() {}
    };
    only_told_to_come_back(&installation, fill, async |()| std::fs::remove_file(&filler).unwrap()).await;
}

// req: st.dur
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_cannot_sync_costs_callers_a_503_and_nothing_else() {
    let installation = Installation::start(None, 1).await;
    installation.furnish().await;
    let pid = installation.nodes[0].pid();
    let fail = async || tokio::task::spawn_blocking(move || FailingSyncs::of(pid)).await.unwrap();
    only_told_to_come_back(&installation, fail, async |syncs: FailingSyncs| syncs.end()).await;
}

/// `strace`, answering each sync of a process with EIO.
struct FailingSyncs(Child);

impl FailingSyncs {
    fn of(pid: u32) -> Self {
        let mut command = Command::new("strace");
        command.args(["-f", "-q", "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:error=EIO", "-p", &pid.to_string()]);
        let spawned = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("this test needs strace: `apt-get install strace` ({error})"));
        let mut traced = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = traced.find(|line| line.as_ref().is_ok_and(|line| line.contains("INJECTED")));
        assert!(first.is_some(), "strace injected nothing: is ptrace allowed here?");
        // what it goes on to say must be read, or it stands still
        std::thread::spawn(move || traced.count());
        Self(child)
    }

    fn end(mut self) {
        succeeds(Command::new("kill").args(["-INT", &self.0.id().to_string()]));
        self.0.wait().unwrap();
    }
}
