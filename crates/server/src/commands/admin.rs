//! `chabi admin`: the way in for the first owner, and roles.

use std::process::ExitCode;

use anyhow::Result;
use chabi::{
    Chabi,
    admin::{
        Actor,
        operation::roles::{GrantRole, GrantRoleInput, NewRole, TakeRole, TakeRoleInput},
    },
};
use serde_json::json;

use super::{opened, operation};
use crate::cli::Admin;

/// Prints the set-up link, gives and takes roles, or runs an operation.
///
/// # Errors
/// What is wrong with the installation.
pub async fn run(admin: Admin) -> Result<ExitCode> {
    match admin {
        Admin::SetupLink { asked } => setup_link(&opened::open(&asked.installation).await?, asked.json).await,
        Admin::Grant { asked, holder, role, site } => {
            let chabi = opened::open(&asked.installation).await?;
            let input = GrantRoleInput { body: NewRole { holder, role, site } };
            operation::told(chabi.admin().run::<GrantRole>(&Actor::operator(), input).await, asked.json, |granted| {
                format!("{} is {} now, at {}\n", granted.holder, granted.role, granted.site.as_deref().unwrap_or("all sites"))
            })
        }
        Admin::Remove { asked, holder, role, site } => {
            let chabi = opened::open(&asked.installation).await?;
            let input = TakeRoleInput { holder, role, site };
            operation::told(chabi.admin().run::<TakeRole>(&Actor::operator(), input).await, asked.json, |()| "taken back\n".to_owned())
        }
        Admin::Operation(verbs) => operation::of_noun(verbs.0).await,
    }
}

async fn setup_link(chabi: &Chabi, json: bool) -> Result<ExitCode> {
    match chabi.admin().setup_link().await? {
        Some(link) => operation::told(Ok(json!({ "link": link.expose() })), json, |_| format!("{}\n", link.expose())),
        None => {
            eprintln!("chabi: there is an owner already, who can make others: `chabi admin list` shows who");
            Ok(ExitCode::FAILURE)
        }
    }
}
