//! Applications that prove to hold a key (RFC 9449): the proof of a request to the token endpoint or to PAR.

mod strangers;

use chabi_spec::{ErrorCode, Failure, Refusal};
use chabi_store::grant_details::GrantDetails;
use chabi_token::dpop::{self, ProvenRequest, VerifiedProof};
use http::{HeaderName, HeaderValue, response::Response};

pub(crate) use strangers::ProofsOfStrangers;

use crate::{client_auth::AuthenticatedClient, incoming::Incoming, server::Shared, trail::Trail};

/// The header of a proof.
const PROOF: HeaderName = HeaderName::from_static("dpop");
/// The header in which we say the nonce.
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// Evidence that whoever made this request holds a key, by a proof that nobody presented before. Made here alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProvenKey {
    thumbprint: String,
}

impl ProvenKey {
    /// RFC 7638 thumbprint, base64url.
    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }
}

/// The application, with the key that it proves to hold by this request; as it was when it sends no proof and need not.
///
/// # Errors
/// `invalid_dpop_proof` or `use_dpop_nonce`; a fault of the store.
pub(crate) async fn prove_key(
    client: AuthenticatedClient,
    path: &'static str,
    incoming: &Incoming,
    shared: &Shared,
    trail: &mut Trail,
) -> Result<AuthenticatedClient, Failure> {
    if !incoming.headers.contains_key(PROOF) {
        return Ok(client);
    }
    trail.met("dpop::check_not_too_many", check_not_too_many(&client, incoming, shared))?;
    let request = ProvenRequest { method: incoming.method.as_str(), url: &shared.settings.url(path), access_token: None };
    let key = prove(&request, incoming, shared, trail).await?;
    Ok(client.holding(Some(key)))
}

/// RFC 9449 §11.1: what was used is remembered, so that a stranger's proofs are counted before they are.
fn check_not_too_many(client: &AuthenticatedClient, incoming: &Incoming, shared: &Shared) -> Result<(), Refusal> {
    let network = incoming.network().filter(|_| !client.is_confidential());
    match network.is_none_or(|network| shared.proofs_of_strangers.allows(&network, shared.env.now())) {
        true => Ok(()),
        false => {
            let hint = "this network sent too many DPoP proofs: try again in a minute";
            Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "too_many_dpop_proofs", hint, "RFC 9449 §11.1"))
        }
    }
}

/// The key of the one who made this request.
///
/// # Errors
/// As [`prove_key`], and when there is no proof.
pub(crate) async fn prove(
    request: &ProvenRequest<'_>,
    incoming: &Incoming,
    shared: &Shared,
    trail: &mut Trail,
) -> Result<ProvenKey, Failure> {
    let text = trail.met("dpop::one_proof", one_proof(incoming))?;
    let verified = dpop::verify(text, request, shared.env.now()).map_err(|error| {
        invalid("dpop_proof", "the DPoP proof is malformed, or for another request").explain(error.to_string(), "RFC 9449 §4.3")
    });
    let verified = trail.met("dpop::verify", verified)?;
    trail.met("dpop::check_nonce", check_nonce(&verified, shared))?;
    // RFC 9449 §11.1: once, on all nodes together
    let first = shared.store.use_once(verified.replay_hash(), verified.ends(), shared.env.now()).await?;
    let first = if first { Ok(()) } else { Err(invalid("dpop_proof_replayed", "the DPoP proof was used before")) };
    trail.met("dpop::check_not_replayed", first)?;
    Ok(ProvenKey { thumbprint: verified.thumbprint().to_owned() })
}

/// RFC 9449 §4.3 point 1: not two of them, of which another program on the way may have read the other one.
fn one_proof(incoming: &Incoming) -> Result<&str, Refusal> {
    let mut all = incoming.headers.get_all(PROOF).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().map_err(|_| invalid("dpop_proof", "the DPoP proof is malformed, or for another request")),
        (None, _) => Err(invalid("dpop_proof_missing", "send a DPoP proof")),
        (Some(_), Some(_)) => Err(invalid("dpop_proofs", "send one DPoP proof")),
    }
}

