//! Signing keys: which there are, and new ones.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Entry, Method, Operation, PageOf};
use crate::{Call, OperationError, Permission, changing::Change, installation::keys};

pub(super) fn entries() -> Vec<Entry> {
    vec![Entry::of::<ListKeys>(), Entry::of::<RotateKeys>(), Entry::of::<ReplaceKeys>()]
}

/// A published key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SigningKey {
    /// Its id in the JWKS.
    pub kid: String,
    /// `ES256`, `RS256`, `PS256` or `EdDSA`.
    pub alg: String,
    /// When it was made: seconds since 1970.
    pub created_at: i64,
    /// From when on it signs: seconds since 1970.
    pub signs_from: i64,
    /// From when on it is no longer published: seconds since 1970.
    pub retired_at: Option<i64>,
}

/// The published keys.
#[derive(Debug)]
pub struct ListKeys;

/// Nothing is asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListKeysInput {}

impl Operation for ListKeys {
    const NAME: &'static str = "keys.list";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/keys";
    const PERMISSION: Permission = Permission::SeeKeys;
    const ABOUT: &'static str = "Lists the signing keys that are published.";
    type Input = ListKeysInput;
    type Output = PageOf<SigningKey>;

    async fn run(call: &Call, _input: Self::Input) -> Result<Self::Output, OperationError> {
        let keys = keys::list(&call.admin.store, &call.admin.env).await?;
        let items = keys.into_iter().map(|key| SigningKey {
            kid: key.kid,
            alg: key.alg,
            created_at: key.created_at.as_seconds(),
            signs_from: key.signs_from.as_seconds(),
            retired_at: key.retired_at.map(|at| at.as_seconds()),
        });
        Ok(PageOf { items: items.collect(), next_cursor: None })
    }
}

/// New keys, which sign once every cache of the older set has run out.
#[derive(Debug)]
pub struct RotateKeys;

/// Nothing is asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateKeysInput {}

/// The ids of new keys.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewKeys {
    /// In the JWKS.
    pub kids: Vec<String>,
}

impl Operation for RotateKeys {
    const NAME: &'static str = "keys.rotate";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/keys/rotate";
    const PERMISSION: Permission = Permission::RotateKeys;
    const ABOUT: &'static str = "Makes a new key of each algorithm; the older ones stay until what they signed is over.";
    const STATUS: u16 = 201;
    type Input = RotateKeysInput;
    type Output = NewKeys;

    async fn run(call: &Call, _input: Self::Input) -> Result<NewKeys, OperationError> {
        let kids = keys::rotate_with(&call.admin.store, &call.admin.sealer, &call.admin.env).await?;
        told(call, kids).await
    }
}

/// New keys in place of those that others may have.
#[derive(Debug)]
pub struct ReplaceKeys;

/// Nothing is asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceKeysInput {}

impl Operation for ReplaceKeys {
    const NAME: &'static str = "keys.replace_compromised";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/keys/replace-compromised";
    const PERMISSION: Permission = Permission::RotateKeys;
    const ABOUT: &'static str = "Withdraws all keys at once, with every token that they signed, and makes new ones.";
    const STATUS: u16 = 201;
    type Input = ReplaceKeysInput;
    type Output = NewKeys;

    async fn run(call: &Call, _input: Self::Input) -> Result<NewKeys, OperationError> {
        let kids = keys::replace_compromised_with(&call.admin.store, &call.admin.sealer, &call.admin.env).await?;
        told(call, kids).await
    }
}

/// Making a key takes long: it is done before, and told after.
async fn told(call: &Call, kids: Vec<String>) -> Result<NewKeys, OperationError> {
    let change = Change::of("signing keys").from(serde_json::Value::Null, json!({ "kids": kids }));
    call.admin.store.insert_audit_event(call.event(change)).await?;
    Ok(NewKeys { kids })
}
