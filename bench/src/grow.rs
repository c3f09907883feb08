//! What the same requests cost as the data grows: databases of several sizes, made here, asked in turn; and how expired rows leave.
//!
//! 1. [`fill`]: rows, through the store's verbs, and [`multiply`], by PostgreSQL itself; [`place`]: an installation on them, and its callers;
//! 2. rounds over all sizes, interleaved, and each size beside the smallest;
//! 3. [`sweep`]: on the largest.

mod fill;
mod multiply;
mod place;
mod sweep;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use chabi_testkit::databases::Cluster;
use clap::Args;

use crate::{
    load::{Load, Waiting},
    machine,
    measured::{self, Measured, Spread},
    server::Pinning,
};
use place::{Asked, Place};

/// Bytes of disk for each account with its family, measured, with SQLite's log and some air.
const BYTES_EACH: f64 = 1_500.0;
/// Gigabytes of PostgreSQL's log, at the most, and some air.
const POSTGRES_LOG: f64 = 9.0;

/// How to measure.
#[derive(Debug, Args)]
pub struct Options {
    /// The server's program.
    #[arg(long)]
    pub chabi: PathBuf,
    /// Accounts, and living refresh tokens, of each database.
    #[arg(long, value_delimiter = ',', default_value = "1000,100000,10000000")]
    pub sizes: Vec<u32>,
    /// So many rounds; the median is reported.
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// Of each window.
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
    /// The server's core.
    #[arg(long)]
    pub server_core: Option<u32>,
    /// Where the databases are made; they go away at the end.
    #[arg(long)]
    pub folder: PathBuf,
    /// On PostgreSQL, in a cluster of its own below the system's temporary folder, in place of SQLite; without the sweep, which
    /// looks at the file.
    #[arg(long)]
    pub postgres: bool,
    /// Leaves the sweep out.
    #[arg(long)]
    pub without_sweep: bool,
}

type Series = BTreeMap<(Asked, u32), Vec<Measured>>;

/// Makes the databases, measures, and prints.
///
/// # Errors
/// The disk is too small, a server does not start, or an answer is not as it should be.
pub async fn run(options: &Options) -> Result<()> {
    println!("{}", machine::description());
    std::fs::create_dir_all(&options.folder)?;
    check_disk(options)?;
    let pinning = Pinning { server: options.server_core };
    let mut cluster = options.postgres.then(Cluster::start);
    if let Some(cluster) = &mut cluster {
        configure(cluster)?;
    }
    let mut places = Vec::new();
    for &size in &options.sizes {
        ensure!(size >= 64, "a database of {size} families is too small for 64 callers");
        println!("making {size} accounts with a refresh token each");
        let begun = Instant::now();
        let place = Place::make(&options.chabi, &options.folder, cluster.as_ref(), size, 2 * sweep::expired_for(size)).await?;
        println!("  made in {:.0} s", begun.elapsed().as_secs_f64());
        if cluster.is_none() {
            println!("  the file has {:.0} MB", place.file_size().await?.all);
        }
        places.push(place);
    }
    println!("waiting for the disk");
    if let Some(cluster) = &cluster {
        settle(cluster, &options.sizes);
    }
    for place in &mut places {
        place.settle()?;
        place.serve(&options.chabi, pinning).await?;
    }
    // as in `measure`: no server pays for waking callers, save PostgreSQL's, which has the callers' core
    let alone = options.server_core.is_some() && cluster.is_none();
    let waiting = if alone { Waiting::Awake } else { Waiting::Asleep };
    let mut series = Series::new();
    for round in 1..=options.rounds {
        println!("round {round} of {}; load average {}", options.rounds, machine::load_average());
        self::round(&places, Duration::from_secs_f64(options.seconds), waiting, &mut series).await?;
    }
    report(&series, &options.sizes);
    places.iter_mut().for_each(Place::stop);
    let largest = places.iter_mut().max_by_key(|place| place.count).context("a size")?;
    if !options.without_sweep && cluster.is_none() {
        println!("the sweep, beside {} living families", largest.count);
        sweep::run(largest, &options.chabi, pinning).await?;
    }
    Ok(())
}

