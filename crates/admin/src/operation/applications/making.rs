//! Making, replacing and removing an application.

use chabi_registration::{origins, rules};
use chabi_spec::Scope;
use chabi_store::{
    Verbs,
    application::{ApplicationKind, RegisteredClient},
    application_settings::RegisteredBy,
    revocation::Revocation,
    site::SiteIds,
};
use chabi_token::{base64url, client_secret};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Application, ApplicationId, ApplicationValues, Purpose, WHAT, seen, shown, sites_of};
use crate::{
    Call, OperationError, Permission, Problem, Role,
    changing::Change,
    operation::{
        Method, Operation, roles,
        social_applications::{check_sites, word_on_addresses},
    },
    rest,
};

/// Makes an application.
#[derive(Debug)]
pub struct CreateApplication;

/// What is said of a new application.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreateApplicationInput {
    /// What is said of it.
    pub body: NewApplication,
}

/// What is said of a new application; the rest follows from what it is for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// What it is for.
    pub purpose: Purpose,
    /// Shown on the consent page.
    pub name: String,
    /// `client_id`; made up when empty.
    #[serde(default)]
    pub client_id: String,
    /// Compared byte for byte.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Compared byte for byte.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// The audience of its tokens when it names no `resource`.
    #[serde(default)]
    pub default_audience: String,
    /// What it may ask for; `openid profile email offline_access` and its API's scopes when absent.
    #[serde(default)]
    pub scope: Option<String>,
    /// Our own: people are not asked for consent.
    #[serde(default)]
    pub first_party: bool,
    /// Its library sends no PKCE: for one with a secret alone.
    #[serde(default)]
    pub pkce_optional: bool,
    /// The sites that it belongs to; the main site when absent.
    #[serde(default)]
    pub sites: Option<Vec<String>>,
    /// Everything else, by the names of the OAuth and OpenID Connect registries.
    #[serde(default)]
    pub settings: Map<String, Value>,
}

/// A new application.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedApplication {
    /// It.
    pub application: Application,
    /// Its secret, which is never to be had again; absent for a public application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

impl Operation for CreateApplication {
    const NAME: &'static str = "applications.create";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/applications";
    const PERMISSION: Permission = Permission::ChangeApplications;
    const ABOUT: &'static str = "Makes an application of a kind, and tells its secret once.";
    const STATUS: u16 = 201;
    type Input = CreateApplicationInput;
    type Output = CreatedApplication;

    async fn run(call: &Call, input: Self::Input) -> Result<CreatedApplication, OperationError> {
        let (application, client_secret) = new_application(call, input.body).await?;
        check(call, &application).await?;
        check_brought_tokens(call, &[], &application).await?;
        let shown = Application::of(&application);
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, application) = (owned.clone(), application.clone());
            Box::pin(async move {
                if verbs.find_application(&application.client_id).await?.is_some() {
                    let words = format!(
                        "there is an application `{}` already: choose another client_id, or change that one",
                        application.client_id
                    );
                    return Err(OperationError::Conflict(words));
                }
                let change = change_of(&application).from(Value::Null, json!(Application::of(&application)));
                verbs.put_application(application).await?;
                Ok(verbs.insert_audit_event(call.event(change)).await?)
            })
        })
        .await?;
        Ok(CreatedApplication { application: shown, client_secret })
    }
}

