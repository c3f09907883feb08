//! Tokens that let somebody register applications (RFC 7591 §3).

use chabi_authorization_server::INITIAL_ACCESS_TOKEN;
use chabi_store::{
    registration::{self, InitialAccessTokenId},
    site::MAIN,
};
use chabi_token::{IdSecret, Seconds, SiteTag};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Entry, Method, Operation, PageOf};
use crate::{Call, OperationError, Permission, changing::Change};

pub(super) fn entries() -> Vec<Entry> {
    vec![Entry::of::<ListInitialAccessTokens>(), Entry::of::<CreateInitialAccessToken>(), Entry::of::<DeleteInitialAccessToken>()]
}

/// An initial access token, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InitialAccessToken {
    /// Its id.
    pub id: String,
    /// The site at which it lets register.
    pub site: String,
    /// What it is for, in the operator's words.
    pub label: String,
    /// How many applications it still lets register.
    pub uses_left: i64,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970.
    pub expires_at: i64,
}

impl InitialAccessToken {
    fn of(token: &registration::InitialAccessToken) -> Self {
        Self {
            id: token.id.to_string(),
            site: token.site.clone(),
            label: token.label.clone(),
            uses_left: token.uses_left,
            created_at: token.created_at.as_seconds(),
            expires_at: token.expires_at.as_seconds(),
        }
    }
}

/// Those that have not expired.
#[derive(Debug)]
pub struct ListInitialAccessTokens;

/// Nothing is asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListInitialAccessTokensInput {}

impl Operation for ListInitialAccessTokens {
    const NAME: &'static str = "initial_access_tokens.list";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/initial-access-tokens";
    const PERMISSION: Permission = Permission::SeeInitialAccessTokens;
    const ABOUT: &'static str = "Lists the tokens that let applications register themselves.";
    type Input = ListInitialAccessTokensInput;
    type Output = PageOf<InitialAccessToken>;

    async fn run(call: &Call, _input: Self::Input) -> Result<Self::Output, OperationError> {
        let found = call.admin.store.list_initial_access_tokens(call.admin.env.now()).await?;
        Ok(PageOf { items: found.iter().map(InitialAccessToken::of).collect(), next_cursor: None })
    }
}

/// Makes one.
#[derive(Debug)]
pub struct CreateInitialAccessToken;

/// What it is for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreateInitialAccessTokenInput {
    /// What it is for.
    pub body: NewInitialAccessToken,
}

/// A new token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInitialAccessToken {
    /// What it is for.
    pub label: String,
    /// How many applications it lets register: 1 to 1000.
    #[serde(default = "one")]
    pub uses: i64,
    /// For how many seconds: up to a year.
    #[serde(default = "a_week")]
    pub lifetime: i64,
    /// The site at which it lets register, and at no other; the main one when absent.
    #[serde(default = "main_site")]
    pub site: String,
}

fn main_site() -> String {
    MAIN.to_owned()
}

fn one() -> i64 {
    1
}

fn a_week() -> i64 {
    Seconds::days(7).0
}

/// A new token, told once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedInitialAccessToken {
    /// It.
    #[serde(flatten)]
    pub token: InitialAccessToken,
    /// Its text, which is never to be had again.
    pub text: String,
}

impl Operation for CreateInitialAccessToken {
    const NAME: &'static str = "initial_access_tokens.create";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/initial-access-tokens";
    const PERMISSION: Permission = Permission::ChangeInitialAccessTokens;
    const ABOUT: &'static str = "Makes a token that lets applications register themselves, told once.";
    const STATUS: u16 = 201;
    type Input = CreateInitialAccessTokenInput;
    type Output = CreatedInitialAccessToken;

    async fn run(call: &Call, input: Self::Input) -> Result<CreatedInitialAccessToken, OperationError> {
        let NewInitialAccessToken { label, uses, lifetime, site } = input.body;
        if !(1..=1_000).contains(&uses) {
            return Err(OperationError::invalid("uses", "1 to 1000"));
        }
        if !(1..=Seconds::days(366).0).contains(&lifetime) {
            return Err(OperationError::invalid("lifetime", "1 second to a year"));
        }
        if label.chars().count() > 200 {
            return Err(OperationError::invalid("label", "200 characters at the most"));
        }
        if site != MAIN && call.admin.store.find_site(&site).await?.is_none() {
            return Err(OperationError::invalid("site", format!("there is no site `{site}`")));
        }
        let env = &call.admin.env;
        // what it is compared with bears the mark of its site
        let secret = IdSecret::new(SiteTag::of(&site), env);
        let token = registration::InitialAccessToken {
            id: InitialAccessTokenId(secret.id),
            secret_hash: secret.secret_hash(),
            site,
            label,
            uses_left: uses,
            created_at: env.now(),
            expires_at: env.now() + Seconds(lifetime),
        };
        let shown = InitialAccessToken::of(&token);
        let owned = call.clone();
        call.transaction(move |verbs| {
            let (call, token) = (owned.clone(), token.clone());
            Box::pin(async move {
                let change =
                    Change::of(format!("initial access token {}", token.id)).from(Value::Null, json!(InitialAccessToken::of(&token)));
                verbs.insert_initial_access_token(token).await?;
                Ok(verbs.insert_audit_event(call.event(change)).await?)
            })
        })
        .await?;
        Ok(CreatedInitialAccessToken { token: shown, text: secret.text(INITIAL_ACCESS_TOKEN).expose().to_owned() })
    }
}

/// Takes one back.
#[derive(Debug)]
pub struct DeleteInitialAccessToken;

/// Which.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InitialAccessTokenPath {
    /// Its id.
    pub id: String,
}

impl Operation for DeleteInitialAccessToken {
    const NAME: &'static str = "initial_access_tokens.delete";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/initial-access-tokens/{id}";
    const PERMISSION: Permission = Permission::ChangeInitialAccessTokens;
    const ABOUT: &'static str = "Takes such a token back; what was registered with it stays.";
    const STATUS: u16 = 204;
    type Input = InitialAccessTokenPath;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        let unknown = || OperationError::NotFound("initial access token");
        let id: InitialAccessTokenId = input.id.parse().map_err(|_| unknown())?;
        let owned = call.clone();
        call.transaction(move |verbs| {
            let call = owned.clone();
            Box::pin(async move {
                if !verbs.delete_initial_access_token(id).await? {
                    return Err(OperationError::NotFound("initial access token"));
                }
                Ok(verbs.insert_audit_event(call.event(Change::of(format!("initial access token {id}")))).await?)
            })
        })
        .await
    }
}
