//! Races between processes, and processes that are killed. A test runs its own program again as a worker: the same test, told so by its
//! environment.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use chabi_spec::Scope;
use chabi_store::{
    Store,
    account::AccountId,
    authorization_code::{AuthorizationCode, CodeId, Redemption},
    browser_session::SessionId,
    token_family::{FamilyId, RefreshTokenFamily, Rotation, RotationOutcome},
};
use chabi_testkit::{databases, families};
use chabi_token::{Env, Id, Seconds};

/// Set for a worker: the URL of the database.
const DATABASE: &str = "CHABI_WORKER_DATABASE";

/// A worker: its lines come back on standard output, among those of the test harness, with this mark.
struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

const MARK: &str = "worker: ";

impl Worker {
    fn start(test: &str, database: &str) -> Self {
        Self::spawn(Command::new(std::env::current_exe().unwrap()), test, database)
    }

    /// Its disk answers the syncs of these numbers (as `strace` counts them, such as `30+`) with an I/O error.
    fn start_on_a_failing_disk(syncs: &str, test: &str, database: &str) -> Self {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync"]);
        command.args(["-e", &format!("inject=fdatasync,fsync:error=EIO:when={syncs}"), "--"]).arg(std::env::current_exe().unwrap());
        assert!(Command::new("strace").arg("-V").output().is_ok(), "this test needs strace: `apt-get install strace`");
        Self::spawn(command, test, database)
    }

    fn spawn(mut command: Command, test: &str, database: &str) -> Self {
        command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(DATABASE, database);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// Its next line; `None` when it has ended.
    fn hear(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            // The harness may have begun the line.
            if let Some((_, said)) = line.trim_end().split_once(MARK) {
                return Some(said.to_owned());
            }
        }
    }
}

/// What a worker says: one write, so that lines of several tasks do not mix.
fn tell(words: &str) {
    std::io::stdout().write_all(format!("{MARK}{words}\n").as_bytes()).unwrap();
}

/// Its first secret is known to every process.
fn family(env: &Env) -> RefreshTokenFamily {
    let mut family = families::family(env);
    if let Some(state) = &mut family.refresh {
        state.hash_current = [7; 32];
    }
    family
}

fn rotation(family: FamilyId, generation: i64, presented_hash: [u8; 32], env: &Env) -> Rotation {
    Rotation { family, generation, presented_hash, ..families::rotation(&families::family(env), env) }
}

fn code(env: &Env) -> AuthorizationCode {
    AuthorizationCode {
        id: CodeId(env.new_id()),
        secret_hash: [0; 32],
        client_id: "app".into(),
        redirect_uri: "https://app.example/cb".into(),
        redirect_uri_was_sent: true,
        code_challenge: None,
        scope: Scope::default(),
        resource: vec![],
        nonce: None,
        account: AccountId(env.new_id()),
        session: SessionId(env.new_id()),
        auth_time: env.now(),
        amr: vec![],
        expires_at: env.now() + Seconds(600),
        details: None,
    }
}

/// Callers of each of the two processes.
const CALLERS: usize = 32;

fn rounds(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// For each line, [`CALLERS`] refreshes of a family's first token, or redemptions of a code, at once; says what each got.
async fn racing_worker(url: &str) {
    let env = Env::system();
    let store = chabi_store_sql::open(url, &env).await.unwrap();
    tell("ready");
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (what, id) = line.split_once(' ').unwrap();
        let id: Id = id.parse().unwrap();
        let is_refresh = what == "refresh";
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let (store, env) = (store.clone(), env.clone());
                tokio::spawn(async move {
                    if is_refresh { refresh(&store, FamilyId(id), &env).await } else { redeem(&store, CodeId(id), &env).await }
                })
            })
            .collect();
        for caller in callers {
            tell(&caller.await.unwrap());
        }
    }
}

