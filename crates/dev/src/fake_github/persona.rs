//! Who one can be at the fake GitHub.

use chabi_token::Env;
use serde_json::{Value, json};

use crate::Persona;

/// The personas, in the order of the page. Their keys are the stable part of the buttons' ids (`persona-<key>`).
pub const PERSONAS: [Persona; 12] = [
    Persona { key: "new", title: "Gita Newcomer", about: "No public e-mail; gita@example.test is primary and verified in /user/emails" },
    Persona { key: "renamed", title: "Gita, who renamed herself", about: "The same number, another login: must be the same account" },
    Persona { key: "fresh", title: "Somebody new each time", about: "A new person at each click, with an address nobody had before" },
    Persona { key: "same-email", title: "Ada, same e-mail as a local account", about: "ada@example.test, primary and verified" },
    Persona {
        key: "secondary",
        title: "Sadia, whose second e-mail is ada’s",
        about: "sadia@example.test is primary; ada@example.test is verified, but not primary: must not count",
    },
    Persona { key: "unverified", title: "Ulla, e-mail not verified", about: "ulla@example.test is primary, and not verified" },
    Persona {
        key: "public-email",
        title: "Pial, with a public e-mail",
        about: "/user says ada@example.test; /user/emails has pial@example.test, primary and verified",
    },
    Persona {
        key: "emails-hidden",
        title: "Hasan, whose e-mails are not for us",
        about: "/user/emails is 404, as for a GitHub App without permission",
    },
    Persona { key: "cancelled", title: "Cancel", about: "Goes back with error=access_denied" },
    Persona { key: "down", title: "Provider down", about: "Goes back with a code, but the token endpoint answers 503" },
    Persona { key: "code-refused", title: "Code refused", about: "The token endpoint says bad_verification_code, with status 200" },
    Persona { key: "bad-credentials", title: "Token refused", about: "The API answers 401, whatever was sent" },
];

/// A GitHub account.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// Stays; a number.
    pub(super) id: u64,
    /// Changes when its owner likes.
    pub(super) login: String,
    pub(super) name: Option<&'static str>,
    /// On the profile, for everybody to see.
    pub(super) public_email: Option<&'static str>,
    pub(super) emails: Vec<Email>,
}

/// An element of `/user/emails`.
#[derive(Clone, Debug)]
pub(super) struct Email {
    address: String,
    primary: bool,
    verified: bool,
}

impl Email {
    pub(super) fn json(&self) -> Value {
        let visibility = if self.primary { json!("private") } else { Value::Null };
        json!({ "email": self.address, "primary": self.primary, "verified": self.verified, "visibility": visibility })
    }
}

impl Person {
    /// The account behind a persona.
    pub(super) fn of(persona: &Persona, env: &Env) -> Self {
        let email = |address: &str, primary, verified| Email { address: address.to_owned(), primary, verified };
        let made = |id, login: &str, name, emails| Self { id, login: login.to_owned(), name: Some(name), public_email: None, emails };
        match persona.key {
            "renamed" => Self {
                login: "gita-of-dhaka".to_owned(),
                ..made(5_830_001, "", "Gita Newcomer", vec![email("gita@example.test", true, true)])
            },
            "fresh" => {
                let number = u64::from_be_bytes(env.random()) % 10_u64.pow(9);
                let address = format!("fresh.{number}@example.test");
                made(6_000_000_000 + number, &format!("fresh{number}"), "Fiona Fresh", vec![email(&address, true, true)])
            }
            "same-email" => made(5_830_002, "ada", "Ada Lovelace", vec![email("ada@example.test", true, true)]),
            "secondary" => {
                // not in order: the primary one need not be the first
                let emails = vec![email("ada@example.test", false, true), email("sadia@example.test", true, true)];
                made(5_830_003, "sadia", "Sadia Second", emails)
            }
            "unverified" => made(5_830_004, "ulla", "Ulla Unverified", vec![email("ulla@example.test", true, false)]),
            "public-email" => Self {
                public_email: Some("ada@example.test"),
                ..made(5_830_005, "pial", "Pial Public", vec![email("pial@example.test", true, true)])
            },
            // a profile without a name, as many are
            "emails-hidden" => Self { name: None, ..made(5_830_006, "hasan", "", Vec::new()) },
            _ => made(5_830_001, "gita", "Gita Newcomer", vec![email("gita@example.test", true, true)]),
        }
    }
}
