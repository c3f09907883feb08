//! Measures Chabi against the ceilings of its parts: `cargo xtask bench` builds and starts this.
//!
//! 1. [`server`], [`load`], [`cpu`]: a process on a core of its own, callers on another, what each used;
//! 2. [`subject`], [`scenario`]: who is measured, and what is asked; [`installation`] is ours;
//! 3. [`ceiling`]: what the parts cost alone, in the same run;
//! 4. [`measure`]: rounds of all of these, interleaved; [`report`]: tables and the chart.
#![expect(clippy::print_stdout, reason = "a program that a person starts and reads")]

mod bare;
mod ceiling;
mod cpu;
mod http;
mod installation;
mod latency;
mod load;
mod machine;
mod measure;
mod measured;
mod report;
mod scenario;
mod server;
mod subject;
mod visitor;

use std::{net::SocketAddr, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures Chabi against the ceilings of its parts.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Rounds of scenarios and ceilings.
    Measure(measure::Options),
    /// A bare HTTP server: the ceiling of HTTP. Started by `measure`.
    Bare {
        /// Where to listen.
        #[arg(long)]
        listen: SocketAddr,
    },
}

// one thread: the callers share it, and it is pinned to the core beside the server's
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse().what).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(what: What) -> Result<()> {
    match what {
        What::Measure(options) => measure::run(&options).await,
        What::Bare { listen } => bare::serve(listen).await,
    }
}
