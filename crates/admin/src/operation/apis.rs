//! APIs and their scopes.

use std::collections::BTreeMap;

use chabi_spec::Scope;
use chabi_store::{
    Verbs,
    api::{self, AccessTokenType, ApiSettings},
};
use chabi_token::Seconds;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Entry, Method, Operation, PageOf, applications::page_of, page_size};
use crate::{Call, OperationError, Permission, Role, changing::Change, installation};

pub(super) fn entries() -> Vec<Entry> {
    vec![Entry::of::<ListApis>(), Entry::of::<FindApi>(), Entry::of::<CreateApi>(), Entry::of::<UpdateApi>(), Entry::of::<DeleteApi>()]
}

/// An API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Api {
    /// `aud` of its tokens.
    pub audience: String,
    /// What can be changed.
    #[serde(flatten)]
    pub values: ApiValues,
}

/// What can be changed of an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiValues {
    /// Shown on the consent page.
    pub name: String,
    /// The scopes that it knows: words, separated by spaces.
    #[serde(default)]
    pub scope: String,
    /// Words for the consent page, by scope.
    #[serde(default)]
    pub scope_words: BTreeMap<String, String>,
    /// Seconds, 1 to 3600.
    #[serde(default = "usual_lifetime")]
    pub access_token_lifetime: i64,
    /// `at+jwt`, `jwt` or `opaque`.
    #[serde(default = "usual_type")]
    pub token_type: String,
    /// `ES256`, `RS256`, `PS256` or `EdDSA`.
    #[serde(default = "usual_algorithm")]
    pub signing_alg: String,
    /// The applications that may ask for it; empty: all.
    #[serde(default)]
    pub applications: Vec<String>,
    /// Tokens are only for sign-ins of this `acr`; empty: any.
    #[serde(default)]
    pub required_acr: String,
    /// Tokens are only for sign-ins younger than this, in seconds.
    #[serde(default)]
    pub max_auth_age: Option<i64>,
    /// Claims that its tokens have besides.
    #[serde(default)]
    pub extra_claims: Map<String, Value>,
}

fn usual_lifetime() -> i64 {
    300
}

fn usual_type() -> String {
    "at+jwt".to_owned()
}

fn usual_algorithm() -> String {
    "ES256".to_owned()
}

impl Default for ApiValues {
    fn default() -> Self {
        Self {
            name: String::new(),
            scope: String::new(),
            scope_words: BTreeMap::new(),
            access_token_lifetime: usual_lifetime(),
            token_type: usual_type(),
            signing_alg: usual_algorithm(),
            applications: Vec::new(),
            required_acr: String::new(),
            max_auth_age: None,
            extra_claims: Map::new(),
        }
    }
}

impl Api {
    fn of(api: &api::Api) -> Self {
        let settings = api.settings.clone();
        let token_type = match api.token_type {
            AccessTokenType::AtJwt => "at+jwt",
            AccessTokenType::Jwt => "jwt",
            AccessTokenType::Opaque => "opaque",
        };
        let values = ApiValues {
            name: api.name.clone(),
            scope: api.scope.to_string(),
            scope_words: settings.scope_words,
            access_token_lifetime: api.access_token_lifetime.0,
            token_type: token_type.to_owned(),
            signing_alg: api.signing_alg.clone(),
            applications: settings.applications,
            required_acr: settings.required_acr,
            max_auth_age: settings.max_auth_age,
            extra_claims: settings.extra_claims,
        };
        Self { audience: api.audience.clone(), values }
    }
}

fn read(audience: String, values: ApiValues) -> Result<api::Api, OperationError> {
    let scope = Scope::parse(&values.scope).map_err(|_| OperationError::invalid("scope", "words of ASCII letters, separated by spaces"))?;
    let token_type = match values.token_type.as_str() {
        "at+jwt" => AccessTokenType::AtJwt,
        "jwt" => AccessTokenType::Jwt,
        "opaque" => AccessTokenType::Opaque,
        _ => return Err(OperationError::invalid("token_type", "`at+jwt`, `jwt` or `opaque`")),
    };
    if values.name.is_empty() || values.name.chars().count() > 200 {
        return Err(OperationError::invalid("name", "1 to 200 characters"));
    }
    let settings = ApiSettings {
        scope_words: values.scope_words,
        required_acr: values.required_acr,
        max_auth_age: values.max_auth_age,
        applications: values.applications,
        extra_claims: values.extra_claims,
    };
    let access_token_lifetime = Seconds(values.access_token_lifetime);
    let api = api::Api { audience, name: values.name, scope, access_token_lifetime, token_type, signing_alg: values.signing_alg, settings };
    installation::apis::check(&api).map_err(|error| OperationError::invalid(error.field(), error.to_string()))?;
    Ok(api)
}

/// APIs, by audience.
#[derive(Debug)]
pub struct ListApis;

/// Which page.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListApisInput {
    /// Where the page begins: `next_cursor` of the one before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<i64>,
}

impl Operation for ListApis {
    const NAME: &'static str = "apis.list";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/apis";
    const PERMISSION: Permission = Permission::SeeApis;
    const ABOUT: &'static str = "Lists APIs by their audience.";
    type Input = ListApisInput;
    type Output = PageOf<Api>;

