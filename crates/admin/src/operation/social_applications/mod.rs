//! Social applications: our id and secret at a provider, on which sites they are offered, and who may come in by them.

mod making;
mod order;
mod providers;
pub(super) mod word_on_addresses;

pub(crate) use making::check_sites;
pub use making::{
    CreateSocialApplication, CreateSocialApplicationInput, DeleteSocialApplication, NewSocialApplication, SocialApplicationChange,
    UpdateSocialApplication, UpdateSocialApplicationInput,
};
pub use order::{OrderSocialApplications, OrderSocialApplicationsInput, SocialApplicationOrder};
pub use providers::{ListProviders, ListProvidersInput, Provider, ProviderPlace};

use chabi_client::ProviderSettings;
use chabi_store::{site::MAIN, social_application as row};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Entry, Method, Operation, PageOf};
use crate::{Call, OperationError, Permission};

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
    /// When the provider's secret ends, where it was said: seconds since 1970.
    #[serde(default)]
    pub secret_expires_at: Option<i64>,
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
    /// When the provider's secret ends, as its console says: seconds since 1970. We remind of it from 30 days before; absent: nobody is
    /// reminded.
    #[serde(default)]
    pub secret_expires_at: Option<i64>,
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
    Ok(SocialApplication {
        id: row.id.clone(),
        callback_url: call.admin.owner.settings.callback_url(&row.id),
        settings,
        sites: row.sites.clone(),
        sign_up: row.sign_up,
        linking: row.linking.clone(),
        keep_tokens: row.keep_tokens,
        position: row.position,
        disabled_at: row.disabled_at.map(|at| at.as_seconds()),
        secret_expires_at: row.secret_expires_at.map(|at| at.as_seconds()),
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
