//! Applications registered with us.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    application::{ApplicationKind, ApplicationVerbs, ClientAuthentication, Profile, RegisteredClient},
    application_settings::ApplicationSettings,
};

use super::{json, scope, to_json, word};
use crate::{
    Execute, Sql,
    value::{Row, Value},
};

const FIND: &str = "SELECT client_id, name, profile, kind, authentication, secret_hashes, redirect_uris, post_logout_redirect_uris,
    origins, grant_types, scope, default_audience, id_token_alg, first_party, disabled_at, created_at, settings
    FROM applications WHERE client_id = $1";
const LIST: &str = "SELECT client_id, name, profile, kind, authentication, secret_hashes, redirect_uris, post_logout_redirect_uris,
    origins, grant_types, scope, default_audience, id_token_alg, first_party, disabled_at, created_at, settings
    FROM applications ORDER BY name, client_id";
const PUT: &str = "INSERT INTO applications (client_id, name, profile, kind, authentication, secret_hashes, redirect_uris,
    post_logout_redirect_uris, origins, grant_types, scope, default_audience, id_token_alg, first_party, disabled_at, created_at, settings)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    ON CONFLICT (client_id) DO UPDATE SET name = excluded.name, profile = excluded.profile, kind = excluded.kind,
    authentication = excluded.authentication, secret_hashes = excluded.secret_hashes, redirect_uris = excluded.redirect_uris,
    post_logout_redirect_uris = excluded.post_logout_redirect_uris, origins = excluded.origins, grant_types = excluded.grant_types,
    scope = excluded.scope, default_audience = excluded.default_audience, id_token_alg = excluded.id_token_alg,
    first_party = excluded.first_party, disabled_at = excluded.disabled_at, created_at = excluded.created_at,
    settings = excluded.settings";
const DELETE: &str = "DELETE FROM applications WHERE client_id = $1";
// Narrowed by text, decided on the list itself: `replace` is the one text search that both engines have and that knows no wildcard.
const ORIGINS: &str = "SELECT origins, settings FROM applications WHERE disabled_at IS NULL AND replace(origins, $1, '') <> origins";

pub(super) const STATEMENTS: &[&str] = &[FIND, LIST, PUT, DELETE, ORIGINS];

fn application(row: &mut Row) -> Result<RegisteredClient, Fault> {
    Ok(RegisteredClient {
        client_id: row.take()?,
        name: row.take()?,
        profile: profile(&row.take::<String>()?)?,
        kind: kind(&row.take::<String>()?)?,
        authentication: authentication(&row.take::<String>()?)?,
        secret_hashes: row.take::<Vec<u8>>()?.chunks_exact(32).filter_map(|hash| hash.try_into().ok()).collect(),
        redirect_uris: row.take()?,
        post_logout_redirect_uris: row.take()?,
        origins: row.take()?,
        grant_types: row.take()?,
        scope: scope(row)?,
        default_audience: row.take()?,
        id_token_alg: row.take()?,
        first_party: row.take()?,
        disabled_at: row.take()?,
        created_at: row.take()?,
        settings: json(row)?,
    })
}

fn origins_and_settings(row: &mut Row) -> Result<(Vec<String>, ApplicationSettings), Fault> {
    Ok((row.take()?, json(row)?))
}

fn profile(text: &str) -> Result<Profile, Fault> {
    word(match text {
        "oauth21" => Some(Profile::OAuth21),
        "oidc" => Some(Profile::Oidc),
        _ => None,
    })
}

const fn profile_word(profile: Profile) -> &'static str {
    match profile {
        Profile::OAuth21 => "oauth21",
        Profile::Oidc => "oidc",
    }
}

fn kind(text: &str) -> Result<ApplicationKind, Fault> {
    word(match text {
        "web" => Some(ApplicationKind::Web),
        "native" => Some(ApplicationKind::Native),
        _ => None,
    })
}

const fn kind_word(kind: ApplicationKind) -> &'static str {
    match kind {
        ApplicationKind::Web => "web",
        ApplicationKind::Native => "native",
    }
}

fn authentication(text: &str) -> Result<ClientAuthentication, Fault> {
    word(match text {
        "none" => Some(ClientAuthentication::None),
        "secret" => Some(ClientAuthentication::Secret),
        "secret_basic" => Some(ClientAuthentication::SecretBasic),
        "secret_post" => Some(ClientAuthentication::SecretPost),
        "private_key_jwt" => Some(ClientAuthentication::PrivateKeyJwt),
        _ => None,
    })
}

const fn authentication_word(authentication: ClientAuthentication) -> &'static str {
    match authentication {
        ClientAuthentication::None => "none",
        ClientAuthentication::Secret => "secret",
        ClientAuthentication::SecretBasic => "secret_basic",
        ClientAuthentication::SecretPost => "secret_post",
        ClientAuthentication::PrivateKeyJwt => "private_key_jwt",
    }
}

fn parameters(application: RegisteredClient) -> Vec<Value> {
    vec![
        application.client_id.into(),
        application.name.into(),
        profile_word(application.profile).into(),
        kind_word(application.kind).into(),
        authentication_word(application.authentication).into(),
        application.secret_hashes.concat().into(),
        application.redirect_uris.as_slice().into(),
        application.post_logout_redirect_uris.as_slice().into(),
        application.origins.as_slice().into(),
        application.grant_types.as_slice().into(),
        application.scope.to_string().into(),
        application.default_audience.into(),
        application.id_token_alg.into(),
        application.first_party.into(),
        application.disabled_at.into(),
        application.created_at.into(),
        to_json(&application.settings),
    ]
}

impl<E: Execute> ApplicationVerbs for Sql<E> {
    fn find_application(&self, client_id: &str) -> Answer<'_, Option<RegisteredClient>> {
        self.find(FIND, vec![client_id.into()], application)
    }

    fn list_applications(&self) -> Answer<'_, Vec<RegisteredClient>> {
        self.list(LIST, vec![], application)
    }

    fn put_application(&self, application: RegisteredClient) -> Answer<'_, ()> {
        self.run(PUT, parameters(application))
    }

    fn delete_application(&self, client_id: &str) -> Answer<'_, bool> {
        self.touched(DELETE, vec![client_id.into()])
    }

    fn is_registered_origin(&self, origin: &str, site: &str) -> Answer<'_, bool> {
        let (origin, site) = (origin.to_owned(), site.to_owned());
        let quoted = serde_json::Value::from(origin.as_str()).to_string();
        let lists = self.list(ORIGINS, vec![quoted.into()], origins_and_settings);
        Box::pin(async move {
            let mut lists = lists.await?.into_iter().filter(|(_, settings)| settings.belong_to(&site));
            Ok(lists.any(|(origins, _)| origins.contains(&origin)))
        })
    }
}
