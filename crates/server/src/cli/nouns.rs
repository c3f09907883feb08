//! Which operations are which verbs of which noun.

use super::noun::{Noun, Verb};

/// `chabi account`.
#[derive(Debug)]
pub struct Accounts;

impl Noun for Accounts {
    const NAME: &'static str = "account";
    const VERBS: &'static [Verb] = &[
        Verb::of("list", "accounts.list").such_as("search=ada@").showing(&["subject", "emails", "name", "created_at", "disabled_at"]),
        Verb::of("get", "accounts.get").or(&["show"]).such_as("ada@example.org"),
        Verb::of("create", "accounts.create").such_as("email=ada@example.org name=Ada"),
        Verb::of("update", "accounts.update").such_as("ada@example.org 'name=Ada Lovelace' locale=en"),
        Verb::of("block", "accounts.block")
            .or(&["disable"])
            .such_as("ada@example.org")
            .then("shut: sessions have ended, and all that was granted is taken back"),
        Verb::of("unblock", "accounts.unblock").or(&["enable"]).such_as("ada@example.org").then("open again"),
        Verb::of("reset-password", "accounts.send_password_reset").such_as("ada@example.org").then("the link is on its way"),
        Verb::of("unlink", "accounts.unlink").such_as("ada@example.org google"),
        Verb::of("delete", "accounts.delete").or(&["remove"]).such_as("ada@example.org"),
        Verb::of("sessions", "sessions.list").such_as("ada@example.org"),
        Verb::of("grants", "grants.list").such_as("ada@example.org"),
        Verb::of("revoke-grant", "grants.revoke").such_as("ada@example.org AAZhBrzdyARvujud2zpZeg"),
    ];
}

/// `chabi application`.
#[derive(Debug)]
pub struct Applications;

impl Noun for Applications {
    const NAME: &'static str = "application";
    const VERBS: &'static [Verb] = &[
        Verb::of("list", "applications.list").showing(&["client_id", "name", "redirect_uris", "sites", "registered_by", "disabled_at"]),
        Verb::of("get", "applications.get").such_as("notes-app"),
        Verb::of("create", "applications.create")
            .such_as("purpose=web_server name=Notes 'redirect_uris=[\"https://notes.example.org/callback\"]'"),
        Verb::of("delete", "applications.delete")
            .or(&["remove"])
            .such_as("notes-app")
            .then("removed, and all it was granted is taken back"),
        Verb::of("rotate-secret", "applications.rotate_secret")
            .such_as("notes-app")
            .then("The secret is shown this once. The older one is good until `chabi application retire-secret`."),
        Verb::of("retire-secret", "applications.retire_secret").such_as("notes-app"),
        Verb::of("preview-tokens", "applications.preview_tokens").such_as("notes-app account=ada@example.org"),
        Verb::of("check-redirect-uri", "applications.check_redirect_uri")
            .such_as("redirect_uri=https://notes.example.org/callback native=false"),
    ];
}

/// `chabi application initial-token`.
#[derive(Debug)]
pub struct InitialTokens;

impl Noun for InitialTokens {
    const NAME: &'static str = "application initial-token";
    const VERBS: &'static [Verb] = &[
        Verb::of("list", "initial_access_tokens.list"),
        Verb::of("revoke", "initial_access_tokens.delete")
            .or(&["delete"])
            .such_as("AAZhBrzdyARvujud2zpZeg")
            .then("taken back; what was registered with it stays"),
    ];
}

/// `chabi api`.
#[derive(Debug)]
pub struct Apis;

impl Noun for Apis {
    const NAME: &'static str = "api";
    const VERBS: &'static [Verb] = &[
        Verb::of("list", "apis.list").showing(&["audience", "name", "scope", "token_type", "access_token_lifetime"]),
        Verb::of("get", "apis.get").such_as("https://api.example.org"),
        Verb::of("create", "apis.create").such_as("audience=https://api.example.org name=Notes scope='notes:read notes:write'"),
        Verb::of("delete", "apis.delete").or(&["remove"]).such_as("https://api.example.org"),
    ];
}

/// `chabi provider`.
#[derive(Debug)]
pub struct Providers;

