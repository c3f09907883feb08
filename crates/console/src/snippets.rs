//! Lines to be copied into an application, with its real values in them.

use chabi_admin::{
    Admin,
    operation::applications::{Application, AuthenticationWord},
};
use chabi_pages::admin::{Block, Copy, Section, Words};
use chabi_token::base64url;

/// A library, and its lines.
struct Snippet {
    id: &'static str,
    name: &'static str,
    lines: &'static str,
}

macro_rules! snippet {
    ($id:literal, $name:literal) => {
        Snippet { id: $id, name: $name, lines: include_str!(concat!("snippets/", $id, ".txt")) }
    };
}

const PEOPLE: [Snippet; 5] = [
    snippet!("openid-client", "openid-client (JavaScript)"),
    snippet!("authjs", "Auth.js"),
    snippet!("authlib", "Authlib (Python)"),
    snippet!("allauth", "django-allauth"),
    snippet!("spring", "Spring Security"),
];
const PROXY: [Snippet; 1] = [snippet!("oauth2-proxy", "oauth2-proxy")];
const BROWSER: [Snippet; 1] = [snippet!("openid-client", "openid-client (JavaScript)")];
const MCP: [Snippet; 1] = [snippet!("mcp", "JSON")];
const DEVICE: [Snippet; 1] = [snippet!("device", "curl")];
const MACHINE: [Snippet; 1] = [snippet!("machine", "curl")];
const API: Snippet = snippet!("axum", "axum (Rust), for the API");

/// What stands where the secret belongs when it is not to be had.
const NO_SECRET: &str = "<client secret>";
/// What stands where an API belongs when the application has none.
const NO_API: &str = "<audience of your API>";

/// The lines that fit an application; `secret`: while it is known, a moment after it was made.
pub(crate) fn section(admin: &Admin, application: &Application, secret: Option<&str>) -> Section {
    // a proxy starts only with one of its own, and nobody is to make it up
    let cookie_secret = base64url::encode(admin.env.random::<32>());
    let mut section = Section::new("snippets", Words::said("admin-snippets")).with(Words::said("admin-snippets-what"));
    let chosen = fitting(application);
    let api = (!application.values.default_audience.is_empty()).then_some(&API);
    for snippet in chosen.into_iter().chain(api) {
        section = section.with(Block::Copy(Copy {
            label: Words::typed(snippet.name),
            id: format!("snippet-{}", snippet.id),
            value: filled(snippet.lines, &places(&admin.issuer, application, secret, &cookie_secret)),
            lines: true,
        }));
    }
    section
}

fn fitting(application: &Application) -> Vec<&'static Snippet> {
    let has = |grant: &str| application.values.grant_types.iter().any(|known| known == grant);
    let public = application.values.authentication == AuthenticationWord::None;
    let snippets: Vec<&[Snippet]> = match () {
        () if has("urn:ietf:params:oauth:grant-type:device_code") => vec![&DEVICE],
        () if !has("authorization_code") => vec![&MACHINE],
        () if public => vec![&BROWSER, &MCP],
        () => vec![&PEOPLE, &PROXY],
    };
    snippets.into_iter().flatten().collect()
}

/// What stands where, for an application.
fn places(issuer: &str, application: &Application, secret: Option<&str>, cookie_secret: &str) -> Vec<(&'static str, String)> {
    let values = &application.values;
    let redirect_uri = values.redirect_uris.first().map_or("https://app.example/callback", String::as_str);
    let audience = if values.default_audience.is_empty() { NO_API } else { &values.default_audience };
    let secret = secret.unwrap_or(NO_SECRET);
    let public = values.authentication == AuthenticationWord::None;
    vec![
        ("{issuer}", issuer.to_owned()),
        ("{client_id}", application.client_id.clone()),
        ("{client_secret}", secret.to_owned()),
        ("{openid_client_arguments}", openid_client_arguments(issuer, (!public).then_some(secret))),
        ("{redirect_uri}", redirect_uri.to_owned()),
        ("{scope}", values.scope.clone()),
        ("{scope_list}", values.scope.split(' ').collect::<Vec<_>>().join(", ")),
        ("{audience}", audience.to_owned()),
        ("{cookie_secret}", cookie_secret.to_owned()),
        // a browser keeps no such cookie of a page without TLS
        ("{cookie_secure}", redirect_uri.starts_with("https:").to_string()),
    ]
}

/// What follows the client id in a discovery: no secret, or one; and a word without which it refuses a server without TLS.
fn openid_client_arguments(issuer: &str, secret: Option<&str>) -> String {
    let plain = issuer.starts_with("http:");
    let authentication = match secret {
        None => ", undefined, client.None()".to_owned(),
        Some(secret) if plain => format!(", '{secret}', undefined"),
        Some(secret) => format!(", '{secret}'"),
    };
    let execute = if plain { ", { execute: [client.allowInsecureRequests] }" } else { "" };
    format!("{authentication}{execute}")
}

fn filled(lines: &str, places: &[(&str, String)]) -> String {
    // one pass: what an application is called is never looked at for places
    let mut text = String::with_capacity(lines.len());
    let mut rest = lines;
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        text.push_str(before);
        match places.iter().find(|(place, _)| from.starts_with(place)) {
            Some((place, value)) => {
                text.push_str(value);
                rest = from.strip_prefix(place).unwrap_or_default();
            }
            None => {
                text.push('{');
                rest = from.strip_prefix('{').unwrap_or_default();
            }
        }
    }
    text.push_str(rest);
    text.trim_end().to_owned()
}
