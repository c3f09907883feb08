//! Who one can be at the fake Apple.

use chabi_token::Env;
use serde_json::{Map, Value, json};

use crate::Persona;

/// The personas, in the order of the page. Their keys are the stable part of the buttons' ids (`persona-<key>`).
pub const PERSONAS: [Persona; 10] = [
    Persona {
        key: "new",
        title: "Amina Newcomer",
        about: "amina.newcomer@icloud.com, email_verified as a string; her name comes at her first sign-in only",
    },
    Persona {
        key: "relay",
        title: "Rafi, who hides his e-mail",
        about: "An address at privaterelay.appleid.com, email_verified and is_private_email as booleans",
    },
    Persona { key: "fresh", title: "Somebody new each time", about: "A new person at each click, with a relay address nobody had before" },
    Persona {
        key: "same-email",
        title: "Ada, same e-mail as a local account",
        about: "ada@example.test, which Apple verified once and does not run: she must sign in first, then link",
    },
    Persona { key: "without-email", title: "Tania, managed by her school", about: "No e-mail at all" },
    Persona { key: "unverified", title: "Ulla, e-mail not verified", about: "ulla@example.test with email_verified \"false\"" },
    Persona { key: "cancelled", title: "Cancel", about: "Goes back with error=user_cancelled_authorize" },
    Persona { key: "down", title: "Provider down", about: "Goes back with a code, but the token endpoint answers 503" },
    Persona { key: "wrong-nonce", title: "Wrong nonce", about: "The ID token carries another nonce: must be refused" },
    Persona { key: "wrong-signature", title: "Wrong signature", about: "The ID token's signature does not match: must be refused" },
];

/// An Apple account, as one team's applications see it.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) sub: String,
    given_name: &'static str,
    family_name: &'static str,
    email: Option<String>,
    /// As it stands in the token: the vendor has sent strings and booleans.
    email_verified: Value,
    is_private_email: Option<Value>,
}

impl Person {
    /// The account behind a persona.
    pub(super) fn of(persona: &Persona, env: &Env) -> Self {
        let made = |sub: &str, given_name, family_name, email: &str| Self {
            sub: sub.to_owned(),
            given_name,
            family_name,
            email: Some(email.to_owned()),
            email_verified: json!("true"),
            is_private_email: None,
        };
        let relayed = |person: Self| Self { email_verified: json!(true), is_private_email: Some(json!(true)), ..person };
        match persona.key {
            "relay" => {
                relayed(made("001002.0000000000000000000000000000relay.0002", "Rafi", "Relay", "k7q2m9xw4d@privaterelay.appleid.com"))
            }
            "fresh" => {
                let number = u64::from_be_bytes(env.random()) % 10_u64.pow(15);
                let address = format!("fresh{number}@privaterelay.appleid.com");
                relayed(made(&format!("001003.{number:032}.0003"), "Fiona", "Fresh", &address))
            }
            "same-email" => made("001004.00000000000000000000000000000ada.0004", "Ada", "Lovelace", "ada@example.test"),
            "without-email" => Self { email: None, ..made("001005.0000000000000000000000000000tania.0005", "Tania", "Taught", "") },
            "unverified" => Self {
                email_verified: json!("false"),
                ..made("001006.0000000000000000000000000000ulla.0006", "Ulla", "Unverified", "ulla@example.test")
            },
            _ => made("001001.000000000000000000000000000amina.0001", "Amina", "Newcomer", "amina.newcomer@icloud.com"),
        }
    }

    /// What the ID token says. No name: that is told once, in the form.
    pub(super) fn claims(&self, scope: &str) -> Map<String, Value> {
        let mut claims = Map::new();
        claims.insert("sub".to_owned(), json!(self.sub));
        if let Some(email) = &self.email
            && has(scope, "email")
        {
            claims.insert("email".to_owned(), json!(email));
            claims.insert("email_verified".to_owned(), self.email_verified.clone());
            if let Some(private) = &self.is_private_email {
                claims.insert("is_private_email".to_owned(), private.clone());
            }
        }
        claims
    }

    /// The form field `user`, as the vendor writes it.
    pub(super) fn form_field(&self, scope: &str) -> String {
        let mut user = Map::new();
        if has(scope, "name") {
            user.insert("name".to_owned(), json!({ "firstName": self.given_name, "lastName": self.family_name }));
        }
        if let Some(email) = self.email.as_ref().filter(|_| has(scope, "email")) {
            user.insert("email".to_owned(), json!(email));
        }
        Value::Object(user).to_string()
    }
}

/// Whether a scope was asked for.
pub(super) fn has(scope: &str, wanted: &str) -> bool {
    scope.split(' ').any(|word| word == wanted)
}
