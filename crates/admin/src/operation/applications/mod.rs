//! Applications: list, look, make by the wizard, replace, remove; their secrets; and whether a redirect URI would be taken.

mod making;
mod preview;
mod redirect_uri;
mod secrets;
mod shown;
mod wizard;

pub use making::{
    CreateApplication, CreateApplicationInput, CreatedApplication, DeleteApplication, NewApplication, UpdateApplication,
    UpdateApplicationInput,
};
pub use preview::{PreviewTokens, PreviewTokensInput, TokenPreview};
pub use redirect_uri::{CheckRedirectUri, CheckRedirectUriInput, RedirectUriCheck, RedirectUriVerdict};
pub use secrets::{NewSecret, RetireSecret, RotateSecret};
pub use shown::{Application, ApplicationValues, AuthenticationWord, KindWord, ProfileWord};
pub use wizard::Purpose;

use chabi_store::application::RegisteredClient;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Call, Entry, Method, Operation, PageOf, page_size};
use crate::{OperationError, Permission};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        Entry::of::<ListApplications>(),
        Entry::of::<FindApplication>(),
        Entry::of::<CreateApplication>(),
        Entry::of::<UpdateApplication>(),
        Entry::of::<DeleteApplication>(),
        Entry::of::<RotateSecret>(),
        Entry::of::<RetireSecret>(),
        Entry::of::<CheckRedirectUri>(),
        Entry::of::<PreviewTokens>(),
    ]
}

/// Applications, by name.
#[derive(Debug)]
pub struct ListApplications;

/// Which page.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListApplicationsInput {
    /// Those of this site.
    #[serde(default)]
    pub site: Option<String>,
    /// Those whose name or id begins so, whatever the case.
    #[serde(default)]
    pub search: Option<String>,
    /// Where the page begins: `next_cursor` of the one before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<i64>,
}

impl Operation for ListApplications {
    const NAME: &'static str = "applications.list";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/applications";
    const PERMISSION: Permission = Permission::SeeApplications;
    const ABOUT: &'static str = "Lists applications by name.";
    type Input = ListApplicationsInput;
    type Output = PageOf<Application>;

    async fn run(call: &Call, input: Self::Input) -> Result<Self::Output, OperationError> {
        let limit = page_size(input.limit)?;
        let search = input.search.unwrap_or_default().to_lowercase();
        let begins = |text: &str| text.to_lowercase().starts_with(&search);
        let after = |application: &RegisteredClient| match &input.cursor {
            Some(cursor) => place(application) > *cursor,
            None => true,
        };
        let mut found = call.admin.store.list_applications().await?;
        found.retain(|application| {
            let sites = sites_of(application);
            call.sees(&sites)
                && input.site.as_ref().is_none_or(|site| sites.contains(site))
                && (begins(&application.name) || begins(&application.client_id))
                && after(application)
        });
        found.sort_by_cached_key(place);
        Ok(page_of(found, limit, place, Application::of))
    }
}

/// Where an application stands in the list: by its name, whatever the case; then by its id.
fn place(application: &RegisteredClient) -> String {
    format!("{}\u{1f}{}", application.name.to_lowercase(), application.client_id)
}

/// The first of what was found, and where the rest begins.
pub(crate) fn page_of<T, S>(mut found: Vec<T>, limit: i64, place: impl Fn(&T) -> String, show: impl Fn(&T) -> S) -> PageOf<S> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| is_more).map(place);
    PageOf { items: found.iter().map(show).collect(), next_cursor }
}

/// One application.
#[derive(Debug)]
pub struct FindApplication;

/// Which.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationId {
    /// Its `client_id`.
    pub client_id: String,
}

impl Operation for FindApplication {
    const NAME: &'static str = "applications.get";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/applications/{client_id}";
    const PERMISSION: Permission = Permission::SeeApplications;
    const ABOUT: &'static str = "Shows an application.";
    type Input = ApplicationId;
    type Output = Application;

    async fn run(call: &Call, input: Self::Input) -> Result<Application, OperationError> {
        Ok(Application::of(&seen(call, call.admin.store.find_application(&input.client_id).await?)?))
    }
}

const WHAT: &str = "application";

/// What the actor may not see is not there.
pub(crate) fn seen(call: &Call, found: Option<RegisteredClient>) -> Result<RegisteredClient, OperationError> {
    found.filter(|application| call.sees(&sites_of(application))).ok_or(OperationError::NotFound(WHAT))
}

/// The sites that it belongs to.
pub(crate) fn sites_of(application: &RegisteredClient) -> Vec<String> {
    application.settings.sites.0.clone()
}