/// Who won: the winner's salt, or the winner's family.
async fn refresh(store: &Store, family: FamilyId, env: &Env) -> String {
    let asked = rotation(family, 0, [7; 32], env);
    match store.rotate_refresh_token(asked.clone()).await.unwrap() {
        RotationOutcome::Rotated => format!("won {:?}", asked.salt),
        RotationOutcome::Repeated(family) => format!("told {:?}", family.refresh.unwrap().salt),
        other => format!("{other:?}"),
    }
}

async fn redeem(store: &Store, code: CodeId, env: &Env) -> String {
    let family = FamilyId(env.new_id());
    match store.redeem_authorization_code(code, family, env.new_id(), env.now()).await.unwrap() {
        Redemption::Fresh => format!("won {family}"),
        Redemption::Replayed { family } => format!("told {family}"),
        Redemption::Unknown => "unknown".into(),
    }
}

// req: rt.race
// req: cd.once
// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_postgresql_agree_on_one_winner() {
    if let Ok(url) = std::env::var(DATABASE) {
        return racing_worker(&url).await;
    }
    let env = Env::system();
    let database = databases::postgres(&env).await;
    let test = "processes::two_processes_on_one_postgresql_agree_on_one_winner";
    let mut workers = [(); 2].map(|()| Worker::start(test, &database.url));
    for worker in &mut workers {
        assert_eq!(worker.hear().as_deref(), Some("ready"));
    }
    for round in 0..rounds("CHABI_RACE_ROUNDS", 20) {
        let line = if round % 2 == 0 {
            let family = family(&env);
            database.store.insert_family(family.clone()).await.unwrap();
            format!("refresh {}", family.id)
        } else {
            let code = code(&env);
            database.store.insert_authorization_code(code.clone()).await.unwrap();
            format!("redeem {}", code.id)
        };
        for worker in &mut workers {
            worker.say(&line);
        }
        let mut heard: BTreeMap<String, usize> = BTreeMap::new();
        for worker in &mut workers {
            for _ in 0..CALLERS {
                *heard.entry(worker.hear().unwrap()).or_default() += 1;
            }
        }
        let winner = heard.keys().find_map(|words| words.strip_prefix("won ")).expect("a winner").to_owned();
        let expected = BTreeMap::from([(format!("told {winner}"), 2 * CALLERS - 1), (format!("won {winner}"), 1)]);
        assert_eq!(heard, expected, "{line}");
    }
    for worker in workers {
        let Worker { mut child, input, .. } = worker;
        drop(input);
        assert!(child.wait().unwrap().success());
    }
}

/// Refreshes the families it is told, each one after another, and says each that was answered, until it is killed.
async fn refreshing_worker(url: &str) {
    let env = Env::system();
    let store = chabi_store_sql::open(url, &env).await.unwrap();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let mut tasks = Vec::new();
    for id in line.split_whitespace() {
        let family = FamilyId(id.parse().unwrap());
        let (store, env) = (store.clone(), env.clone());
        tasks.push(tokio::spawn(async move {
            let mut state = store.find_family(family).await.unwrap().unwrap().refresh.unwrap();
            loop {
                let asked = rotation(family, state.generation, state.hash_current, &env);
                (state.generation, state.hash_current) = (state.generation + 1, asked.next_hash);
                match store.rotate_refresh_token(asked).await.unwrap() {
                    RotationOutcome::Rotated => {}
                    other => panic!("{other:?}"),
                }
                tell(&format!("{family} {} {:?}", state.generation, state.hash_current));
            }
        }));
    }
    // They end only by panicking: then so does the worker.
    let (ended, ..) = futures_util::future::select_all(tasks).await;
    ended.unwrap();
}

