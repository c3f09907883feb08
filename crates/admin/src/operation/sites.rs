//! Sites: the issuers of one installation.

use chabi_store::{
    Verbs,
    account::Insertion,
    role_grant::RoleGrant,
    site::{self as row, MAIN, SiteAccounts, SiteSettings, Theme},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Entry, Method, Operation, PageOf};
use crate::{
    ActorKind, Call, OperationError, Permission, Problem, Role,
    changing::Change,
    installation::sites::{self, SiteProblem},
};

pub(super) fn entries() -> Vec<Entry> {
    vec![Entry::of::<ListSites>(), Entry::of::<FindSite>(), Entry::of::<CreateSite>(), Entry::of::<UpdateSite>(), Entry::of::<DeleteSite>()]
}

/// A site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Site {
    /// A short name; `main` is the first.
    pub id: String,
    /// Its issuer, which is its public URL.
    pub issuer: String,
    /// `shared` or `separate`: whose accounts it knows.
    pub accounts: String,
    /// What can be changed.
    #[serde(flatten)]
    pub values: SiteValues,
    /// When it was made: seconds since 1970; absent for the main site before anybody edited it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<i64>,
    /// Since when it answers to nobody: seconds since 1970.
    pub disabled_at: Option<i64>,
}

/// What can be changed of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SiteValues {
    /// On pages and in mails.
    pub name: String,
    /// The languages of its pages, the first for who asks for none of them; empty: all.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Colours and logo: `accent_light`, `accent_dark` (`#rrggbb`), `logo` (a `data:` URL of a picture).
    #[serde(default)]
    #[schema(value_type = Object)]
    pub theme: Theme,
    /// Ways to sign in and policies; what is absent is as the installation has it.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: SiteSettings,
    /// It answers to nobody.
    #[serde(default)]
    pub disabled: bool,
}

impl Site {
    fn of(row: &row::Site) -> Self {
        Self {
            id: row.id.clone(),
            issuer: row.issuer.clone(),
            accounts: row.accounts.word().to_owned(),
            values: SiteValues {
                name: row.name.clone(),
                languages: row.languages.clone(),
                theme: row.theme.clone(),
                settings: row.settings.clone(),
                disabled: row.disabled_at.is_some(),
            },
            created_at: Some(row.created_at.as_seconds()),
            disabled_at: row.disabled_at.map(|at| at.as_seconds()),
        }
    }

    /// The main site, as the configuration has it.
    fn main(call: &Call) -> Self {
        let values = SiteValues {
            name: call.admin.owner.settings.site_name.clone(),
            languages: Vec::new(),
            theme: Theme::default(),
            settings: SiteSettings::default(),
            disabled: false,
        };
        let (id, issuer) = (MAIN.to_owned(), call.admin.issuer.clone());
        Self { id, issuer, accounts: SiteAccounts::Shared.word().to_owned(), values, created_at: None, disabled_at: None }
    }
}

/// All sites.
#[derive(Debug)]
pub struct ListSites;

/// Nothing is asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSitesInput {}

impl Operation for ListSites {
    const NAME: &'static str = "sites.list";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/sites";
    const PERMISSION: Permission = Permission::SeeSites;
    const ABOUT: &'static str = "Lists sites: the main one first, then by id.";
    type Input = ListSitesInput;
    type Output = PageOf<Site>;

    async fn run(call: &Call, _input: Self::Input) -> Result<Self::Output, OperationError> {
        let mut items: Vec<Site> = call.admin.store.list_sites().await?.iter().map(Site::of).collect();
        if !items.iter().any(|site| site.id == MAIN) {
            items.push(Site::main(call));
        }
        items.retain(|site| call.sees(std::slice::from_ref(&site.id)));
        items.sort_by_key(|site| (site.id != MAIN, site.id.clone()));
        Ok(PageOf { items, next_cursor: None })
    }
}

/// One site.
#[derive(Debug)]
pub struct FindSite;

/// Which.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteId {
    /// Its id.
    pub id: String,
}

const WHAT: &str = "site";

impl Operation for FindSite {
    const NAME: &'static str = "sites.get";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/sites/{id}";
    const PERMISSION: Permission = Permission::SeeSites;
    const ABOUT: &'static str = "Shows a site.";
    type Input = SiteId;
    type Output = Site;

