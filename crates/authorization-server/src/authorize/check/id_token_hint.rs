//! An `id_token_hint` must be an ID token of ours, for this application; it may have expired.

use chabi_spec::{AuthorizationRequest, ErrorCode, Failure, Refusal};
use chabi_store::application::RegisteredClient;
use chabi_token::id_token;

use crate::server::Shared;

/// OpenID Connect Core §3.1.2.1: whom the hint names; `None` without a hint.
pub(super) fn check_ours(request: &AuthorizationRequest, client: &RegisteredClient, shared: &Shared) -> Result<Option<String>, Failure> {
    let Some(hint) = &request.id_token_hint else { return Ok(None) };
    let ring = shared.keys.ring()?;
    let claims = id_token::verify_hint(hint.expose(), ring.verification_keys(), &shared.settings.issuer).ok();
    let ours = claims.filter(|claims| claims.aud.contains(&client.client_id));
    ours.map(|claims| Some(claims.sub)).ok_or_else(|| {
        Refusal::new(
            ErrorCode::InvalidRequest,
            "id_token_hint_not_ours",
            "id_token_hint is not an ID token that this application got here",
            "OpenID Connect Core §3.1.2.1",
        )
        .into()
    })
}
