//! `chabi application`.

use std::process::ExitCode;

use anyhow::Result;
use chabi::{
    Scope,
    operations::applications::{self, NewApplication, Place},
};

use super::opened;
use crate::cli::{AddApplication, Application};

/// Adds, lists or removes applications.
///
/// # Errors
/// What is wrong with the installation or the application.
pub async fn run(application: Application) -> Result<ExitCode> {
    match application {
        Application::Add(add) => self::add(*add).await.map(|()| ExitCode::SUCCESS),
        Application::List(installation) => {
            let (chabi, ..) = opened::open(&installation).await?;
            for application in chabi.store().list_applications().await? {
                println!("{}  {}  {}", application.client_id, application.name, application.redirect_uris.join(" "));
            }
            Ok(ExitCode::SUCCESS)
        }
        Application::Remove { installation, client_id } => {
            let (chabi, _, env) = opened::open(&installation).await?;
            if applications::remove(chabi.store(), &client_id, &env).await? {
                println!("removed, and all it was granted revoked");
                return Ok(ExitCode::SUCCESS);
            }
            println!("there is no application `{client_id}`");
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn add(add: AddApplication) -> Result<()> {
    let (chabi, _, env) = opened::open(&add.installation).await?;
    let new = NewApplication {
        client_id: add.client_id,
        name: add.name,
        redirect_uris: add.redirect_uris,
        post_logout_redirect_uris: add.post_logout_redirect_uris,
        scope: Scope::of(add.scope.split_whitespace()),
        audience: add.audience,
        public: add.public,
        native: add.native,
        machine: add.machine,
        first_party: add.first_party,
        oidc: add.oidc,
        id_token_alg: add.id_token_alg,
    };
    let (application, secret) = applications::add(chabi.store(), new, Place::of(chabi.issuer()), &env).await?;
    println!("OIDC_ISSUER={}", chabi.issuer());
    println!("OIDC_CLIENT_ID={}", application.client_id);
    if let Some(secret) = secret {
        println!("OIDC_CLIENT_SECRET={}", secret.expose());
        eprintln!("The secret is shown this once; only its hash is kept.");
    }
    Ok(())
}
