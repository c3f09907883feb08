//! Tokens that are bound to a key (RFC 9449 §7): whoever brings one proves with each request that they hold the key.
//!
//! A token with `cnf` is taken by the scheme `DPoP` alone, with one proof in the header `DPoP` that is for this method, this URL and this
//! token, was made in the last five minutes, and was not seen before. A token without `cnf` is taken by `Bearer` alone.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::extract::OriginalUri;
use chabi_token::{
    DpopNonces, Timestamp, VerifiedAccessToken,
    dpop::{self, DpopError, ProvenRequest, VerifiedProof},
};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, Method, Request, Uri, header};

use crate::{Reason, presented::Presented};

/// The header of a proof.
const PROOF: HeaderName = HeaderName::from_static("dpop");
/// The header in which the nonce of the moment is told.
pub(crate) const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// Remembers which proofs were seen. [`RememberedProofs`] does so in this process; an API that runs in several, and wants a proof to be
/// good at one of them alone, brings a store that they share.
pub trait ProofStore: Send + Sync + 'static {
    /// True for the first caller with this hash, false for every other. `ends` is when the proof is refused by itself; from then on it
    /// may be forgotten.
    fn use_once(&self, hash: [u8; 32], ends: Timestamp, now: Timestamp) -> BoxFuture<'_, Result<bool, ProofsUnavailable>>;
}

/// It is not known whether a proof was seen: the request is answered 503.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofsUnavailable;

/// Proofs of this process, in memory: 100,000 at the most, some 48 bytes each. Only holders of good tokens get this far; if they send
/// more than that in five minutes, further ones are answered 503.
pub struct RememberedProofs {
    seen: Mutex<HashMap<[u8; 32], Timestamp>>,
    most: usize,
}

impl Default for RememberedProofs {
    fn default() -> Self {
        Self::new(100_000)
    }
}

impl RememberedProofs {
    /// At most so many.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { seen: Mutex::default(), most }
    }
}

impl ProofStore for RememberedProofs {
    fn use_once(&self, hash: [u8; 32], ends: Timestamp, now: Timestamp) -> BoxFuture<'_, Result<bool, ProofsUnavailable>> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= self.most {
            seen.retain(|_, ends| now < *ends);
        }
        // RFC 9449 §11.1: what cannot be remembered must not be taken
        let outcome = match seen.len() < self.most || seen.contains_key(&hash) {
            true => Ok(now < ends && seen.insert(hash, ends).is_none()),
            false => Err(ProofsUnavailable),
        };
        Box::pin(async move { outcome })
    }
}

/// What a proof must be for. A request's body is nobody's business here.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
}

impl<'a> Asked<'a> {
    /// As the client sent it: a router that is nested in another one cuts its prefix off.
    pub(crate) fn of<B>(request: &'a Request<B>) -> Self {
        let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0);
        Self { method: request.method(), uri, headers: request.headers() }
    }
}

/// What proofs are held against.
pub(crate) struct DpopRules {
    /// Of the API, without a path; `None`: by the request's own `Host`.
    pub(crate) public_url: Option<Box<str>>,
    pub(crate) proofs: Arc<dyn ProofStore>,
    /// Set: a proof must hold a nonce of ours.
    pub(crate) nonces: Option<DpopNonces>,
    /// True: bearer tokens are not taken.
    pub(crate) required: bool,
}

impl DpopRules {
    /// RFC 9449 §7: that whoever sent this request may use this token, which is good.
    pub(crate) async fn check(
        &self,
        token: &VerifiedAccessToken,
        presented: &Presented<'_>,
        request: Asked<'_>,
        now: Timestamp,
    ) -> Result<(), Reason> {
        let key = match (token.key_thumbprint(), presented.by_dpop) {
            (None, false) if self.required => return Err(Reason::NotBound),
            (None, false) => return Ok(()),
            // RFC 9449 §7.2: a token that is bound must not be taken from whoever bears it
            (Some(_), false) => return Err(Reason::ProofMissing),
            // RFC 9449 §7.1: the scheme is for tokens that are bound
            (None, true) => return Err(Reason::NotBound),
            (Some(key), true) => key,
        };
        let proof = verify(self.public_url.as_deref(), presented.text, request, now)?;
        // RFC 9449 §7.1: by the key that the token is bound to
        if proof.thumbprint() != key {
            return Err(Reason::ProofOfAnotherKey);
        }
        self.check_nonce(&proof, now)?;
        match self.proofs.use_once(proof.replay_hash(), proof.ends(), now).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Reason::ProofReplayed),
            Err(ProofsUnavailable) => Err(Reason::ProofsUnavailable),
        }
    }

    /// RFC 9449 §9.
    fn check_nonce(&self, proof: &VerifiedProof, now: Timestamp) -> Result<(), Reason> {
        let Some(nonces) = &self.nonces else { return Ok(()) };
        match proof.nonce().is_some_and(|nonce| nonces.is_good(nonce, now)) {
            true => Ok(()),
            false => Err(Reason::NonceNeeded(nonces.current(now).into())),
        }
    }

    /// The nonce of the moment, for the answer to a request that came with a proof.
    pub(crate) fn nonce(&self, headers: &HeaderMap, now: Timestamp) -> Option<String> {
        let nonces = self.nonces.as_ref().filter(|_| headers.contains_key(PROOF))?;
        Some(nonces.current(now))
    }
}

/// Verifies the one proof of a request.
fn verify(public_url: Option<&str>, token: &str, request: Asked<'_>, now: Timestamp) -> Result<VerifiedProof, Reason> {
    let proof = one_proof(request.headers)?;
    let path = request.uri.path();
    let verify = |url: &str| {
        let request = ProvenRequest { method: request.method.as_str(), url, access_token: Some(token) };
        dpop::verify(proof, &request, now)
    };
    let verified = match public_url {
        Some(public_url) => verify(&format!("{public_url}{path}")),
        None => {
            let host = request.headers.get(header::HOST).and_then(|host| host.to_str().ok());
            let host = host.or_else(|| request.uri.authority().map(http::uri::Authority::as_str)).unwrap_or_default();
            // whether TLS ends before this process is not known here; a proof for the same place by the other scheme proves as much
            match verify(&format!("https://{host}{path}")) {
                Err(DpopError::Url) => verify(&format!("http://{host}{path}")),
                verified => verified,
            }
        }
    };
    verified.map_err(Reason::Proof)
}

/// RFC 9449 §4.3 point 1: one, and not two of which another program on the way may have read the other.
fn one_proof(headers: &HeaderMap) -> Result<&str, Reason> {
    let mut all = headers.get_all(PROOF).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().map_err(|_| Reason::SeveralProofs),
        (None, _) => Err(Reason::ProofMissing),
        (Some(_), Some(_)) => Err(Reason::SeveralProofs),
    }
}
