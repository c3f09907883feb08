//! What a run found: tables for the terminal and for `RESULTS.md`, and the chart.

mod chart;
mod table;
mod targets;

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, Result};

use self::{chart::Bar, table::Table, targets::Bound};
use crate::{
    ceiling::{Ceilings, Engine, Part},
    idle_connections::Idle,
    measured::{Measured, Spread},
    scenario::Scenario,
    subject::IdToken,
};

/// Who was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Chabi, on an engine.
    Ours(Engine),
    /// Chabi on SQLite, with a commit for each write.
    OursCommitEach,
    /// node oidc-provider.
    Node,
    /// django-oauth-toolkit.
    Django,
}

impl Who {
    /// As tables name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours(engine) => engine.name(),
            Self::OursCommitEach => "SQLite, a commit each",
            Self::Node => "oidc-provider",
            Self::Django => "django-oauth-toolkit",
        }
    }
}

/// All of a run.
#[derive(Debug, Default)]
pub struct Run {
    /// Two lines.
    pub machine: String,
    /// How it was measured, a sentence each.
    pub conditions: Vec<String>,
    /// Start and memory; `None` when a part of the scenarios was measured.
    pub idle: Option<Idle>,
    /// What was asked of whom, once a round.
    pub asked: BTreeMap<(Scenario, Who), Vec<Measured>>,
    /// `client_credentials` alone, and with code exchanges beside it, once a round.
    pub mixed: Vec<(Measured, Measured)>,
    /// The layer: a token seen first, and one seen before.
    pub layer: Vec<(Measured, Measured)>,
    /// The parts.
    pub ceilings: Ceilings,
}

impl Run {
    /// One more measurement.
    pub fn add(&mut self, scenario: Scenario, who: Who, measured: Measured) {
        self.asked.entry((scenario, who)).or_default().push(measured);
    }

    /// CPU of a request in all processes, in microseconds.
    #[must_use]
    pub fn micros(&self, scenario: Scenario, who: Who) -> Option<f64> {
        let all = self.asked.get(&(scenario, who))?;
        Some(Spread::of(all.iter().map(Measured::micros)).median)
    }

    /// Requests a second.
    #[must_use]
    pub fn rate(&self, scenario: Scenario, who: Who) -> Option<f64> {
        let all = self.asked.get(&(scenario, who))?;
        Some(Spread::of(all.iter().map(|one| one.rate)).median)
    }

    /// Work for each second of CPU, as a part of what the parts alone would allow.
    #[must_use]
    pub fn ratio(&self, scenario: Scenario, who: Who) -> Option<f64> {
        let Who::Ours(engine) = who else { return None };
        let ceiling = self.ceilings.of(scenario, engine)?;
        Some(ceiling.micros / self.micros(scenario, who)?)
    }

    /// CPU of the layer for a token seen first, in microseconds.
    #[must_use]
    pub fn layer_first(&self) -> Option<f64> {
        (!self.layer.is_empty()).then(|| Spread::of(self.layer.iter().map(|(first, _)| first.micros())).median)
    }

    /// For one seen before.
    #[must_use]
    pub fn layer_known(&self) -> Option<f64> {
        (!self.layer.is_empty()).then(|| Spread::of(self.layer.iter().map(|(_, known)| known.micros())).median)
    }
}

/// Prints the tables; writes them and the chart into the folder, if one is named.
///
/// # Errors
/// The folder cannot be written to.
pub fn write(run: &Run, folder: Option<&Path>) -> Result<()> {
    let text = text(run);
    println!("\n{text}");
    if let Some(folder) = folder {
        fs::write(folder.join("RESULTS.md"), format!("{text}\n![Ratios to the ceilings](results.svg)\n")).context("writing RESULTS.md")?;
        fs::write(folder.join("results.svg"), chart::draw("Work for each second of CPU, of what the parts allow", &bars(run)))
            .context("writing results.svg")?;
        println!("written: {0}/RESULTS.md, {0}/results.svg", folder.display());
    }
    Ok(())
}

fn text(run: &Run) -> String {
    let mut text = String::from("# What was measured\n\nWritten by `cargo xtask bench`.\n\n");
    text.push_str(&run.machine.lines().map(|line| format!("    {line}\n")).collect::<String>());
    text.push('\n');
    text.push_str(&run.conditions.iter().map(|condition| format!("- {condition}\n")).collect::<String>());
    let parts = [
        ("Targets", targets(run)),
        ("Asked of servers", asked(run)),
        ("Ceilings: how they come about", sums(run)),
        ("Parts alone", parts(run)),
        ("The layer in an API, for each request", layer(run)),
        ("`client_credentials`, 8 callers, alone and with code exchanges (RS256) by 8 others beside it", mixed(run)),
    ];
    for (title, table) in parts {
        text.push_str(&format!("\n## {title}\n\n{}", table.render()));
    }
    text
}

fn targets(run: &Run) -> Table {
    let mut table = Table::new(&["target", "wanted", "found", ""]);
    for target in targets::of(run) {
        let wanted = match target.bound {
            Bound::AtLeast(bound) => format!("≥ {bound}"),
            Bound::AtMost(bound) => format!("≤ {bound}"),
        };
        let found = target.found.map_or_else(String::new, |found| format!("{found:.2}"));
        table.row([target.text.to_owned(), wanted, found, target.verdict().to_owned()]);
    }
    table
}

