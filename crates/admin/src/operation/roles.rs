//! Who has which role.

use chabi_resource_owner::email::EmailAddress;
use chabi_store::{
    Verbs,
    account::{Insertion, Realm},
    role_grant::{self, RoleGrantId},
    site::MAIN,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Entry, Method, Operation, PageOf};
use crate::{Call, OperationError, Permission, Role, changing::Change};

pub(super) fn entries() -> Vec<Entry> {
    vec![Entry::of::<ListRoles>(), Entry::of::<GrantRole>(), Entry::of::<TakeRole>()]
}

/// A role that somebody has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GrantedRole {
    /// `account:<sub>` or `application:<client_id>`.
    pub holder: String,
    /// Which.
    pub role: Role,
    /// At this site alone; absent: at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// When: seconds since 1970.
    pub created_at: i64,
    /// By whom.
    pub created_by: String,
}

impl GrantedRole {
    /// As it is shown; `None`: a newer version's.
    pub(crate) fn of(grant: &role_grant::RoleGrant) -> Option<Self> {
        Some(Self {
            holder: grant.holder.clone(),
            role: Role::parse(&grant.role)?,
            site: grant.site.clone(),
            created_at: grant.created_at.as_seconds(),
            created_by: grant.created_by.clone(),
        })
    }
}

/// All roles that were given.
#[derive(Debug)]
pub struct ListRoles;

/// Nothing is asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRolesInput {}

impl Operation for ListRoles {
    const NAME: &'static str = "roles.list";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/roles";
    const PERMISSION: Permission = Permission::SeeRoles;
    const ABOUT: &'static str = "Lists who has which role.";
    type Input = ListRolesInput;
    type Output = PageOf<GrantedRole>;

    async fn run(call: &Call, _input: Self::Input) -> Result<Self::Output, OperationError> {
        let grants = call.admin.store.list_role_grants().await?;
        Ok(PageOf { items: grants.iter().filter_map(GrantedRole::of).collect(), next_cursor: None })
    }
}

/// Gives a role.
#[derive(Debug)]
pub struct GrantRole;

/// To whom.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GrantRoleInput {
    /// To whom.
    pub body: NewRole,
}

/// A role for somebody.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// An e-mail address of an account, `account:<sub>`, or `application:<client_id>`.
    pub holder: String,
    /// Which.
    pub role: Role,
    /// At this site alone; absent: at all.
    #[serde(default)]
    pub site: Option<String>,
}

impl Operation for GrantRole {
    const NAME: &'static str = "roles.grant";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/roles";
    const PERMISSION: Permission = Permission::ChangeRoles;
    const ABOUT: &'static str = "Gives a role to a person or an application, for all sites or for one.";
    const STATUS: u16 = 201;
    type Input = GrantRoleInput;
    type Output = GrantedRole;

    async fn run(call: &Call, input: Self::Input) -> Result<GrantedRole, OperationError> {
        let NewRole { holder, role, site } = input.body;
        if let Some(site) = site.as_deref().filter(|site| *site != MAIN)
            && call.admin.store.find_site(site).await?.is_none()
        {
            return Err(OperationError::invalid("site", "there is no such site: leave it out for all sites"));
        }
        let holder = holder_of(call, &holder).await?;
        let grant = role_grant::RoleGrant {
            id: RoleGrantId(call.admin.env.new_id()),
            holder,
            role: role.as_str().to_owned(),
            site,
            created_at: call.admin.env.now(),
            created_by: call.actor.name(),
        };
        let owned = call.clone();
        call.transaction(move |verbs| {
            let (call, grant) = (owned.clone(), grant.clone());
            Box::pin(async move {
                let shown = GrantedRole::of(&grant).ok_or(OperationError::NotFound("role"))?;
                if verbs.insert_role_grant(grant).await? == Insertion::Taken {
                    return Err(OperationError::Conflict("they have this role already".to_owned()));
                }
                let change = Change::of(format!("role {} of {}", shown.role, shown.holder)).from(Value::Null, json!(shown));
                verbs.insert_audit_event(call.event(change)).await?;
                Ok(shown)
            })
        })
        .await
    }
}

