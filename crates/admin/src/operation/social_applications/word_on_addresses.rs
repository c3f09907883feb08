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
    if !is_believed || *call.reach() == Reach::All {
        return Ok(());
    }
    for site in sites {
        let accounts = match site == MAIN {
            true => SiteAccounts::Shared,
            false => call.admin.store.find_site(site).await?.map_or(SiteAccounts::Shared, |site| site.accounts),
        };
        if accounts == SiteAccounts::Shared {
            return Err(OperationError::Above(format!(
                "`{site}` shares its accounts with other sites, and your role is for yours alone: say `trust_email` = `never`, so that people \
                 join their accounts by signing in first, or let somebody with the role for all sites do it"
            )));
        }
    }
    Ok(())
}
