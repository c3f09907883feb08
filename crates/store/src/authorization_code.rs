//! Authorization codes: made once, spent once.

use chabi_spec::Scope;
use chabi_token::{Id, Timestamp, id_type};

use crate::{
    Answer,
    account::{AccountId, PersonInSession},
    browser_session::SessionId,
    grant_details::GrantDetails,
    token_family::FamilyId,
};

id_type!(
    /// A code's row.
    CodeId
);

/// What a code stands for. The code's text carries the id and a secret; only the secret's hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// Its row.
    pub id: CodeId,
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    /// The application it was issued to, and to no other.
    pub client_id: String,
    /// As it stood in the authorization request.
    pub redirect_uri: String,
    /// True when the authorization request named it, so that the token request must too (RFC 6749 §4.1.3).
    pub redirect_uri_was_sent: bool,
    /// S256 challenge (RFC 7636), base64url; `None` when the request had none.
    pub code_challenge: Option<String>,
    /// What was granted.
    pub scope: Scope,
    /// The audience of access tokens.
    pub resource: Vec<String>,
    /// To be echoed in the ID token.
    pub nonce: Option<String>,
    /// Who.
    pub account: AccountId,
    /// The browser session in which it was granted.
    pub session: SessionId,
    /// When that person last proved who they are.
    pub auth_time: Timestamp,
    /// How (RFC 8176), such as `pwd`.
    pub amr: Vec<String>,
    /// Checked at use, not by a cleaner.
    pub expires_at: Timestamp,
    /// What only some grants have.
    pub details: Option<Box<GrantDetails>>,
}

/// What redeeming found.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redemption {
    /// Ours alone: nobody else redeemed it, and nobody will.
    Fresh,
    /// It had been redeemed before, for this family.
    Replayed {
        /// What the first redemption made: to be revoked.
        family: FamilyId,
    },
    /// No such code, or it has expired.
    Unknown,
}

/// Verbs on authorization codes.
pub trait AuthorizationCodeVerbs {
    /// Adds a code.
    fn insert_authorization_code(&self, code: AuthorizationCode) -> Answer<'_, ()>;
    /// Reads it, spent or not, so that the checks can be made before it is spent; and its person, if that is one of the store's, with the
    /// address that counts, and when its session was last seen, unless that has ended: one look, at every exchange.
    fn find_authorization_code(&self, id: CodeId, now: Timestamp) -> Answer<'_, Option<(AuthorizationCode, Option<PersonInSession>)>>;
    /// Spends it for `family` if it is not spent and not expired: one conditional statement decides. `attempt` tells this caller from others.
    fn redeem_authorization_code(&self, id: CodeId, family: FamilyId, attempt: Id, now: Timestamp) -> Answer<'_, Redemption>;
    /// Kills the unspent codes of a session; how many.
    fn delete_codes_of_session(&self, session: SessionId) -> Answer<'_, i64>;
}