    async fn run(call: &Call, input: Self::Input) -> Result<Site, OperationError> {
        let found = call.admin.store.find_site(&input.id).await?;
        seen(call, &input.id, found)
    }
}

fn seen(call: &Call, id: &str, found: Option<row::Site>) -> Result<Site, OperationError> {
    match found {
        _ if !call.sees(&[id.to_owned()]) => Err(OperationError::NotFound(WHAT)),
        Some(row) => Ok(Site::of(&row)),
        None if id == MAIN => Ok(Site::main(call)),
        None => Err(OperationError::NotFound(WHAT)),
    }
}

/// Adds a site.
#[derive(Debug)]
pub struct CreateSite;

/// What is said of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreateSiteInput {
    /// What is said of it.
    pub body: NewSite,
}

/// A new site.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewSite {
    /// A short name of `[a-z0-9-]`; never changed.
    pub id: String,
    /// Its issuer, which is its public URL, with a host of its own; never changed.
    pub issuer: String,
    /// `shared`: it knows the accounts of the installation; `separate`: its own. Never changed.
    #[serde(default = "shared")]
    pub accounts: String,
    /// The rest.
    #[serde(flatten)]
    pub values: SiteValues,
}

fn shared() -> String {
    SiteAccounts::Shared.word().to_owned()
}

impl Operation for CreateSite {
    const NAME: &'static str = "sites.create";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/sites";
    const PERMISSION: Permission = Permission::ChangeSites;
    const ABOUT: &'static str = "Adds a site, which answers at once on every node.";
    const STATUS: u16 = 201;
    type Input = CreateSiteInput;
    type Output = Site;

    async fn run(call: &Call, input: Self::Input) -> Result<Site, OperationError> {
        call.check_at_all_sites()?;
        let NewSite { id, issuer, accounts, values } = input.body;
        if id == MAIN {
            return Err(OperationError::invalid("id", "`main` is the site of the configuration: choose another"));
        }
        let accounts = SiteAccounts::read(&accounts).ok_or_else(|| OperationError::invalid("accounts", "`shared` or `separate`"))?;
        let now = call.admin.env.now();
        let SiteValues { name, languages, theme, settings, disabled } = values;
        let row =
            row::Site { id, issuer, name, theme, languages, accounts, settings, created_at: now, disabled_at: disabled.then_some(now) };
        check(call, &row)?;
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, row) = (owned.clone(), row.clone());
            Box::pin(async move {
                let shown = Site::of(&row);
                if sites::insert(verbs, row).await? == Insertion::Taken {
                    let words = match verbs.is_site_removed(&shown.id).await? {
                        true => sites::removed_words(&shown.id),
                        false => "another site has this id, issuer or host: each has its own".to_owned(),
                    };
                    return Err(OperationError::Conflict(words));
                }
                let change = Change::of(format!("{WHAT} {}", shown.id)).from(Value::Null, json!(shown));
                verbs.insert_audit_event(call.event(change)).await?;
                Ok(shown)
            })
        })
        .await
    }
}

/// The rules of [`sites::check`]: all that it breaks, each by the name of its field.
fn check(call: &Call, row: &row::Site) -> Result<(), OperationError> {
    let broken = sites::check(row, &call.admin.issuer);
    match broken.is_empty() {
        true => Ok(()),
        false => Err(OperationError::Invalid(broken.into_iter().map(problem).collect())),
    }
}

fn problem(broken: SiteProblem) -> Problem {
    Problem { field: broken.field.to_owned(), words: broken.words }
}

/// Replaces what can be changed of a site.
#[derive(Debug)]
pub struct UpdateSite;

/// Which, and how it shall be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UpdateSiteInput {
    /// Its id.
    pub id: String,
    /// How it shall be.
    pub body: SiteValues,
}

impl Operation for UpdateSite {
    const NAME: &'static str = "sites.update";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/sites/{id}";
    const PERMISSION: Permission = Permission::ChangeSites;
    const ABOUT: &'static str = "Replaces what can be changed of a site.";
    type Input = UpdateSiteInput;
    type Output = Site;

