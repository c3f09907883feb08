//! Our ids and secrets at providers.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::Insertion,
    social_application::{SocialApplication, SocialApplicationVerbs},
};

use crate::{Execute, Sql, value::Row};

const INSERT: &str = "INSERT INTO social_applications (id, settings, sealed_secret, sites, sign_up, linking, keep_tokens, position,
    disabled_at, secret_expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING";
const UPDATE: &str = "UPDATE social_applications SET settings = $2, sealed_secret = $3, sites = $4, sign_up = $5, linking = $6,
    keep_tokens = $7, position = $8, disabled_at = $9, secret_expires_at = $10 WHERE id = $1";
const DELETE: &str = "DELETE FROM social_applications WHERE id = $1";
const FIND: &str = "SELECT id, settings, sealed_secret, sites, sign_up, linking, keep_tokens, position, disabled_at,
    secret_expires_at, created_at FROM social_applications WHERE id = $1";
const LIST: &str = "SELECT id, settings, sealed_secret, sites, sign_up, linking, keep_tokens, position, disabled_at,
    secret_expires_at, created_at FROM social_applications ORDER BY position, id";

pub(super) const STATEMENTS: &[&str] = &[INSERT, UPDATE, DELETE, FIND, LIST];

fn application(row: &mut Row) -> Result<SocialApplication, Fault> {
    Ok(SocialApplication {
        id: row.take()?,
        settings: row.take()?,
        sealed_secret: row.take()?,
        sites: row.take()?,
        sign_up: row.take()?,
        linking: row.take()?,
        keep_tokens: row.take()?,
        position: row.take()?,
        disabled_at: row.take()?,
        secret_expires_at: row.take()?,
        created_at: row.take()?,
    })
}

impl<E: Execute> SocialApplicationVerbs for Sql<E> {
    fn insert_social_application(&self, application: SocialApplication) -> Answer<'_, Insertion> {
        let created_at = application.created_at;
        let mut values = values(application);
        values.push(created_at.into());
        self.insert(INSERT, values)
    }

    fn update_social_application(&self, application: SocialApplication) -> Answer<'_, bool> {
        self.touched(UPDATE, values(application))
    }

    fn delete_social_application(&self, id: &str) -> Answer<'_, bool> {
        self.touched(DELETE, vec![id.into()])
    }

    fn find_social_application(&self, id: &str) -> Answer<'_, Option<SocialApplication>> {
        self.find(FIND, vec![id.into()], application)
    }

    fn list_social_applications(&self) -> Answer<'_, Vec<SocialApplication>> {
        self.list(LIST, vec![], application)
    }
}

/// `$1` to `$10`.
fn values(application: SocialApplication) -> Vec<crate::value::Value> {
    vec![
        application.id.into(),
        application.settings.into(),
        application.sealed_secret.into(),
        application.sites.as_slice().into(),
        application.sign_up.into(),
        application.linking.into(),
        application.keep_tokens.into(),
        application.position.into(),
        application.disabled_at.into(),
        application.secret_expires_at.into(),
    ]
}
