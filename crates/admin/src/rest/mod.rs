//! The REST API `/api/v1`: one route for each row of the table of operations, protected by our own tokens.
//!
//! In order: who calls (a bearer token of ours, perhaps bound to a key), what the scope allows, the input from path, query and body, a
//! request that came before (`Idempotency-Key`), the operation, and its answer with a tag. The roles of who calls decide the rest: the
//! operation asks.

mod answer;
mod caller;
mod idempotency;
mod input;
pub mod openapi;
mod page;

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get},
};
use chabi_resource_server::{Bearer, BearerLayer};
use chabi_spec::{Fault, Scope};
use chabi_store::{
    api::{AccessTokenType, Api, ApiSettings},
    installation::CONFIGURATION,
};
use chabi_token::Seconds;
use http::{header, request::Parts};
use serde_json::Value;

use crate::{
    Admin, OperationError,
    operation::{self, Entry, Method, Reach},
};
use answer::Problem;

/// Where it is, below the issuer.
pub const PATH: &str = "/api/v1";
/// What a token needs for operations that read.
pub const READ: &str = "admin:read";
/// What a token needs for operations that write.
pub const WRITE: &str = "admin:write";

/// What a route works with.
#[derive(Clone)]
struct Api1 {
    admin: Admin,
    /// Made when somebody first asks for it: few ever do, and it is two megabytes.
    document: Arc<OnceLock<Value>>,
    table: Arc<Vec<Entry>>,
}

impl Api1 {
    fn document(&self) -> &Value {
        self.document.get_or_init(|| openapi::document(&self.table, &self.admin.issuer))
    }
}

/// All of `/api/v1…`.
///
/// `layer` checks access tokens for [`Admin::audience`]. The server adds around it: request ids, the client's address as an extension, and
/// bounds on length and time.
pub fn router(admin: &Admin, layer: BearerLayer) -> Router {
    let table = Arc::new(operation::table());
    let api = Api1 { admin: admin.clone(), document: Arc::default(), table: Arc::clone(&table) };
    let mut guarded = Router::new();
    for (path, methods) in by_path(&table) {
        guarded = guarded.route(&format!("{PATH}{path}"), methods);
    }
    // the layer's own refusals are told as problems too
    let guarded = guarded.layer(layer).layer(axum::middleware::map_response(answer::refusals_as_problems));
    Router::new()
        .route(&format!("{PATH}/openapi.json"), get(document_of))
        .route(&format!("{PATH}/"), get(page::show))
        .route(PATH, get(page::to_page))
        .merge(guarded)
        .with_state(api)
}

/// The routes of each path.
fn by_path(table: &[Entry]) -> Vec<(&'static str, MethodRouter<Api1>)> {
    let mut paths: Vec<&'static str> = table.iter().map(|entry| entry.path).collect();
    paths.dedup();
    paths
        .into_iter()
        .map(|path| {
            let mut methods = MethodRouter::new();
            let mut allowed = Vec::new();
            for entry in table.iter().filter(|entry| entry.path == path).copied() {
                allowed.push(entry.method.as_str());
                let filter = match entry.method {
                    Method::Get => axum::routing::MethodFilter::GET,
                    Method::Post => axum::routing::MethodFilter::POST,
                    Method::Put => axum::routing::MethodFilter::PUT,
                    Method::Delete => axum::routing::MethodFilter::DELETE,
                };
                methods = methods.on(filter, async move |State(api): State<Api1>, bearer: Bearer, parts: Parts, body: Bytes| {
                    let request = Request { bearer, parts, body };
                    serve(entry, &api, request).await
                });
            }
            let allow = allowed.join(", ");
            (path, methods.fallback(async move || answer::not_allowed(&allow)))
        })
        .collect()
}

/// One request, by somebody whose token is good.
struct Request {
    bearer: Bearer,
    parts: Parts,
    body: Bytes,
}

async fn serve(entry: Entry, api: &Api1, request: Request) -> Response {
    match answered(entry, api, request).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn answered(entry: Entry, api: &Api1, request: Request) -> Result<Response, Problem> {
    let Request { bearer, parts, body } = request;
    let actor = caller::actor(&api.admin, &bearer, &parts, &entry).await?;
    // an answer that was given before is given again to who may still ask
    if Reach::of(&actor, entry.permission).is_none() {
        return Err(Problem::of(&OperationError::Forbidden(entry.permission)));
    }
    let input = input::read(&entry, &parts, &body)?;
    let tag = answer::tag_asked(&parts)?;
    let key = idempotency::Key::of(&entry, &actor, &parts, &input)?;
    if let Some(known) = idempotency::begin(&api.admin, key.as_ref()).await? {
        return Ok(known);
    }
    let outcome = match entry.run(&api.admin, &actor, tag.as_deref(), input).await {
        Ok(output) => answer::of(&entry, output, &parts),
        Err(error) if input::has_body(&entry) => Err(Problem::of(&error).in_body()),
        Err(error) => Err(Problem::of(&error)),
    };
    idempotency::end(&api.admin, key.as_ref(), outcome).await
}

async fn document_of(State(api): State<Api1>) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], api.document().to_string()).into_response()
}

/// Registers the API by which administrators' tokens are made, unless it is there: an operator may change it.
///
/// # Errors
/// The store's fault.
pub async fn register(admin: &Admin) -> Result<(), Fault> {
    let audience = admin.audience();
    if admin.store.find_api(&audience).await?.is_some() {
        return Ok(());
    }
    let words =
        [(READ, "See how this server is set up, its people and its log"), (WRITE, "Change how this server is set up, and its people")];
    let api = Api {
        audience,
        name: "Administration".to_owned(),
        scope: Scope::of([READ, WRITE]),
        access_token_lifetime: Seconds::minutes(5),
        token_type: AccessTokenType::AtJwt,
        signing_alg: "ES256".to_owned(),
        settings: ApiSettings {
            scope_words: words.map(|(word, said)| (word.to_owned(), said.to_owned())).into(),
            ..ApiSettings::default()
        },
    };
    admin.store.put_api(api).await?;
    admin.store.bump_version(CONFIGURATION).await?;
    admin.store.configuration_changed();
    Ok(())
}
