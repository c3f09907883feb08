//! `chabi admin`: the way in for the first owner, and roles.

use std::process::ExitCode;

use anyhow::Result;
use chabi::{
    Chabi,
    admin::{
        Actor, OperationError,
        operation::roles::{GrantRole, GrantRoleInput, ListRoles, ListRolesInput, NewRole, TakeRole, TakeRoleInput},
    },
};

use super::opened;
use crate::cli::Admin;

/// Prints the set-up link, or gives, lists and takes roles.
///
/// # Errors
/// What is wrong with the installation.
pub async fn run(admin: Admin) -> Result<ExitCode> {
    match admin {
        Admin::SetupLink { installation, data } => setup_link(&opened::open_named(&installation, data.as_deref()).await?).await,
        Admin::Grant { installation, data, holder, role, site } => {
            let chabi = opened::open_named(&installation, data.as_deref()).await?;
            let input = GrantRoleInput { body: NewRole { holder, role, site } };
            told(chabi.admin().run::<GrantRole>(&Actor::operator(), input).await, |granted| {
                println!("{} is {} now, at {}", granted.holder, granted.role, granted.site.as_deref().unwrap_or("all sites"));
            })
        }
        Admin::List { installation, data } => {
            let chabi = opened::open_named(&installation, data.as_deref()).await?;
            told(chabi.admin().run::<ListRoles>(&Actor::operator(), ListRolesInput::default()).await, |page| {
                for granted in page.items {
                    println!(
                        "{:<14} {:<16} {}",
                        granted.role.as_str(),
                        granted.site.unwrap_or_else(|| "all sites".to_owned()),
                        granted.holder
                    );
                }
            })
        }
        Admin::Remove { installation, data, holder, role, site } => {
            let chabi = opened::open_named(&installation, data.as_deref()).await?;
            let input = TakeRoleInput { holder, role, site };
            told(chabi.admin().run::<TakeRole>(&Actor::operator(), input).await, |()| println!("taken back"))
        }
    }
}

async fn setup_link(chabi: &Chabi) -> Result<ExitCode> {
    match chabi.admin().setup_link().await? {
        Some(link) => println!("{}", link.expose()),
        None => {
            eprintln!("chabi: there is an owner already, who can make others: `chabi admin list` shows who");
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn told<T>(outcome: Result<T, OperationError>, tell: impl FnOnce(T)) -> Result<ExitCode> {
    match outcome {
        Ok(value) => {
            tell(value);
            Ok(ExitCode::SUCCESS)
        }
        Err(OperationError::Fault(fault)) => Err(fault.into()),
        Err(error) => {
            eprintln!("chabi: {error}");
            Ok(ExitCode::FAILURE)
        }
    }
}
