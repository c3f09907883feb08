//! The link by which an installation's first owner gets in.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    setup_link::{SetupLinkId, SetupLinkVerbs},
};
use chabi_token::Timestamp;

use crate::{Execute, Sql};

// An update that changes nothing, so that the link which is open is returned, whoever opened it.
const OPEN: &str = "INSERT INTO setup_links (id, slot, created_at, spent_by) VALUES ($1, 'open', $2, '')
    ON CONFLICT (slot) DO UPDATE SET slot = setup_links.slot RETURNING id";
const IS_OPEN: &str = "SELECT id FROM setup_links WHERE id = $1 AND slot = 'open'";
const SPEND: &str = "UPDATE setup_links SET slot = NULL, spent_at = $3, spent_by = $2 WHERE id = $1 AND slot = 'open'";

pub(super) const STATEMENTS: &[&str] = &[OPEN, IS_OPEN, SPEND];

impl<E: Execute> SetupLinkVerbs for Sql<E> {
    fn open_setup_link(&self, proposed: SetupLinkId, now: Timestamp) -> Answer<'_, SetupLinkId> {
        let opened = self.change(OPEN, vec![proposed.0.into(), now.into()], |row| Ok(SetupLinkId(row.take()?)));
        Box::pin(async move { opened.await?.ok_or_else(|| Fault::internal("reading the row that an upsert must return")) })
    }

    fn is_setup_link_open(&self, id: SetupLinkId) -> Answer<'_, bool> {
        let found = self.find(IS_OPEN, vec![id.0.into()], |row| Ok(SetupLinkId(row.take()?)));
        Box::pin(async move { Ok(found.await?.is_some()) })
    }

    fn spend_setup_link(&self, id: SetupLinkId, by: &str, now: Timestamp) -> Answer<'_, bool> {
        self.touched(SPEND, vec![id.0.into(), by.into(), now.into()])
    }
}
