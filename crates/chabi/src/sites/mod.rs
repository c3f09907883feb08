//! The sites of the installation beside the configured one, which is `main`: each with routers of its own over the same store, keys and mail.
//!
//! They are read from the store at start, and again when the version `configuration` moves, on every node. A request is for the site whose
//! host it names ([`crate::layers`]); where there is no other site, that costs a look at one counter and one pointer.

mod blueprint;
mod handle;
mod parts;

use std::{collections::HashMap, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use axum::Router;
use chabi_authorization_server::AuthorizationServer;
use chabi_spec::Fault;
use chabi_store::{
    Store,
    site::{MAIN, Site},
};
use tokio::sync::Mutex;

pub(crate) use blueprint::{Blueprint, Plan};
pub use handle::SiteHandle;
pub(crate) use parts::SiteParts;

/// How often it is asked whether the version has moved, of what the process looked up anyway.
const EVERY: Duration = Duration::from_millis(250);

/// A site as it is now.
pub(crate) struct Known {
    row: Site,
    /// `None`: switched off, or it cannot be put together, which the log says.
    answering: Option<Answering>,
}

struct Answering {
    parts: Arc<SiteParts>,
    router: Router,
}

impl Known {
    /// Its routes; `None`: it answers to nobody.
    pub(crate) fn router(&self) -> Option<&Router> {
        self.answering.as_ref().map(|answering| &answering.router)
    }

    /// What it is made of; `None` as for [`Self::router`].
    pub(crate) fn parts(&self) -> Option<&Arc<SiteParts>> {
        self.answering.as_ref().map(|answering| &answering.parts)
    }
}

/// All of them at one moment.
#[derive(Default)]
struct Table {
    /// The version at which it was read, and how often this process had changed something.
    read_at: (i64, u64),
    by_host: HashMap<String, Arc<Known>>,
    /// The main site, where its operator has changed it.
    main: Option<Arc<Known>>,
}

impl Table {
    fn all(&self) -> impl Iterator<Item = &Arc<Known>> {
        self.by_host.values().chain(&self.main)
    }

    fn find(&self, id: &str) -> Option<&Arc<Known>> {
        self.all().find(|known| known.row.id == id)
    }
}

/// What the process knows of the sites.
pub(crate) struct Sites {
    blueprint: Blueprint,
    /// The main site as it is configured.
    first: Arc<SiteParts>,
    store: Store,
    table: ArcSwap<Table>,
    /// Held by the one who reads.
    reading: Mutex<()>,
}

impl Sites {
    /// Reads what is there.
    ///
    /// # Errors
    /// The store's fault.
    pub(crate) async fn begin(blueprint: Blueprint, first: Arc<SiteParts>, store: Store) -> Result<Arc<Self>, Fault> {
        let table = Table { read_at: (i64::MIN, u64::MAX), ..Table::default() };
        let sites = Arc::new(Self { blueprint, first, store, table: ArcSwap::from_pointee(table), reading: Mutex::default() });
        sites.read_if_moved().await?;
        Ok(sites)
    }

    /// Follows the store, for ever: to be spawned.
    pub(crate) async fn follow(self: Arc<Self>) {
        let mut failing = false;
        loop {
            let outcome = self.read_if_moved().await;
            if let (Err(fault), false) = (&outcome, failing) {
                tracing::error!(%fault, "the sites cannot be read; those that are known go on");
            }
            failing = outcome.is_err();
            tokio::time::sleep(EVERY).await;
        }
    }

    /// The site beside the main one for which a request to this host is. All other hosts are the main site's.
    pub(crate) async fn asked_for(&self, host: &str) -> Option<Arc<Known>> {
        self.look().await;
        self.known_for(host)
    }

    /// The main site, where its operator has changed it.
    pub(crate) async fn main(&self) -> Option<Arc<Known>> {
        self.look().await;
        self.table.load().main.clone()
    }

    /// True when there is nothing to wait for, and [`Self::main`] is none.
    pub(crate) fn main_is_as_configured(&self) -> bool {
        self.is_up_to_date() && self.table.load().main.is_none()
    }

    /// True when there is nothing to wait for, and no site but the main one.
    pub(crate) fn are_one(&self) -> bool {
        self.is_up_to_date() && !self.are_several()
    }

    /// False once this process has changed something that was not read again.
    fn is_up_to_date(&self) -> bool {
        self.table.load().read_at.1 == self.store.configuration_changes()
    }

    async fn look(&self) {
        if !self.is_up_to_date() {
            // whoever changed a site sees it changed, and does not wait for the next look
            if let Err(fault) = self.read_if_moved().await {
                tracing::error!(%fault, "the sites cannot be read; those that are known go on");
            }
        }
    }

    /// As [`Self::asked_for`], by what is known already.
    pub(crate) fn known_for(&self, host: &str) -> Option<Arc<Known>> {
        let table = self.table.load();
        if table.by_host.is_empty() {
            return None;
        }
        table.by_host.get(&host.to_ascii_lowercase()).cloned()
    }

    /// True when there is one beside the main site.
    pub(crate) fn are_several(&self) -> bool {
        !self.table.load().by_host.is_empty()
    }

    /// What a site is made of; `None`: there is none of this id, or it answers to nobody.
    pub(crate) fn parts(&self, id: &str) -> Option<Arc<SiteParts>> {
        let found = self.table.load().find(id).and_then(|known| known.parts().cloned());
        found.or_else(|| (id == MAIN).then(|| Arc::clone(&self.first)))
    }

    /// The authorization server of a site.
    pub(crate) fn server(&self, id: &str) -> Option<AuthorizationServer> {
        self.parts(id).map(|parts| parts.server.clone())
    }

    async fn read_if_moved(&self) -> Result<(), Fault> {
        if self.now() == self.table.load().read_at {
            return Ok(());
        }
        let _reading = self.reading.lock().await;
        // before the rows are read: what is changed meanwhile is read again
        let (now, before) = (self.now(), self.table.load_full());
        if now == before.read_at {
            return Ok(());
        }
        let rows = self.store.list_sites().await?;
        self.table.store(Arc::new(self.table_of(rows, &before, now)));
        Ok(())
    }

    fn now(&self) -> (i64, u64) {
        (self.first.server.configuration_version(), self.store.configuration_changes())
    }

    /// What has not changed stays, with what it has in memory.
    fn table_of(&self, rows: Vec<Site>, before: &Table, read_at: (i64, u64)) -> Table {
        let mut table = Table { read_at, ..Table::default() };
        for row in rows {
            let known = match before.find(&row.id).filter(|known| known.row == row) {
                Some(known) => Arc::clone(known),
                None => Arc::new(self.known(row)),
            };
            match known.row.id == MAIN {
                true => table.main = Some(known),
                false => {
                    for host in hosts_of(&known.row) {
                        table.by_host.insert(host, Arc::clone(&known));
                    }
                }
            }
        }
        table
    }

    fn known(&self, row: Site) -> Known {
        if row.disabled_at.is_some() && row.id != MAIN {
            return Known { row, answering: None };
        }
        let built = Plan::of(&row, &self.first.issuer).and_then(|plan| self.blueprint.beside(&self.first, plan));
        let answering = match built {
            Ok(parts) => {
                let parts = Arc::new(parts);
                // what stands around the main site's routes stays
                let router = if row.id == MAIN { parts.routes_and_no_more() } else { parts.router() };
                Some(Answering { router, parts })
            }
            Err(fault) => {
                tracing::error!(site = row.id, %fault, "a site cannot be put together, and answers to nobody");
                None
            }
        };
        Known { row, answering }
    }
}

impl std::fmt::Debug for Sites {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sites")
    }
}

