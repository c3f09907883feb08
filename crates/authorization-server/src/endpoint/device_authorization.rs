//! `/oauth2/device_authorization`: a device without a browser asks for codes (RFC 8628 §3.1).

use std::sync::Arc;

use axum::{extract::State, response::Response};
use chabi_spec::{
    ErrorCode, Failure, Fault, Refusal,
    device_authorization::{DeviceAuthorizationRequest, DeviceAuthorizationResponse, UserCode},
    token_request::DeviceCodeRequest,
};
use chabi_store::{
    device_grant::{DeviceDecision, DeviceGrant, DeviceGrantId},
    throttle::Attempt,
};
use chabi_token::{IdSecret, Seconds};

use crate::{
    audience, client_auth,
    grant::{
        check_grant_allowed,
        device_code::{INTERVAL, PREFIX},
    },
    incoming::Incoming,
    respond::json,
    server::Shared,
    trail::Trail,
};

/// A public application's id is known to everybody: from one network, no more devices than this begin in a while.
const MOST: i64 = 100;
/// Anybody may register applications: the same for all of them together.
const MOST_OF_A_NETWORK: i64 = 500;
const WHILE: Seconds = Seconds::minutes(15);
/// How often another code is tried when one is taken: with a million devices that wait, one in 25,000 is.
const TRIES: usize = 5;

/// RFC 8628 §3.1.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, incoming: Incoming) -> Response {
    let mut trail = shared.trail("/oauth2/device_authorization", &incoming);
    if !incoming.is_form() {
        return trail.close(json::not_a_form());
    }
    let outcome = begin(&incoming, &shared, &mut trail).await;
    trail.close(json::answer(outcome.map(|answer| answer.to_json()), incoming.authorization().is_some()))
}

async fn begin(incoming: &Incoming, shared: &Shared, trail: &mut Trail) -> Result<DeviceAuthorizationResponse, Failure> {
    let form = trail.met("form::parse", incoming.body_form(&["resource"]))?;
    // RFC 8628 §3.1: authenticated as at the token endpoint
    let client = client_auth::authenticate(&form, incoming, shared, trail).await?;
    let client = client.registered();
    trail.met("grant::check_grant_allowed", check_grant_allowed(client, DeviceCodeRequest::GRANT_TYPE))?;
    let request = trail.met("device_authorization_request::parse", DeviceAuthorizationRequest::parse(&form))?;
    let audiences = audience::find(&request.resource, client, shared).await;
    let audiences = trail.met("device::check_audience", audiences)?;
    let throttled = check_throttle(&client.client_id, incoming, shared).await?;
    trail.met("device::check_throttle", throttled)?;

    let text = IdSecret::new(shared.settings.site, &shared.env);
    let lifetime = shared.settings.device_code_lifetime;
    let grant = DeviceGrant {
        id: DeviceGrantId(text.id),
        secret_hash: text.secret_hash(),
        user_code: String::new(),
        client_id: client.client_id.clone(),
        scope: audience::grantable(&request.scope, client, &audiences),
        resource: audiences.names(),
        details: None,
        expires_at: shared.env.now() + lifetime,
        wait: INTERVAL,
        decision: DeviceDecision::Pending,
    };
    Ok(DeviceAuthorizationResponse {
        user_code: insert(grant, shared).await?,
        device_code: text.text(PREFIX),
        verification_uri: shared.settings.page_url(&shared.gate.device_url()),
        expires_in: lifetime.0,
        interval: INTERVAL.0,
    })
}

/// RFC 8628 §5.1: fewer codes that wait are harder to guess; and nobody fills the store.
async fn check_throttle(client_id: &str, incoming: &Incoming, shared: &Shared) -> Result<Result<(), Refusal>, Fault> {
    let network = incoming.network().unwrap_or_default();
    let of_application = format!("device_authorization/{client_id}/{network}");
    for (key, most) in [(of_application, MOST), (format!("device_authorization/from/{network}"), MOST_OF_A_NETWORK)] {
        if shared.store.count_attempt(&key, most, WHILE, shared.env.now()).await? != Attempt::Allowed {
            let hint = "too many devices began from this network: come back later";
            return Ok(Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "device_throttled", hint, "RFC 8628 §5.1")));
        }
    }
    Ok(Ok(()))
}

/// Keeps it under a code that no other device has at this moment.
async fn insert(grant: DeviceGrant, shared: &Shared) -> Result<UserCode, Failure> {
    for _ in 0..TRIES {
        let code = UserCode::from_random(shared.env.random());
        if shared.store.insert_device_grant(DeviceGrant { user_code: shared.settings.site.mark(code.as_str()), ..grant.clone() }).await? {
            return Ok(code);
        }
    }
    Err(Fault::unavailable("finding a user code that no other device has").into())
}
