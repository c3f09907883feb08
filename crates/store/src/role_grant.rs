//! Who runs the installation: roles that people and applications were given.

use chabi_token::{Timestamp, id_type};

use crate::{Answer, account::Insertion};

id_type!(
    /// A grant's row.
    RoleGrantId
);

/// A role that somebody was given, for all sites or for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleGrant {
    /// Its row.
    pub id: RoleGrantId,
    /// `account:<sub>` or `application:<client_id>`.
    pub holder: String,
    /// Such as `owner`.
    pub role: String,
    /// At this site alone; `None`: at all.
    pub site: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// By whom: as the audit log names them.
    pub created_by: String,
}

/// Verbs on role grants.
pub trait RoleGrantVerbs {
    /// Adds one, unless the holder has this very role at this very site.
    fn insert_role_grant(&self, grant: RoleGrant) -> Answer<'_, Insertion>;
    /// Those of a holder, the oldest first.
    fn list_role_grants_of(&self, holder: &str) -> Answer<'_, Vec<RoleGrant>>;
    /// All, the oldest first.
    fn list_role_grants(&self) -> Answer<'_, Vec<RoleGrant>>;
    /// Takes one back; `false`: there was none.
    fn delete_role_grant(&self, id: RoleGrantId) -> Answer<'_, bool>;
    /// Takes all of a holder back; how many.
    fn delete_role_grants_of(&self, holder: &str) -> Answer<'_, i64>;
}
