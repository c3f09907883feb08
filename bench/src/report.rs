//! What a run found: a table for the terminal.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;

use crate::{
    ceiling::{Ceilings, Engine},
    measured::{Measured, Spread},
    scenario::Scenario,
};

/// What was measured again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// What was asked.
    pub scenario: Scenario,
    /// On which engine.
    pub engine: Engine,
}

/// All of a run.
#[derive(Debug, Default)]
pub struct Run {
    /// Two lines.
    pub machine: String,
    /// What was measured.
    pub commit: String,
    /// How it was built.
    pub profile: String,
    /// Rounds.
    pub rounds: u32,
    /// Of a window.
    pub seconds: f64,
    /// Ours, one for each round.
    pub ours: BTreeMap<Series, Vec<Measured>>,
    /// The parts.
    pub ceilings: Ceilings,
}

impl Run {
    /// One more measurement of ours.
    pub fn add(&mut self, series: Series, measured: Measured) {
        self.ours.entry(series).or_default().push(measured);
    }
}

/// Prints the tables.
///
/// # Errors
/// The folder cannot be written to.
pub fn write(run: &Run, _folder: Option<&Path>) -> Result<()> {
    println!("\n{} rounds of {} s, profile {}, commit {}", run.rounds, run.seconds, run.profile, run.commit);
    println!(
        "\n{:<20} {:<10} {:>9} {:>15} {:>7} {:>7} {:>8} {:>8} {:>6}",
        "ours", "on", "a second", "", "p50 ms", "p99 ms", "µs CPU", "ceiling", "ratio"
    );
    for (series, all) in &run.ours {
        let of = |number: fn(&Measured) -> f64| Spread::of(all.iter().map(number));
        let (rate, micros) = (of(|measured| measured.rate), of(Measured::micros));
        let (parts, ceiling) = run.ceilings.of(series.scenario, series.engine);
        run.ceilings.check(series.scenario, series.engine)?;
        let parts: Vec<String> = parts
            .iter()
            .map(|(part, times)| {
                format!(
                    "{}{} {:.0}",
                    if *times > 1 { format!("{times}×") } else { String::new() },
                    part.short(),
                    run.ceilings.micros(*part)
                )
            })
            .collect();
        println!(
            "{:<20} {:<10} {:>9.0} {:>15} {:>7.2} {:>7.2} {:>8.1} {:>8.1} {:>6.2}  = {}",
            series.scenario.name(),
            series.engine.name(),
            rate.median,
            format!("({:.0}-{:.0})", rate.least, rate.most),
            of(|measured| measured.p50).median,
            of(|measured| measured.p99).median,
            micros.median,
            ceiling,
            ceiling / micros.median,
            parts.join(" + "),
        );
    }
    println!("\n{:<50} {:>9} {:>10} {:>10}", "ceiling", "a second", "µs CPU", "of it database");
    for (part, _) in run.ceilings.iter() {
        let of = |number: fn(&Measured) -> f64| run.ceilings.spread(part, number).median;
        println!("{:<50} {:>9.0} {:>10.1} {:>10.1}", part.name(), of(|m| m.rate), of(Measured::micros), of(|m| m.database_micros));
    }
    Ok(())
}
