//! Social applications: our id and secret at a provider, on which sites they are offered, and who may come in by them.

use std::collections::BTreeMap;

use chabi_client::{ProviderSettings, catalogue};
use chabi_store::{Verbs, account::Insertion, site::MAIN, social_application as row, upstream_tokens::UpstreamTokensOf};
use chabi_token::{SecretText, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Entry, Method, Operation, PageOf, applications::page_of, page_size};
use crate::{Call, OperationError, Permission, changing::Change};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        Entry::of::<ListSocialApplications>(),
        Entry::of::<FindSocialApplication>(),
        Entry::of::<CreateSocialApplication>(),
        Entry::of::<UpdateSocialApplication>(),
        Entry::of::<DeleteSocialApplication>(),
        Entry::of::<OrderSocialApplications>(),
        Entry::of::<ListProviders>(),
    ]
}

/// What its secret is sealed for, beside its id: as people's pages open it.
const SEALED_FOR: &str = "social_application";
const WHAT: &str = "social application";

/// A social application, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SocialApplication {
    /// In routes and in the links of accounts.
    pub id: String,
    /// Where the provider sends people back to: to be registered there.
    pub callback_url: String,
    /// The provider, and our id there.
    #[schema(value_type = Object)]
    pub settings: ProviderSettings,
    /// The sites on which it is offered.
    pub sites: Vec<String>,
    /// Whether people who are new here may come in by it.
    pub sign_up: bool,
    /// `trusted`: an address that the provider is believed for joins accounts; `never`: one always signs in first.
    pub linking: String,
    /// Whether the provider's own tokens are kept.
    pub keep_tokens: bool,
    /// Where its button stands: the smallest first.
    pub position: i64,
    /// Since when nobody comes in by it: seconds since 1970.
    pub disabled_at: Option<i64>,
    /// When it was made: seconds since 1970.
    pub created_at: i64,
}

/// What can be changed of a social application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SocialApplicationValues {
    /// The provider, and our id there: `catalogue`, `client_id` and what the catalogue's entry has places for.
    #[schema(value_type = Object)]
    pub settings: ProviderSettings,
    /// The sites on which it is offered; the main one when absent.
    #[serde(default = "main_site")]
    pub sites: Vec<String>,
    /// Whether people who are new here may come in by it.
    #[serde(default = "yes")]
    pub sign_up: bool,
    /// `trusted` or `never`.
    #[serde(default = "trusted")]
    pub linking: String,
    /// Whether the provider's own tokens are kept.
    #[serde(default)]
    pub keep_tokens: bool,
    /// Where its button stands: the smallest first.
    #[serde(default)]
    pub position: i64,
    /// Nobody comes in by it.
    #[serde(default)]
    pub disabled: bool,
}

fn main_site() -> Vec<String> {
    vec![MAIN.to_owned()]
}

const fn yes() -> bool {
    true
}

fn trusted() -> String {
    "trusted".to_owned()
}

fn shown(call: &Call, row: &row::SocialApplication) -> Result<SocialApplication, OperationError> {
    let settings = serde_json::from_str(&row.settings);
    let settings = settings.map_err(|error| chabi_spec::Fault::internal("reading the settings of a social application").because(error))?;
    let owner = &call.admin.owner.settings;
    Ok(SocialApplication {
        id: row.id.clone(),
        callback_url: owner.url(&owner.path(&format!("{}/login/callback/", row.id))),
        settings,
        sites: row.sites.clone(),
        sign_up: row.sign_up,
        linking: row.linking.clone(),
        keep_tokens: row.keep_tokens,
        position: row.position,
        disabled_at: row.disabled_at.map(|at| at.as_seconds()),
        created_at: row.created_at.as_seconds(),
    })
}

/// All, in the order of their buttons.
#[derive(Debug)]
pub struct ListSocialApplications;

/// Which.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSocialApplicationsInput {
    /// Those that are offered on this site.
    #[serde(default)]
    pub site: Option<String>,
}

impl Operation for ListSocialApplications {
    const NAME: &'static str = "social_applications.list";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/social-applications";
    const PERMISSION: Permission = Permission::SeeSocialApplications;
    const ABOUT: &'static str = "Lists social applications in the order of their buttons.";
    type Input = ListSocialApplicationsInput;
    type Output = PageOf<SocialApplication>;

    async fn run(call: &Call, input: Self::Input) -> Result<Self::Output, OperationError> {
        let rows = call.admin.store.list_social_applications().await?;
        let wanted =
            |row: &&row::SocialApplication| call.sees(&row.sites) && input.site.as_ref().is_none_or(|site| row.sites.contains(site));
        let items: Result<Vec<_>, _> = rows.iter().filter(wanted).map(|row| shown(call, row)).collect();
        Ok(PageOf { items: items?, next_cursor: None })
    }
}

