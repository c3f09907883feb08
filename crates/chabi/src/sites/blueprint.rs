//! From what an operator decides of a site to its parts: what the configuration says for all sites, and what a site has otherwise.

use std::sync::Arc;

use chabi_authorization_server::{self as authorization_server, RegistrationSettings};
use chabi_pages::{Look, Pages, PagesSettings};
use chabi_resource_owner as resource_owner;
use chabi_spec::{Fault, issuer};
use chabi_store::{
    account::Realm,
    site::{MAIN, Site, SiteSettings},
};
use chabi_token::{MasterSecret, Seconds, SiteTag};

use super::SiteParts;
use crate::{layers::same_origin, trouble::Trouble};

/// What all sites have from the configuration.
pub(crate) struct Blueprint {
    pub prefix: String,
    pub site_name: String,
    pub sign_up_open: bool,
    pub development: bool,
    pub pushed_requests_alone: bool,
    pub dpop_nonces: bool,
    pub most_grants: i64,
    pub registration: RegistrationSettings,
    pub secret: MasterSecret,
}

/// What one site has.
pub(crate) struct Plan {
    id: String,
    issuer: String,
    /// Empty: the configured one.
    name: String,
    look: Look,
    realm: Realm,
    settings: SiteSettings,
}

impl Plan {
    /// The main site as nobody has changed it.
    pub(crate) fn main(issuer: &str) -> Self {
        Self {
            id: MAIN.to_owned(),
            issuer: issuer.to_owned(),
            name: String::new(),
            look: Look::default(),
            realm: Realm::SHARED,
            settings: SiteSettings::default(),
        }
    }

    /// A site as its row says. The main site's issuer is the configured one, whatever stands in a row.
    ///
    /// # Errors
    /// A look that no rule of this version takes.
    pub(crate) fn of(site: &Site, main_issuer: &str) -> Result<Self, Fault> {
        let theme = &site.theme;
        let look = Look::new(&theme.accent_light, &theme.accent_dark, &theme.logo, &site.languages);
        let issuer = if site.id == MAIN { main_issuer } else { &site.issuer };
        Ok(Self {
            id: site.id.clone(),
            issuer: issuer.to_owned(),
            name: site.name.clone(),
            look: look.map_err(|error| Fault::internal("reading the look of a site").because(error))?,
            realm: site.realm(),
            settings: site.settings.clone(),
        })
    }
}

impl Blueprint {
    /// Its pages.
    ///
    /// # Errors
    /// As [`Pages::below`].
    pub(crate) fn pages(&self, plan: &Plan) -> Result<Arc<Pages>, Fault> {
        let settings = PagesSettings {
            site_name: self.name_of(plan),
            prefix: self.prefix.clone(),
            development: self.development,
            secure: plan.issuer.starts_with("https://"),
        };
        Ok(Arc::new(Pages::below(issuer::split(&plan.issuer).1, settings)?.dressed(plan.look.clone())))
    }

    /// What its people's side is set to.
    pub(crate) fn owner_settings(&self, plan: &Plan) -> resource_owner::Settings {
        let chosen = &plan.settings;
        let mut settings = resource_owner::Settings::new(plan.issuer.clone());
        settings.site = SiteTag::of(&plan.id);
        settings.site_id.clone_from(&plan.id);
        settings.realm = plan.realm.clone();
        settings.prefix.clone_from(&self.prefix);
        settings.site_name = self.name_of(plan);
        settings.sign_up_open = chosen.sign_up_open.unwrap_or(self.sign_up_open);
        settings.password_sign_in = chosen.password_sign_in.unwrap_or(true);
        let session = &mut settings.session;
        for (span, chosen) in [
            (&mut session.idle, chosen.session_idle),
            (&mut session.absolute, chosen.session_absolute),
            (&mut session.fresh, chosen.session_fresh),
        ] {
            *span = chosen.map_or(*span, Seconds);
        }
        // one that was chosen alone cannot outlast the other, whose default it is
        session.idle = session.idle.min(session.absolute);
        settings
    }

    /// What its authorization server is set to.
    pub(crate) fn server_settings(&self, plan: &Plan) -> authorization_server::Settings {
        let chosen = &plan.settings;
        let mut settings = authorization_server::Settings::new(plan.issuer.clone());
        settings.site = SiteTag::of(&plan.id);
        settings.site_id.clone_from(&plan.id);
        settings.realm = plan.realm.clone();
        settings.development = self.development;
        settings.require_pushed_authorization_requests = chosen.require_pushed_authorization_requests.unwrap_or(self.pushed_requests_alone);
        settings.require_dpop_nonces = chosen.require_dpop_nonces.unwrap_or(self.dpop_nonces);
        settings.most_grants = self.most_grants;
        settings.registration = self.registration.clone();
        settings
    }

    /// The parts of a site, over what `first` has of the installation.
    ///
    /// # Errors
    /// A defect: nothing that an operator can write leads here.
    pub(crate) fn beside(&self, first: &SiteParts, plan: Plan) -> Result<SiteParts, Fault> {
        let pages = self.pages(&plan)?;
        let owner = first.owner.beside(Arc::clone(&pages), self.owner_settings(&plan), &self.secret);
        let gate = Arc::new(owner.clone());
        let server = first.server.beside(self.server_settings(&plan), (gate, Arc::clone(&pages)), &self.secret)?;
        Ok(SiteParts {
            same_origin: same_origin::rule(&plan.issuer)?,
            trouble: Trouble::new(Arc::clone(&pages)),
            issuer: plan.issuer,
            owner,
            server,
            pages,
            env: first.env.clone(),
        })
    }

    fn name_of(&self, plan: &Plan) -> String {
        if plan.name.is_empty() { self.site_name.clone() } else { plan.name.clone() }
    }
}
