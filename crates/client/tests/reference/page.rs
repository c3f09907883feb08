//! docs/reference/providers.md is what the catalogue says: `CHABI_WRITE_REFERENCE=1 cargo test -p chabi-client --test reference` writes it.

use std::fmt::Write as _;

use chabi_client::catalogue::{self, Entry};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/providers.md");

const HEAD: &str = "# Providers

Whom people can sign in with. Each is an entry of the catalogue, `crates/client/catalogue/`: facts of the vendors, which age and are mended
there. This page is written from it (`CHABI_WRITE_REFERENCE=1 cargo test -p chabi-client --test reference`), and a test holds it to that.
How one is set up: [sign in with a provider](../how-to/sign-in-with-a-provider.md).

Any provider of OpenID Connect works by its issuer alone (`openid`), any of OAuth 2 by configuration (`oauth2`).

- **What its e-mail is worth**: an address joins an account that exists only when the provider is believed about it. That is Google's own
  domains, and else whatever the operator decides by `trust_email = \"when_verified\"`: then the flag named here counts. Where none is named,
  the address is a hint, and the person proves it by a mail.
- **Places** are filled in under `values`; one with a value behind it has that when nothing is said.
- **Apps**: whether the vendor has tokens that an operator's own mobile app can bring.
- PKCE (S256) goes with every code of OpenID Connect and OAuth 2, but at those marked *no PKCE*.

";

fn table(entries: &[&Entry]) -> String {
    let mut page = String::from("| id | name | protocol | asks for | places | e-mail | apps |\n|---|---|---|---|---|---|---|\n");
    for entry in entries {
        let scopes: Vec<String> = entry.scopes.iter().map(|scope| format!("`{scope}`")).collect();
        let places: Vec<String> = entry
            .places
            .iter()
            .map(|(name, place)| match &place.default {
                Some(default) => format!("`{name}` ({default})"),
                None => format!("**`{name}`**: {}", place.about),
            })
            .collect();
        let spoken = matches!(entry.protocol.words(), "OpenID Connect" | "OAuth 2");
        let protocol = format!("{}{}", entry.protocol.words(), if spoken && !entry.pkce() { ", no PKCE" } else { "" });

        let apps = if entry.takes_native_tokens() { "yes" } else { "" };
        let cells = [
            format!("`{}`", entry.id),
            entry.name.clone(),
            protocol,
            scopes.join(" "),
            places.join("; "),
            entry.email_words.clone(),
            apps.to_owned(),
        ];
        let line: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        writeln!(page, "| {} |", line.join(" | ")).unwrap();
    }
    page
}

fn set_up(entry: &Entry) -> String {
    let mut part = format!("### {}\n\n", entry.name);
    if let Some(console) = &entry.console_url {
        writeln!(part, "<{console}>\n").unwrap();
    }
    for (number, step) in entry.steps.iter().enumerate() {
        writeln!(part, "{}. {step}", number + 1).unwrap();
    }
    if !entry.callback.is_empty() {
        write!(part, "\nCallback URL: {}\n", entry.callback).unwrap();
    }
    for (name, place) in &entry.places {
        let example = if place.example.is_empty() { String::new() } else { format!(", such as `{}`", place.example) };
        write!(part, "\n`values.{name}`: {}{example}.\n", place.about).unwrap();
    }
    part
}

fn page() -> String {
    let (careful, others): (Vec<&Entry>, Vec<&Entry>) = catalogue::all().iter().partition(|entry| !entry.steps.is_empty());
    let mut page = HEAD.to_owned();
    writeln!(page, "## The most used, and any\n\n{}", table(&careful)).unwrap();
    writeln!(page, "## All others\n\n{}", table(&others)).unwrap();
    writeln!(page, "## Where an application is registered\n").unwrap();
    page += &careful.iter().map(|entry| set_up(entry)).collect::<Vec<_>>().join("\n");
    page
}

#[test]
fn the_page_of_providers_is_what_the_catalogue_says() {
    let page = page();
    if std::env::var_os("CHABI_WRITE_REFERENCE").is_some() {
        std::fs::write(FILE, &page).unwrap();
    }
    let written = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(written == page, "docs/reference/providers.md is not what the catalogue says: CHABI_WRITE_REFERENCE=1 writes it");
}
