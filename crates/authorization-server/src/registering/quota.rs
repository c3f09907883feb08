//! How many applications may be registered by nobody in particular (RFC 7591 §5: or they would fill the disk).

use chabi_spec::{ErrorCode, Failure, Refusal};
use chabi_store::throttle::Attempt;
use chabi_token::Seconds;

use crate::server::Shared;

/// Both counters are the store's, shared by all nodes.
pub(super) async fn check(network: Option<&str>, shared: &Shared) -> Result<(), Failure> {
    let (settings, now) = (&shared.settings.registration, shared.env.now());
    let from = format!("register/from/{}", network.unwrap_or_default());
    if shared.store.count_attempt(&from, settings.most_per_network, Seconds::hours(1), now).await? != Attempt::Allowed {
        return Err(too_many("too many applications were registered from this network: try again in an hour").into());
    }
    if shared.store.count_attempt("register/in all", settings.most_per_day, Seconds::days(1), now).await? != Attempt::Allowed {
        return Err(too_many("too many applications were registered here: try again tomorrow").into());
    }
    Ok(())
}

/// As many changes of one registration in an hour: each makes every node read its applications anew.
const MOST_CHANGES: i64 = 60;

pub(super) async fn check_change(client_id: &str, shared: &Shared) -> Result<(), Failure> {
    let key = format!("register/change/{client_id}");
    match shared.store.count_attempt(&key, MOST_CHANGES, Seconds::hours(1), shared.env.now()).await? {
        Attempt::Allowed => Ok(()),
        Attempt::Blocked { .. } => Err(too_many("this registration was changed too often: try again in an hour").into()),
    }
}

/// The rule's name: it is answered with 429.
pub(crate) const TOO_MANY: &str = "registration_quota";

fn too_many(hint: &'static str) -> Refusal {
    Refusal::new(ErrorCode::TemporarilyUnavailable, TOO_MANY, hint, "RFC 7591 §5")
}
