//! `chabi dev`.

use anyhow::Result;
use chabi_dev::fixtures::{DEV_CLIENT_ID, DEV_CLIENT_SECRET, PEOPLE};

use crate::{cli::DevOptions, config::LogFormat, development::Development, running::Told, telemetry};

/// Runs until Ctrl-C.
///
/// # Errors
/// Before it serves, in words.
pub async fn run(options: &DevOptions) -> Result<()> {
    let level = std::env::var("CHABI_LOG__LEVEL").unwrap_or_else(|_| "warn".to_owned());
    let _log = telemetry::begin(LogFormat::Text, &level)?;
    let mut told = Told::listen()?;
    let development = tokio::select! {
        begun = Development::begin(options) => begun?,
        () = told.said() => return Ok(()),
    };
    greet(&development, options);
    development.until_told_to_stop(told).await;
    Ok(())
}

fn greet(development: &Development, options: &DevOptions) {
    let url = &development.public_url;
    let data = options.data.display();
    println!("\n  Chabi {}  development mode: this machine only, data in {data} (delete it to begin anew)", env!("CARGO_PKG_VERSION"));
    println!("  {}\n", development.database);
    println!("  Demo app     {url}/demo             an app and an API that checks its tokens: press \"Sign in\"");
    println!("  Sign-in      {url}/accounts/login/");
    println!("  Console      {}", development.console);
    println!("  Mail         {url}/dev/mail         everything that would have been sent");
    println!("  Inspector    {url}/dev/requests     every OAuth request, and why it was refused");
    println!("  Issuer       {url}\n");
    for (index, person) in PEOPLE.iter().enumerate() {
        let heading = if index == 0 { "People" } else { "" };
        println!("  {heading:<12} {} / {}{}", person.email, person.password, about(person.locale, person.email_verified));
    }
    for email in &development.seeded {
        println!("  {:<12} {email}   (of the seed)", "");
    }
    match options.no_providers {
        true => println!(),
        false => {
            println!("  Providers    {url}/dev/providers    fake Google, Facebook, Apple, GitHub and Microsoft: no keys, no internet\n")
        }
    }
    println!("  For your app's .env:");
    println!("    OIDC_ISSUER={url}  OIDC_CLIENT_ID={DEV_CLIENT_ID}  OIDC_CLIENT_SECRET={DEV_CLIENT_SECRET}");
    let data = if options.data.as_os_str() == ".chabi-dev" { String::new() } else { format!(" --data {data}") };
    println!("  A token for curl:");
    println!("    curl -H \"Authorization: Bearer $(chabi dev token --person ada --scope notes:read{data})\" {url}/demo/api/notes\n");
}

fn about(locale: &str, email_verified: bool) -> &'static str {
    match (locale, email_verified) {
        ("bn", _) => "   (বাংলা)",
        (_, false) => "   (address not verified)",
        _ => "",
    }
}