/// One.
#[derive(Debug)]
pub struct FindSocialApplication;

/// Which.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SocialApplicationId {
    /// Its id.
    pub id: String,
}

impl Operation for FindSocialApplication {
    const NAME: &'static str = "social_applications.get";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/social-applications/{id}";
    const PERMISSION: Permission = Permission::SeeSocialApplications;
    const ABOUT: &'static str = "Shows a social application.";
    type Input = SocialApplicationId;
    type Output = SocialApplication;

    async fn run(call: &Call, input: Self::Input) -> Result<SocialApplication, OperationError> {
        let found = call.admin.store.find_social_application(&input.id).await?;
        shown(call, &seen(call, found)?)
    }
}

fn seen(call: &Call, found: Option<row::SocialApplication>) -> Result<row::SocialApplication, OperationError> {
    found.filter(|row| call.sees(&row.sites)).ok_or(OperationError::NotFound(WHAT))
}

/// Adds one.
#[derive(Debug)]
pub struct CreateSocialApplication;

/// What is said of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreateSocialApplicationInput {
    /// What is said of it.
    pub body: NewSocialApplication,
}

/// A new social application.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewSocialApplication {
    /// In routes and in the links of accounts; never changed.
    pub id: String,
    /// The secret that the provider gave, or the private key that makes one; empty where the provider gives none.
    #[serde(default)]
    pub client_secret: String,
    /// The rest.
    #[serde(flatten)]
    pub values: SocialApplicationValues,
}

impl Operation for CreateSocialApplication {
    const NAME: &'static str = "social_applications.create";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/social-applications";
    const PERMISSION: Permission = Permission::ChangeSocialApplications;
    const ABOUT: &'static str = "Adds a social application: people can come in by it at once.";
    const STATUS: u16 = 201;
    type Input = CreateSocialApplicationInput;
    type Output = SocialApplication;

    async fn run(call: &Call, input: Self::Input) -> Result<SocialApplication, OperationError> {
        let NewSocialApplication { id, client_secret, values } = input.body;
        check_id(call, &id)?;
        let now = call.admin.env.now();
        let row = written(call, id, values, SecretText::new(client_secret), (now, None)).await?;
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, row) = (owned.clone(), row.clone());
            Box::pin(async move {
                let new = shown(&call, &row)?;
                let id = row.id.clone();
                if verbs.insert_social_application(row).await? == Insertion::Taken {
                    return Err(OperationError::Conflict(format!("there is a social application `{id}` already: choose another id")));
                }
                let change = Change::of(format!("{WHAT} {id}")).from(Value::Null, json!(new));
                verbs.insert_audit_event(call.event(change)).await?;
                Ok(new)
            })
        })
        .await
    }
}

/// A part of a path that is none of people's own pages.
fn check_id(call: &Call, id: &str) -> Result<(), OperationError> {
    const PAGES: [&str; 13] = [
        "login",
        "signup",
        "logout",
        "signed-out",
        "choose-account",
        "consent",
        "confirm-email",
        "email",
        "password",
        "sessions",
        "applications",
        "3rdparty",
        "social",
    ];
    let plain = id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'));
    if id.is_empty() || id.len() > 40 || !plain {
        return Err(OperationError::invalid("id", "1 to 40 of a-z, 0-9, `-` and `_`: it stands in the callback URL"));
    }
    if PAGES.contains(&id) {
        return Err(OperationError::invalid("id", "a page of ours has this name: choose another"));
    }
    if call.admin.configured_providers.iter().any(|configured| configured == id) {
        return Err(OperationError::invalid("id", "the configuration file has a provider of this name, which counts: choose another"));
    }
    Ok(())
}

/// The row, after all rules; `kept`: when it was made, and since when it is off.
async fn written(
    call: &Call,
    id: String,
    values: SocialApplicationValues,
    secret: SecretText,
    kept: (Timestamp, Option<Timestamp>),
) -> Result<row::SocialApplication, OperationError> {
    check_sites(call, &values.sites).await?;
    if !["trusted", "never"].contains(&values.linking.as_str()) {
        return Err(OperationError::invalid("linking", "`trusted` or `never`"));
    }
    let sealed_secret = call.admin.sealer.seal(SEALED_FOR, &id, secret.expose().as_bytes(), &call.admin.env)?;
    let judged = chabi_client::provider(&id, &values.settings, secret);
    judged.map_err(|error| OperationError::invalid(format!("settings.{}", error.field()), error.mend()))?;
    let settings = serde_json::to_string(&values.settings)
        .map_err(|error| chabi_spec::Fault::internal("writing the settings of a social application").because(error))?;
    Ok(row::SocialApplication {
        id,
        settings,
        sealed_secret,
        sites: values.sites,
        sign_up: values.sign_up,
        linking: values.linking,
        keep_tokens: values.keep_tokens,
        position: values.position,
        disabled_at: values.disabled.then(|| kept.1.unwrap_or(call.admin.env.now())),
        created_at: kept.0,
    })
}

