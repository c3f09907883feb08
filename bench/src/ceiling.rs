//! What the parts of a request cost alone, measured in the same run, and the ceiling that follows from them.

mod rows;
mod signatures;

use std::collections::BTreeMap;

pub use rows::Rows;
pub use signatures::{Algorithm, Signatures};

use crate::{
    measured::{Measured, Spread},
    scenario::Scenario,
    subject::IdToken,
};

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// Embedded, on file.
    Sqlite,
    /// A cluster of the run's own.
    Postgres,
}

impl Engine {
    /// As tables name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// One part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A signature with a kept key.
    Sign(Algorithm),
    /// Checking one with a kept key.
    Verify(Algorithm),
    /// The bare server, for this scenario's requests and the length of its answers.
    Http(Scenario),
    /// A row read by its key.
    Read(Engine),
    /// Two durable rows in one transaction, by the store's verbs, among many callers: a code is spent, and a family inserted.
    Redeem(Engine),
    /// A durable rotation of a family's row, by the store's verb, among many callers.
    Rotate(Engine),
    /// The same, each with a commit of its own: on SQLite one after the other, on PostgreSQL by BEGIN … COMMIT.
    RotateAlone(Engine),
}

impl Part {
    /// As tables name it.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Sign(algorithm) => format!("sign {}", algorithm.name()),
            Self::Verify(algorithm) => format!("verify {}", algorithm.name()),
            Self::Http(scenario) => format!("bare HTTP, as {}", scenario.name()),
            Self::Read(engine) => format!("{}: read a row by its key", engine.name()),
            Self::Redeem(engine) => format!("{}: spend a row and insert one, the store's verbs", engine.name()),
            Self::Rotate(engine) => format!("{}: rotate a row, the store's verb", engine.name()),
            Self::RotateAlone(Engine::Sqlite) => "SQLite: rotate a row, one commit each".to_owned(),
            Self::RotateAlone(Engine::Postgres) => "PostgreSQL: rotate a row, BEGIN … COMMIT each".to_owned(),
        }
    }

    /// In a sum: `HTTP 25`.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::Sign(algorithm) => algorithm.name(),
            Self::Verify(_) => "verify",
            Self::Http(_) => "HTTP",
            Self::Read(_) => "read",
            Self::Redeem(_) => "two rows",
            Self::Rotate(_) | Self::RotateAlone(_) => "row",
        }
    }
}

/// What was measured of all parts.
#[derive(Debug, Default)]
pub struct Ceilings(BTreeMap<Part, Vec<Measured>>);

impl Ceilings {
    /// One more measurement.
    pub fn add(&mut self, part: Part, measured: Measured) {
        self.0.entry(part).or_default().push(measured);
    }

    /// All parts that were measured, in order.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        self.0.keys().copied()
    }

    /// Microseconds of CPU in all processes; 0 when it was not measured.
    #[must_use]
    pub fn micros(&self, part: Part) -> f64 {
        self.spread(part, Measured::micros).median
    }

    /// One number of a part.
    #[must_use]
    pub fn spread(&self, part: Part, number: impl Fn(&Measured) -> f64) -> Spread {
        Spread::of(self.0.get(&part).map(Vec::as_slice).unwrap_or_default().iter().map(number))
    }

    /// What a request must cost on an engine; `None` when a part was not measured.
    #[must_use]
    pub fn of(&self, scenario: Scenario, engine: Engine) -> Option<Ceiling> {
        let parts = parts(scenario, engine);
        let all_there = parts.iter().all(|(part, _)| self.0.contains_key(part));
        let micros = parts.iter().map(|(part, times)| self.micros(*part) * f64::from(*times)).sum();
        all_there.then_some(Ceiling { parts, micros })
    }
}

/// What a request must cost.
pub struct Ceiling {
    /// Its parts, and how often each is needed.
    pub parts: Vec<(Part, u8)>,
    /// CPU of all of them, in microseconds.
    pub micros: f64,
}

/// What no server can do without: HTTP, the signatures, the rows that must be durable, and those that must be looked at because somebody
/// may have changed them (a person's account, a code, a family). Registered applications, keys and secrets are kept in memory.
fn parts(scenario: Scenario, engine: Engine) -> Vec<(Part, u8)> {
    let http = (Part::Http(scenario), 1);
    let access_token = (Part::Sign(Algorithm::Es256), 1);
    match scenario {
        Scenario::ClientCredentials => vec![http, access_token],
        // the code and the account are read; the code is spent and the family made in one commit
        Scenario::Exchange(IdToken::Rs256) => {
            vec![http, access_token, (Part::Sign(Algorithm::Rs256), 1), (Part::Read(engine), 2), (Part::Redeem(engine), 1)]
        }
        Scenario::Exchange(IdToken::Es256) => {
            vec![http, (Part::Sign(Algorithm::Es256), 2), (Part::Read(engine), 2), (Part::Redeem(engine), 1)]
        }
        Scenario::Refresh => vec![http, access_token, (Part::Read(engine), 1), (Part::Rotate(engine), 1)],
        // the same token each time: its signature was verified before, and nobody need do it again
        Scenario::Introspection | Scenario::Userinfo => vec![http, (Part::Read(engine), 2)],
        Scenario::Jwks => vec![http],
    }
}
