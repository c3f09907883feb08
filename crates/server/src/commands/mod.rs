//! One file a command.

mod account;
mod admin;
mod api;
mod application;
mod changes;
mod check_config;
mod dev;
mod dev_check;
mod dev_token;
mod doctor;
mod healthcheck;
mod init;
mod initial_token;
mod inspect;
mod opened;
mod operation;
mod revoke;
mod serve;
mod why;

use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory as _;

pub use operation::names_of;

use crate::cli::{Cli, Command, ConfigCommand, Dev, DevCommand, Token};

/// Runs the command.
///
/// # Errors
/// In words for whoever typed it.
pub async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Dev(Dev { command: None, options }) => dev::run(&options).await.map(|()| ExitCode::SUCCESS),
        Command::Dev(Dev { command: Some(DevCommand::Check { url }), .. }) => dev_check::run(url).await,
        Command::Dev(Dev { command: Some(DevCommand::Token { person, scope, resource, url, data }), .. }) => {
            dev_token::run(&person, &scope, resource.as_deref(), url, &data).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Serve(configuration) => serve::run(&configuration).await.map(|()| ExitCode::SUCCESS),
        Command::Init(asked) => init::run(&asked).map(|()| ExitCode::SUCCESS),
        Command::Doctor(asked) => doctor::run(&asked).await,
        Command::Completion { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "chabi", &mut script);
            operation::print(&String::from_utf8_lossy(&script)).map(|()| ExitCode::SUCCESS)
        }
        Command::Key(verbs) => operation::of_noun(verbs.0).await,
        Command::Application(application) => application::run(application).await,
        Command::Api(api) => api::run(api).await,
        Command::Admin(asked) => admin::run(asked).await,
        Command::Account(account) => account::run(account).await,
        Command::Site(verbs) => operation::of_noun(verbs.0).await,
        Command::Provider(verbs) => operation::of_noun(verbs.0).await,
        Command::Session(verbs) => operation::of_noun(verbs.0).await,
        Command::Audit(verbs) => operation::of_noun(verbs.0).await,
        Command::Run(asked) => operation::run(asked).await,
        Command::Config(ConfigCommand::Check(asked)) => check_config::run(&asked),
        Command::Token(Token::Inspect(asked)) => inspect::run(asked).await,
        Command::Why(asked) => why::run(asked).await,
        Command::Revoke(arguments) => revoke::run(arguments).await,
        Command::Healthcheck { configuration, url } => healthcheck::run(&configuration, url).await,
    }
}
