//! A logout token that a provider sends (OpenID Connect Back-Channel Logout 1.0 §2.6).

use chabi_token::{Env, Seconds, Timestamp};
use serde_json::Value;

use crate::{
    caller::{Caller, Object, text},
    id_token::{Rules, check_issued_recently, issuer_of, known_issuer, subject_of, verify},
    provider::{Protocol, Provider},
    refusal::UpstreamRefusal,
    upstream::Upstream,
};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// §2.6: it should live two minutes; one that was made long ago ends nothing now.
const OLDEST: Seconds = Seconds::minutes(10);

/// A session, or all sessions of a person, that ended at the provider. Made by this crate alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedLogout {
    issuer: String,
    subject: Option<String>,
    session: Option<String>,
    jti: String,
    expires_at: Timestamp,
}

impl VerifiedLogout {
    /// As in [`VerifiedIdentity::issuer`](crate::VerifiedIdentity::issuer).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
    /// As in [`VerifiedIdentity::subject`](crate::VerifiedIdentity::subject). Without a session: all sessions of this person.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }
    /// As in [`VerifiedIdentity::session`](crate::VerifiedIdentity::session).
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }
    /// To be taken once, until `expires_at` (§2.6, 8).
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }
    /// When it would have been refused anyway.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl Upstream {
    /// Verifies a logout token, but for its `jti`, which the caller takes once.
    ///
    /// # Errors
    /// [`UpstreamRefusal`]; also when the provider does not speak OpenID Connect.
    pub async fn verify_logout_token(&self, provider: &Provider, token: &str, env: &Env) -> Result<VerifiedLogout, UpstreamRefusal> {
        let Protocol::OpenId(settings) = &provider.protocol else {
            return Err(UpstreamRefusal::wrong("logout_token", "this provider does not speak OpenID Connect"));
        };
        let standing = self.standing(provider);
        let caller = Caller { http: &self.http, lane: &standing.lane, env };
        let issuer = issuer_of(settings, token)?;
        let rules = Rules {
            // OpenID Connect Back-Channel Logout §2.4: `logout+jwt` is recommended; the event tells it from others in any case
            types: &["logout+jwt", "JWT", ""],
            required: &["iat", "jti", "events"],
            // OpenID Connect Back-Channel Logout §2.6: (7) an ID token is no logout token
            forbidden: &["nonce"],
            ..Rules::of(provider, settings, &issuer)
        };
        let discovery = self.discovery(settings, &standing, env).await?;
        let claims = verify(&rules, token, (&standing.keys, &discovery.keys), caller).await?;
        check_event(&claims)?;
        let made = check_issued_recently(&claims, OLDEST, env.now())?;
        let subject = text(&claims, "sub").map(|_| subject_of(settings, &claims)).transpose()?;
        let session = text(&claims, "sid").map(str::to_owned);
        // OpenID Connect Back-Channel Logout §2.6: (5) it says whose, or which
        if subject.is_none() && session.is_none() {
            return Err(UpstreamRefusal::wrong("logout_token", "neither `sub` nor `sid`"));
        }
        let jti = text(&claims, "jti").filter(|jti| jti.len() <= 255);
        let jti = jti.ok_or_else(|| UpstreamRefusal::wrong("logout_token_jti", "missing, or longer than 255"))?.to_owned();
        Ok(VerifiedLogout {
            issuer: known_issuer(provider, settings, &issuer).to_owned(),
            subject,
            session,
            jti,
            // one that is older is refused by its `iat`, whatever its `exp` says; the same moment whenever it is presented, since what
            // is spent is remembered by both
            expires_at: made + OLDEST,
        })
    }
}

/// OpenID Connect Back-Channel Logout §2.6: (6) `events` holds the event of this kind, an object.
fn check_event(claims: &Object) -> Result<(), UpstreamRefusal> {
    match claims.get("events").and_then(|events| events.get(EVENT)) {
        Some(Value::Object(_)) => Ok(()),
        _ => Err(UpstreamRefusal::wrong("logout_token_events", "not a logout")),
    }
}