async fn round(places: &[Place], length: Duration, waiting: Waiting, series: &mut Series) -> Result<()> {
    for asked in Asked::ALL {
        for place in places {
            place.read_once()?;
            let mut load = Load::open(place.server()?.address(), place.callers(asked)?).await?.waiting(waiting);
            let before = place.read_from_disk()?;
            let (measured, window) = measured::window(&mut load, length, || place.cpu())
                .await
                .with_context(|| format!("{} at {}", asked.name(), place.count))?;
            println!(
                "  {:<20} {:>10} {:>8.0}/s  p99 {:>6.2} ms  {:>6.1} µs  {:>6.1} bytes from the disk each",
                asked.name(),
                place.count,
                measured.rate,
                measured.p99,
                measured.micros(),
                (place.read_from_disk()? - before) / f64::from(window.requests)
            );
            series.entry((asked, place.count)).or_default().push(measured);
        }
    }
    Ok(())
}

/// As its documentation has it for a machine that is the database's: a quarter of the memory, and few checkpoints.
fn configure(cluster: &mut Cluster) -> Result<()> {
    let buffers = machine::memory_megabytes()? / 4;
    cluster.run_sql("postgres", &format!("ALTER SYSTEM SET shared_buffers = '{buffers}MB'"));
    cluster.run_sql("postgres", "ALTER SYSTEM SET max_wal_size = '8GB'");
    cluster.restart("INT");
    Ok(())
}

/// As a cluster is that has been up for a while: it has counted its rows, and has nothing left to write.
fn settle(cluster: &Cluster, sizes: &[u32]) {
    for &size in sizes {
        cluster.run_sql(&place::database_name(size), "VACUUM ANALYZE");
    }
    // it would be charged to whichever size is measured meanwhile
    cluster.run_sql("postgres", "ALTER SYSTEM SET autovacuum = off");
    cluster.run_sql("postgres", "SELECT pg_reload_conf()");
    cluster.run_sql("postgres", "CHECKPOINT");
}

/// Medians, and each beside the smallest size.
fn report(series: &Series, sizes: &[u32]) {
    println!("\n| | families | requests a second | p50 ms | p99 ms | µs CPU | throughput beside the smallest | CPU beside the smallest |");
    println!("|---|---|---|---|---|---|---|---|");
    let smallest = sizes.iter().copied().min().unwrap_or(0);
    let median = |of: &(Asked, u32), number: fn(&Measured) -> f64| Spread::of(series.get(of).into_iter().flatten().map(number)).median;
    for of in series.keys() {
        let least = (of.0, smallest);
        let (rate, micros) = (median(of, |one| one.rate), median(of, Measured::micros));
        println!(
            "| {} | {} | {rate:.0} | {:.2} | {:.2} | {micros:.1} | {:.2} | {:.2} |",
            of.0.name(),
            of.1,
            median(of, |one| one.p50),
            median(of, |one| one.p99),
            rate / median(&least, |one| one.rate).max(1.0),
            micros / median(&least, Measured::micros).max(0.1),
        );
    }
    println!();
}

/// Says what is needed, and what there is.
fn check_disk(options: &Options) -> Result<()> {
    let (folder, beside) = match options.postgres {
        true => (std::env::temp_dir(), POSTGRES_LOG),
        false => (options.folder.clone(), 0.2),
    };
    let needed = options.sizes.iter().map(|size| f64::from(*size) * BYTES_EACH).sum::<f64>() / 1e9 + beside;
    let free = free_gigabytes(&folder)?;
    println!("needs about {needed:.1} GB of disk below {}; {free:.1} GB are free", folder.display());
    ensure!(free > needed, "too little disk: name smaller sizes (`--sizes 1000,100000`) or another folder (`--folder`)");
    Ok(())
}

fn free_gigabytes(folder: &Path) -> Result<f64> {
    let output = Command::new("df").args(["--output=avail", "--block-size=1M"]).arg(folder).output().context("starting df")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let free: f64 = said.lines().last().and_then(|line| line.trim().parse().ok()).with_context(|| format!("df said {said}"))?;
    Ok(free / 1024.0)
}