    async fn run(call: &Call, input: Self::Input) -> Result<Self::Output, OperationError> {
        let limit = page_size(input.limit)?;
        let mut found = call.admin.store.list_apis().await?;
        found.retain(|api| input.cursor.as_ref().is_none_or(|cursor| api.audience > *cursor));
        found.sort_by(|one, other| one.audience.cmp(&other.audience));
        Ok(page_of(found, limit, |api| api.audience.clone(), Api::of))
    }
}

/// One API.
#[derive(Debug)]
pub struct FindApi;

/// Which.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiId {
    /// Its audience.
    pub audience: String,
}

const WHAT: OperationError = OperationError::NotFound("API");

impl Operation for FindApi {
    const NAME: &'static str = "apis.get";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/apis/{audience}";
    const PERMISSION: Permission = Permission::SeeApis;
    const ABOUT: &'static str = "Shows an API.";
    type Input = ApiId;
    type Output = Api;

    async fn run(call: &Call, input: Self::Input) -> Result<Api, OperationError> {
        Ok(Api::of(&call.admin.store.find_api(&input.audience).await?.ok_or(WHAT)?))
    }
}

/// Registers an API.
#[derive(Debug)]
pub struct CreateApi;

/// What is said of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreateApiInput {
    /// What is said of it.
    pub body: NewApi,
}

/// A new API.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewApi {
    /// `aud` of its tokens, and the `resource` by which they are asked for: an absolute URI without fragment.
    pub audience: String,
    /// The rest.
    #[serde(flatten)]
    pub values: ApiValues,
}

impl Operation for CreateApi {
    const NAME: &'static str = "apis.create";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/apis";
    const PERMISSION: Permission = Permission::ChangeApis;
    const ABOUT: &'static str = "Registers an API with its scopes.";
    const STATUS: u16 = 201;
    type Input = CreateApiInput;
    type Output = Api;

    async fn run(call: &Call, input: Self::Input) -> Result<Api, OperationError> {
        let api = read(input.body.audience, input.body.values)?;
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, api) = (owned.clone(), api.clone());
            Box::pin(async move {
                if verbs.find_api(&api.audience).await?.is_some() {
                    return Err(OperationError::Conflict("there is an API of this audience already: change that one".to_owned()));
                }
                put(&call, verbs, None, api).await
            })
        })
        .await
    }
}

/// Replaces what can be changed of an API.
#[derive(Debug)]
pub struct UpdateApi;

/// Which, and how it shall be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UpdateApiInput {
    /// Its audience.
    pub audience: String,
    /// How it shall be.
    pub body: ApiValues,
}

impl Operation for UpdateApi {
    const NAME: &'static str = "apis.update";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/apis/{audience}";
    const PERMISSION: Permission = Permission::ChangeApis;
    const ABOUT: &'static str = "Replaces what can be changed of an API.";
    type Input = UpdateApiInput;
    type Output = Api;

    async fn run(call: &Call, input: Self::Input) -> Result<Api, OperationError> {
        let known = call.admin.store.find_api(&input.audience).await?;
        known.ok_or(WHAT)?;
        let api = read(input.audience, input.body)?;
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, api) = (owned.clone(), api.clone());
            Box::pin(async move {
                let old = verbs.find_api(&api.audience).await?.ok_or(WHAT)?;
                check_not_ours(&call, &api.audience)?;
                call.check_unchanged(&Api::of(&old))?;
                put(&call, verbs, Some(old), api).await
            })
        })
        .await
    }
}

/// By the administrators' API an owner speaks too: who may ask for it, and in which words, is an owner's to say.
fn check_not_ours(call: &Call, audience: &str) -> Result<(), OperationError> {
    if audience == call.admin.audience() && call.actor.rank() != Some(Role::Owner) {
        return Err(OperationError::Above("the administrators' API is an owner's to change".to_owned()));
    }
    Ok(())
}

async fn put(call: &Call, verbs: &dyn Verbs, old: Option<api::Api>, api: api::Api) -> Result<Api, OperationError> {
    let shown = Api::of(&api);
    let change = Change::of(format!("API {}", api.audience)).from(json!(old.as_ref().map(Api::of)), json!(shown));
    verbs.put_api(api).await?;
    verbs.insert_audit_event(call.event(change)).await?;
    Ok(shown)
}

/// Removes an API.
#[derive(Debug)]
pub struct DeleteApi;

impl Operation for DeleteApi {
    const NAME: &'static str = "apis.delete";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/apis/{audience}";
    const PERMISSION: Permission = Permission::ChangeApis;
    const ABOUT: &'static str = "Removes an API: no token is issued for it any more.";
    const STATUS: u16 = 204;
    type Input = ApiId;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        if input.audience == call.admin.audience() {
            return Err(OperationError::Conflict("this is the API by which you speak: it cannot remove itself".to_owned()));
        }
        let used = call.admin.store.list_applications().await?.into_iter().find(|one| one.default_audience == input.audience);
        if let Some(application) = used {
            let words = format!(
                "the tokens of the application `{}` are for it: give that one another `default_audience` first",
                application.client_id
            );
            return Err(OperationError::Conflict(words));
        }
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, audience) = (owned.clone(), input.audience.clone());
            Box::pin(async move {
                let old = verbs.find_api(&audience).await?.ok_or(WHAT)?;
                call.check_unchanged(&Api::of(&old))?;
                verbs.delete_api(&audience).await?;
                let change = Change::of(format!("API {audience}")).from(json!(Api::of(&old)), Value::Null);
                Ok(verbs.insert_audit_event(call.event(change)).await?)
            })
        })
        .await
    }
}
