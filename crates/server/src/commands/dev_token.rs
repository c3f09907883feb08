//! `chabi dev token`: a test person's access token, got as an application gets it. There is no back door to ask at.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use chabi::Env;
use chabi_dev::fixtures::{self, PEOPLE};

use crate::{
    development::Ticket,
    journey::{Application, Tokens, Visitor},
};

/// Prints the token.
///
/// # Errors
/// No server runs, there is no such person, or the sign-in failed.
pub async fn run(person: &str, scope: &str, resource: Option<&str>, url: Option<String>, data: &Path) -> Result<()> {
    let people: Vec<&str> = PEOPLE.iter().map(|person| person.key).collect();
    let person = PEOPLE.iter().find(|test| test.key == person || test.email == person);
    let person = person.with_context(|| format!("there is no such test person; there are {}", people.join(", ")))?;
    let url = url
        .or_else(|| Ticket::read(data))
        .context("no development server runs in this folder: start `chabi dev`, or name it with --url")?;
    let redirect_uri = fixtures::demo_redirect_uri(&url);
    let env = Env::system();
    let mut application = Application::new(&url, fixtures::DEMO_CLIENT_ID, redirect_uri, scope, &env);
    application.resource = resource.map(str::to_owned);
    let mut visitor = Visitor::new(&url)?;
    let back = application.sign_in(&mut visitor, person.email, person.password).await?;
    let code = application.code(&back)?;
    let answer = application.exchange(&mut visitor, &code).await?;
    ensure!(answer.status.is_success(), answer.unexpected("tokens"));
    let tokens = Tokens::of(&answer)?;
    let dropped: Vec<&str> = scope.split_whitespace().filter(|word| !tokens.scope.split(' ').any(|granted| granted == *word)).collect();
    if !dropped.is_empty() {
        eprintln!("not granted: {} (unknown to the API, or not allowed to the application)", dropped.join(" "));
    }
    println!("{}", tokens.access_token);
    Ok(())
}
