//! `chabi api`.

use std::process::ExitCode;

use anyhow::Result;
use chabi::{
    AccessTokenType, Chabi, Scope, Seconds,
    admin::{
        Actor, OperationError,
        operation::apis::{ApiValues, CreateApi, CreateApiInput, NewApi, UpdateApi, UpdateApiInput},
    },
};

use super::{changes, opened, operation};
use crate::cli::{AddApi, Api};

/// Adds an API, shows or changes it by the names of a seed, or runs an operation on one.
///
/// # Errors
/// What is wrong with the installation or the API.
pub async fn run(api: Api) -> Result<ExitCode> {
    match api {
        Api::Add(add) => self::add(*add).await,
        Api::Show { asked, audience } => changes::show_api(&asked, &audience).await,
        Api::Update { asked, audience, changes } => changes::update_api(&asked, &audience, &changes).await,
        Api::Operation(verbs) => operation::of_noun(verbs.0).await,
    }
}

/// Makes it, or writes it over the one of its audience.
///
/// # Errors
/// What is wrong with it.
pub async fn put(chabi: &Chabi, api: chabi::Api) -> Result<chabi::admin::operation::apis::Api, OperationError> {
    let (admin, actor) = (chabi.admin(), Actor::operator());
    let is_there = chabi.store().find_api(&api.audience).await?.is_some();
    let (audience, values) = (api.audience.clone(), values(api));
    match is_there {
        true => admin.run::<UpdateApi>(&actor, UpdateApiInput { audience, body: values }).await,
        false => admin.run::<CreateApi>(&actor, CreateApiInput { body: NewApi { audience, values } }).await,
    }
}

fn values(api: chabi::Api) -> ApiValues {
    let settings = api.settings;
    ApiValues {
        name: api.name,
        scope: api.scope.to_string(),
        scope_words: settings.scope_words,
        access_token_lifetime: api.access_token_lifetime.0,
        token_type: match api.token_type {
            AccessTokenType::AtJwt => "at+jwt",
            AccessTokenType::Jwt => "jwt",
            AccessTokenType::Opaque => "opaque",
        }
        .to_owned(),
        signing_alg: api.signing_alg,
        applications: settings.applications,
        required_acr: settings.required_acr,
        max_auth_age: settings.max_auth_age,
        extra_claims: settings.extra_claims,
    }
}

async fn add(add: AddApi) -> Result<ExitCode> {
    let chabi = opened::open(&add.asked.installation).await?;
    let mut settings = chabi.store().find_api(&add.audience).await?.map(|api| api.settings).unwrap_or_default();
    settings.required_acr = add.required_acr.unwrap_or(settings.required_acr);
    settings.max_auth_age = add.max_auth_age.or(settings.max_auth_age);
    settings.extra_claims.extend(add.claims);
    let api = chabi::Api {
        name: if add.name.is_empty() { add.audience.clone() } else { add.name },
        audience: add.audience,
        scope: Scope::of(add.scope.split_whitespace()),
        access_token_lifetime: Seconds(add.lifetime),
        token_type: match (add.opaque, add.plain_jwt) {
            (true, _) => AccessTokenType::Opaque,
            (false, true) => AccessTokenType::Jwt,
            (false, false) => AccessTokenType::AtJwt,
        },
        signing_alg: add.alg,
        settings,
    };
    operation::told(put(&chabi, api).await, add.asked.json, |api| format!("{} is registered\n", api.audience))
}