fn asked(run: &Run) -> Table {
    let mut table = Table::new(&[
        "scenario",
        "server",
        "requests/s",
        "least–most",
        "p50 ms",
        "p99 ms",
        "µs CPU",
        "of it database",
        "ceiling µs",
        "ratio",
    ]);
    for ((scenario, who), all) in &run.asked {
        let of = |number: fn(&Measured) -> f64| Spread::of(all.iter().map(number));
        let rate = of(|one| one.rate);
        let ceiling = match who {
            Who::Ours(engine) => run.ceilings.of(*scenario, *engine).map(|ceiling| ceiling.micros),
            _ => None,
        };
        table.row([
            scenario.name().to_owned(),
            who.name().to_owned(),
            format!("{:.0}", rate.median),
            format!("{:.0}–{:.0}", rate.least, rate.most),
            format!("{:.2}", of(|one| one.p50).median),
            format!("{:.2}", of(|one| one.p99).median),
            format!("{:.1}", of(Measured::micros).median),
            format!("{:.1}", of(|one| one.database_micros).median),
            ceiling.map_or_else(String::new, |ceiling| format!("{ceiling:.1}")),
            run.ratio(*scenario, *who).map_or_else(String::new, |ratio| format!("{ratio:.2}")),
        ]);
    }
    table
}

fn sums(run: &Run) -> Table {
    let mut table = Table::new(&["scenario", "engine", "µs CPU"]);
    for (scenario, who) in run.asked.keys() {
        let Who::Ours(engine) = who else { continue };
        let Some(ceiling) = run.ceilings.of(*scenario, *engine) else { continue };
        let one = |(part, times): &(Part, u8)| {
            let times = if *times > 1 { format!("{times} × ") } else { String::new() };
            format!("{times}{} {:.1}", part.short(), run.ceilings.micros(*part))
        };
        let parts: Vec<String> = ceiling.parts.iter().map(one).collect();
        table.row([scenario.name().to_owned(), engine.name().to_owned(), format!("{} = {:.1}", parts.join(" + "), ceiling.micros)]);
    }
    table
}

fn parts(run: &Run) -> Table {
    let mut table = Table::new(&["part", "a second", "least–most", "µs CPU", "of it database"]);
    for part in run.ceilings.parts() {
        let of = |number: fn(&Measured) -> f64| run.ceilings.spread(part, number);
        let rate = of(|one| one.rate);
        table.row([
            part.name(),
            format!("{:.0}", rate.median),
            format!("{:.0}–{:.0}", rate.least, rate.most),
            format!("{:.1}", of(Measured::micros).median),
            format!("{:.1}", of(|one| one.database_micros).median),
        ]);
    }
    table
}

fn layer(run: &Run) -> Table {
    let mut table = Table::new(&["token", "µs CPU", "least–most"]);
    let spreads = [
        ("seen first", Spread::of(run.layer.iter().map(|(first, _)| first.micros()))),
        ("seen before", Spread::of(run.layer.iter().map(|(_, known)| known.micros()))),
    ];
    for (name, spread) in spreads {
        table.row([name.to_owned(), format!("{:.2}", spread.median), format!("{:.2}–{:.2}", spread.least, spread.most)]);
    }
    table
}

fn mixed(run: &Run) -> Table {
    let mut table = Table::new(&["", "requests/s", "p50 ms", "p99 ms", "p99 least–most"]);
    let (alone, beside): (Vec<Measured>, Vec<Measured>) = run.mixed.iter().copied().unzip();
    for (name, all) in [("alone", alone), ("beside code exchanges", beside)] {
        let of = |number: fn(&Measured) -> f64| Spread::of(all.iter().map(number));
        let p99 = of(|one| one.p99);
        table.row([
            name.to_owned(),
            format!("{:.0}", of(|one| one.rate).median),
            format!("{:.2}", of(|one| one.p50).median),
            format!("{:.2}", p99.median),
            format!("{:.2}–{:.2}", p99.least, p99.most),
        ]);
    }
    table
}

fn bars(run: &Run) -> Vec<Bar> {
    let one = |(scenario, who): &(Scenario, Who)| {
        let target = match (scenario, who) {
            (Scenario::ClientCredentials, Who::Ours(Engine::Sqlite)) => Some(0.7),
            (Scenario::Refresh, Who::Ours(Engine::Sqlite)) => Some(0.6),
            (Scenario::Exchange(IdToken::Rs256 | IdToken::Es256), Who::Ours(Engine::Sqlite)) => Some(0.8),
            (Scenario::Introspection, Who::Ours(Engine::Sqlite)) => Some(0.5),
            _ => None,
        };
        let note = run.rate(*scenario, *who).map_or_else(String::new, |rate| format!("{rate:.0}/s"));
        Some(Bar { name: format!("{}, {}", scenario.name(), who.name()), ratio: run.ratio(*scenario, *who)?, target, note })
    };
    run.asked.keys().filter_map(one).collect()
}
