//! Public keys as JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2), parsed once and kept ready for verifying.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Algorithm, access_token::AT_JWT, base64url, hash, jws, strict_json};

/// The largest key set that is read, in bytes.
const LARGEST_SET: usize = 256 * 1024;
/// The most keys that are kept of one set.
const MOST_KEYS: usize = 100;
/// Members that only a private or symmetric key has (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// The shortest RSA modulus, in bytes: 2048 bits.
const SHORTEST_MODULUS: usize = 256;

/// Why a key or key set is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// Not JSON, a member twice, a member of the wrong type, or too large.
    #[error("the key set is malformed")]
    Malformed,
    /// It has a private or symmetric part: it must never be published.
    #[error("the key set has a private or symmetric key")]
    Private,
    /// RSA shorter than 2048 bits, or a point that is not on the curve.
    #[error("the key set has a weak or invalid key")]
    Weak,
    /// Two keys of the same `kid`.
    #[error("the key set has two keys of the same kid")]
    DuplicateKeyId,
}

/// A public key for verifying signatures.
#[derive(Clone)]
pub struct Jwk {
    kid: Option<String>,
    material: Material,
    /// An RSA key without `alg` may serve two algorithms; any other serves one.
    verifiers: Vec<(Algorithm, ParsedPublicKey)>,
    /// The header of our own access tokens under this key, base64url; see [`Self::usual_header`].
    usual_header: Option<String>,
}

/// The key's numbers, base64url.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Material {
    P256 { x: String, y: String },
    Ed25519 { x: String },
    Rsa { n: String, e: String },
}

impl Jwk {
    /// Reads one key; `None` for a kind, curve, algorithm or use that we do not know: such keys are ignored (RFC 7517 §5).
    ///
    /// # Errors
    /// For a private, symmetric, weak or malformed key.
    pub fn parse(json: &[u8]) -> Result<Option<Self>, JwkError> {
        strict_json::object_members(json).map_err(|_| JwkError::Malformed)?;
        let members = serde_json::from_slice(json).map_err(|_| JwkError::Malformed)?;
        Self::from_members(&members)
    }

    pub(crate) fn new(kid: Option<String>, material: Material, algorithms: &[Algorithm]) -> Result<Self, JwkError> {
        let verifiers = algorithms.iter().map(|&algorithm| Ok((algorithm, material.parse_for(algorithm)?)));
        let usual_header = match (&kid, algorithms) {
            (Some(kid), [algorithm]) => jws::encode_header(AT_JWT, *algorithm, kid).ok(),
            _ => None,
        };
        Ok(Self { verifiers: verifiers.collect::<Result<_, _>>()?, kid, material, usual_header })
    }

    pub(crate) fn from_members(members: &Map<String, Value>) -> Result<Option<Self>, JwkError> {
        // RFC 7517 §9.2: a private or symmetric key in a published set has leaked; nothing of that set can be relied on
        if PRIVATE.iter().any(|name| members.contains_key(*name)) || text(members, "kty")? == Some("oct") {
            return Err(JwkError::Private);
        }
        if !is_for_verifying(members)? {
            return Ok(None);
        }
        let Some((material, possible)) = Material::read(members)? else { return Ok(None) };
        let algorithms = match text(members, "alg")? {
            None => possible.to_vec(),
            // RFC 8725 §3.1: the algorithm belongs to the key, not to the token's header
            Some(alg) => match Algorithm::parse(alg) {
                Some(algorithm) if possible.contains(&algorithm) => vec![algorithm],
                Some(_) => return Err(JwkError::Malformed),
                None => return Ok(None),
            },
        };
        Self::new(text(members, "kid")?.map(str::to_owned), material, &algorithms).map(Some)
    }

    /// `kid`.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithms that this key verifies.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> + '_ {
        self.verifiers.iter().map(|verifier| verifier.0)
    }

    /// The one algorithm of the key, when this is, letter by letter, the header of an access token as we write it: type `at+jwt`, that
    /// algorithm and this `kid`, and no other member. Such a header needs no reading.
    pub(crate) fn usual_header(&self, header: &str) -> Option<Algorithm> {
        let is_usual = self.usual_header.as_deref() == Some(header);
        self.verifiers.first().filter(|_| is_usual).map(|verifier| verifier.0)
    }

    /// True when the signature over `message` is this key's, by this algorithm.
    #[must_use]
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let verifier = self.verifiers.iter().find(|verifier| verifier.0 == algorithm);
        verifier.is_some_and(|(_, key)| key.verify_sig(message, signature).is_ok())
    }

    /// SHA-256 over the key's required members in the order of the alphabet, base64url (RFC 7638 §3).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let required = match &self.material {
            Material::P256 { x, y } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#),
            Material::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
            Material::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
        };
        base64url::encode(hash::sha256(required.as_bytes()))
    }

    /// As it is published: `kty`, `use`, `alg`, `kid` and the public numbers.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.published()).unwrap_or_default()
    }

    fn published(&self) -> PublishedJwk<'_> {
        let alg = match self.verifiers.as_slice() {
            [(algorithm, _)] => Some(algorithm.as_str()),
            _ => None,
        };
        let empty = PublishedJwk { use_: "sig", alg, kid: self.kid(), ..PublishedJwk::default() };
        match &self.material {
            Material::P256 { x, y } => PublishedJwk { kty: "EC", crv: Some("P-256"), x: Some(x), y: Some(y), ..empty },
            Material::Ed25519 { x } => PublishedJwk { kty: "OKP", crv: Some("Ed25519"), x: Some(x), ..empty },
            Material::Rsa { n, e } => PublishedJwk { kty: "RSA", n: Some(n), e: Some(e), ..empty },
        }
    }
}