    async fn run(call: &Call, input: Self::Input) -> Result<Site, OperationError> {
        let UpdateSiteInput { id, body } = input;
        let found = call.admin.store.find_site(&id).await?;
        seen(call, &id, found)?;
        if id == MAIN && body.disabled {
            return Err(OperationError::Conflict("the main site cannot be switched off: it has this console".to_owned()));
        }
        if id == MAIN && body.settings.password_sign_in == Some(false) {
            check_an_owner_comes_in(call).await?;
        }
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, id, body) = (owned.clone(), id.clone(), body.clone());
            Box::pin(async move {
                let found = verbs.find_site(&id).await?;
                let before = seen(&call, &id, found.clone())?;
                call.check_unchanged(&before)?;
                let after = write(&call, verbs, (&before, found), body).await?;
                let change = Change::of(format!("{WHAT} {id}")).from(json!(before), json!(after));
                verbs.insert_audit_event(call.event(change)).await?;
                Ok(after)
            })
        })
        .await
    }
}

/// Whoever is locked out of the console changes nothing back there: so an owner must come in by a provider before passwords go. Who owns the
/// machine has the command line.
async fn check_an_owner_comes_in(call: &Call) -> Result<(), OperationError> {
    if call.actor.kind == ActorKind::Operator {
        return Ok(());
    }
    let (store, offered) = (&call.admin.store, call.admin.owner.offered_providers().await);
    let owns = |grant: &RoleGrant| grant.role == Role::Owner.as_str() && grant.site.is_none();
    for grant in store.list_role_grants().await?.iter().filter(|grant| owns(grant)) {
        let Some(subject) = grant.holder.strip_prefix("account:") else { continue };
        let Some(account) = store.find_account_by_subject(subject).await?.filter(|account| account.disabled_at.is_none()) else { continue };
        let links = store.list_provider_links(account.id).await?;
        if links.iter().any(|link| offered.iter().any(|offered| offered.provider.id == link.provider)) {
            return Ok(());
        }
    }
    let words =
        "no owner comes in by a provider, and nobody could change this back here: let one connect a provider to their account first";
    Err(OperationError::Conflict(words.to_owned()))
}

/// The main site gets its row when it is first edited.
async fn write(call: &Call, verbs: &dyn Verbs, old: (&Site, Option<row::Site>), body: SiteValues) -> Result<Site, OperationError> {
    let (now, is_new) = (call.admin.env.now(), old.1.is_none());
    let created_at = old.1.as_ref().map_or(now, |row| row.created_at);
    let disabled_at = body.disabled.then(|| old.1.as_ref().and_then(|row| row.disabled_at).unwrap_or(now));
    let row = row::Site {
        id: old.0.id.clone(),
        issuer: old.0.issuer.clone(),
        name: body.name,
        theme: body.theme,
        languages: body.languages,
        accounts: old.1.map_or(SiteAccounts::Shared, |row| row.accounts),
        settings: body.settings,
        created_at,
        disabled_at,
    };
    check(call, &row)?;
    let shown = Site::of(&row);
    let is_written = match is_new {
        true => verbs.insert_site(row).await? == Insertion::Done,
        false => verbs.update_site(row).await?,
    };
    match is_written {
        true => Ok(shown),
        false => Err(OperationError::Conflict("another site has this issuer or host, or the site was removed".to_owned())),
    }
}

/// Removes a site.
#[derive(Debug)]
pub struct DeleteSite;

impl Operation for DeleteSite {
    const NAME: &'static str = "sites.delete";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/sites/{id}";
    const PERMISSION: Permission = Permission::ChangeSites;
    const ABOUT: &'static str =
        "Removes a site: it answers to nobody any more. Its accounts stay, and lead nowhere; no other site gets its id.";
    const STATUS: u16 = 204;
    type Input = SiteId;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        call.check_at_all_sites()?;
        if input.id == MAIN {
            return Err(OperationError::Conflict("the main site is the installation itself: it cannot be removed".to_owned()));
        }
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, id) = (owned.clone(), input.id.clone());
            Box::pin(async move {
                let before = Site::of(&verbs.find_site(&id).await?.ok_or(OperationError::NotFound(WHAT))?);
                call.check_unchanged(&before)?;
                sites::delete(verbs, &id, call.admin.env.now()).await?;
                let change = Change::of(format!("{WHAT} {id}")).from(json!(before), Value::Null);
                Ok(verbs.insert_audit_event(call.event(change)).await?)
            })
        })
        .await
    }
}