/// Sites that are there, and all of which are the actor's.
pub(crate) async fn check_sites(call: &Call, sites: &[String]) -> Result<(), OperationError> {
    if sites.is_empty() {
        return Err(OperationError::invalid("sites", "name at least one site; `main` is the first"));
    }
    for site in sites.iter().filter(|site| *site != MAIN) {
        if call.admin.store.find_site(site).await?.is_none() {
            return Err(OperationError::invalid("sites", format!("there is no site `{site}`")));
        }
    }
    call.check_all_theirs(sites)
}

/// Replaces what can be changed of one.
#[derive(Debug)]
pub struct UpdateSocialApplication;

/// Which, and how it shall be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UpdateSocialApplicationInput {
    /// Its id.
    pub id: String,
    /// How it shall be.
    pub body: SocialApplicationChange,
}

/// How a social application shall be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SocialApplicationChange {
    /// A new secret; absent: the one that is there.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub values: SocialApplicationValues,
}

impl Operation for UpdateSocialApplication {
    const NAME: &'static str = "social_applications.update";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/social-applications/{id}";
    const PERMISSION: Permission = Permission::ChangeSocialApplications;
    const ABOUT: &'static str = "Replaces what can be changed of a social application; without a secret it keeps its own.";
    type Input = UpdateSocialApplicationInput;
    type Output = SocialApplication;

    async fn run(call: &Call, input: Self::Input) -> Result<SocialApplication, OperationError> {
        let SocialApplicationChange { client_secret, values } = input.body;
        let old = seen(call, call.admin.store.find_social_application(&input.id).await?)?;
        let secret = match client_secret {
            Some(secret) => SecretText::new(secret),
            None => open(call, &old)?,
        };
        let new = written(call, input.id, values, secret, (old.created_at, old.disabled_at)).await?;
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, new) = (owned.clone(), new.clone());
            Box::pin(async move {
                let old = theirs(&call, verbs, &new.id).await?;
                if !new.keep_tokens {
                    verbs.delete_upstream_tokens(UpstreamTokensOf::Provider(&new.id)).await?;
                }
                let (before, after) = (shown(&call, &old)?, shown(&call, &new)?);
                verbs.update_social_application(new).await?;
                let change = Change::of(format!("{WHAT} {}", after.id)).from(json!(before), json!(after));
                verbs.insert_audit_event(call.event(change)).await?;
                Ok(after)
            })
        })
        .await
    }
}

fn open(call: &Call, row: &row::SocialApplication) -> Result<SecretText, OperationError> {
    let plain = call.admin.sealer.open(SEALED_FOR, &row.id, &row.sealed_secret)?;
    let text = String::from_utf8(plain.to_vec());
    Ok(SecretText::new(text.map_err(|_| chabi_spec::Fault::internal("reading a client secret that is no text"))?))
}

async fn theirs(call: &Call, verbs: &dyn Verbs, id: &str) -> Result<row::SocialApplication, OperationError> {
    let old = seen(call, verbs.find_social_application(id).await?)?;
    call.check_all_theirs(&old.sites)?;
    call.check_unchanged(&shown(call, &old)?)?;
    Ok(old)
}

/// Removes one.
#[derive(Debug)]
pub struct DeleteSocialApplication;

impl Operation for DeleteSocialApplication {
    const NAME: &'static str = "social_applications.delete";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/social-applications/{id}";
    const PERMISSION: Permission = Permission::ChangeSocialApplications;
    const ABOUT: &'static str =
        "Removes a social application. Links of accounts stay, and open again if one of the same id and issuer is added.";
    const STATUS: u16 = 204;
    type Input = SocialApplicationId;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, id) = (owned.clone(), input.id.clone());
            Box::pin(async move {
                let old = theirs(&call, verbs, &id).await?;
                verbs.delete_upstream_tokens(UpstreamTokensOf::Provider(&id)).await?;
                verbs.delete_social_application(&id).await?;
                let change = Change::of(format!("{WHAT} {id}")).from(json!(shown(&call, &old)?), Value::Null);
                Ok(verbs.insert_audit_event(call.event(change)).await?)
            })
        })
        .await
    }
}

