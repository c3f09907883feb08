//! Lines to be copied into an application, with its real values in them.

use chabi_admin::operation::applications::{Application, AuthenticationWord};
use chabi_pages::admin::{Block, Copy, Section, Words};

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

/// The lines that fit an application; `secret`: while it is known, a moment after it was made.
pub(crate) fn section(issuer: &str, application: &Application, secret: Option<&str>) -> Section {
    let mut section = Section::new("snippets", Words::said("admin-snippets")).with(Words::said("admin-snippets-what"));
    let chosen = fitting(application);
    let api = (!application.values.default_audience.is_empty()).then_some(&API);
    for snippet in chosen.into_iter().chain(api) {
        section = section.with(Block::Copy(Copy {
            label: Words::typed(snippet.name),
            id: format!("snippet-{}", snippet.id),
            value: filled(snippet.lines, issuer, application, secret),
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

fn filled(lines: &str, issuer: &str, application: &Application, secret: Option<&str>) -> String {
    let values = &application.values;
    let public = values.authentication == AuthenticationWord::None;
    let secret = secret.unwrap_or(NO_SECRET);
    let secret_argument = if public { ", undefined, client.None()".to_owned() } else { format!(", '{secret}'") };
    let redirect_uri = values.redirect_uris.first().map_or("https://app.example/callback", String::as_str);
    let audience = if values.default_audience.is_empty() { "https://api.example" } else { &values.default_audience };
    let pairs = [
        ("{issuer}", issuer),
        ("{client_id}", &application.client_id),
        ("{client_secret}", secret),
        ("{secret_argument}", &secret_argument),
        ("{redirect_uri}", redirect_uri),
        ("{scope}", &values.scope),
        ("{scope_list}", &values.scope.split(' ').collect::<Vec<_>>().join(", ")),
        ("{audience}", audience),
        ("{audience_encoded}", &form_urlencoded::byte_serialize(audience.as_bytes()).collect::<String>()),
    ];
    // one pass: what an application is called is never looked at for places
    let mut text = String::with_capacity(lines.len());
    let mut rest = lines;
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        text.push_str(before);
        match pairs.iter().find(|(place, _)| from.starts_with(place)) {
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
