//! A seed: people, applications and APIs of development mode, from a TOML file. Applied at every start: what is missing is made, what
//! is there is brought up to date, and what the file does not name stays as it is.
//!
//! 1. [`names`]: which keys there are; anything else is an error with a hint;
//! 2. `application`, `api`, `person`: one table of each, as the library takes it;
//! 3. this file: the whole.

pub mod api;
pub mod application;
mod names;
mod person;

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context as _, Result, anyhow, ensure};
use chabi::{Api, Builder, Chabi, RegisteredClient, RegistrationSettings};
use serde::Deserialize;
use toml::Table;

use crate::config::{DocumentsSection, RegistrationSection};
use person::Person;

/// What a file says.
#[derive(Debug, Default)]
pub struct Seed {
    people: Vec<Person>,
    applications: Vec<RegisteredClient>,
    apis: Vec<Api>,
    /// `None`: the file says nothing of it.
    registration: Option<RegistrationSettings>,
}

/// The file, with its tables as they are.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Whole {
    accounts: Vec<Table>,
    applications: Vec<Table>,
    apis: Vec<Table>,
    registration: Option<Table>,
    client_id_documents: Option<Table>,
}

/// Nothing more belongs to the top of the file.
#[derive(Debug, Deserialize)]
struct Nothing {}

impl Seed {
    /// Reads a file.
    ///
    /// # Errors
    /// In words: not readable, not TOML, an unknown key, a value of another kind, the same name twice.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| format!("reading the seed {}", file.display()))?;
        Self::parse(&text).with_context(|| format!("the seed {}", file.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| anyhow!("it is not TOML: {}", error.message()))?;
        let (whole, Nothing {}) = names::split::<Whole, Nothing>(table, "the file")?;
        let seed = Self {
            people: whole.accounts.into_iter().map(person::read).collect::<Result<_>>()?,
            applications: whole.applications.into_iter().map(application::read).collect::<Result<_>>()?,
            apis: whole.apis.into_iter().map(api::read).collect::<Result<_>>()?,
            registration: registration(whole.registration, whole.client_id_documents)?,
        };
        once("accounts", seed.people.iter().map(Person::email))?;
        once("applications", seed.applications.iter().map(|application| application.client_id.as_str()))?;
        once("apis", seed.apis.iter().map(|api| api.audience.as_str()))?;
        Ok(seed)
    }

    /// Hands applications and APIs to the builder, which checks their rules and puts them into the store.
    pub fn register(&self, builder: Builder) -> Builder {
        let builder = match self.registration.clone() {
            Some(registration) => builder.registration(registration),
            None => builder,
        };
        let builder = self.apis.iter().cloned().fold(builder, Builder::api);
        self.applications.iter().cloned().fold(builder, Builder::application)
    }

    /// Of its people.
    pub fn addresses(&self) -> Vec<String> {
        self.people.iter().map(|person| person.email().to_owned()).collect()
    }

    /// Makes the people who are not there yet, and gives the others the claims and the password of the file.
    ///
    /// # Errors
    /// Which person, and what is wrong with them.
    pub async fn make_people(&self, chabi: &Chabi) -> Result<()> {
        let made = self.people.iter().map(|person| person.make(chabi));
        futures_util::future::try_join_all(made).await.map(|_| ())
    }
}

/// The same sections as in the configuration of `serve`.
fn registration(registration: Option<Table>, documents: Option<Table>) -> Result<Option<RegistrationSettings>> {
    if registration.is_none() && documents.is_none() {
        return Ok(None);
    }
    let (registration, Nothing {}): (RegistrationSection, _) = names::split(registration.unwrap_or_default(), "registration")?;
    let (documents, Nothing {}): (DocumentsSection, _) = names::split(documents.unwrap_or_default(), "client_id_documents")?;
    registration.settings(&documents).map(Some)
}

fn once<'a>(place: &str, mut keys: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = BTreeSet::new();
    let twice = keys.find(|key| !seen.insert(key.to_ascii_lowercase()));
    ensure!(twice.is_none(), "{place}: `{}` is there twice", twice.unwrap_or_default());
    Ok(())
}

#[cfg(test)]
mod tests {
    use chabi::{AccessTokenType, ApplicationKind, ClientAuthentication, Profile, Scope, client_secret_hash};

    use super::*;

    fn problem(text: &str) -> String {
        format!("{:#}", Seed::parse(text).unwrap_err())
    }