/// As requests may name it: RFC 9110 §4.2.3, a port that is the scheme's own may stand there or not.
fn hosts_of(site: &Site) -> Vec<String> {
    let host = site.host();
    let port = if site.issuer.starts_with("https://") { ":443" } else { ":80" };
    // an issuer is written without the port of its scheme
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    match has_port {
        true => vec![host],
        false => vec![format!("{host}{port}"), host],
    }
}

#[cfg(test)]
mod tests {
    use chabi_store::site::{SiteAccounts, SiteSettings, Theme};

    use super::*;

    fn hosts(issuer: &str) -> Vec<String> {
        hosts_of(&Site {
            id: "b".into(),
            issuer: issuer.into(),
            name: "B".into(),
            theme: Theme::default(),
            languages: vec![],
            accounts: SiteAccounts::Shared,
            settings: SiteSettings::default(),
            created_at: chabi_token::Timestamp(0),
            disabled_at: None,
        })
    }

    #[test]
    fn a_site_answers_at_its_authority_and_at_no_other_port() {
        assert_eq!(hosts("https://b.example"), ["b.example:443", "b.example"]);
        assert_eq!(hosts("https://b.example/auth"), ["b.example:443", "b.example"]);
        assert_eq!(hosts("http://b.localhost:8000"), ["b.localhost:8000"]);
        assert_eq!(hosts("https://[2001:db8::1]:8443"), ["[2001:db8::1]:8443"]);
    }
}
