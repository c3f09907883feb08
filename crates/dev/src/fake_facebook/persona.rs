//! Who one can be at the fake Facebook.

use chabi_token::Env;

use crate::Persona;

/// The personas, in the order of the page. Their keys are the stable part of the buttons' ids (`persona-<key>`).
pub const PERSONAS: [Persona; 7] = [
    Persona {
        key: "with-email",
        title: "Farid, with e-mail",
        about: "A new person, farid@example.test; Facebook never says that it is verified",
    },
    Persona { key: "without-email", title: "Phoebe, without e-mail", about: "Signed up by phone: /me has no e-mail" },
    Persona { key: "fresh", title: "Somebody new each time", about: "A new person at each click, with an address nobody had before" },
    Persona { key: "same-email", title: "Ada, same e-mail as a local account", about: "ada@example.test, which proves nothing here" },
    Persona { key: "cancelled", title: "Cancel", about: "Goes back with error=access_denied" },
    Persona { key: "down", title: "Provider down", about: "Goes back with a code, but the token endpoint answers 503" },
    Persona { key: "bad-proof", title: "Bad proof", about: "The Graph API says that appsecret_proof is wrong, whatever was sent" },
];

/// A Facebook account, as one app sees it.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// Scoped to the app.
    pub(super) id: String,
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) email: Option<String>,
}

impl Person {
    /// The account behind a persona.
    pub(super) fn of(persona: &Persona, env: &Env) -> Self {
        let made = |id: &str, first_name, last_name, email: Option<&str>| Self {
            id: id.to_owned(),
            first_name,
            last_name,
            email: email.map(str::to_owned),
        };
        match persona.key {
            "without-email" => made("24200000000000002", "Phoebe", "Phone", None),
            "same-email" => made("24200000000000003", "Ada", "Lovelace", Some("ada@example.test")),
            "fresh" => {
                let number = u64::from_be_bytes(env.random()) % 10_u64.pow(15);
                made(&format!("25{number:015}"), "Fiona", "Fresh", Some(&format!("fresh.{number}@example.test")))
            }
            _ => made("24200000000000001", "Farid", "Facebook", Some("farid@example.test")),
        }
    }
}
