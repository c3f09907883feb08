//! Who one can be at the fake Microsoft.

use chabi_token::Env;
use serde_json::{Value, json};

use crate::{Persona, fixtures::MICROSOFT_TENANT};

/// The tenant of all personal accounts: the vendor's own constant.
pub(super) const PERSONAL_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
/// A directory that anybody may have made for an evening.
const STRANGERS_TENANT: &str = "eeeeffff-4444-aaaa-5555-bbbb6666cccc";

/// The personas, in the order of the page. Their keys are the stable part of the buttons' ids (`persona-<key>`).
pub const PERSONAS: [Persona; 13] = [
    Persona {
        key: "work",
        title: "Mina, of a company’s directory",
        about: "mina@contoso.example.test; nothing says that it is verified, and her tenant is in tid",
    },
    Persona {
        key: "personal",
        title: "Parvez, personal account",
        about: "parvez@outlook.example.test, of the tenant of personal accounts",
    },
    Persona { key: "fresh", title: "Somebody new each time", about: "A new person at each click, with an address nobody had before" },
    Persona {
        key: "verified-domain",
        title: "Ada, whose company proved the domain",
        about: "ada@example.test with xms_edov true: counts as verified, and joins only where the operator trusts Microsoft for it",
    },
    Persona {
        key: "noauth",
        title: "Mallory, who calls herself ada (nOAuth)",
        about: "A stranger’s directory says mail = ada@example.test: must open nobody’s account",
    },
    Persona {
        key: "noauth-edov",
        title: "Mallory, whose domain is checked and not proved",
        about: "The same with xms_edov false: must open nobody’s account",
    },
    Persona { key: "without-email", title: "Tariq, without a mailbox", about: "No email; preferred_username looks like one, and is none" },
    Persona { key: "wrong-tenant", title: "Wrong tenant", about: "tid is another tenant than the one in iss: must be refused" },
    Persona {
        key: "foreign-issuer",
        title: "Foreign issuer",
        about: "iss is at another server, tid and signature are in order: must be refused",
    },
    Persona { key: "cancelled", title: "Cancel", about: "Goes back with error=access_denied (AADSTS65004)" },
    Persona { key: "down", title: "Provider down", about: "Goes back with a code, but the token endpoint answers 503" },
    Persona { key: "wrong-nonce", title: "Wrong nonce", about: "The ID token carries another nonce: must be refused" },
    Persona { key: "wrong-signature", title: "Wrong signature", about: "The ID token's signature does not match: must be refused" },
];

/// An account in a directory.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) tenant: &'static str,
    /// The same for every application of the directory; a UUID.
    pub(super) oid: String,
    pub(super) given_name: &'static str,
    pub(super) family_name: &'static str,
    /// A name to sign in with; looks like an address.
    pub(super) username: String,
    /// Whatever the directory's administrator wrote.
    pub(super) mail: Option<String>,
    /// Whether the directory owns the domain of the address; the claim is there if the application asked for it in its registration.
    pub(super) domain_owner_verified: Option<Value>,
}

impl Person {
    /// The account behind a persona.
    pub(super) fn of(persona: &Persona, env: &Env) -> Self {
        let made = |tenant, number: u64, given_name, family_name, mail: &str| Self {
            tenant,
            oid: format!("00000000-0000-4000-8000-{number:012x}"),
            given_name,
            family_name,
            username: mail.to_owned(),
            mail: Some(mail.to_owned()),
            domain_owner_verified: None,
        };
        let mallory = || Self {
            username: "mallory@strangers.example.test".to_owned(),
            ..made(STRANGERS_TENANT, 6, "Mallory", "Lovelace", "ada@example.test")
        };
        match persona.key {
            "personal" => made(PERSONAL_TENANT, 2, "Parvez", "Personal", "parvez@outlook.example.test"),
            "fresh" => {
                let number = u64::from_be_bytes(env.random()) % 10_u64.pow(12);
                made(MICROSOFT_TENANT, number, "Fiona", "Fresh", &format!("fresh.{number}@contoso.example.test"))
            }
            "verified-domain" => {
                Self { domain_owner_verified: Some(json!(true)), ..made(MICROSOFT_TENANT, 3, "Ada", "Lovelace", "ada@example.test") }
            }
            "noauth" => mallory(),
            "noauth-edov" => Self { domain_owner_verified: Some(json!(false)), ..mallory() },
            "without-email" => Self { mail: None, ..made(MICROSOFT_TENANT, 4, "Tariq", "Terminal", "tariq@contoso.example.test") },
            _ => made(MICROSOFT_TENANT, 1, "Mina", "Member", "mina@contoso.example.test"),
        }
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}
