//! Rounds: ours on each engine, then the parts, then the next round, so that a noisy machine is noisy for all.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, ensure};
use chabi_testkit::databases::{self, Cluster};
use chabi_token::Env;
use clap::Args;

use crate::{
    bare,
    ceiling::{Algorithm, Ceilings, Engine, Part, Rows, Signatures},
    cpu::Cpu,
    installation::{Database, Installation},
    load::Load,
    machine,
    measured::{self, Measured},
    report::{self, Run, Series},
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
    /// A folder for RESULTS.md and results.svg.
    #[arg(long)]
    pub results: Option<PathBuf>,
    /// The commit that is measured, for the report.
    #[arg(long, default_value = "")]
    pub commit: String,
    /// The profile that it was built with, for the report.
    #[arg(long, default_value = "")]
    pub profile: String,
    /// These alone; all when none is named.
    pub scenarios: Vec<String>,
}

/// Everything that runs.
struct Bench {
    length: Duration,
    scenarios: Vec<Scenario>,
    ours: Vec<(Engine, Installation)>,
    bare: ServerProcess,
    signatures: Signatures,
    rows: Vec<Rows>,
    _files: databases::SqliteFile,
    _cluster: Option<Cluster>,
}

/// Measures, and reports.
///
/// # Errors
/// A server that does not start, or an answer that is not as it should be: then nothing is reported.
pub async fn run(options: &Options) -> Result<()> {
    let description = machine::description();
    println!("{description}");
    let mut bench = Bench::start(options).await?;
    let mut run = Run { machine: description, commit: options.commit.clone(), profile: options.profile.clone(), ..Run::default() };
    run.rounds = options.rounds;
    run.seconds = options.seconds;
    for round in 1..=options.rounds {
        println!("round {round} of {}", options.rounds);
        bench.round(&mut run).await?;
    }
    report::write(&run, options.results.as_deref())
}

impl Bench {
    async fn start(options: &Options) -> Result<Self> {
        let env = Env::system();
        let pinning = Pinning { server: options.server_core };
        let cluster = (!options.sqlite_only).then(Cluster::start);
        let mut ours = vec![(Engine::Sqlite, Installation::start(&options.chabi, Database::Sqlite, pinning).await?)];
        let files = databases::sqlite_on_file(&env).await;
        let mut rows = vec![Rows::new(files.store.clone(), None).await?];
        if let Some(cluster) = &cluster {
            cluster.create_database("ours");
            cluster.create_database("rows");
            let pid = cluster.server_pid();
            let database = Database::Postgres { url: cluster.url("ours"), pid };
            ours.push((Engine::Postgres, Installation::start(&options.chabi, database, pinning).await?));
            rows.push(Rows::new(chabi_store_sql::open(&cluster.url("rows"), &env).await?, Some(pid)).await?);
        }
        Ok(Self {
            length: Duration::from_secs_f64(options.seconds),
            scenarios: scenarios(&options.scenarios)?,
            ours,
            bare: bare::start(pinning).await?,
            signatures: Signatures::new()?,
            rows,
            _files: files,
            _cluster: cluster,
        })
    }

    async fn round(&mut self, run: &mut Run) -> Result<()> {
        for scenario in self.scenarios.clone() {
            for place in 0..self.ours.len() {
                let (engine, ours) = self.ours.get_mut(place).context("an installation")?;
                let most = most(scenario, self.length);
                let callers = scenario.callers(ours, most).await.with_context(|| format!("getting ready for {}", scenario.name()))?;
                let mut load = Load::open(ours.address(), callers).await?;
                let (measured, window) = measured::window(&mut load, self.length, || ours.cpu()).await.with_context(|| scenario.name())?;
                drop(load);
                say(scenario.name(), engine.name(), &measured);
                run.add(Series { scenario, engine: *engine }, measured);
                if *engine == Engine::Sqlite {
                    let bare = self.bare_http(scenario, &window.request, window.answer_bytes).await?;
                    run.ceilings.add(Part::Http(scenario), bare);
                }
            }
        }
        self.parts(&mut run.ceilings).await
    }

    async fn bare_http(&self, scenario: Scenario, request: &[u8], answer_bytes: usize) -> Result<Measured> {
        let callers = bare::callers(request, answer_bytes, scenario.connections());
        let mut load = Load::open(self.bare.address(), callers).await?;
        let used = || Ok(Cpu { server: self.bare.cpu()?, database: Duration::ZERO });
        let (measured, _) = measured::window(&mut load, self.length / 2, used).await?;
        say("bare HTTP", scenario.name(), &measured);
        Ok(measured)
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
            ceilings.add(Part::Insert(engine), rows.insert(length).await?);
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
fn most(scenario: Scenario, length: Duration) -> u32 {
    let a_second = match scenario {
        Scenario::Exchange(IdToken::Rs256) => 1_800.0,
        Scenario::Exchange(IdToken::Es256) => 8_000.0,
        _ => 0.0,
    };
    let requests = (length.as_secs_f64() + 0.2) * a_second;
    format!("{requests:.0}").parse().unwrap_or(u32::MAX)
}

fn say(what: &str, whom: &str, measured: &Measured) {
    let Measured { rate, p50, p99, server_micros, database_micros } = measured;
    println!(
        "  {what:<20} {whom:<20} {rate:>8.0}/s  p50 {p50:>6.2} ms  p99 {p99:>6.2} ms  {server_micros:>6.1} + {database_micros:>5.1} µs"
    );
}
