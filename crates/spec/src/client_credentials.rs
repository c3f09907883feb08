//! How an application says who it is (RFC 6749 §2.3.1, OAuth 2.1 §2.4).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{ErrorCode, Refusal, SecretText, form::Form};

/// Who a request says it is from. Nothing is proven yet.
#[derive(Debug)]
pub enum PresentedClient {
    /// By HTTP Basic.
    Basic(BasicCredentials),
    /// `client_id` and `client_secret` in the body.
    Post(IdAndSecret),
    /// A signed assertion (RFC 7523 §2.2).
    Assertion {
        /// `client_id`, which may be left out: the assertion says it too (RFC 7521 §4.2).
        client_id: Option<String>,
        /// `client_assertion`.
        assertion: SecretText,
    },
    /// `client_id` alone: a public application.
    Public {
        /// `client_id`.
        client_id: String,
    },
}

/// An id and the secret that goes with it.
pub struct IdAndSecret {
    /// `client_id`.
    pub client_id: String,
    /// `client_secret`.
    pub secret: SecretText,
}

/// HTTP Basic credentials, and the two ways they can be read.
#[derive(Debug)]
pub struct BasicCredentials {
    /// As RFC 6749 §2.3.1 has it: id and secret are form-encoded inside.
    pub decoded: Option<IdAndSecret>,
    /// As most libraries send it: id and secret as they are. `None` when that is the same.
    pub raw: Option<IdAndSecret>,
}

/// The one kind of assertion that is taken.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl PresentedClient {
    /// Reads the `Authorization` header, if there is one, and the body.
    ///
    /// # Errors
    /// `invalid_request` for two ways at once; `invalid_client` for no client at all, another scheme, or malformed credentials.
    pub fn parse(authorization: Option<&str>, form: &Form) -> Result<Self, Refusal> {
        let (client_id, secret) = (form.get("client_id"), form.get("client_secret"));
        // an assertion of a kind that nobody looks at must not pass for none
        if form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some() {
            return match (authorization, secret) {
                (None, None) => Self::from_assertion(form, client_id),
                _ => Err(two_ways()),
            };
        }
        match (authorization, client_id, secret) {
            (Some(_), _, Some(_)) => Err(two_ways()),
            (Some(header), client_id, None) => Self::from_header(header, client_id),
            (None, Some(client_id), Some(secret)) => {
                Ok(Self::Post(IdAndSecret { client_id: client_id.to_owned(), secret: SecretText::new(secret.to_owned()) }))
            }
            (None, Some(client_id), None) => Ok(Self::Public { client_id: client_id.to_owned() }),
            (None, None, _) => Err(refusal("client_missing", "the application did not say who it is", "RFC 6749 §3.2.1")),
        }
    }

    fn from_assertion(form: &Form, client_id: Option<&str>) -> Result<Self, Refusal> {
        // RFC 7521 §4.2, RFC 7523 §2.2: both parameters, and this one kind
        match (form.get("client_assertion_type"), form.get("client_assertion")) {
            (Some(JWT_BEARER), Some(assertion)) => {
                let assertion = SecretText::new(assertion.to_owned());
                Ok(Self::Assertion { client_id: client_id.map(str::to_owned), assertion })
            }
            _ => Err(refusal("client_assertion", "send client_assertion_type for JWTs, and client_assertion", "RFC 7523 §2.2")),
        }
    }

    fn from_header(header: &str, client_id: Option<&str>) -> Result<Self, Refusal> {
        let mut basic = BasicCredentials::parse(header)?;
        // some libraries repeat `client_id` in the body: the same one is harmless, another one is somebody else's
        if let Some(client_id) = client_id {
            basic.decoded = basic.decoded.filter(|credentials| credentials.client_id == client_id);
            basic.raw = basic.raw.filter(|credentials| credentials.client_id == client_id);
        }
        if basic.decoded.is_none() && basic.raw.is_none() {
            return Err(Refusal::new(
                ErrorCode::InvalidRequest,
                "client_id_differs",
                "client_id in the body is not the one in the header",
                "OAuth 2.1 §2.4",
            ));
        }
        Ok(Self::Basic(basic))
    }

    /// `client_id` as it is to be shown in logs; empty when it stands in an assertion alone.
    #[must_use]
    pub fn client_id(&self) -> &str {
        match self {
            Self::Basic(basic) => basic.interpretations().next().map(|credentials| credentials.client_id.as_str()).unwrap_or_default(),
            Self::Post(credentials) => &credentials.client_id,
            Self::Assertion { client_id, .. } => client_id.as_deref().unwrap_or_default(),
            Self::Public { client_id } => client_id,
        }
    }
}

impl BasicCredentials {
    /// Reads the header's value.
    ///
    /// # Errors
    /// `invalid_client` for another scheme, bad base64, a missing colon, or an empty id.
    pub fn parse(header: &str) -> Result<Self, Refusal> {
        let malformed = || refusal("basic_malformed", "the Authorization header is not HTTP Basic", "RFC 7617 §2");
        let (scheme, encoded) = header.split_once(' ').ok_or_else(malformed)?;
        if !scheme.eq_ignore_ascii_case("Basic") {
            return Err(malformed());
        }
        let bytes = STANDARD.decode(encoded.trim_matches(' ')).map_err(|_| malformed())?;
        // RFC 7617 §2: the id ends at the first colon
        let colon = bytes.iter().position(|&byte| byte == b':').ok_or_else(malformed)?;
        let (id, secret) = bytes.split_at_checked(colon).ok_or_else(malformed)?;
        let secret = secret.strip_prefix(b":").unwrap_or_default();

        // RFC 6749 §2.3.1: both are form-encoded inside; most libraries forget it, and send the bytes of Latin-1
        let decoded = crate::form::decode(id).zip(crate::form::decode(secret)).and_then(IdAndSecret::new);
        let raw = IdAndSecret::new((as_text(id), as_text(secret)));
        let raw = raw.filter(|raw| !decoded.as_ref().is_some_and(|decoded| decoded.is_same(raw)));
        if decoded.is_none() && raw.is_none() {
            return Err(malformed());
        }
        Ok(Self { decoded, raw })
    }

    /// The readings to be tried, the one of the standard first. They never name two applications of ours: our ids have no character
    /// that is encoded.
    pub fn interpretations(&self) -> impl Iterator<Item = &IdAndSecret> {
        self.decoded.iter().chain(&self.raw)
    }
}

impl IdAndSecret {
    fn new((client_id, secret): (String, String)) -> Option<Self> {
        let sound = !client_id.is_empty() && !client_id.contains('\0') && !secret.contains('\0');
        sound.then(|| Self { client_id, secret: SecretText::new(secret) })
    }

    fn is_same(&self, other: &Self) -> bool {
        self.client_id == other.client_id && self.secret.expose() == other.secret.expose()
    }
}

impl fmt::Debug for IdAndSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdAndSecret").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// UTF-8, else Latin-1.
fn as_text(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}

/// OAuth 2.1 §2.4: one way of authentication a request.
fn two_ways() -> Refusal {
    Refusal::new(
        ErrorCode::InvalidRequest,
        "two_client_authentications",
        "the application proved who it is in more than one way",
        "OAuth 2.1 §2.4",
    )
}

fn refusal(rule: &'static str, hint: &'static str, clause: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidClient, rule, hint, clause)
}
