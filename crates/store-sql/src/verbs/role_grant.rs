//! Roles that people and applications were given.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::Insertion,
    role_grant::{RoleGrant, RoleGrantId, RoleGrantVerbs},
};

use crate::{Execute, Sql, value::Row};

const INSERT: &str = "INSERT INTO role_grants (id, holder, role, site, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (holder, role, site) DO NOTHING";
const LIST_OF: &str = "SELECT id, holder, role, site, created_at, created_by FROM role_grants WHERE holder = $1 ORDER BY id";
const LIST: &str = "SELECT id, holder, role, site, created_at, created_by FROM role_grants ORDER BY id LIMIT 10000";
const DELETE: &str = "DELETE FROM role_grants WHERE id = $1";
const DELETE_OF: &str = "DELETE FROM role_grants WHERE holder = $1";

pub(super) const STATEMENTS: &[&str] = &[INSERT, LIST_OF, LIST, DELETE, DELETE_OF];

fn grant(row: &mut Row) -> Result<RoleGrant, Fault> {
    Ok(RoleGrant {
        id: RoleGrantId(row.take()?),
        holder: row.take()?,
        role: row.take()?,
        site: Some(row.take::<String>()?).filter(|site| !site.is_empty()),
        created_at: row.take()?,
        created_by: row.take()?,
    })
}

impl<E: Execute> RoleGrantVerbs for Sql<E> {
    fn insert_role_grant(&self, grant: RoleGrant) -> Answer<'_, Insertion> {
        let RoleGrant { id, holder, role, site, created_at, created_by } = grant;
        let site = site.unwrap_or_default();
        self.insert(INSERT, vec![id.0.into(), holder.into(), role.into(), site.into(), created_at.into(), created_by.into()])
    }

    fn list_role_grants_of(&self, holder: &str) -> Answer<'_, Vec<RoleGrant>> {
        self.list(LIST_OF, vec![holder.into()], grant)
    }

    fn list_role_grants(&self) -> Answer<'_, Vec<RoleGrant>> {
        self.list(LIST, vec![], grant)
    }

    fn delete_role_grant(&self, id: RoleGrantId) -> Answer<'_, bool> {
        self.touched(DELETE, vec![id.0.into()])
    }

    fn delete_role_grants_of(&self, holder: &str) -> Answer<'_, i64> {
        self.count(DELETE_OF, vec![holder.into()])
    }
}
