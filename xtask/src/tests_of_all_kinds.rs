//! `cargo xtask test`: equipment, checks, Rust tests and doctests, the binary, Node tests, the bench for a moment, and the sum. One
//! profile for all: `ci`.

use std::{path::Path, time::Instant};

use anyhow::Result;

use crate::{bench, check, equipment, node_tests, process, summary::Sum};

/// `true` when everything passed. A check that fails counts as one failed test.
pub fn run(root: &Path) -> Result<bool> {
    let begun = Instant::now();
    equipment::install(root)?;
    let mut sum = Sum::default();
    count_part(&mut sum, check::run(root)?);
    rust_tests(&mut sum)?;
    node_tests::run(root, &[], &[], &mut sum)?;
    count_part(&mut sum, bench::smoke(root)?);
    println!("\n{} s", begun.elapsed().as_secs());
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(sum.failed == 0 && sum.passed > 0)
}

fn count_part(sum: &mut Sum, in_order: bool) {
    if in_order {
        sum.passed += 1;
    } else {
        sum.failed += 1;
    }
}

/// A run that ends badly without a failed test (it does not compile, it was killed) counts as one failure.
fn rust_tests(sum: &mut Sum) -> Result<()> {
    let before = sum.failed;
    let mut command = process::cargo(&["test", "--workspace", "--profile", "ci", "--no-fail-fast", "--locked"]);
    let succeeded = process::succeeds_watched(&mut command, |line| sum.add_cargo_line(line))?;
    if !succeeded && sum.failed == before {
        sum.failed += 1;
    }
    Ok(())
}
