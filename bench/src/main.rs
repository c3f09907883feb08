//! Measures Chabi against the ceilings of its parts: `cargo xtask bench` builds and starts this.
//!
//! 1. [`server`], [`load`], [`cpu`]: a process on a core of its own, callers on another, what each used;
//! 2. [`subject`], [`scenario`]: who is measured, and what is asked; [`installation`] is ours;
//! 3. [`ceiling`]: what the parts cost alone, in the same run;
//! 4. [`measure`]: rounds of all of these, interleaved; [`report`]: tables and the chart;
//! 5. [`peers`]: other people's servers, beside ours; [`grow`] and [`lists`]: the same as the data grows; [`counts`]:
//!    instructions of the hottest steps.
#![expect(clippy::print_stdout, reason = "a program that a person starts and reads")]

mod bare;
mod ceiling;
mod counts;
mod cpu;
mod grow;
mod http;
mod idle_connections;
mod installation;
mod latency;
mod layer;
mod lists;
mod load;
mod machine;
mod measure;
mod measured;
mod peers;
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
    /// Memory of a server that many connections wait at.
    IdleConnections(idle_connections::Options),
    /// Databases of several sizes, asked in turn; and how expired rows leave.
    Grow(grow::Options),
    /// The administrators' lists, with few accounts and with many.
    Lists(lists::Options),
    /// Instruction counts of the hottest steps, beside those that were kept.
    Counts(counts::Options),
    /// One of those steps, again and again. Started by `counts`, under valgrind.
    Repeat(counts::Repeat),
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
        What::IdleConnections(options) => idle_connections::run(&options).await,
        What::Grow(options) => grow::run(&options).await,
        What::Lists(options) => lists::run(&options).await,
        What::Counts(options) => counts::run(&options),
        What::Repeat(asked) => counts::repeat(&asked).await,
    }
}
