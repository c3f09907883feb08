//! `chabi api`.

use std::process::ExitCode;

use anyhow::Result;
use chabi::{AccessTokenType, Scope, Seconds, operations::apis};

use super::{changes, opened};
use crate::cli::{AddApi, Api};

/// Adds or lists APIs.
///
/// # Errors
/// What is wrong with the installation or the API.
pub async fn run(api: Api) -> Result<ExitCode> {
    match api {
        Api::Add(add) => self::add(*add).await?,
        Api::List(installation) => {
            let (chabi, ..) = opened::open(&installation).await?;
            for api in chabi.store().list_apis().await? {
                println!("{}  {}  {}", api.audience, api.name, api.scope);
            }
        }
        Api::Show { installation, audience } => return changes::show_api(&installation, &audience).await,
        Api::Update { installation, audience, changes } => return changes::update_api(&installation, &audience, &changes).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(add: AddApi) -> Result<()> {
    let (chabi, ..) = opened::open(&add.installation).await?;
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
    apis::put(chabi.store(), api.clone()).await?;
    println!("{} is registered", api.audience);
    Ok(())
}
