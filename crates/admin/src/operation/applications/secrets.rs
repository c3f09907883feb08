//! An application's secrets: two at once, so that one can replace the other without a gap.

use chabi_token::client_secret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{
    Application, ApplicationId,
    making::{change_of, theirs},
};
use crate::{
    Call, OperationError, Permission,
    operation::{Method, Operation},
};

/// Adds a secret; the newest of those before stays good until it is retired.
#[derive(Debug)]
pub struct RotateSecret;

/// A new secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewSecret {
    /// Its text, which is never to be had again.
    pub client_secret: String,
    /// How many are in force now.
    pub secrets: u8,
}

impl Operation for RotateSecret {
    const NAME: &'static str = "applications.rotate_secret";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/applications/{client_id}/secrets";
    const PERMISSION: Permission = Permission::ChangeApplications;
    const ABOUT: &'static str = "Makes a new secret, told once; the one before stays good until it is retired.";
    const STATUS: u16 = 201;
    type Input = ApplicationId;
    type Output = NewSecret;

    async fn run(call: &Call, input: Self::Input) -> Result<NewSecret, OperationError> {
        let (secret, hash) = client_secret::generate(&call.admin.env);
        let owned = call.clone();
        let secrets = call.configure(move |verbs| {
            let (call, client_id) = (owned.clone(), input.client_id.clone());
            Box::pin(async move {
                let old = theirs(&call, verbs, &client_id).await?;
                if !old.authentication.is_by_secret() {
                    let words = "this application proves who it is without a secret: change its `authentication` first";
                    return Err(OperationError::Conflict(words.to_owned()));
                }
                let mut new = old.clone();
                new.secret_hashes = old.secret_hashes.last().copied().into_iter().chain([hash]).collect();
                let secrets = Application::of(&new).secrets;
                let change = change_of(&new).from(json!({ "secrets": old.secret_hashes.len() }), json!({ "secrets": secrets }));
                verbs.put_application(new).await?;
                verbs.insert_audit_event(call.event(change)).await?;
                Ok(secrets)
            })
        });
        Ok(NewSecret { secrets: secrets.await?, client_secret: secret.expose().to_owned() })
    }
}

/// Retires the older of two secrets.
#[derive(Debug)]
pub struct RetireSecret;

impl Operation for RetireSecret {
    const NAME: &'static str = "applications.retire_secret";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/applications/{client_id}/secrets/older";
    const PERMISSION: Permission = Permission::ChangeApplications;
    const ABOUT: &'static str = "Retires the older of two secrets.";
    const STATUS: u16 = 204;
    type Input = ApplicationId;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        let owned = call.clone();
        call.configure(move |verbs| {
            let (call, client_id) = (owned.clone(), input.client_id.clone());
            Box::pin(async move {
                let old = theirs(&call, verbs, &client_id).await?;
                let [_, newer] = old.secret_hashes.as_slice() else {
                    return Err(OperationError::Conflict("there is no older secret: make a new one first".to_owned()));
                };
                let mut new = old.clone();
                new.secret_hashes = vec![*newer];
                let change = change_of(&new).from(json!({ "secrets": 2 }), json!({ "secrets": 1 }));
                verbs.put_application(new).await?;
                Ok(verbs.insert_audit_event(call.event(change)).await?)
            })
        })
        .await
    }
}
