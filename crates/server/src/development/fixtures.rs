//! The applications, APIs and providers of development mode, as the library takes them.

use anyhow::{Context as _, Result};
use chabi::{
    AccessTokenType, Api, ApplicationKind, Builder, ClientAuthentication, Profile, RegisteredClient, Scope, Seconds, SecretText, Timestamp,
    client_secret_hash,
    provider::{ProviderSettings, catalogue, provider},
};
use chabi_dev::{
    DevSettings, FakeApp,
    fixtures::{self, TestApplication},
};

/// Audience of a second API, which nothing serves: tokens for it must not open the demo API.
pub fn other_audience(public_url: &str) -> String {
    format!("{public_url}/dev/another-api")
}

/// Adds all of them; `fakes`: the fake providers too, at which Apple's key is a new one at every start.
///
/// # Errors
/// In words: the catalogue does not take what the fakes have.
pub fn all(builder: Builder, settings: &DevSettings, fakes: bool) -> Result<Builder> {
    let public_url = &*settings.public_url;
    let notes = Scope::of([fixtures::NOTES_READ, fixtures::NOTES_WRITE]);
    let builder = builder.api(api(fixtures::demo_audience(public_url), "Demo API", notes.clone())).api(api(
        other_audience(public_url),
        "Another API",
        notes,
    ));
    let applications = fixtures::applications(public_url).into_iter().map(|test| application(test, public_url));
    let builder = applications.fold(builder, Builder::application);
    if fakes { with_providers(builder, settings) } else { Ok(builder) }
}

fn with_providers(builder: Builder, settings: &DevSettings) -> Result<Builder> {
    let public_url = &*settings.public_url;
    // they are of this very server, which is called as any provider is
    let authority = public_url.split("://").nth(1).unwrap_or_default();
    let port = if public_url.starts_with("https") { 443 } else { 80 };
    let host = if authority.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']')) {
        authority.to_owned()
    } else {
        format!("{authority}:{port}")
    };
    fakes(settings).into_iter().try_fold(builder.allow_outgoing(host), |builder, (id, described, app)| {
        let described = ProviderSettings { catalogue: id.to_owned(), client_id: app.client_id.clone(), ..described };
        let secret = SecretText::new(app.client_secret.clone());
        let mut fake = provider(id, &described, secret).with_context(|| format!("the fake provider {id}"))?;
        // in development mode alone: a fake is believed what its vendor is, and no other who speaks as a vendor does
        fake.email_trust = catalogue::find(id).map(|entry| entry.email_trust().clone()).unwrap_or_default();
        Ok(builder.provider(fake))
    })
}

/// The entries of the catalogue, pointed at the fakes: by the values that an operator has for hosts of their own, or by the issuer.
fn fakes(settings: &DevSettings) -> [(&'static str, ProviderSettings, &FakeApp); 5] {
    let at = |path: &str| format!("{}{path}", settings.public_url);
    let issued_by = |path: &str| ProviderSettings { issuer: Some(at(path)), ..ProviderSettings::default() };
    let with = |values: &[(&str, String)]| {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        ProviderSettings { values, ..ProviderSettings::default() }
    };
    let (facebook, github) = (at(fixtures::FACEBOOK_PATH), at(fixtures::GITHUB_PATH));
    let version = fixtures::FACEBOOK_VERSION.to_owned();
    let key = [("team_id", fixtures::APPLE_TEAM_ID.to_owned()), ("key_id", fixtures::APPLE_KEY_ID.to_owned())];
    let apple = ProviderSettings { issuer: Some(at(fixtures::APPLE_PATH)), ..with(&key) };
    [
        ("google", issued_by(fixtures::GOOGLE_PATH), &settings.google),
        ("facebook", with(&[("www", facebook.clone()), ("graph", facebook), ("graph_version", version)]), &settings.facebook),
        ("apple", apple, &settings.apple),
        ("github", with(&[("host", github.clone()), ("api", format!("{github}/api/v3"))]), &settings.github),
        ("microsoft", with(&[("host", at(fixtures::MICROSOFT_PATH))]), &settings.microsoft),
    ]
}

fn api(audience: String, name: &str, scope: Scope) -> Api {
    Api {
        audience,
        name: name.to_owned(),
        scope,
        access_token_lifetime: Seconds::minutes(5),
        token_type: AccessTokenType::AtJwt,
        signing_alg: "ES256".to_owned(),
        settings: Default::default(),
    }
}

fn application(test: TestApplication, public_url: &str) -> RegisteredClient {
    RegisteredClient {
        client_id: test.client_id.to_owned(),
        name: test.name.to_owned(),
        profile: Profile::OAuth21,
        kind: ApplicationKind::Web,
        authentication: if test.client_secret.is_some() { ClientAuthentication::Secret } else { ClientAuthentication::None },
        secret_hashes: test.client_secret.map(client_secret_hash).into_iter().collect(),
        redirect_uris: test.redirect_uris,
        post_logout_redirect_uris: test.post_logout_redirect_uris,
        origins: if test.client_secret.is_none() { vec![public_url.to_owned()] } else { Vec::new() },
        grant_types: test.grant_types.iter().map(|grant| (*grant).to_owned()).collect(),
        scope: Scope::of(test.scopes.split(' ')),
        default_audience: test.audience,
        id_token_alg: "RS256".to_owned(),
        first_party: test.first_party,
        disabled_at: None,
        created_at: Timestamp::default(),
        settings: Default::default(),
    }
}
