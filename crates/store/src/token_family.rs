//! What one grant gave: its refresh token, one row updated in place, and the right to revoke all of it.

use chabi_spec::Scope;
use chabi_token::{Seconds, StatusIndex, Timestamp, id_type};

use crate::{
    Answer,
    account::{AccountId, PersonInSession, Realm},
    browser_session::SessionId,
    grant_details::GrantDetails,
    people::Person,
};

id_type!(
    /// A family's row; also carried by refresh tokens, and by access tokens in their `jti`.
    FamilyId
);

/// Everything issued from one grant. No token text is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshTokenFamily {
    /// Its row.
    pub id: FamilyId,
    /// To which application.
    pub client_id: String,
    /// Whose.
    pub account: AccountId,
    /// Granted in this browser session.
    pub session: SessionId,
    /// With consented `offline_access` it outlives the session.
    pub offline: bool,
    /// What was granted: refreshing may narrow it for one token, never for the family.
    pub scope: Scope,
    /// Audiences granted.
    pub resource: Vec<String>,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// How.
    pub amr: Vec<String>,
    /// When it was granted.
    pub created_at: Timestamp,
    /// Absolute end, measured from the grant; never slides.
    pub expires_at: Timestamp,
    /// Set: dead.
    pub revoked_at: Option<Timestamp>,
    /// Why, such as `refresh_reuse`, `logout`.
    pub revoked_because: String,
    /// Its place among the status lists; `None` in a row that a version before 0003 wrote.
    pub status: Option<StatusIndex>,
    /// The refresh token's state; `None` when the grant gave none.
    pub refresh: Option<RefreshState>,
    /// What only some grants have.
    pub details: Option<Box<GrantDetails>>,
}

/// The refresh token of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshState {
    /// 0 for the first token, one more at each rotation.
    pub generation: i64,
    /// SHA-256 of the current secret.
    pub hash_current: [u8; 32],
    /// SHA-256 of the one before; zeros at generation 0.
    pub hash_previous: [u8; 32],
    /// The salt from which the current secret was derived.
    pub salt: [u8; 16],
    /// When the current one was made.
    pub rotated_at: Timestamp,
    /// Idle end: slides with each rotation.
    pub idle_expires_at: Timestamp,
    /// Version of the key that secrets are derived with.
    pub key_version: i64,
    /// Digest of the request that rotated last (authentication, scope, resource): a retry must be the same request.
    pub request_hash: [u8; 32],
}

/// A refresh, as the statement needs it. `next_hash` and `salt` are what this caller would store if it wins.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// Which family; the token's MAC was checked before.
    pub family: FamilyId,
    /// The application that authenticated.
    pub client_id: String,
    /// Of the presented token.
    pub generation: i64,
    /// SHA-256 of the presented secret.
    pub presented_hash: [u8; 32],
    /// SHA-256 of the successor derived with `salt`.
    pub next_hash: [u8; 32],
    /// New and random: tells this caller's rotation from another's.
    pub salt: [u8; 16],
    /// Version of the deriving key.
    pub key_version: i64,
    /// Digest of this request.
    pub request_hash: [u8; 32],
    /// How long the generation before stays good for the same request.
    pub grace: Seconds,
    /// Idle lifetime of the successor.
    pub idle_lifetime: Seconds,
    /// The present.
    pub now: Timestamp,
}

/// What rotating found.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RotationOutcome {
    /// This caller rotated it: its successor is the one it proposed. Nothing else of the family has changed.
    Rotated,
    /// Somebody rotated it a moment ago with the same request: the successor is derived from the presented secret with the row's salt.
    Repeated(RefreshTokenFamily),
    /// The generation before, within the grace, but another request: refused, nothing revoked.
    Differs,
    /// An older generation, or the one before after the grace: the family is revoked by this very verb.
    Reused(RefreshTokenFamily),
    /// Revoked before.
    Revoked,
    /// Idle or absolute end reached.
    Expired,
    /// No such family, or another application's: untouched.
    Unknown,
}

/// Which families are listed for who runs the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyFilter {
    /// Those of this account.
    pub account: Option<AccountId>,
    /// Those of this application.
    pub client_id: Option<String>,
    /// Those of people of this realm; `None`: of all.
    pub realm: Option<Realm>,
    /// Those alone that were revoked because a refresh token came again.
    pub only_reused: bool,
    /// Those that were granted before this one, the newest first.
    pub before: FamilyId,
    /// How many.
    pub limit: i64,
}

/// A family with whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SomebodysFamily {
    /// It.
    pub family: RefreshTokenFamily,
    /// `sub` of its person.
    pub subject: String,
    /// Their name; may be empty.
    pub name: String,
}

/// A family, whether one of its access tokens was denied by itself, and its person, if that is one of the store's.
pub type FamilyOfToken = (RefreshTokenFamily, bool, Option<Person>);

/// Verbs on families.
pub trait TokenFamilyVerbs {
    /// Adds one.
    fn insert_family(&self, family: RefreshTokenFamily) -> Answer<'_, ()>;
    /// By row, revoked or not.
    fn find_family(&self, id: FamilyId) -> Answer<'_, Option<RefreshTokenFamily>>;
    /// The same with its person, if that is one of the store's, and with when its session was last seen, if the family ends with it: one
    /// look, at every refresh. Of their addresses the one that counts ([`main_address`](crate::account::main_address)), and that only
    /// when the grant holds `openid` (or a word that contains it): an ID token alone tells it.
    fn find_family_with_person(&self, id: FamilyId, now: Timestamp) -> Answer<'_, Option<(RefreshTokenFamily, Option<PersonInSession>)>>;
    /// The same with its person and the address that counts, and with whether the access token of this `jti` was denied by itself: one
    /// look, at every token of a family.
    fn find_family_of_token(&self, id: FamilyId, jti: &str) -> Answer<'_, Option<FamilyOfToken>>;
    /// The account's families that are neither revoked nor over, the newest first.
    fn list_families(&self, account: AccountId, now: Timestamp) -> Answer<'_, Vec<RefreshTokenFamily>>;
    /// The newest of the account's families, ended ones too.
    fn list_all_families(&self, account: AccountId, limit: i64) -> Answer<'_, Vec<RefreshTokenFamily>>;
    /// A page of families, ended ones too, the newest first.
    fn list_everybodys_families(&self, filter: FamilyFilter) -> Answer<'_, Vec<SomebodysFamily>>;
    /// Rotates the refresh token: one conditional statement. Where that changes nothing, a second one, conditional as well, revokes a
    /// family whose token was used twice, and tells what happened.
    fn rotate_refresh_token(&self, rotation: Rotation) -> Answer<'_, RotationOutcome>;
    /// Gives what a session granted to the session that takes its place, when the same person proves again who they are; how many.
    fn hand_over_families(&self, from: SessionId, to: SessionId) -> Answer<'_, i64>;
    /// Gives `proposed` to a family that has no place among the status lists; answers with the one it has. `None`: no such family.
    fn settle_family_status(&self, id: FamilyId, proposed: StatusIndex) -> Answer<'_, Option<StatusIndex>>;
}
