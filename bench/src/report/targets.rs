//! What was asked for, and whether it was met.

use super::{Run, Who};
use crate::{
    ceiling::{Algorithm, Engine, Part},
    idle_connections::{CONNECTIONS, Idle, MOST_AT_REST, MOST_WITH_CONNECTIONS},
    measured::Measured,
    scenario::Scenario,
    subject::IdToken,
};

/// One target.
pub struct Target {
    /// In words.
    pub text: &'static str,
    /// What must be reached, or not be passed.
    pub bound: Bound,
    /// `None`: it was not measured in this run.
    pub found: Option<f64>,
}

/// Which side is good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Target {
    /// `met`, `not met`, `not measured`.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        match (self.found, self.bound) {
            (None, _) => "not measured",
            (Some(found), Bound::AtLeast(bound)) if found >= bound => "met",
            (Some(found), Bound::AtMost(bound)) if found <= bound => "met",
            _ => "**not met**",
        }
    }
}

/// All of them. Ratios are of work for each second of CPU, unless they say otherwise.
#[must_use]
pub fn of(run: &Run) -> Vec<Target> {
    let ceiling = |scenario| run.ratio(scenario, Who::Ours(Engine::Sqlite));
    let peer = |scenario| Some(run.micros(scenario, Who::Node)? / run.micros(scenario, Who::Ours(Engine::Sqlite))?);
    let part = |part, number: fn(&Measured) -> f64| Some(run.ceilings.spread(part, number).median).filter(|value| *value > 0.0);
    let alone = || Some(run.rate(Scenario::Refresh, Who::Ours(Engine::Sqlite))? / run.rate(Scenario::Refresh, Who::OursCommitEach)?);
    let batched = || {
        let micros: fn(&Measured) -> f64 = Measured::micros;
        Some(part(Part::RotateAlone(Engine::Postgres), micros)? / part(Part::Rotate(Engine::Postgres), micros)?)
    };
    let first = || Some(run.layer_first()? / part(Part::Verify(Algorithm::Es256), Measured::micros)?);
    let at_least = |text, bound, found| Target { text, bound: Bound::AtLeast(bound), found };
    let at_most = |text, bound, found| Target { text, bound: Bound::AtMost(bound), found };
    vec![
        at_least("client_credentials (ES256), of its ceiling", 0.7, ceiling(Scenario::ClientCredentials)),
        at_least("client_credentials, times node oidc-provider", 8.0, peer(Scenario::ClientCredentials)),
        at_least("refresh, durable, of its ceiling", 0.6, ceiling(Scenario::Refresh)),
        at_least("refresh, durable, times node oidc-provider in memory", 6.0, peer(Scenario::Refresh)),
        at_least("refresh, times our own with one commit a request (in requests a second: a commit waits)", 4.0, alone()),
        at_least("code exchange (RS256), of its ceiling", 0.8, ceiling(Scenario::Exchange(IdToken::Rs256))),
        at_least("code exchange (ES256), of its ceiling", 0.8, ceiling(Scenario::Exchange(IdToken::Es256))),
        at_least("introspection, of its ceiling", 0.5, ceiling(Scenario::Introspection)),
        at_least("introspection, times node oidc-provider", 5.0, peer(Scenario::Introspection)),
        at_least("PostgreSQL: the verb, times BEGIN … COMMIT a request", 3.0, batched()),
        at_most("layer, token seen first, times a raw verify", 1.15, first()),
        at_most("layer, token seen before, in µs", 2.0, run.layer_known()),
        at_most("ready with a database that is there, in ms", 50.0, run.idle.map(|idle| idle.ready.as_secs_f64() * 1e3)),
        at_most("resident at rest, in MB", f64::from(MOST_AT_REST), run.idle.map(|idle| megabytes(idle.at_rest))),
        at_most(
            "resident with 10,000 idle connections, in MB",
            f64::from(MOST_WITH_CONNECTIONS),
            run.idle.filter(is_full).map(|idle| megabytes(idle.full)),
        ),
    ]
}

fn megabytes(kilobytes: u32) -> f64 {
    f64::from(kilobytes) / 1024.0
}

/// A moment's run opens fewer, and so does one that may not have as many files open.
fn is_full(idle: &Idle) -> bool {
    idle.connections >= CONNECTIONS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_on_its_good_side_alone() {
        let verdict = |bound, found| Target { text: "", bound, found }.verdict();
        assert_eq!(verdict(Bound::AtLeast(0.7), Some(0.7)), "met");
        assert_eq!(verdict(Bound::AtLeast(0.7), Some(0.69)), "**not met**");
        assert_eq!(verdict(Bound::AtMost(2.0), Some(2.1)), "**not met**");
        assert_eq!(verdict(Bound::AtMost(2.0), None), "not measured");
    }
}
