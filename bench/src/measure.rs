//! Rounds: each server in turn, then the parts, then the next round, so that a noisy machine is noisy for all.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, ensure};
use chabi_testkit::databases::{self, Cluster};
use chabi_token::Env;
use clap::Args;

use crate::{
    bare,
    ceiling::{Algorithm, Ceilings, Engine, Part, Rows, Signatures},
    cpu::Cpu,
    idle_connections::{self, Idle},
    installation::{Database, Installation},
    layer::{self, Layer},
    load::{Load, Waiting},
    machine,
    measured::{self, Measured},
    peers::{Kind, Peer},
    report::{self, Run, Who},
    scenario::Scenario,
    server::{Pinning, ServerProcess},
    subject::{IdToken, Subject},
};

/// How to measure.
#[derive(Debug, Args)]
pub struct Options {
    /// The server's program.
    #[arg(long)]
    pub chabi: PathBuf,
    /// So many rounds; the median is reported.
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// Of each window.
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
    /// The server's core; the load is wherever this process is.
    #[arg(long)]
    pub server_core: Option<u32>,
    /// SQLite alone.
    #[arg(long)]
    pub sqlite_only: bool,
    /// Other people's servers too, installed below this folder.
    #[arg(long)]
    pub peers: Option<PathBuf>,
    /// A folder for RESULTS.md and results.svg.
    #[arg(long)]
    pub results: Option<PathBuf>,
    /// What is measured, for the report: commit and profile.
    #[arg(long, default_value = "unknown")]
    pub built: String,
    /// These alone; all when none is named.
    pub scenarios: Vec<String>,
}

/// Everything that runs.
struct Bench {
    length: Duration,
    pinning: Pinning,
    scenarios: Vec<Scenario>,
    servers: Vec<(Who, Box<dyn Subject>)>,
    bare: ServerProcess,
    signatures: Signatures,
    rows: Vec<Rows>,
    layer: Layer,
    _files: databases::SqliteFile,
    _cluster: Option<Cluster>,
}

/// Measures, and reports.
///
/// # Errors
/// A server that does not start, or an answer that is not as it should be: then nothing is reported.
pub async fn run(options: &Options) -> Result<()> {
    let machine = machine::description();
    println!("{machine}");
    let idle = if options.scenarios.is_empty() { Some(at_rest(options).await?) } else { None };
    let mut bench = Bench::start(options).await?;
    let mut run = Run { idle, machine, conditions: conditions(options), ..Run::default() };
    for round in 1..=options.rounds {
        println!("round {round} of {}, load average {}", options.rounds, machine::load_average());
        bench.round(&mut run).await.with_context(|| format!("round {round}"))?;
    }
    report::write(&run, options.results.as_deref())
}

/// Before anything else runs; in a moment's run, with a few connections.
async fn at_rest(options: &Options) -> Result<Idle> {
    let connections = if options.seconds < 1.0 { 100 } else { idle_connections::CONNECTIONS };
    let idle = idle_connections::measure(&options.chabi, connections).await.context("a server at rest")?;
    println!("{idle}");
    Ok(idle)
}

fn conditions(options: &Options) -> Vec<String> {
    let cores = match options.server_core {
        Some(core) => format!("server on core {core}, load and PostgreSQL on another"),
        None => "server and load share their cores: read the CPU for each request, not the rates".to_owned(),
    };
    let mut conditions = vec![
        options.built.clone(),
        format!("{} rounds, windows of {} s, all servers in turn in each round; medians", options.rounds, options.seconds),
        format!("{cores}; 32 connections, 64 for refresh and for code exchange in ES256"),
        "callers never sleep while they wait, so that no server pays for waking them; those of PostgreSQL's do: it has the same core"
            .to_owned(),
        "the log at its default level, a line for each request, to /dev/null; every commit durable".to_owned(),
        "refresh: granted without `openid`, so that an access token alone is signed; userinfo and introspection: of a person's token"
            .to_owned(),
    ];
    if options.peers.is_some() {
        conditions.extend(Kind::ALL.map(|kind| kind.note().to_owned()));
    }
    conditions
}

