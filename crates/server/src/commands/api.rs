//! `chabi api`.

use anyhow::Result;
use chabi::{AccessTokenType, Scope, Seconds, operations::apis};

use super::opened;
use crate::cli::Api;

/// Adds or lists APIs.
///
/// # Errors
/// What is wrong with the installation or the API.
pub async fn run(api: Api) -> Result<()> {
    match api {
        Api::Add { installation, audience, name, scope, lifetime, plain_jwt, alg } => {
            let (chabi, ..) = opened::open(&installation).await?;
            let api = chabi::Api {
                name: if name.is_empty() { audience.clone() } else { name },
                audience,
                scope: Scope::of(scope.split_whitespace()),
                access_token_lifetime: Seconds(lifetime),
                token_type: if plain_jwt { AccessTokenType::Jwt } else { AccessTokenType::AtJwt },
                signing_alg: alg,
                settings: Default::default(),
            };
            apis::put(chabi.store(), api.clone()).await?;
            println!("{} is registered", api.audience);
        }
        Api::List(installation) => {
            let (chabi, ..) = opened::open(&installation).await?;
            for api in chabi.store().list_apis().await? {
                println!("{}  {}  {}", api.audience, api.name, api.scope);
            }
        }
    }
    Ok(())
}
