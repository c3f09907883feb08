//! Whose word on e-mail addresses joins people, where the accounts are not of one site alone.

use chabi_client::{ProviderSettings, TrustEmail};
use chabi_store::site::{MAIN, SiteAccounts};

use crate::{Call, OperationError, Reach};

/// Whoever runs a provider whose word on addresses is believed decides who a person is. At a site that shares its accounts that would be a
/// person of all sites that share them: so only somebody with the role for all sites may believe a word that is not a vendor's own.
pub(super) async fn check(call: &Call, sites: &[String], settings: &ProviderSettings) -> Result<(), OperationError> {
    let is_chosen = settings.issuer.is_some() || settings.custom.is_some() || !settings.values.is_empty();
    let is_believed = match settings.trust_email {
        TrustEmail::Never => false,
        TrustEmail::Entry => is_chosen,
        TrustEmail::WhenVerified => true,
    };
    match shared_with_others(call, sites).await? {
        Some(site) if is_believed => Err(OperationError::Above(format!(
            "`{site}` shares its accounts with other sites, and your role is for yours alone: say `trust_email` = `never`, so that people \
             join their accounts by signing in first, or let somebody with the role for all sites do it"
        ))),
        _ => Ok(()),
    }
}

/// An ID token that an application brings was made for whoever runs the `client_id` that it is for: they have those of all who signed in
/// there, and enter here as each of them. So where accounts are shared, whose tokens are taken is for roles at all sites to say.
pub(in crate::operation) fn brought(site: &str) -> OperationError {
    OperationError::Above(format!(
        "`{site}` shares its accounts with other sites, and your role is for yours alone: whose ID tokens applications may bring (native \
         sign-in) is for somebody with the role for all sites to say"
    ))
}

/// One of these sites that shares its accounts, where the actor has no role at all sites.
pub(in crate::operation) async fn shared_with_others(call: &Call, sites: &[String]) -> Result<Option<String>, OperationError> {
    if *call.reach() == Reach::All {
        return Ok(None);
    }
    for site in sites {
        let accounts = match site == MAIN {
            true => SiteAccounts::Shared,
            false => call.admin.store.find_site(site).await?.map_or(SiteAccounts::Shared, |site| site.accounts),
        };
        if accounts == SiteAccounts::Shared {
            return Ok(Some(site.clone()));
        }
    }
    Ok(None)
}
