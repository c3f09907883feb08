//! One measurement of one scenario against one server, and what becomes of several.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::{
    cpu::{self, Cpu},
    load::{Load, Window},
};

/// Before each window, so that connections, caches and the processor are warm.
const WARM_UP: Duration = Duration::from_millis(150);

/// What a window came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measured {
    /// Requests a second.
    pub rate: f64,
    /// Milliseconds.
    pub p50: f64,
    /// Milliseconds.
    pub p99: f64,
    /// CPU of the server for each request, in microseconds.
    pub server_micros: f64,
    /// CPU of the database's own processes for each request, in microseconds.
    pub database_micros: f64,
}

impl Measured {
    /// CPU for each request in all processes, in microseconds.
    #[must_use]
    pub fn micros(&self) -> f64 {
        self.server_micros + self.database_micros
    }
}

/// Lets a load warm up and then measures it. `used` reads the CPU of whoever answers.
///
/// # Errors
/// An answer that is not as it should be, or none in the whole window.
pub async fn window(load: &mut Load, length: Duration, used: impl Fn() -> Result<Cpu>) -> Result<(Measured, Window)> {
    load.run(WARM_UP.min(length)).await?;
    let before = used()?;
    let window = load.run(length).await?;
    let cpu = used()?.since(before);
    ensure!(window.requests > 0, "not one request was answered");
    let measured = Measured {
        rate: f64::from(window.requests) / window.elapsed.as_secs_f64(),
        p50: window.latencies.percentile(50),
        p99: window.latencies.percentile(99),
        server_micros: cpu::micros_each(cpu.server, window.requests),
        database_micros: cpu::micros_each(cpu.database, window.requests),
    };
    Ok((measured, window))
}

/// The same number of several rounds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// The middle one.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Spread {
    /// Of these; zeros when there are none.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(0.0);
        Self { median: at(values.len() / 2), least: at(0), most: at(values.len().saturating_sub(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(Spread::of([3.0, 1.0, 2.0]), Spread { median: 2.0, least: 1.0, most: 3.0 });
        assert_eq!(Spread::of([]), Spread::default());
    }
}
