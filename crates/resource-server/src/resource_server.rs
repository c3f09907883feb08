//! One API's rules: which issuer, which audience, which keys.

use std::sync::Arc;

use axum::Router;
use chabi_spec::Issuer;
use chabi_token::{
    AccessTokenProfile, Algorithm, DpopNonces, Env, OpaqueTokens, Seconds, Timestamp, jws::TokenError, opaque_token, verify_access_token,
};
use http::HeaderMap;

use crate::{
    AboutApi, Bearer, BearerLayer, BuildError, KeySource, Keys, NoRevocations, ProofStore, Reason, Rejection, RememberedProofs,
    RevocationSource, Standing,
    dpop::{Asked, DpopRules},
    presented::Presented,
    protected_resource::Published,
    verified_tokens::{Fingerprint, VerifiedTokens},
};

/// Clocks that differ by more than this are a fault of their own.
const LARGEST_SKEW: Seconds = Seconds(60);
/// Some 2 KB each.
const USUAL_CACHE: usize = 10_000;

/// Verifies access tokens of one issuer for one audience. Cheap to clone; clones share keys.
#[derive(Clone)]
pub struct ResourceServer(Arc<Inner>);

struct Inner {
    profile: AccessTokenProfile,
    keys: Arc<dyn KeySource>,
    opaque: Option<OpaqueTokens>,
    revocations: Arc<dyn RevocationSource>,
    cache: VerifiedTokens,
    resource_metadata: Option<Arc<str>>,
    dpop: DpopRules,
    published: Option<Published>,
    env: Env,
}

impl ResourceServer {
    /// Begins with the issuer, byte for byte as its metadata says: `https://…`, or `http://` on loopback, without a trailing slash.
    pub fn builder(issuer: impl Into<String>) -> ResourceServerBuilder {
        ResourceServerBuilder {
            issuer: issuer.into(),
            audience: Audience::Missing,
            keys: None,
            opaque: None,
            revocations: None,
            #[cfg(feature = "fetch")]
            follow: crate::FollowLimits::default(),
            #[cfg(feature = "fetch")]
            jwks_uri: None,
            algorithms: Algorithm::ALL.to_vec(),
            accept_jwt_type: false,
            skew: Seconds(30),
            cache: USUAL_CACHE,
            resource_metadata: None,
            public_url: None,
            proofs: None,
            dpop_nonces: None,
            require_dpop: false,
            about: None,
            env: Env::system(),
        }
    }

    /// A layer that asks for a good token.
    #[must_use]
    pub fn bearer_layer(&self) -> BearerLayer {
        BearerLayer::new(self.clone())
    }

    /// A layer that asks for a good token with all of these words in its scope, separated by spaces.
    #[must_use]
    pub fn require_scope(&self, words: &str) -> BearerLayer {
        self.bearer_layer().require_scope(words)
    }