async fn new_application(call: &Call, new: NewApplication) -> Result<(RegisteredClient, Option<String>), OperationError> {
    let env = &call.admin.env;
    let preset = new.purpose.preset();
    let (client_secret, secret_hashes) = match preset.authentication.is_by_secret() {
        false => (None, Vec::new()),
        true => {
            let (secret, hash) = client_secret::generate(env);
            (Some(secret.expose().to_owned()), vec![hash])
        }
    };
    let scope = match &new.scope {
        Some(text) => Scope::parse(text).map_err(|_| OperationError::invalid("scope", "words of ASCII letters, separated by spaces"))?,
        None => usual_scope(call, new.purpose, &new.default_audience).await?,
    };
    let settings = shown::settings(new.settings)?;
    let client_id = if new.client_id.is_empty() { base64url::encode(env.random::<12>()) } else { new.client_id };
    let application = RegisteredClient {
        origins: origins::of(&new.redirect_uris, !preset.authentication.is_confidential()),
        name: if new.name.is_empty() { client_id.clone() } else { new.name },
        client_id,
        profile: if new.pkce_optional { chabi_store::application::Profile::Oidc } else { preset.profile },
        kind: preset.kind,
        authentication: preset.authentication,
        secret_hashes,
        redirect_uris: new.redirect_uris,
        post_logout_redirect_uris: new.post_logout_redirect_uris,
        grant_types: preset.grant_types.iter().map(|grant| (*grant).to_owned()).collect(),
        scope,
        default_audience: new.default_audience,
        id_token_alg: "RS256".to_owned(),
        first_party: new.first_party,
        disabled_at: None,
        created_at: env.now(),
        settings,
    };
    Ok((in_sites(application, new.sites), client_secret))
}

fn in_sites(application: RegisteredClient, sites: Option<Vec<String>>) -> RegisteredClient {
    let mut application = application;
    application.settings.sites = sites.map_or_else(SiteIds::default, SiteIds);
    application
}

async fn usual_scope(call: &Call, purpose: Purpose, audience: &str) -> Result<Scope, OperationError> {
    let people = if purpose == Purpose::Machine { Scope::default() } else { Scope::of(["openid", "profile", "email", "offline_access"]) };
    Ok(match call.admin.store.find_api(audience).await? {
        Some(api) => people.union(&api.scope),
        None => people,
    })
}

/// All rules of a registration, the API that it names, and whether the actor may give it these sites.
pub(super) async fn check(call: &Call, application: &RegisteredClient) -> Result<(), OperationError> {
    check_may_let_speak(call, application)?;
    check_sites(call, &sites_of(application)).await?;
    let mut problems: Vec<Problem> = rules::check(application, call.admin.place)
        .iter()
        .map(|found| Problem { field: found.member.to_owned(), words: found.to_string() })
        .collect();
    let audience = &application.default_audience;
    if !audience.is_empty() && call.admin.store.find_api(audience).await?.is_none() {
        problems.push(Problem {
            field: "default_audience".to_owned(),
            words: "there is no API of this audience: register it first".to_owned(),
        });
    }
    if problems.is_empty() { Ok(()) } else { Err(OperationError::Invalid(problems)) }
}

/// An application that may ask for the scopes of the administrators' API acts for whoever signs in to it, an owner too; and its secret is
/// as good as its role. So an owner alone makes it, changes it, and has its secrets.
fn check_may_let_speak(call: &Call, application: &RegisteredClient) -> Result<(), OperationError> {
    let exchanges = application.settings.exchange.as_ref().is_some_and(|rule| rule.scope.split(' ').any(|word| SCOPES.contains(&word)));
    let speaks = exchanges || SCOPES.iter().any(|word| application.scope.contains(word));
    if speaks && call.actor.rank() != Some(Role::Owner) {
        let words = "an application with the scope admin:read or admin:write is an owner's to make and to change";
        return Err(OperationError::Above(words.to_owned()));
    }
    Ok(())
}

/// Whose ID tokens it may bring from now on, beside those that it might before.
async fn check_brought_tokens(call: &Call, before: &[String], application: &RegisteredClient) -> Result<(), OperationError> {
    if application.settings.native_sign_in.iter().all(|provider| before.contains(provider)) {
        return Ok(());
    }
    match word_on_addresses::shared_with_others(call, &sites_of(application)).await? {
        Some(site) => Err(word_on_addresses::brought(&site)),
        None => Ok(()),
    }
}

const SCOPES: [&str; 2] = [rest::READ, rest::WRITE];

pub(super) fn change_of(application: &RegisteredClient) -> Change {
    let mut change = Change::of(format!("application {}", application.client_id));
    // an event names an application by its id, and URLs of documents are long
    change.client_id = (application.client_id.len() <= 500).then(|| application.client_id.clone());
    change
}