/// RFC 9449 §8: one that is wrong is refused in any case; none at all, where nonces are asked for.
fn check_nonce(proof: &VerifiedProof, shared: &Shared) -> Result<(), Refusal> {
    let good = match proof.nonce() {
        Some(nonce) => shared.dpop_nonces.is_good(nonce, shared.env.now()),
        None => !shared.settings.require_dpop_nonces,
    };
    match good {
        true => Ok(()),
        false => Err(Refusal::new(
            ErrorCode::UseDpopNonce,
            "dpop_nonce",
            "the DPoP proof must hold the nonce that comes with this answer",
            "RFC 9449 §8",
        )),
    }
}

/// RFC 9449 §5.2: an application that chose it gets no bearer token, by whichever grant.
///
/// # Errors
/// `invalid_dpop_proof` when it sends no proof.
pub(crate) fn check_bound(client: &AuthenticatedClient) -> Result<(), Refusal> {
    match client.key().is_some() || !client.registered().settings.dpop_bound_access_tokens {
        true => Ok(()),
        false => Err(invalid("dpop_required", "the application is registered for tokens that are bound to a key: send a DPoP proof")),
    }
}

/// RFC 9449 §10: what was bound to a key is for its holder alone. Empty: bound to none.
///
/// # Errors
/// `invalid_grant`.
pub(crate) fn check_bound_to_key(bound_to: &str, client: &AuthenticatedClient) -> Result<(), Refusal> {
    match bound_to.is_empty() || client.key().is_some_and(|key| key.thumbprint() == bound_to) {
        true => Ok(()),
        false => Err(Refusal::new(
            ErrorCode::InvalidGrant,
            "dpop_key_differs",
            "it is bound to a key: send a DPoP proof by that key",
            "RFC 9449 §10",
        )
        .explain(client.key().map_or("no proof", ProvenKey::thumbprint), bound_to)),
    }
}

/// RFC 9449 §5: a public application's refresh token is bound to the key that it was given with; a confidential one proves who it is.
/// What the family keeps of the details of its grant.
pub(crate) fn for_family(details: Option<Box<GrantDetails>>, client: &AuthenticatedClient) -> Option<Box<GrantDetails>> {
    let key = client.key().filter(|_| !client.is_confidential());
    if details.is_none() && key.is_none() {
        return None;
    }
    let details = details.map(|details| *details).unwrap_or_default();
    GrantDetails { dpop_jkt: key.map(|key| key.thumbprint.clone()).unwrap_or_default(), ..details }.some()
}

/// The key that a code or a family is bound to; empty: none.
pub(crate) fn bound_to(details: Option<&GrantDetails>) -> &str {
    details.map(|details| details.dpop_jkt.as_str()).unwrap_or_default()
}

/// RFC 9449 §10 and §10.1: the key that an authorization request is bound to, by its parameter or by the proof that came with it.
///
/// # Errors
/// `invalid_request` for a malformed thumbprint; `invalid_dpop_proof` when both are there and differ.
pub(crate) fn bound_key(parameter: Option<&str>, key: Option<&ProvenKey>) -> Result<Option<String>, Refusal> {
    if parameter.is_some_and(|text| !dpop::is_thumbprint(text)) {
        return Err(Refusal::new(ErrorCode::InvalidRequest, "dpop_jkt", "dpop_jkt is not a thumbprint", "RFC 9449 §10"));
    }
    match (parameter, key) {
        (Some(parameter), Some(key)) if parameter != key.thumbprint() => {
            Err(invalid("dpop_jkt_differs", "dpop_jkt is another key than the proof's").explain(parameter, key.thumbprint()))
        }
        (parameter, key) => Ok(parameter.or(key.map(ProvenKey::thumbprint)).map(str::to_owned)),
    }
}

/// RFC 9449 §8.2: whoever uses proofs is told the nonce of the moment with each answer.
pub(crate) fn offer_nonce<B>(response: &mut Response<B>, incoming: &Incoming, shared: &Shared) {
    if !incoming.headers.contains_key(PROOF) {
        return;
    }
    if let Ok(nonce) = HeaderValue::from_str(&shared.dpop_nonces.current(shared.env.now())) {
        response.headers_mut().insert(NONCE, nonce);
    }
}

fn invalid(rule: &'static str, hint: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidDpopProof, rule, hint, "RFC 9449 §4.3")
}
