//! Applications that want to be told when a browser session ends: the outbox of logout tokens.
//!
//! A row sleeps from the ID token on, wakes in the transaction that ends its session, and is due until the application was told.

use chabi_token::{Seconds, Timestamp, id_type};

use crate::{Answer, account::AccountId, browser_session::SessionId};

id_type!(
    /// A delivery's row.
    LogoutDeliveryId
);

/// One application, to be told of the end of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutDelivery {
    /// Its row.
    pub id: LogoutDeliveryId,
    /// The session at whose end it wakes; another one when the person proved again who they are, and the first was replaced.
    pub session: SessionId,
    /// Whose.
    pub account: AccountId,
    /// Whom to tell.
    pub client_id: String,
    /// `sub`, as this application was told it.
    pub subject: String,
    /// `sid`, as this application was told it.
    pub sid: String,
    /// The site that told it, whose issuer the logout token bears.
    pub site: String,
    /// When the session ended; `None`: it sleeps.
    pub ended_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is due; `None`: asleep, or done.
    pub next_at: Option<Timestamp>,
    /// Asleep: when it is forgotten. Awake: when it is given up.
    pub expires_at: Timestamp,
}

/// How long after the end of a session it is tried to tell of it.
pub const GIVEN_UP_AFTER: Seconds = Seconds::days(1);

/// Which sessions ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedSessions {
    /// This one.
    One(SessionId),
    /// All of an account, save one.
    OfAccount(AccountId, Option<SessionId>),
}

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliverySettled {
    /// Told, refused for good, or given up. The row is kept until then, for pages that tell browsers of the same end.
    Done {
        /// A moment from now.
        kept_until: Timestamp,
    },
    /// To be tried again.
    Again {
        /// When.
        at: Timestamp,
    },
}

/// How many are taken at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MostClaimed {
    /// By this caller.
    pub in_all: i64,
    /// Of one application, together with those of it that somebody has under way, or that are tried again within a lease.
    pub of_one_application: i64,
}

/// Verbs on deliveries of logout tokens.
pub trait LogoutDeliveryVerbs {
    /// Adds a sleeping one, or lets the sleeping one of the same session, application and `sid` sleep longer.
    fn note_logout_delivery(&self, delivery: LogoutDelivery) -> Answer<'_, ()>;
    /// Lets the sleeping ones of a session wake with the session that takes its place; how many.
    fn hand_over_logout_deliveries(&self, from: SessionId, to: SessionId) -> Answer<'_, i64>;
    /// Wakes the sleeping ones: due `now`, given up at `until`; how many. To be called in the transaction that ends the sessions, after
    /// the codes of the session were deleted: a code that is being spent at this moment has then added its row, or will add none.
    fn wake_logout_deliveries(&self, of: EndedSessions, now: Timestamp, until: Timestamp) -> Answer<'_, i64>;
    /// Those of a session, asleep, due or done, by application.
    fn list_logout_deliveries(&self, session: SessionId) -> Answer<'_, Vec<LogoutDelivery>>;
    /// True when some are due: what a worker asks first, since most of the time none is, and a read costs nobody anything.
    fn has_due_logout_deliveries(&self, now: Timestamp) -> Answer<'_, bool>;
    /// Takes up to so many that are due, each for one caller alone, who has `lease` to settle it; then it is due again. One conditional
    /// statement. `attempts` counts this one, and `next_at` is the end of the lease.
    fn claim_logout_deliveries(&self, now: Timestamp, lease: Seconds, most: MostClaimed) -> Answer<'_, Vec<LogoutDelivery>>;
    /// Says how a try ended. `false`, and nothing happens, when the lease that ends at `lease_ends` is no longer the row's.
    fn settle_logout_delivery(&self, id: LogoutDeliveryId, lease_ends: Timestamp, settled: DeliverySettled) -> Answer<'_, bool>;
}