// req: st.dur
// req: rt.restart
#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_before_a_kill_is_there_after_it() {
    if let Ok(url) = std::env::var(DATABASE) {
        return refreshing_worker(&url).await;
    }
    let env = Env::system();
    let file = databases::sqlite_on_file(&env).await;
    let families: Vec<RefreshTokenFamily> = (0..16).map(|_| family(&env)).collect();
    for family in &families {
        file.store.insert_family(family.clone()).await.unwrap();
    }
    let ids: Vec<String> = families.iter().map(|family| family.id.to_string()).collect();
    for _ in 0..rounds("CHABI_CRASH_ROUNDS", 10) {
        let mut worker = Worker::start("processes::what_was_answered_before_a_kill_is_there_after_it", &file.url);
        worker.say(&ids.join(" "));
        let [a, b] = env.random();
        let mut answered: BTreeMap<String, (i64, String)> = BTreeMap::new();
        let mut hear = |worker: &mut Worker| {
            let said = worker.hear()?;
            let mut words = said.splitn(3, ' ').map(str::to_owned);
            answered.insert(words.next().unwrap(), (words.next().unwrap().parse().unwrap(), words.next().unwrap()));
            Some(())
        };
        for _ in 0..usize::from(a) + 2 * usize::from(b) {
            hear(&mut worker).expect("the worker goes on until it is killed");
        }
        worker.child.kill().unwrap();
        while hear(&mut worker).is_some() {}
        worker.child.wait().unwrap();
        for (id, (generation, hash)) in answered {
            let state = file.store.find_family(FamilyId(id.parse().unwrap())).await.unwrap().unwrap().refresh.unwrap();
            // At most one refresh of a family was under way: it may have been committed without having been answered.
            match state.generation - generation {
                0 => assert_eq!(format!("{:?}", state.hash_current), hash),
                1 => assert_eq!(format!("{:?}", state.hash_previous), hash),
                other => panic!("{other} generations between what was answered and what is there"),
            }
        }
    }
}

/// Counts up, one write after another, and says how each was answered.
async fn counting_worker(url: &str) {
    let store = chabi_store_sql::open(url, &Env::system()).await.unwrap();
    for _ in 0..120 {
        match store.bump_version("v").await {
            Ok(_) => tell("done"),
            Err(fault) => tell(&format!("{:?}", fault.kind)),
        }
    }
}

/// How a worker's writes were answered while these syncs failed, and how many of them are there afterwards.
async fn answers_while_syncs_fail(syncs: &str, test: &str) -> (Vec<bool>, i64) {
    let env = Env::system();
    let file = databases::sqlite_on_file(&env).await;
    let mut worker = Worker::start_on_a_failing_disk(syncs, test, &file.url);
    let mut answers = Vec::new();
    while let Some(answer) = worker.hear() {
        assert!(answer == "done" || answer == "Unavailable", "{answer}");
        answers.push(answer == "done");
    }
    assert!(worker.child.wait().unwrap().success());
    assert_eq!(answers.len(), 120);
    (answers, file.store.find_version("v").await.unwrap())
}

// req: st.dur
#[tokio::test(flavor = "multi_thread")]
async fn while_the_disk_cannot_sync_nothing_is_answered_as_done() {
    if let Ok(url) = std::env::var(DATABASE) {
        return counting_worker(&url).await;
    }
    let test = "processes::while_the_disk_cannot_sync_nothing_is_answered_as_done";
    let (answers, there) = answers_while_syncs_fail("30+", test).await;
    let done = answers.iter().take_while(|done| **done).count();
    assert!(0 < done && done < 60, "{done} writes went well before the disk failed");
    assert!(answers.iter().skip(done).all(|done| !done), "a write was answered as done on a disk that cannot sync");
    assert!(usize::try_from(there).unwrap() >= done);
}

// req: st.dur
#[tokio::test(flavor = "multi_thread")]
async fn when_the_disk_syncs_again_the_store_goes_on_and_has_kept_what_it_answered() {
    if let Ok(url) = std::env::var(DATABASE) {
        return counting_worker(&url).await;
    }
    let test = "processes::when_the_disk_syncs_again_the_store_goes_on_and_has_kept_what_it_answered";
    let (answers, there) = answers_while_syncs_fail("30..36", test).await;
    let done = answers.iter().filter(|done| **done).count();
    assert!(done < 120, "the disk did not fail");
    assert!(answers.last().unwrap(), "the store did not go on");
    assert!((done..=120).contains(&usize::try_from(there).unwrap()), "{there} are there, {done} were answered as done");
}