/// As the store names them.
async fn holder_of(call: &Call, text: &str) -> Result<String, OperationError> {
    let store = &call.admin.store;
    let text = text.trim();
    if let Some(client_id) = text.strip_prefix("application:") {
        let known = store.find_application(client_id).await?;
        let known = known.ok_or_else(|| OperationError::invalid("holder", "there is no such application"))?;
        // a stranger's application is not let in by a slip of the hand
        if known.settings.registered_by != chabi_store::application_settings::RegisteredBy::Operator {
            return Err(OperationError::invalid("holder", "an application that registered itself gets no role"));
        }
        return Ok(format!("application:{client_id}"));
    }
    let account = match text.strip_prefix("account:") {
        Some(subject) => store.find_account_by_subject(subject).await?,
        None => {
            let email = EmailAddress::parse(text)
                .map_err(|_| OperationError::invalid("holder", "an e-mail address, `account:<sub>` or `application:<client_id>`"))?;
            let found = store.find_account_by_email(&Realm::SHARED, &email.canonical).await?;
            // whoever merely claims an address is not who is meant
            found.filter(|(_, email)| email.verified_at.is_some()).map(|(account, _)| account)
        }
    };
    let account = account.filter(|account| account.realm == Realm::SHARED);
    let account = account
        .ok_or_else(|| OperationError::invalid("holder", "there is no such account at the main site, or the address is not proven"))?;
    Ok(format!("account:{}", account.subject))
}

/// Takes a role back.
#[derive(Debug)]
pub struct TakeRole;

/// From whom.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeRoleInput {
    /// `account:<sub>` or `application:<client_id>`, or an e-mail address of an account.
    pub holder: String,
    /// Which.
    pub role: Role,
    /// The one at this site; absent: the one at all.
    #[serde(default)]
    pub site: Option<String>,
}

impl Operation for TakeRole {
    const NAME: &'static str = "roles.take";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/roles";
    const PERMISSION: Permission = Permission::ChangeRoles;
    const ABOUT: &'static str = "Takes a role back; never the last owner's.";
    const STATUS: u16 = 204;
    type Input = TakeRoleInput;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        // an address is looked up; a name of the store stands as it is: its account may be gone
        let holder =
            if input.holder.contains('@') && !input.holder.contains(':') { holder_of(call, &input.holder).await? } else { input.holder };
        let (owned, input) = (call.clone(), TakeRoleInput { holder, role: input.role, site: input.site });
        call.transaction(move |verbs| {
            let (call, TakeRoleInput { holder, role, site }) = (owned.clone(), input.clone());
            Box::pin(async move {
                let grants = verbs.list_role_grants_of(&holder).await?;
                let grant = grants.into_iter().find(|grant| grant.role == role.as_str() && grant.site == site);
                let grant = grant.ok_or(OperationError::NotFound("role"))?;
                if role == Role::Owner && site.is_none() {
                    check_not_last_owner(verbs, &holder).await?;
                }
                verbs.delete_role_grant(grant.id).await?;
                let change = Change::of(format!("role {role} of {holder}")).from(json!(GrantedRole::of(&grant)), Value::Null);
                Ok(verbs.insert_audit_event(call.event(change)).await?)
            })
        })
        .await
    }
}

/// Whoever owns it all and is the only person to: nobody could give a role any more. For use inside a transaction of an operation.
pub(crate) async fn check_not_last_owner(verbs: &dyn Verbs, holder: &str) -> Result<(), OperationError> {
    let owns = |grant: &role_grant::RoleGrant| grant.role == Role::Owner.as_str() && grant.site.is_none();
    let grants = verbs.list_role_grants().await?;
    if !grants.iter().any(|grant| owns(grant) && grant.holder == holder) {
        return Ok(());
    }
    for grant in grants.iter().filter(|grant| owns(grant) && grant.holder != holder) {
        let Some(subject) = grant.holder.strip_prefix("account:") else { continue };
        if verbs.find_account_by_subject(subject).await?.is_some_and(|account| account.disabled_at.is_none()) {
            return Ok(());
        }
    }
    Err(OperationError::Conflict("this is the last owner: make somebody else an owner first".to_owned()))
}

/// Whether the actor may do something to who has this role: never to who is mightier. For use inside a transaction of an operation.
pub(crate) async fn check_not_mightier(call: &Call, verbs: &dyn Verbs, holder: &str) -> Result<(), OperationError> {
    let theirs = verbs.list_role_grants_of(holder).await?.iter().filter_map(|grant| Role::parse(&grant.role)).max();
    match theirs {
        Some(theirs) if call.actor.rank().is_none_or(|own| own < theirs) => {
            Err(OperationError::Above(format!("they are {theirs} here: somebody of the same role or a mightier one must do it")))
        }
        _ => Ok(()),
    }
}
