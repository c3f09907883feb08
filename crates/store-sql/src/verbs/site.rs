//! The issuers of one installation.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::Insertion,
    site::{Site, SiteAccounts, SiteVerbs},
};
use chabi_token::Timestamp;

use super::{cell, json, to_json, word};
use crate::{Execute, Sql, value::Row};

const INSERT: &str = "INSERT INTO sites (id, issuer, host, name, theme, languages, accounts, settings, created_at, disabled_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE sites SET name = $2, theme = $3, languages = $4, settings = $5, disabled_at = $6 WHERE id = $1";
const DELETE: &str = "DELETE FROM sites WHERE id = $1";
const FIND: &str = "SELECT id, issuer, name, theme, languages, accounts, settings, created_at, disabled_at FROM sites WHERE id = $1";
const LIST: &str = "SELECT id, issuer, name, theme, languages, accounts, settings, created_at, disabled_at FROM sites ORDER BY id";

const NOTE_REMOVED: &str = "INSERT INTO removed_sites (id, removed_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const FIND_REMOVED: &str = "SELECT removed_at FROM removed_sites WHERE id = $1";

pub(super) const STATEMENTS: &[&str] = &[INSERT, UPDATE, DELETE, FIND, LIST, NOTE_REMOVED, FIND_REMOVED];

fn site(row: &mut Row) -> Result<Site, Fault> {
    Ok(Site {
        id: row.take()?,
        issuer: row.take()?,
        name: row.take()?,
        theme: json(row)?,
        languages: row.take()?,
        accounts: word(SiteAccounts::read(&row.take::<String>()?))?,
        settings: json(row)?,
        created_at: row.take()?,
        disabled_at: row.take()?,
    })
}

impl<E: Execute> SiteVerbs for Sql<E> {
    fn insert_site(&self, site: Site) -> Answer<'_, Insertion> {
        let (id, host) = (site.id.clone(), site.host());
        let row = vec![
            site.id.into(),
            site.issuer.into(),
            host.into(),
            site.name.into(),
            to_json(&site.theme),
            site.languages.as_slice().into(),
            site.accounts.word().into(),
            to_json(&site.settings),
            site.created_at.into(),
            site.disabled_at.into(),
        ];
        Box::pin(async move {
            // whoever writes sites bumps a version first, and so comes before or after who removes one
            if self.is_site_removed(&id).await? {
                return Ok(Insertion::Taken);
            }
            self.insert(INSERT, row).await
        })
    }

    fn update_site(&self, site: Site) -> Answer<'_, bool> {
        self.touched(
            UPDATE,
            vec![
                site.id.into(),
                site.name.into(),
                to_json(&site.theme),
                site.languages.as_slice().into(),
                to_json(&site.settings),
                site.disabled_at.into(),
            ],
        )
    }

    fn delete_site(&self, id: &str, now: Timestamp) -> Answer<'_, bool> {
        let id = id.to_owned();
        Box::pin(async move {
            let deleted = self.touched(DELETE, vec![id.as_str().into()]).await?;
            if deleted {
                self.run(NOTE_REMOVED, vec![id.into(), now.into()]).await?;
            }
            Ok(deleted)
        })
    }

    fn is_site_removed(&self, id: &str) -> Answer<'_, bool> {
        let found = self.find(FIND_REMOVED, vec![id.into()], cell::<Timestamp>);
        Box::pin(async move { Ok(found.await?.is_some()) })
    }

    fn find_site(&self, id: &str) -> Answer<'_, Option<Site>> {
        self.find(FIND, vec![id.into()], site)
    }

    fn list_sites(&self) -> Answer<'_, Vec<Site>> {
        self.list(LIST, vec![], site)
    }
}