/// Puts their buttons in an order.
#[derive(Debug)]
pub struct OrderSocialApplications;

/// The order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderSocialApplicationsInput {
    /// The order.
    pub body: SocialApplicationOrder,
}

/// The order of buttons.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SocialApplicationOrder {
    /// Ids, the first button first; those that are not named follow as they are.
    pub ids: Vec<String>,
}

impl Operation for OrderSocialApplications {
    const NAME: &'static str = "social_applications.order";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/social-application-order";
    const PERMISSION: Permission = Permission::ChangeSocialApplications;
    const ABOUT: &'static str = "Puts the buttons of social applications in an order.";
    type Input = OrderSocialApplicationsInput;
    type Output = PageOf<SocialApplication>;

    async fn run(call: &Call, input: Self::Input) -> Result<Self::Output, OperationError> {
        // an order is one for all sites
        call.check_at_all_sites()?;
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, ids) = (owned.clone(), input.body.ids.clone());
            Box::pin(async move {
                let mut rows = verbs.list_social_applications().await?;
                let before: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
                if let Some(unknown) = ids.iter().find(|id| !before.contains(id)) {
                    return Err(OperationError::invalid("ids", format!("there is no social application `{unknown}`")));
                }
                let places: BTreeMap<&String, usize> = ids.iter().enumerate().map(|(place, id)| (id, place)).collect();
                rows.sort_by_key(|row| places.get(&row.id).copied().unwrap_or(usize::MAX));
                let mut items = Vec::new();
                for (position, mut row) in (0_i64..).zip(rows) {
                    row.position = position;
                    items.push(shown(&call, &row)?);
                    verbs.update_social_application(row).await?;
                }
                let after: Vec<&String> = items.iter().map(|item| &item.id).collect();
                let change = Change::of("order of social applications").from(json!(before), json!(after));
                verbs.insert_audit_event(call.event(change)).await?;
                Ok(PageOf { items, next_cursor: None })
            })
        })
        .await
    }
}

/// The catalogue of providers.
#[derive(Debug)]
pub struct ListProviders;

/// Which.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListProvidersInput {
    /// Those whose name or id holds this.
    #[serde(default)]
    pub search: Option<String>,
    /// Where the page begins: `next_cursor` of the one before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<i64>,
}

/// A provider of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Provider {
    /// `settings.catalogue` of its social applications.
    pub id: String,
    /// On the button.
    pub name: String,
    /// What `settings.values` must or may hold, with words and an example.
    pub places: BTreeMap<String, ProviderPlace>,
    /// What the provider's word on an e-mail address is worth.
    pub email: String,
    /// Where our id and secret are made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub console_url: Option<String>,
    /// What to do there.
    pub steps: Vec<String>,
    /// About the callback URL.
    pub callback: String,
}

/// Something that a provider's settings have a place for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderPlace {
    /// What it is.
    pub about: String,
    /// How it looks.
    pub example: String,
    /// When it is left out; absent: it must be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

impl Operation for ListProviders {
    const NAME: &'static str = "providers.list";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/providers";
    const PERMISSION: Permission = Permission::SeeSocialApplications;
    const ABOUT: &'static str = "Lists the providers of the catalogue, with what each needs.";
    type Input = ListProvidersInput;
    type Output = PageOf<Provider>;

    async fn run(_call: &Call, input: Self::Input) -> Result<Self::Output, OperationError> {
        let limit = page_size(input.limit)?;
        let search = input.search.unwrap_or_default().to_lowercase();
        let wanted = |entry: &&catalogue::Entry| entry.id.contains(&search) || entry.name.to_lowercase().contains(&search);
        let after = match &input.cursor {
            None => 0,
            Some(cursor) => {
                let place = catalogue::all().iter().position(|entry| entry.id == *cursor);
                place.ok_or_else(|| OperationError::invalid("cursor", "it is not one of ours"))?.saturating_add(1)
            }
        };
        let found: Vec<&catalogue::Entry> = catalogue::all().iter().skip(after).filter(wanted).collect();
        Ok(page_of(found, limit, |entry| entry.id.clone(), |entry| provider(entry)))
    }
}

fn provider(entry: &catalogue::Entry) -> Provider {
    let place = |place: &catalogue::Place| ProviderPlace {
        about: place.about.clone(),
        example: place.example.clone(),
        default: place.default.clone(),
    };
    Provider {
        id: entry.id.clone(),
        name: entry.name.clone(),
        places: entry.places.iter().map(|(name, it)| (name.clone(), place(it))).collect(),
        email: entry.email_words.clone(),
        console_url: entry.console_url.clone(),
        steps: entry.steps.clone(),
        callback: entry.callback.clone(),
    }
}
