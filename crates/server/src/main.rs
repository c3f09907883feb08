//! The binary `chabi`: command line, configuration, listeners, telemetry.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to people there; the log goes through tracing")]

mod cli;
mod commands;
mod config;
mod development;
mod http;
mod journey;
mod log_writer;
mod running;
mod secret_file;
mod seed;
mod telemetry;

use std::process::ExitCode;

use clap::Parser as _;

/// Chosen by measurement: docs/decisions/0007.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    // one crypto library for all outgoing TLS; a second call would only say that it is there already
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("chabi: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(commands::run(cli.command)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("chabi: {error:#}");
            ExitCode::FAILURE
        }
    }
}
