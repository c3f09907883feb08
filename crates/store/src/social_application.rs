//! Our id and secret at a provider, as an operator keeps them, with who may come in by it.

use chabi_token::{Seconds, Timestamp};

use crate::{Answer, account::Insertion};

/// A social application. Whoever writes one bumps [`crate::installation::CONFIGURATION`] in the same transaction.
#[derive(Clone, PartialEq, Eq)]
pub struct SocialApplication {
    /// In our routes and in the links of accounts, such as `google`. Never changed.
    pub id: String,
    /// JSON: `chabi_client::ProviderSettings`. Holds no secret.
    pub settings: String,
    /// The client secret, or the key that signs it: sealed for `social_application` and this id.
    pub sealed_secret: Vec<u8>,
    /// The sites on which it is offered.
    pub sites: Vec<String>,
    /// Whether people who are new here may come in by it.
    pub sign_up: bool,
    /// `trusted`: an address that the provider is believed for joins accounts. `never`: one always signs in first.
    pub linking: String,
    /// Whether the provider's own tokens are kept, sealed.
    pub keep_tokens: bool,
    /// Where its button stands: the smallest first.
    pub position: i64,
    /// From when on nobody comes in by it.
    pub disabled_at: Option<Timestamp>,
    /// When the provider's secret ends, where the operator has said so; nothing hangs on it but a reminder.
    pub secret_expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl SocialApplication {
    /// From when on an operator is reminded that the provider's secret ends.
    pub const REMINDED_FROM: Seconds = Seconds::days(30);

    /// How long the provider's secret lives on, where it is said and the time to remind of it has come; negative when it has ended.
    #[must_use]
    pub fn secret_ends_in(&self, now: Timestamp) -> Option<Seconds> {
        self.secret_expires_at.map(|end| end.since(now)).filter(|left| *left <= Self::REMINDED_FROM)
    }
}

impl std::fmt::Debug for SocialApplication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SocialApplication").field("id", &self.id).field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Verbs on social applications.
pub trait SocialApplicationVerbs {
    /// Adds one, unless its id is taken.
    fn insert_social_application(&self, application: SocialApplication) -> Answer<'_, Insertion>;
    /// Writes all of it, save its id and when it was made; `false` when there is none.
    fn update_social_application(&self, application: SocialApplication) -> Answer<'_, bool>;
    /// Removes it; `false` when there was none. Links of accounts stay, and lead nowhere.
    fn delete_social_application(&self, id: &str) -> Answer<'_, bool>;
    /// By its id.
    fn find_social_application(&self, id: &str) -> Answer<'_, Option<SocialApplication>>;
    /// All, in the order of their buttons.
    fn list_social_applications(&self) -> Answer<'_, Vec<SocialApplication>>;
}
