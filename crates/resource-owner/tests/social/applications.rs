//! What an operator does with social applications, as far as these tests need it; the operations themselves are those of administration.

use chabi_client::ProviderSettings;
use chabi_resource_owner::social::{Linking, SECRET_SEALED_FOR};
use chabi_store::{Store, account::Insertion, installation::CONFIGURATION, social_application::SocialApplication};
use chabi_token::{Env, Timestamp, seal::Sealer};

/// A row as an operator writes it.
#[derive(Clone, Debug)]
pub struct SocialApplicationDraft {
    pub id: String,
    pub settings: ProviderSettings,
    pub sites: Vec<String>,
    pub sign_up: bool,
    pub linking: Linking,
    pub keep_tokens: bool,
    pub position: i64,
    pub disabled_at: Option<Timestamp>,
}

impl SocialApplicationDraft {
    fn row(self, secret: &str, sealer: &Sealer, env: &Env) -> SocialApplication {
        SocialApplication {
            sealed_secret: sealer.seal(SECRET_SEALED_FOR, &self.id, secret.as_bytes(), env).unwrap(),
            id: self.id,
            settings: serde_json::to_string(&self.settings).unwrap(),
            sites: self.sites,
            sign_up: self.sign_up,
            linking: self.linking.word().to_owned(),
            keep_tokens: self.keep_tokens,
            position: self.position,
            disabled_at: self.disabled_at,
            secret_expires_at: None,
            created_at: env.now(),
        }
    }
}

pub async fn add(store: &Store, sealer: &Sealer, draft: SocialApplicationDraft, secret: &str, env: &Env) {
    assert_eq!(store.insert_social_application(draft.row(secret, sealer, env)).await.unwrap(), Insertion::Done);
    changed(store).await;
}

pub async fn change(store: &Store, sealer: &Sealer, draft: SocialApplicationDraft, secret: &str, env: &Env) {
    assert!(store.update_social_application(draft.row(secret, sealer, env)).await.unwrap());
    changed(store).await;
}

pub async fn remove(store: &Store, id: &str) {
    assert!(store.delete_social_application(id).await.unwrap());
    changed(store).await;
}

async fn changed(store: &Store) {
    store.bump_version(CONFIGURATION).await.unwrap();
    store.configuration_changed();
}
