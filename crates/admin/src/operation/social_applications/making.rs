//! Adding, changing and removing a social application.

use chabi_client::{ProviderSettings, catalogue, provider::ProfileMapping};
use chabi_resource_owner::social::{ToGiveBack, forget_tokens};
use chabi_store::{Verbs, account::Insertion, site::MAIN, social_application as row, upstream_tokens::UpstreamTokensOf};
use chabi_token::{SecretText, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{SEALED_FOR, SocialApplication, SocialApplicationId, SocialApplicationValues, WHAT, seen, shown, word_on_addresses};
use crate::{
    Call, OperationError, Permission,
    changing::Change,
    operation::{Method, Operation, roles},
};

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
        check_values(call, &values).await?;
        let row = row_of(call, id, values, SecretText::new(client_secret), (now, None))?;
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, row) = (owned.clone(), row.clone());
            Box::pin(async move {
                let new = shown(&call, &row)?;
                let id = row.id.clone();
                check_nobody_mightier_comes_by(&call, verbs, &id).await?;
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
    const PAGES: [&str; 14] = [
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
        // the console's, below which there is a page for each
        "new",
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

/// The rules that do not hang on what is there.
async fn check_values(call: &Call, values: &SocialApplicationValues) -> Result<(), OperationError> {
    check_sites(call, &values.sites).await?;
    word_on_addresses::check(call, &values.sites, &values.settings).await?;
    if !["trusted", "never"].contains(&values.linking.as_str()) {
        return Err(OperationError::invalid("linking", "`trusted` or `never`"));
    }
    // to the year 9999
    if values.secret_expires_at.is_some_and(|end| !(0..253_402_300_800).contains(&end)) {
        return Err(OperationError::invalid("secret_expires_at", "seconds since 1970"));
    }
    Ok(())
}

/// The row, when the provider can be made of it; `kept`: when it was made, and since when it is off.
fn row_of(
    call: &Call,
    id: String,
    values: SocialApplicationValues,
    secret: SecretText,
    kept: (Timestamp, Option<Timestamp>),
) -> Result<row::SocialApplication, OperationError> {
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
        secret_expires_at: values.secret_expires_at.map(Timestamp::from_seconds),
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
        seen(call, call.admin.store.find_social_application(&input.id).await?)?;
        check_values(call, &values).await?;
        let shared = word_on_addresses::shared_with_others(call, &values.sites).await?;
        let owned = call.clone();
        let changed = call.configure(move |verbs| {
            let (call, id, values, client_secret) = (owned.clone(), input.id.clone(), values.clone(), client_secret.clone());
            let shared = shared.clone();
            Box::pin(async move {
                // read here: a secret that somebody else gives meanwhile is not overwritten by the one before it
                let old = theirs(&call, verbs, &id).await?;
                let is_new = client_secret.is_some();
                let secret = match client_secret {
                    Some(secret) => SecretText::new(secret),
                    None => kept_secret(&call, &old, &values.settings)?,
                };
                let new = row_of(&call, id, values, secret, (old.created_at, old.disabled_at))?;
                let (before, after) = (shown(&call, &old)?, shown(&call, &new)?);
                let takes_more = takes_more(&before.settings, &after.settings);
                if let (true, Some(site)) = (takes_more, &shared) {
                    return Err(word_on_addresses::brought(site));
                }
                let speaks = is_another(&before.settings, &after.settings) || takes_more;
                if speaks || is_new && speaks_by_secret(&after.settings) {
                    check_nobody_mightier_comes_by(&call, verbs, &new.id).await?;
                }
                let kept = match new.keep_tokens && before.settings.destination() == after.settings.destination() {
                    true => ToGiveBack::default(),
                    // not wanted any more; or given by another than the one that they would be shown to from now on
                    false => forget_tokens(verbs, UpstreamTokensOf::Provider(&new.id)).await?,
                };
                verbs.update_social_application(new).await?;
                let change = Change::of(format!("{WHAT} {}", after.id)).from(json!(before), json!(after));
                verbs.insert_audit_event(call.event(change)).await?;
                Ok((after, kept))
            })
        });
        let (after, kept) = changed.await?;
        call.admin.owner.give_back(kept);
        Ok(after)
    }
}

/// The secret that is there; not for another place than it was given for, whose master would read it.
fn kept_secret(call: &Call, old: &row::SocialApplication, new: &ProviderSettings) -> Result<SecretText, OperationError> {
    let secret = open(call, old)?;
    let before = shown(call, old)?.settings;
    if !secret.expose().is_empty() && is_another(&without_mapping(&before), &without_mapping(new)) {
        let words = "with these settings it would be sent elsewhere than before: give the secret of the provider that is there";
        return Err(OperationError::invalid("client_secret", words));
    }
    Ok(secret)
}

/// How a profile is read sends nothing anywhere.
fn without_mapping(settings: &ProviderSettings) -> ProviderSettings {
    let mut settings = settings.clone();
    if let Some(custom) = &mut settings.custom {
        custom.mapping = ProfileMapping::default();
    }
    settings
}

/// Whether it is somebody else who says who a person is, or says it in another way.
fn is_another(before: &ProviderSettings, after: &ProviderSettings) -> bool {
    (&before.catalogue, &before.issuer, &before.values, &before.custom) != (&after.catalogue, &after.issuer, &after.values, &after.custom)
}

/// Whether tokens are taken from now on that were made for another application: whoever runs that one has them of people who came there.
fn takes_more(before: &ProviderSettings, after: &ProviderSettings) -> bool {
    let taken = |audience: &String| *audience == before.client_id || before.audiences.contains(audience);
    !std::iter::once(&after.client_id).chain(&after.audiences).all(taken)
}

/// Whether who has the secret can say who a person is (Telegram).
fn speaks_by_secret(settings: &ProviderSettings) -> bool {
    catalogue::find(&settings.catalogue).is_some_and(|entry| entry.protocol == catalogue::EntryProtocol::SignedForm)
}

/// Whoever decides who speaks for a provider enters as each person who is tied to it: so not where somebody mightier is. For use inside a
/// transaction.
async fn check_nobody_mightier_comes_by(call: &Call, verbs: &dyn Verbs, id: &str) -> Result<(), OperationError> {
    for grant in verbs.list_role_grants().await? {
        let Some(subject) = grant.holder.strip_prefix("account:") else { continue };
        let Some(account) = verbs.find_account_by_subject(subject).await? else { continue };
        if verbs.list_provider_links(account.id).await?.iter().any(|link| link.provider == id) {
            roles::check_not_mightier(call, verbs, &grant.holder).await?;
        }
    }
    Ok(())
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
        let removed = call.configure(move |verbs| {
            let (call, id) = (owned.clone(), input.id.clone());
            Box::pin(async move {
                let old = theirs(&call, verbs, &id).await?;
                let kept = forget_tokens(verbs, UpstreamTokensOf::Provider(&id)).await?;
                verbs.delete_social_application(&id).await?;
                let change = Change::of(format!("{WHAT} {id}")).from(json!(shown(&call, &old)?), Value::Null);
                verbs.insert_audit_event(call.event(change)).await?;
                Ok(kept)
            })
        });
        call.admin.owner.give_back(removed.await?);
        Ok(())
    }
}
