use std::sync::{Mutex, atomic::AtomicUsize};

use chabi_token::VerifiedAccessToken;

use super::*;
use crate::{RevocationSource, Standing};

/// Says of each `jti` what it was told.
pub(crate) struct Told {
    pub(crate) standing: Mutex<Standing>,
    pub(crate) begun: AtomicUsize,
}

impl Told {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { standing: Mutex::new(Standing::Good), begun: AtomicUsize::new(0) })
    }
    pub(crate) fn tell(&self, standing: Standing) {
        *self.standing.lock().unwrap() = standing;
    }
}

impl RevocationSource for Told {
    fn standing(&self, _token: &VerifiedAccessToken, _now: Timestamp) -> Standing {
        *self.standing.lock().unwrap()
    }
    fn begin(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }
}

fn app_with(source: &Arc<Told>, key: &SigningKey) -> Router {
    let (_, env) = ManualClock::env();
    let builder = ResourceServer::builder(ISSUER).audience(AUDIENCE).keys(FixedKeys::new(set_of(&[key]))).env(&env);
    app(&builder.revocations(Arc::clone(source)).build().unwrap())
}

// req: rs.revoke
#[tokio::test]
async fn a_token_that_is_taken_back_is_refused_at_its_next_use_and_looks_like_any_bad_token() {
    let (key, source) = (new_key(), Told::new());
    let app = app_with(&source, &key);
    let token = good_token(&key);
    assert_eq!(with_token(&app, "/strict", &token).await.status, StatusCode::OK);
    source.tell(Standing::Revoked);
    let refused = with_token(&app, "/strict", &token).await;
    let malformed = with_token(&app, "/strict", "x").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!((refused.challenge(), refused.text.as_str()), (malformed.challenge(), malformed.text.as_str()));
    assert_eq!(with_token(&app, "/guest", &token).await.status, StatusCode::UNAUTHORIZED);
}

// req: rs.closed
#[tokio::test]
async fn where_nothing_is_known_of_revocations_the_client_is_asked_to_come_again() {
    let (key, source) = (new_key(), Told::new());
    source.tell(Standing::Unknown);
    let refused = with_token(&app_with(&source, &key), "/strict", &good_token(&key)).await;
    assert_eq!((refused.status, &refused.headers[header::RETRY_AFTER]), (StatusCode::SERVICE_UNAVAILABLE, &"5".parse().unwrap()));
    assert_eq!((refused.challenge(), &refused.headers[header::CACHE_CONTROL]), ("", &"no-store".parse().unwrap()));
}

#[tokio::test]
async fn a_bad_token_does_not_set_the_source_to_work() {
    let (key, source) = (new_key(), Told::new());
    let app = app_with(&source, &key);
    with_token(&app, "/strict", "x").await;
    with_token(&app, "/strict", &good_token(&new_key())).await;
    assert_eq!(source.begun.load(Ordering::Relaxed), 0);
    with_token(&app, "/strict", &good_token(&key)).await;
    assert_eq!(source.begun.load(Ordering::Relaxed), 1);
}