    /// The route of this API's own metadata (RFC 9728), to be merged at the root of its host: clients find the issuer by it. Empty unless
    /// [`ResourceServerBuilder::about`] was called.
    pub fn metadata_router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.0.published.as_ref().map_or_else(Router::new, Published::router)
    }

    /// Verifies one token, for whoever has it from elsewhere than an HTTP request, such as a WebSocket's first message.
    ///
    /// # Errors
    /// Why it is not good, or that the issuer's keys cannot be had.
    pub async fn verify(&self, token: &str) -> Result<Bearer, Rejection> {
        let bearer = self.verify_for_whomever(token).await?;
        match bearer.key_thumbprint() {
            None => Ok(bearer),
            // RFC 9449 §7.2: without a request there is no proof
            Some(_) => Err(Rejection::new(Reason::ProofMissing, self.resource_metadata())),
        }
    }

    /// Verifies one token that may be bound to a key, for who is asked about it and lets nobody in by it, such as introspection.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub async fn verify_for_whomever(&self, token: &str) -> Result<Bearer, Rejection> {
        self.verified(token).await.map_err(|reason| Rejection::new(reason, self.resource_metadata()))
    }

    /// The token of a request, which may need a proof.
    pub(crate) async fn verify_presented(&self, presented: &Presented<'_>, request: Asked<'_>) -> Result<Bearer, Reason> {
        let bearer = self.verified(presented.text).await?;
        self.0.dpop.check(&bearer, presented, request, self.0.env.now()).await?;
        Ok(bearer)
    }

    pub(crate) fn dpop_nonce(&self, headers: &HeaderMap) -> Option<String> {
        self.0.dpop.nonce(headers, self.0.env.now())
    }

    async fn verified(&self, token: &str) -> Result<Bearer, Reason> {
        let Inner { keys, revocations, cache, env, .. } = &*self.0;
        let known = keys.keys().await.map_err(|_| Reason::KeysUnavailable)?;
        let fingerprint = Fingerprint::of(token);
        let bearer = match cache.find(fingerprint, &known, env.now()) {
            Some(bearer) => bearer,
            None => {
                let (bearer, keys) = self.verified_anew(token, known).await.map_err(Reason::Token)?;
                revocations.begin();
                cache.insert(fingerprint, bearer.clone(), keys);
                bearer
            }
        };
        // asked at each request: a token that is remembered may have been taken back since
        match revocations.standing(&bearer, env.now()) {
            Standing::Good => Ok(bearer),
            Standing::Revoked => Err(Reason::Revoked),
            Standing::Unknown => Err(Reason::RevocationsUnavailable),
        }
    }

    /// The token, and the keys by which it was verified.
    async fn verified_anew(&self, token: &str, known: Keys) -> Result<(Bearer, Keys), TokenError> {
        let Inner { profile, keys, opaque, env, .. } = &*self.0;
        if let Some(opaque) = opaque.as_ref().filter(|_| opaque_token::looks_like_one(token)) {
            return Ok((Bearer::new(opaque.open(token, profile, env.now())?), known));
        }
        match verify_access_token(token, known.set(), profile, env.now()) {
            // The issuer may have rotated its keys since we looked; the source bounds how often that is believed.
            Err(TokenError::UnknownKey) => {
                let newer = keys.newer_than(&known).await.ok_or(TokenError::UnknownKey)?;
                let verified = verify_access_token(token, newer.set(), profile, env.now())?;
                Ok((Bearer::new(verified), newer))
            }
            verified => Ok((Bearer::new(verified?), known)),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.env.now()
    }

    pub(crate) fn resource_metadata(&self) -> Option<Arc<str>> {
        self.0.resource_metadata.clone()
    }
}

impl std::fmt::Debug for ResourceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResourceServer").field("profile", &self.0.profile).finish_non_exhaustive()
    }
}

enum Audience {
    Missing,
    Is(String),
    Every,
}

/// Collects the rules.
#[must_use]
pub struct ResourceServerBuilder {
    issuer: String,
    audience: Audience,
    keys: Option<Arc<dyn KeySource>>,
    opaque: Option<OpaqueTokens>,
    revocations: Option<Arc<dyn RevocationSource>>,
    #[cfg(feature = "fetch")]
    follow: crate::FollowLimits,
    #[cfg(feature = "fetch")]
    jwks_uri: Option<String>,
    algorithms: Vec<Algorithm>,
    accept_jwt_type: bool,
    skew: Seconds,
    cache: usize,
    resource_metadata: Option<Arc<str>>,
    public_url: Option<Box<str>>,
    proofs: Option<Arc<dyn ProofStore>>,
    dpop_nonces: Option<DpopNonces>,
    require_dpop: bool,
    about: Option<AboutApi>,
    env: Env,
}