impl Noun for Providers {
    const NAME: &'static str = "provider";
    const VERBS: &'static [Verb] = &[
        Verb::of("list", "social_applications.list").showing(&[
            "id",
            "callback_url",
            "sites",
            "sign_up",
            "linking",
            "secret_expires_at",
            "disabled_at",
        ]),
        Verb::of("get", "social_applications.get").or(&["show"]).such_as("google"),
        Verb::of("create", "social_applications.create").such_as("--body google.json"),
        Verb::of("update", "social_applications.update").such_as("google 'sites=[\"main\",\"shop\"]'"),
        Verb::of("delete", "social_applications.delete").or(&["remove"]).such_as("google"),
        Verb::of("order", "social_applications.order").such_as("'ids=[\"google\",\"github\"]'"),
        Verb::of("catalogue", "providers.list").showing(&["id", "name", "protocol", "console_url"]),
    ];
}

/// `chabi site`.
#[derive(Debug)]
pub struct Sites;

impl Noun for Sites {
    const NAME: &'static str = "site";
    const VERBS: &'static [Verb] = &[
        Verb::of("list", "sites.list").showing(&["id", "issuer", "name", "accounts", "languages", "disabled_at"]),
        Verb::of("get", "sites.get").or(&["show"]).such_as("shop"),
        Verb::of("create", "sites.create").such_as("id=shop issuer=https://login.shop.example name=Shop"),
        Verb::of("update", "sites.update").such_as("shop settings.sign_up_open=false"),
        Verb::of("delete", "sites.delete").or(&["remove"]).such_as("shop"),
    ];
}

/// `chabi session`.
#[derive(Debug)]
pub struct Sessions;

impl Noun for Sessions {
    const NAME: &'static str = "session";
    const VERBS: &'static [Verb] = &[
        Verb::of("list", "sessions.list_all").such_as("account=ada@example.org"),
        Verb::of("end", "sessions.end").such_as("ada@example.org AAZhBrzdyARvujud2zpZeg"),
        Verb::of("end-all", "sessions.end_all").such_as("ada@example.org").then("signed out everywhere"),
        Verb::of("grants", "grants.list_all").such_as("reused=true"),
    ];
}

/// `chabi audit`.
#[derive(Debug)]
pub struct Audit;

impl Noun for Audit {
    const NAME: &'static str = "audit";
    const VERBS: &'static [Verb] = &[
        Verb::of("list", "audit.list").showing(&["at", "kind", "actor", "object", "client_id", "address", "id"]),
        Verb::of("get", "audit.get").or(&["show"]).such_as("AAZhBrzdyARvujud2zpZeg"),
        Verb::of("verify", "audit.verify"),
    ];
}

/// `chabi key`.
#[derive(Debug)]
pub struct Keys;

impl Noun for Keys {
    const NAME: &'static str = "key";
    const VERBS: &'static [Verb] = &[
        Verb::of("list", "keys.list").showing(&["alg", "kid", "created_at", "signs_from", "retired_at"]),
        Verb::of("rotate", "keys.rotate")
            .then("Published now; they sign as soon as caches of the older key set have run out. `chabi key list` says when."),
        Verb::of("replace-compromised", "keys.replace_compromised")
            .then("They sign now. Tokens of the older keys are refused here within a second, and by APIs once they fetch the key set."),
    ];
}

/// `chabi admin`.
#[derive(Debug)]
pub struct Admins;

impl Noun for Admins {
    const NAME: &'static str = "admin";
    const VERBS: &'static [Verb] = &[
        Verb::of("list", "roles.list").showing(&["role", "site", "holder", "created_at", "created_by"]),
        Verb::of("statistics", "statistics.get").such_as("days=30"),
    ];
}

/// Operations that have a command of their own in place of a verb of the table: which, and why.
#[cfg(test)]
pub const BY_HAND: &[(&str, &str, &str)] = &[
    ("revoke", "revoke", "its options name what is taken back, and a token comes by standard input"),
    ("applications.update", "application update", "takes the names of the registries, as a seed does"),
    ("apis.update", "api update", "takes the names of a seed"),
    ("initial_access_tokens.create", "application initial-token add", "prints the token alone, for a script to take"),
    ("roles.grant", "admin grant", "reads as a sentence: who, which role, at which site"),
    ("roles.take", "admin remove", "the same words as `grant`"),
];

/// Every noun and its verbs.
#[cfg(test)]
pub fn all() -> Vec<(&'static str, &'static [Verb])> {
    fn of<N: Noun>() -> (&'static str, &'static [Verb]) {
        (N::NAME, N::VERBS)
    }
    vec![
        of::<Accounts>(),
        of::<Applications>(),
        of::<InitialTokens>(),
        of::<Apis>(),
        of::<Providers>(),
        of::<Sites>(),
        of::<Sessions>(),
        of::<Audit>(),
        of::<Keys>(),
        of::<Admins>(),
    ]
}