    #[test]
    fn an_unknown_key_is_an_error_with_a_hint_wherever_it_stands() {
        for (text, words) in [
            ("[[aplications]]\nclient_id = \"a\"", "did you mean `applications`"),
            (
                "[[applications]]\nclient_id = \"a\"\nredirect_uri = []",
                "applications `a`: there is no key `redirect_uri`; did you mean `redirect_uris`",
            ),
            ("[[applications]]\nclient_id = \"a\"\nbackchanel_logout_uri = \"x\"", "did you mean `backchannel_logout_uri`"),
            (
                "[[applications]]\nclient_id = \"a\"\n[applications.exchange]\naudience = []",
                "exchange: there is no key `audience`; did you mean `audiences`",
            ),
            ("[[accounts]]\nemail = \"a@example.test\"\npassword = \"x\"\ngiven_nmae = \"A\"", "did you mean `given_name`"),
            (
                "[[accounts]]\nemail = \"a@example.test\"\npassword = \"x\"\n[accounts.address]\nstreet = \"A\"",
                "address: there is no key `street`",
            ),
            ("[registration]\nmod = \"open\"", "registration: there is no key `mod`; did you mean `mode`"),
            ("[[apis]]\naudience = \"https://api.example\"\nscopes = \"a\"", "did you mean `scope`"),
        ] {
            assert!(problem(text).contains(words), "{text}: {}", problem(text));
        }
    }

    #[test]
    fn a_value_that_is_missing_or_of_another_kind_is_told_with_its_place() {
        for (text, words) in [
            ("[[applications]]\nname = \"A\"", "client_id"),
            ("[[applications]]\nclient_id = \"a\"\nprofile = \"oauth3\"", "applications `a`: profile: `oauth3`"),
            ("[[applications]]\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"secret\"", "client_secret_basic"),
            ("[[applications]]\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"client_secret_post\"", "needs a client_secret"),
            ("[[applications]]\nclient_id = \"a\"\n[[applications]]\nclient_id = \"a\"", "`a` is there twice"),
            ("[[accounts]]\nemail = \"a@example.test\"", "password"),
            ("[[apis]]\naudience = \"https://api.example\"\nformat = \"xml\"", "at+jwt, JWT or opaque"),
        ] {
            assert!(problem(text).contains(words), "{text}: {}", problem(text));
        }
    }

    #[test]
    fn the_seed_of_the_conformance_suite_is_good() {
        let seed = Seed::parse(include_str!("../../../../examples/conformance/seed.toml")).unwrap();
        assert_eq!((seed.people.len(), seed.applications.len()), (1, 3));
        let registration = seed.registration.unwrap();
        assert_eq!((registration.mode, registration.profile), (chabi::RegistrationMode::Open, Profile::Oidc));
        assert!(seed.applications.iter().all(|application| application.profile == Profile::Oidc && application.redirect_uris.len() == 2));
    }

    #[test]
    fn an_application_is_read_with_all_it_chooses() {
        let text = "[[applications]]\nclient_id = \"suite\"\nclient_secret = \"a secret of tests\"\nprofile = \"oidc\"\nkind = \"native\"\n\
            token_endpoint_auth_method = \"client_secret_post\"\nredirect_uris = [\"https://app.example/cb\"]\nscope = \"openid email\"\n\
            id_token_signed_response_alg = \"ES256\"\nresponse_modes = [\"query\"]\njwks = { keys = [] }\nfirst_party = true\n\
            [applications.exchange]\nsubjects_of = [\"other\"]\n";
        let seed = Seed::parse(text).unwrap();
        let application = &seed.applications[0];
        assert_eq!((application.profile, application.kind), (Profile::Oidc, ApplicationKind::Native));
        assert_eq!(application.authentication, ClientAuthentication::SecretPost);
        assert_eq!(application.secret_hashes, [client_secret_hash("a secret of tests")]);
        assert_eq!((application.scope.clone(), application.id_token_alg.as_str()), (Scope::of(["openid", "email"]), "ES256"));
        assert_eq!(application.grant_types, ["authorization_code", "refresh_token"]);
        assert_eq!((application.settings.response_modes[0].as_str(), application.settings.jwks.as_str()), ("query", "{\"keys\":[]}"));
        assert_eq!(application.settings.exchange.as_ref().unwrap().subjects_of, ["other"]);
    }

    #[test]
    fn an_api_is_read_with_its_words_and_its_format() {
        let text = "[[apis]]\naudience = \"https://api.example\"\nformat = \"opaque\"\nlifetime = 60\nscope = \"notes:read\"\n\
            required_acr = \"1\"\nscope_words = { \"notes:read\" = \"Read your notes\" }\n";
        let seed = Seed::parse(text).unwrap();
        let api = &seed.apis[0];
        assert_eq!((api.token_type, api.access_token_lifetime.0, api.name.as_str()), (AccessTokenType::Opaque, 60, "https://api.example"));
        assert_eq!(api.settings.scope_words.get("notes:read").unwrap(), "Read your notes");
        assert_eq!(api.settings.required_acr, "1");
    }
}