impl Bench {
    async fn start(options: &Options) -> Result<Self> {
        let scenarios = scenarios(&options.scenarios)?;
        let env = Env::system();
        let pinning = Pinning { server: options.server_core };
        let length = Duration::from_secs_f64(options.seconds);
        let cluster = (!options.sqlite_only).then(Cluster::start);
        let sqlite = Installation::start(&options.chabi, Database::Sqlite, pinning).await?;
        let mut servers: Vec<(Who, Box<dyn Subject>)> = vec![(Who::Ours(Engine::Sqlite), Box::new(sqlite))];
        if scenarios.contains(&Scenario::Refresh) {
            let each = Installation::start(&options.chabi, Database::SqliteCommitEach, pinning).await?;
            servers.push((Who::OursCommitEach, Box::new(each)));
        }
        let files = databases::sqlite_on_file(&env).await;
        let mut rows = vec![Rows::new(files.store.clone(), None).await?];
        if let Some(cluster) = &cluster {
            cluster.create_database("ours");
            cluster.create_database("rows");
            let pid = cluster.server_pid();
            let database = Database::Postgres { url: cluster.url("ours"), pid };
            let ours = Installation::start(&options.chabi, database, pinning).await?;
            servers.push((Who::Ours(Engine::Postgres), Box::new(ours)));
            rows.push(Rows::new(chabi_store_sql::open(&cluster.url("rows"), &env).await?, Some(pid)).await?);
        }
        if let Some(installed) = &options.peers {
            for kind in Kind::ALL {
                let who = if kind == Kind::OidcProvider { Who::Node } else { Who::Django };
                servers.push((who, Box::new(Peer::start(kind, installed, pinning).await?)));
            }
        }
        let bare = bare::start(pinning).await?;
        let layer = Layer::new(if options.seconds < 1.0 { layer::TOKENS / 100 } else { layer::TOKENS })?;
        let signatures = Signatures::new()?;
        Ok(Self { length, pinning, scenarios, servers, bare, signatures, rows, layer, _files: files, _cluster: cluster })
    }

    async fn round(&mut self, run: &mut Run) -> Result<()> {
        for scenario in self.scenarios.clone() {
            for place in 0..self.servers.len() {
                self.scenario(scenario, place, run).await.with_context(|| scenario.name())?;
            }
        }
        if self.scenarios.contains(&Scenario::ClientCredentials) {
            run.mixed.push(self.mixed().await.context("two loads at once")?);
        }
        run.layer.push((self.layer.first_sight(self.length)?, self.layer.known(self.length / 8)?));
        self.parts(&mut run.ceilings).await.context("the parts")
    }

    async fn scenario(&mut self, scenario: Scenario, place: usize, run: &mut Run) -> Result<()> {
        let who = self.servers.get(place).context("a server")?.0;
        let waiting = self.waiting(who);
        let (_, server) = self.servers.get_mut(place).context("a server")?;
        let is_measured = match who {
            Who::Django => scenario != Scenario::Exchange(IdToken::Es256),
            Who::OursCommitEach => scenario == Scenario::Refresh,
            _ => true,
        };
        if !is_measured {
            return Ok(());
        }
        let callers = scenario.callers(server.as_mut(), most(scenario, who, self.length)).await.context("getting ready")?;
        let mut load = Load::open(server.address(), callers).await?.waiting(waiting);
        let (measured, window) = measured::window(&mut load, self.length, || server.cpu()).await.context(server.name().to_owned())?;
        drop(load);
        say(scenario.name(), who.name(), &measured);
        run.add(scenario, who, measured);
        if who == Who::Ours(Engine::Sqlite) {
            let bare = self.bare_http(scenario, &window.request, window.answer_bytes).await?;
            run.ceilings.add(Part::Http(scenario), bare);
        }
        Ok(())
    }

    /// The load's core looks for answers without rest, unless others need it: a server that has no core of its own, and PostgreSQL.
    fn waiting(&self, who: Who) -> Waiting {
        match (self.pinning.server, who) {
            (None, _) | (_, Who::Ours(Engine::Postgres)) => Waiting::Asleep,
            (Some(_), _) => Waiting::Awake,
        }
    }

