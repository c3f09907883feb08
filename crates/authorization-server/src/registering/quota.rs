//! How many applications may be registered by nobody in particular (RFC 7591 §5: or they would fill the disk).

use chabi_spec::{ErrorCode, Failure, Refusal};
use chabi_store::throttle::Attempt;
use chabi_token::Seconds;

use crate::{incoming::Incoming, server::Shared, trail::Trail};

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

/// As many metadata documents, at which nobody looked before, in a quarter of an hour: each makes us call a server of the sender's choice.
const MOST_NEW_DOCUMENTS: i64 = 100;

/// Only what would be fetched is counted: agents whose document is known cost nobody anything.
///
/// # Errors
/// `temporarily_unavailable`; a fault of the store.
pub(crate) async fn check_new_document(client_id: &str, incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<(), Failure> {
    let Some(network) = incoming.network().filter(|_| shared.registry.would_fetch(client_id)) else { return Ok(()) };
    let key = format!("documents/from/{network}");
    let allowed = match shared.store.count_attempt(&key, MOST_NEW_DOCUMENTS, Seconds::minutes(15), shared.env.now()).await? {
        Attempt::Allowed => Ok(()),
        Attempt::Blocked { .. } => Err(Refusal::new(
            ErrorCode::TemporarilyUnavailable,
            "too_many_documents",
            "this network named too many metadata documents that nobody knows: try again in some minutes",
            "OAuth Client ID Metadata Document §6",
        )),
    };
    trail.met("registering::check_new_document", allowed.map_err(Failure::from))
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