impl ResourceServerBuilder {
    /// What a token must have in `aud`, byte for byte. Required.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Audience::Is(audience.into());
        self
    }

    /// Accepts tokens for every audience, of both types. For endpoints of the issuer itself, such as userinfo, and for nobody else.
    pub fn every_audience_of_the_issuer(mut self) -> Self {
        self.audience = Audience::Every;
        self
    }

    /// Where keys come from: [`crate::FixedKeys`], [`crate::LiveKeys`], or a source of your own. By default they are fetched.
    pub fn keys(mut self, source: impl KeySource) -> Self {
        self.keys = Some(Arc::new(source));
        self
    }

    /// Opens opaque tokens too: where the issuer's secret is at hand, that is in the issuer's own process. Everywhere else they are
    /// refused, and the issuer's introspection endpoint says what they are.
    pub fn opaque_tokens(mut self, opaque: OpaqueTokens) -> Self {
        self.opaque = Some(opaque);
        self
    }

    /// Who knows what was taken back. By default the issuer is followed ([`crate::FollowedRevocations`]) when its keys are fetched too;
    /// with keys of your own, nobody: a good token is then taken until it expires.
    pub fn revocations(mut self, source: impl RevocationSource) -> Self {
        self.revocations = Some(Arc::new(source));
        self
    }

    /// Takes every good token until it expires, whatever the issuer takes back.
    pub fn without_revocations(self) -> Self {
        self.revocations(NoRevocations)
    }

    /// Answers 503 when it was not known for so long what the issuer takes back; see [`crate::FollowLimits`]. By default tokens are then
    /// taken until they expire. Counts where revocations are followed over HTTP, as they are when keys are fetched.
    #[cfg(feature = "fetch")]
    pub fn fail_open_for(mut self, limit: std::time::Duration) -> Self {
        self.follow.fail_open_for = Some(limit);
        self
    }

    /// Fetches keys from this URL, in place of the one that the issuer's metadata names.
    #[cfg(feature = "fetch")]
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.jwks_uri = Some(url.into());
        self
    }

    /// Accepts these algorithms alone. By default all that are safe; each key is bound to its own in any case.
    pub fn algorithms(mut self, algorithms: &[Algorithm]) -> Self {
        self.algorithms = algorithms.to_vec();
        self
    }

    /// Accepts `typ: JWT` besides `at+jwt`, for issuers that do not write the type of RFC 9068.
    pub fn accept_jwt_type(mut self) -> Self {
        self.accept_jwt_type = true;
        self
    }

    /// How far this machine's clock and the issuer's may differ, in seconds: 0 to 60, by default 30.
    pub fn skew_seconds(mut self, seconds: i64) -> Self {
        self.skew = Seconds(seconds);
        self
    }

    /// Remembers about so many tokens that were verified, at some 2 KB each: 10,000 by default, 0 for none. Expiry, withdrawn keys and
    /// revocations count for a remembered token as for a new one.
    pub fn remember_tokens(mut self, most: usize) -> Self {
        self.cache = most;
        self
    }

    /// Where clients reach this API, without a path and a slash at its end: what the `htu` of DPoP proofs must begin with. By default
    /// each request's own `Host` counts.
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into().trim_end_matches('/').into());
        self
    }

    /// Who remembers the proofs that were seen: [`crate::RememberedProofs`] of this process by default.
    pub fn proofs(mut self, store: impl ProofStore) -> Self {
        self.proofs = Some(Arc::new(store));
        self
    }

    /// Asks that each DPoP proof holds a nonce of this API (RFC 9449 §9). Processes that share the key take one another's nonces.
    pub fn dpop_nonces(mut self, key: [u8; 32]) -> Self {
        self.dpop_nonces = Some(DpopNonces::new(key));
        self
    }

    /// Takes tokens that are bound to a key, and no others.
    pub fn require_dpop(mut self) -> Self {
        self.require_dpop = true;
        self
    }

    /// URL of this API's metadata, told in challenges (RFC 9728 §5.1).
    pub fn resource_metadata(mut self, url: impl Into<String>) -> Self {
        self.resource_metadata = Some(url.into().into());
        self
    }

    /// Publishes metadata of this API (RFC 9728) by [`ResourceServer::metadata_router`], and tells its URL in challenges. The audience must
    /// be the API's https URL (http on loopback): the document is at `/.well-known/oauth-protected-resource` before its path.
    pub fn about(mut self, about: AboutApi) -> Self {
        self.about = Some(about);
        self
    }

    /// Time and randomness, for tests.
    pub fn env(mut self, env: &Env) -> Self {
        self.env = env.clone();
        self
    }

    /// Checks the rules. Nothing is fetched before the first token comes.
    ///
    /// # Errors
    /// The rule that cannot be.
    pub fn build(mut self) -> Result<ResourceServer, BuildError> {
        let issuer = Issuer::parse(&self.issuer)?;
        if !(0..=LARGEST_SKEW.0).contains(&self.skew.0) {
            return Err(BuildError::Skew);
        }
        if self.algorithms.is_empty() {
            return Err(BuildError::NoAlgorithm);
        }
        let keys = match self.keys.take() {
            Some(keys) => keys,
            None => {
                let fetched = self.fetched(&issuer)?;
                self.follow(&issuer, &fetched);
                fetched
            }
        };
        let published = self.published(&issuer)?;
        let revocations = self.revocations.unwrap_or_else(|| Arc::new(NoRevocations));
        let profile = match self.audience {
            Audience::Missing => return Err(BuildError::AudienceMissing),
            Audience::Is(audience) if audience.is_empty() => return Err(BuildError::AudienceMissing),
            Audience::Is(audience) => AccessTokenProfile::new(issuer.as_str(), audience),
            Audience::Every => AccessTokenProfile::of_issuer(issuer.as_str()),
        };
        let profile = if self.accept_jwt_type { profile.accepting_jwt_type() } else { profile };
        let profile = AccessTokenProfile { algorithms: self.algorithms, skew: self.skew, ..profile };
        let cache = VerifiedTokens::new(self.cache, self.skew);
        let dpop = DpopRules {
            public_url: self.public_url,
            proofs: self.proofs.unwrap_or_else(|| Arc::new(RememberedProofs::default())),
            nonces: self.dpop_nonces,
            required: self.require_dpop,
        };
        let Self { resource_metadata, opaque, env, .. } = self;
        let resource_metadata = resource_metadata.or_else(|| published.as_ref().map(|published| Arc::clone(&published.url)));
        Ok(ResourceServer(Arc::new(Inner { profile, keys, opaque, revocations, cache, resource_metadata, dpop, published, env })))
    }

    fn published(&self, issuer: &Issuer) -> Result<Option<Published>, BuildError> {
        match (&self.about, &self.audience) {
            (None, _) => Ok(None),
            (Some(about), Audience::Is(audience)) => {
                Published::of(audience, issuer.as_str(), about).map(Some).ok_or(BuildError::NoPlaceForMetadata)
            }
            (Some(_), _) => Err(BuildError::NoPlaceForMetadata),
        }
    }

    #[cfg(feature = "fetch")]
    fn fetched(&self, issuer: &Issuer) -> Result<Arc<dyn KeySource>, BuildError> {
        let source = crate::FetchedKeys::new(issuer, self.jwks_uri.as_deref(), crate::FetchLimits::default(), &self.env)?;
        Ok(Arc::new(source))
    }

    /// Where keys come from over HTTP, so does what was taken back; unless another source was named.
    #[cfg(feature = "fetch")]
    fn follow(&mut self, issuer: &Issuer, keys: &Arc<dyn KeySource>) {
        let (limits, env) = (self.follow, &self.env);
        let followed = || Arc::new(crate::FollowedRevocations::new(issuer, Arc::clone(keys), limits, env));
        self.revocations.get_or_insert_with(|| followed());
    }

    #[cfg(not(feature = "fetch"))]
    fn follow(&mut self, _issuer: &Issuer, _keys: &Arc<dyn KeySource>) {}

    #[cfg(not(feature = "fetch"))]
    fn fetched(&self, _issuer: &Issuer) -> Result<Arc<dyn KeySource>, BuildError> {
        Err(BuildError::NoKeySource)
    }
}