/// Replaces what can be changed of an application.
#[derive(Debug)]
pub struct UpdateApplication;

/// Which, and how it shall be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UpdateApplicationInput {
    /// Its `client_id`.
    pub client_id: String,
    /// All that can be changed: what is absent is as if it had never been chosen.
    pub body: ApplicationValues,
}

impl Operation for UpdateApplication {
    const NAME: &'static str = "applications.update";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/applications/{client_id}";
    const PERMISSION: Permission = Permission::ChangeApplications;
    const ABOUT: &'static str = "Replaces what can be changed of an application.";
    type Input = UpdateApplicationInput;
    type Output = Application;

    async fn run(call: &Call, input: Self::Input) -> Result<Application, OperationError> {
        let UpdateApplicationInput { client_id, body } = input;
        let now = call.admin.env.now();
        let old = seen(call, call.admin.store.find_application(&client_id).await?)?;
        let brought = old.settings.native_sign_in.clone();
        let draft = body.clone().over(old, now)?;
        check(call, &draft).await?;
        check_brought_tokens(call, &brought, &draft).await?;
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, client_id, body) = (owned.clone(), client_id.clone(), body.clone());
            Box::pin(async move {
                let old = theirs(&call, verbs, &client_id).await?;
                let new = body.over(old.clone(), now)?;
                if new.disabled_at.is_some() && old.disabled_at.is_none() {
                    verbs.revoke(Revocation::Application(&client_id), "application_disabled", now).await?;
                }
                if new.settings.registered_by != RegisteredBy::Operator {
                    // what an operator decided does not go away by itself
                    verbs.forget_registration(&client_id).await?;
                }
                let shown = Application::of(&new);
                let change = change_of(&new).from(json!(Application::of(&old)), json!(shown));
                verbs.put_application(new).await?;
                verbs.insert_audit_event(call.event(change)).await?;
                Ok(shown)
            })
        })
        .await
    }
}

/// As it is now, if the actor may change it and it is what they read. For use inside a transaction.
pub(super) async fn theirs(call: &Call, verbs: &dyn Verbs, client_id: &str) -> Result<RegisteredClient, OperationError> {
    let old = seen(call, verbs.find_application(client_id).await?)?;
    call.check_all_theirs(&sites_of(&old))?;
    check_may_let_speak(call, &old)?;
    roles::check_not_mightier(call, verbs, &format!("application:{client_id}")).await?;
    call.check_unchanged(&Application::of(&old))?;
    Ok(old)
}

/// Removes an application, and takes back all that it was granted.
#[derive(Debug)]
pub struct DeleteApplication;

impl Operation for DeleteApplication {
    const NAME: &'static str = "applications.delete";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/applications/{client_id}";
    const PERMISSION: Permission = Permission::ChangeApplications;
    const ABOUT: &'static str = "Removes an application, and takes back all that it was granted.";
    const STATUS: u16 = 204;
    type Input = ApplicationId;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, client_id) = (owned.clone(), input.client_id.clone());
            Box::pin(async move {
                let old = theirs(&call, verbs, &client_id).await?;
                verbs.revoke(Revocation::Application(&client_id), "application_removed", call.admin.env.now()).await?;
                verbs.forget_registration(&client_id).await?;
                // whoever gets this id later is another
                verbs.delete_role_grants_of(&format!("application:{client_id}")).await?;
                if !verbs.delete_application(&client_id).await? {
                    return Err(OperationError::NotFound(WHAT));
                }
                let change = change_of(&old).from(json!(Application::of(&old)), Value::Null);
                Ok(verbs.insert_audit_event(call.event(change)).await?)
            })
        })
        .await
    }
}

/// A native application's redirect rules are others: see RFC 8252.
pub(super) const fn kind_of(native: bool) -> ApplicationKind {
    if native { ApplicationKind::Native } else { ApplicationKind::Web }
}
