//! What has expired leaves while the server is under load: how fast, what the others feel of it, and what becomes of the file.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use chabi_token::Env;

use super::{
    fill::{self, Rows},
    place::{Asked, Place},
};
use crate::{
    load::Load,
    measured::{self, Measured},
    server::Pinning,
};

/// The server looks for expired rows once a minute; it then removes some thousand a second.
const PATIENCE: Duration = Duration::from_secs(300);
/// More than these would take longer to leave than anybody waits for a bench.
const MOST: u32 = 100_000;
const WINDOW: Duration = Duration::from_secs(3);

/// So many expired families for a database of this size: half of its families, or [`MOST`].
#[must_use]
pub fn expired_for(count: u32) -> u32 {
    count.min(MOST)
}

/// Adds expired families to the stopped place, starts the server, and refreshes until the sweep is through.
///
/// # Errors
/// An answer that is not as it should be, or a sweep that does not end.
pub async fn run(place: &mut Place, chabi: &Path, pinning: Pinning) -> Result<()> {
    let expired = expired_for(place.count);
    place.stop();
    let before = place.file_size().await?;
    place.expire(expired).await?;
    let full = place.file_size().await?;
    place.serve(chabi, pinning).await?;
    under_load(place, expired).await?;
    place.stop();
    let swept = place.file_size().await?;
    place.expire(expired).await?;
    let again = place.file_size().await?;
    println!("the file, in MB: {before}; with {expired} expired families {full}; swept {swept}; as many added again {again}");
    println!(
        "what was added again took {:.0} per cent of what it took at first",
        (again.all - swept.all) * 100.0 / (full.all - before.all).max(0.1)
    );
    Ok(())
}

/// Windows of refreshing, each filed by what the sweep did meanwhile.
async fn under_load(place: &Place, expired: u32) -> Result<()> {
    let store = place.store(&Env::system()).await?;
    let mut load = Load::open(place.server()?.address(), place.callers(Asked::Refresh)?).await?;
    let (mut without, mut during): (Vec<Measured>, Vec<Measured>) = (Vec::new(), Vec::new());
    let (begun, mut began_to_leave) = (Instant::now(), None);
    let mut gone = 0;
    while begun.elapsed() < PATIENCE {
        let server = place.server()?;
        let used = || Ok(crate::cpu::Cpu { server: server.cpu()?, database: Duration::ZERO });
        let (measured, _) = measured::window(&mut load, WINDOW, used).await?;
        let now_gone = swept(&store, place.count, expired).await?;
        match (gone, now_gone) {
            (_, 0) => without.push(measured),
            (0, _) => began_to_leave = Some(Instant::now()),
            _ => during.push(measured),
        }
        gone = now_gone;
        if gone == expired {
            let seconds = began_to_leave.unwrap_or(begun).elapsed().as_secs_f64();
            println!("{expired} expired families left; {seconds:.0} s from the first window in which some did");
            say("refresh without sweep", &without);
            say("refresh during the sweep", &during);
            return Ok(());
        }
    }
    bail!("after {} s, {gone} of {expired} expired families have left", PATIENCE.as_secs())
}

/// How many the sweep has taken: it takes the oldest first.
async fn swept(store: &chabi_store::Store, from: u32, count: u32) -> Result<u32> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        match store.find_family(fill::family_id(from + middle, Rows::Expired)).await? {
            None => low = middle + 1,
            Some(_) => high = middle,
        }
    }
    Ok(low)
}

fn say(what: &str, windows: &[Measured]) {
    let median = |number: fn(&Measured) -> f64| measured::Spread::of(windows.iter().map(number)).median;
    let [rate, p50, p99] = [median(|one| one.rate), median(|one| one.p50), median(|one| one.p99)];
    println!("{what:<26} {rate:>7.0}/s  p50 {p50:.2} ms  p99 {p99:.2} ms  ({} windows)", windows.len());
}

impl std::fmt::Display for super::place::FileSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} of which {:.1} free", self.all, self.free)
    }
}