    /// What the bare server needs for the same requests and answers.
    async fn bare_http(&self, scenario: Scenario, request: &[u8], answer_bytes: usize) -> Result<Measured> {
        let callers = bare::callers(request, answer_bytes, scenario.connections());
        let mut load = Load::open(self.bare.address(), callers).await?.waiting(self.waiting(Who::Ours(Engine::Sqlite)));
        let used = || Ok(Cpu { server: self.bare.cpu()?, database: Duration::ZERO });
        let (measured, _) = measured::window(&mut load, self.length / 2, used).await?;
        say("bare HTTP", scenario.name(), &measured);
        Ok(measured)
    }

    /// RSA must not hold up the others: `client_credentials` on SQLite, alone and with code exchanges beside it.
    async fn mixed(&mut self) -> Result<(Measured, Measured)> {
        const CALLERS: usize = 8;
        let length = self.length;
        let (_, server) = self.servers.first_mut().context("a server")?;
        let mut callers = Scenario::ClientCredentials.callers(server.as_mut(), 0).await?;
        callers.truncate(CALLERS);
        let exchange = Scenario::Exchange(IdToken::Rs256);
        let mut beside = exchange.callers(server.as_mut(), most(exchange, Who::Ours(Engine::Sqlite), length)).await?;
        beside.truncate(CALLERS);
        let (mut load, mut other) = (Load::open(server.address(), callers).await?, Load::open(server.address(), beside).await?);
        let (alone, _) = measured::window(&mut load, length, || server.cpu()).await?;
        let both = futures_util::future::try_join(measured::window(&mut load, length, || server.cpu()), other.run(length));
        let ((beside, _), exchanges) = both.await?;
        ensure!(exchanges.requests > 0, "not one code was exchanged");
        say("client_credentials", "alone, 8 callers", &alone);
        say("client_credentials", "beside RSA", &beside);
        Ok((alone, beside))
    }

    async fn parts(&self, ceilings: &mut Ceilings) -> Result<()> {
        for algorithm in Algorithm::ALL {
            let length = self.length / 8;
            ceilings.add(Part::Sign(algorithm), self.signatures.sign(algorithm, length)?);
            ceilings.add(Part::Verify(algorithm), self.signatures.verify(algorithm, length)?);
        }
        for rows in &self.rows {
            let (engine, length) = (rows.engine(), self.length / 2);
            ceilings.add(Part::Rotate(engine), rows.rotate(length).await?);
            ceilings.add(Part::RotateAlone(engine), rows.rotate_alone(length).await?);
            ceilings.add(Part::Redeem(engine), rows.redeem(length).await?);
            ceilings.add(Part::Read(engine), rows.read(length).await?);
        }
        Ok(())
    }
}

fn scenarios(named: &[String]) -> Result<Vec<Scenario>> {
    for name in named {
        let known = Scenario::ALL.iter().any(|scenario| scenario.name() == name);
        ensure!(known, "there is no scenario `{name}`; there are {}", Scenario::ALL.map(Scenario::name).join(", "));
    }
    let wanted = |scenario: &Scenario| named.is_empty() || named.iter().any(|name| name == scenario.name());
    Ok(Scenario::ALL.into_iter().filter(wanted).collect())
}

/// More requests than a window of this length can hold: so many codes are fetched for it.
fn most(scenario: Scenario, who: Who, length: Duration) -> u32 {
    let a_second = match (scenario, who) {
        (Scenario::Exchange(_), Who::Django) => 400,
        (Scenario::Exchange(IdToken::Rs256), _) => 3_500,
        (Scenario::Exchange(IdToken::Es256), Who::Node) => 3_500,
        (Scenario::Exchange(IdToken::Es256), _) => 16_000,
        _ => 0,
    };
    let tenths = u32::try_from(length.as_millis() / 100).unwrap_or(u32::MAX).saturating_add(3);
    tenths.saturating_mul(a_second) / 10
}

fn say(what: &str, whom: &str, measured: &Measured) {
    let Measured { rate, p50, p99, server_micros, database_micros } = measured;
    println!(
        "  {what:<20} {whom:<22} {rate:>8.0}/s  p50 {p50:>6.2} ms  p99 {p99:>6.2} ms  {server_micros:>7.1} + {database_micros:>5.1} µs"
    );
}
