//! The page of the fake providers, `/dev/providers`: who one can be at each, and what can be made to go wrong.
//!
//! | path | |
//! |---|---|
//! | GET `/dev/providers` | the page; works without JavaScript |
//! | POST `/dev/providers` | `provider=google&slow=on&denied=off`, `provider=apple&keys=rotate`, `provider=github&all=off`; 303 to the page |
//! | GET `/dev/providers.json` | the same for tests: switches, personas and our registration, by provider |

use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use crate::{
    FakeApp, Persona,
    parameters::Parameters,
    respond,
    switches::{Switch, Switches},
};

/// A fake provider, as the page lists it.
#[derive(Clone)]
pub(crate) struct Listed {
    /// In paths and forms: `google`.
    pub(crate) key: &'static str,
    /// The vendor's name.
    pub(crate) name: &'static str,
    /// What is peculiar about the vendor, in a sentence or two.
    pub(crate) about: &'static str,
    /// Who one can be.
    pub(crate) personas: &'static [Persona],
    /// Our registration there; worth nothing, so that everybody may sign in by it from a test of their own.
    pub(crate) app: FakeApp,
    /// Whether it signs ID tokens, and so has keys and a clock that somebody reads.
    pub(crate) signs: bool,
    /// The switches that its routes obey.
    pub(crate) switches: Switches,
}

/// All fakes, in the order of the page.
#[derive(Clone)]
pub(crate) struct Providers(pub(crate) Vec<Listed>);

impl Providers {
    fn find(&self, key: &str) -> Option<&Listed> {
        self.0.iter().find(|listed| listed.key == key)
    }
}

/// The routes, with their full paths.
pub(crate) fn router(providers: Providers) -> Router {
    Router::new().route("/dev/providers", get(page).post(turn)).route("/dev/providers.json", get(as_json)).with_state(providers)
}

async fn page(State(Providers(listed)): State<Providers>) -> Response {
    let fakes: Vec<Value> = listed
        .iter()
        .map(|fake| {
            json!({
                "key": fake.key, "name": fake.name, "about": fake.about, "personas": fake.personas, "signs": fake.signs,
                "switches": fake.switches.shown(fake.signs, fake.key == "microsoft"), "rotations": fake.switches.rotations(),
            })
        })
        .collect();
    respond::page(StatusCode::OK, "providers.html", &json!({ "fakes": fakes }))
}

async fn as_json(State(Providers(listed)): State<Providers>) -> Response {
    let all: Map<String, Value> = listed
        .iter()
        .map(|fake| {
            let switches: Map<String, Value> =
                Switch::ALL.into_iter().map(|switch| (switch.key().to_owned(), json!(fake.switches.is_on(switch)))).collect();
            let personas: Vec<&str> = fake.personas.iter().map(|persona| persona.key).collect();
            let app = &fake.app;
            let registration =
                json!({ "client_id": app.client_id, "client_secret": app.client_secret, "redirect_uris": app.redirect_uris });
            let about = json!({
                "name": fake.name, "personas": personas, "switches": switches, "rotations": fake.switches.rotations(),
                "registration": registration,
            });
            (fake.key.to_owned(), about)
        })
        .collect();
    respond::json(StatusCode::OK, &all)
}

async fn turn(State(providers): State<Providers>, headers: HeaderMap, body: Bytes) -> Response {
    // a page of somebody else's does not throw switches here
    let from = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    if !matches!(from, None | Some("same-origin" | "none")) {
        return (StatusCode::FORBIDDEN, "From another site.\n").into_response();
    }
    let turned = Parameters::parse(&body).ok().and_then(|parameters| {
        let fake = providers.find(parameters.find("provider")?)?;
        throw(&fake.switches, &parameters)?;
        Some(fake.key)
    });
    match turned {
        Some(key) => Redirect::to(&format!("/dev/providers#{key}")).into_response(),
        None => (StatusCode::BAD_REQUEST, "No such provider, switch or position.\n").into_response(),
    }
}

/// Nothing is thrown unless every field names something.
fn throw(switches: &Switches, parameters: &Parameters) -> Option<()> {
    let mut thrown = Vec::new();
    let mut rotate = false;
    for (name, value) in parameters.pairs().filter(|(name, _)| *name != "provider") {
        match (name, value) {
            ("keys", "rotate") => rotate = true,
            ("all", "off") => thrown.extend(Switch::ALL.map(|switch| (switch, false))),
            (name, "on" | "off") => thrown.push((Switch::ALL.into_iter().find(|switch| switch.key() == name)?, value == "on")),
            _ => return None,
        }
    }
    for (switch, on) in thrown {
        switches.turn(switch, on);
    }
    if rotate {
        switches.rotate_keys();
    }
    Some(())
}
