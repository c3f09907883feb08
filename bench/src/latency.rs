//! How long requests took.

use std::time::Duration;

/// The times of all requests of a window, in microseconds.
#[derive(Clone, Debug, Default)]
pub struct Latencies(Vec<u32>);

impl Latencies {
    /// One more.
    pub fn push(&mut self, time: Duration) {
        self.0.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
    }

    /// Those of another caller.
    pub fn add(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// In order, as [`Self::percentile`] needs it.
    pub fn sort(&mut self) {
        self.0.sort_unstable();
    }

    /// Such as 50 or 99, in milliseconds; 0 when there are none.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> f64 {
        let place = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        f64::from(self.0.get(place).copied().unwrap_or(0)) / 1_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_99th_of_a_hundred_is_the_slowest() {
        let mut latencies = Latencies::default();
        for milliseconds in (1..=100).rev() {
            latencies.push(Duration::from_millis(milliseconds));
        }
        latencies.sort();
        assert_eq!((latencies.percentile(50), latencies.percentile(99)), (51.0, 100.0));
        assert_eq!(Latencies::default().percentile(99).to_bits(), 0.0_f64.to_bits());
    }
}
