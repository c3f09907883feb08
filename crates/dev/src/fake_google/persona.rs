//! Who one can be at the fake Google.

use chabi_token::Env;
use serde_json::{Map, Value, json};

use crate::Persona;

/// The personas, in the order of the page. Their keys are the stable part of the buttons' ids (`persona-<key>`).
pub const PERSONAS: [Persona; 11] = [
    Persona { key: "new", title: "Nila Newcomer", about: "A new person, nila.newcomer@gmail.com; the same person when picked again" },
    Persona { key: "fresh", title: "Somebody new each time", about: "A new person at each click, with an address nobody had before" },
    Persona {
        key: "same-email",
        title: "Ada (Workspace), same e-mail as a local account",
        about: "ada@example.test with hd example.test: Google speaks for this domain, so the accounts join",
    },
    Persona {
        key: "same-email-foreign",
        title: "Bina, same e-mail, but not Google's to vouch for",
        about: "bina@example.test, email_verified true without hd: she must sign in first, then link",
    },
    Persona {
        key: "same-email-unverified-here",
        title: "Uma (Workspace), whose local account never proved its e-mail",
        about: "uma@example.test with hd example.test: the account goes to who owns the address",
    },
    Persona { key: "unverified", title: "Ulla, e-mail not verified", about: "ulla@example.test with email_verified false" },
    Persona {
        key: "workspace",
        title: "Wasima (Workspace)",
        about: "A new person, wasima@school.example.test with hd school.example.test",
    },
    Persona { key: "cancelled", title: "Cancel", about: "Goes back with error=access_denied" },
    Persona { key: "down", title: "Provider down", about: "Goes back with a code, but the token endpoint answers 503" },
    Persona { key: "wrong-nonce", title: "Wrong nonce", about: "The ID token carries another nonce: must be refused" },
    Persona { key: "wrong-signature", title: "Wrong signature", about: "The ID token's signature does not match: must be refused" },
];

/// A Google account.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) sub: String,
    given_name: &'static str,
    family_name: &'static str,
    email: String,
    email_verified: bool,
    hosted_domain: Option<&'static str>,
}

impl Person {
    /// The account behind a persona.
    pub(super) fn of(persona: &Persona, env: &Env) -> Self {
        let made = |sub: &str, given_name, family_name, email: &str| Self {
            sub: sub.to_owned(),
            given_name,
            family_name,
            email: email.to_owned(),
            email_verified: true,
            hosted_domain: None,
        };
        match persona.key {
            "fresh" => {
                let number = u64::from_be_bytes(env.random()) % 10_u64.pow(15);
                made(&format!("1{number:020}"), "Fiona", "Fresh", &format!("fresh.{number}@gmail.com"))
            }
            "same-email" => {
                Self { hosted_domain: Some("example.test"), ..made("103000000000000000001", "Ada", "Lovelace", "ada@example.test") }
            }
            "same-email-foreign" => made("106000000000000000001", "Bina", "Das", "bina@example.test"),
            "same-email-unverified-here" => {
                Self { hosted_domain: Some("example.test"), ..made("107000000000000000001", "Uma", "Unverified", "uma@example.test") }
            }
            "unverified" => Self { email_verified: false, ..made("104000000000000000001", "Ulla", "Unverified", "ulla@example.test") },
            "workspace" => Self {
                hosted_domain: Some("school.example.test"),
                ..made("105000000000000000001", "Wasima", "Rahman", "wasima@school.example.test")
            },
            _ => made("102000000000000000001", "Nila", "Newcomer", "nila.newcomer@gmail.com"),
        }
    }

    /// What the ID token and userinfo say of this person for this scope.
    pub(super) fn claims(&self, scope: &str) -> Map<String, Value> {
        let mut claims = Map::new();
        let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        put("sub", json!(self.sub));
        if let Some(domain) = self.hosted_domain {
            put("hd", json!(domain));
        }
        if scope.split(' ').any(|word| word == "email") {
            put("email", json!(self.email));
            put("email_verified", json!(self.email_verified));
        }
        if scope.split(' ').any(|word| word == "profile") {
            put("name", json!(format!("{} {}", self.given_name, self.family_name)));
            put("given_name", json!(self.given_name));
            put("family_name", json!(self.family_name));
        }
        claims
    }
}