impl Material {
    /// The numbers, and the algorithms that such a key can serve.
    fn read(members: &Map<String, Value>) -> Result<Option<(Self, &'static [Algorithm])>, JwkError> {
        let number = |name| text(members, name)?.map(str::to_owned).ok_or(JwkError::Malformed);
        Ok(match (text(members, "kty")?, text(members, "crv")?) {
            (Some("EC"), Some("P-256")) => Some((Self::P256 { x: number("x")?, y: number("y")? }, &[Algorithm::ES256])),
            (Some("OKP"), Some("Ed25519")) => Some((Self::Ed25519 { x: number("x")? }, &[Algorithm::EdDSA])),
            (Some("RSA"), _) => Some((Self::Rsa { n: number("n")?, e: number("e")? }, &[Algorithm::RS256, Algorithm::PS256])),
            (Some(_), _) => None,
            (None, _) => return Err(JwkError::Malformed),
        })
    }

    fn parse_for(&self, algorithm: Algorithm) -> Result<ParsedPublicKey, JwkError> {
        let bytes = |text: &str| base64url::decode(text).map_err(|_| JwkError::Malformed);
        match (self, algorithm) {
            (Self::P256 { x, y }, Algorithm::ES256) => {
                let (x, y) = (bytes(x)?, bytes(y)?);
                // RFC 7518 §6.2.1.2: each coordinate has the full length of the curve
                if x.len() != 32 || y.len() != 32 {
                    return Err(JwkError::Malformed);
                }
                let point = [[4].as_slice(), &x, &y].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| JwkError::Weak)
            }
            (Self::Ed25519 { x }, Algorithm::EdDSA) => ParsedPublicKey::new(&ED25519, bytes(x)?).map_err(|_| JwkError::Weak),
            (Self::Rsa { n, e }, Algorithm::RS256 | Algorithm::PS256) => {
                let components = RsaPublicKeyComponents { n: bytes(n)?, e: bytes(e)? };
                // RFC 7518 §3.3: RSA keys have 2048 bits or more
                if components.n.len() < SHORTEST_MODULUS {
                    return Err(JwkError::Weak);
                }
                let parameters = match algorithm {
                    Algorithm::PS256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                components.to_parsed_public_key(parameters).map_err(|_| JwkError::Weak)
            }
            _ => Err(JwkError::Malformed),
        }
    }
}

#[derive(Default, Serialize)]
struct PublishedJwk<'a> {
    kty: &'static str,
    #[serde(rename = "use")]
    use_: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<&'a str>,
}

/// A member that must be text when it is there.
fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, JwkError> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JwkError::Malformed),
    }
}

/// RFC 7517 §4.2 and §4.3: `use` and `key_ops` may say that the key is for something else.
fn is_for_verifying(members: &Map<String, Value>) -> Result<bool, JwkError> {
    let use_allows = text(members, "use")?.is_none_or(|value| value == "sig");
    let operations_allow = match members.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations.iter().any(|operation| operation == "verify"),
        Some(_) => return Err(JwkError::Malformed),
    };
    Ok(use_allows && operations_allow)
}

/// The public keys of one issuer.
#[derive(Clone, Debug, Default)]
pub struct JwkSet(Vec<Jwk>);

impl JwkSet {
    /// A set of keys that we have.
    #[must_use]
    pub fn new(keys: Vec<Jwk>) -> Self {
        Self(keys)
    }

    /// Reads `{"keys": […]}`. Keys of unknown kinds, and those for encryption, are left out.
    ///
    /// # Errors
    /// For a malformed set, and for one with a private, symmetric or weak key or with a `kid` twice.
    pub fn parse(json: &[u8]) -> Result<Self, JwkError> {
        if json.len() > LARGEST_SET {
            return Err(JwkError::Malformed);
        }
        strict_json::object_members(json).map_err(|_| JwkError::Malformed)?;
        let set: Map<String, Value> = serde_json::from_slice(json).map_err(|_| JwkError::Malformed)?;
        let Some(Value::Array(entries)) = set.get("keys") else { return Err(JwkError::Malformed) };
        let mut keys: Vec<Jwk> = Vec::new();
        for entry in entries {
            let Some(key) = Jwk::from_members(entry.as_object().ok_or(JwkError::Malformed)?)? else { continue };
            if key.kid.is_some() && keys.iter().any(|other| other.kid == key.kid) {
                return Err(JwkError::DuplicateKeyId);
            }
            if keys.len() == MOST_KEYS {
                return Err(JwkError::Malformed);
            }
            keys.push(key);
        }
        Ok(Self(keys))
    }

    /// The key of this `kid`. It is only a key of this map (RFC 8725 §3.10): never a file name, a query or a URL.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Jwk> {
        self.0.iter().find(|key| key.kid() == Some(kid))
    }

    /// The only key there is; `None` when there are several, or none.
    #[must_use]
    pub fn only(&self) -> Option<&Jwk> {
        match self.0.as_slice() {
            [key] => Some(key),
            _ => None,
        }
    }

    /// All keys.
    #[must_use]
    pub fn keys(&self) -> &[Jwk] {
        &self.0
    }

    /// `{"keys":[…]}`.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct PublishedSet<'a> {
            keys: Vec<PublishedJwk<'a>>,
        }
        serde_json::to_string(&PublishedSet { keys: self.0.iter().map(Jwk::published).collect() }).unwrap_or_default()
    }
}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwk").field("kid", &self.kid).field("algorithms", &self.algorithms().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
