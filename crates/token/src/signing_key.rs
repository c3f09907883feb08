//! Key pairs that sign tokens, parsed once and kept.

use std::{borrow::Cow, fmt};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
    },
};
use chabi_spec::Fault;
use zeroize::Zeroizing;

use crate::{
    Algorithm,
    access_token::{AT_JWT, JWT},
    base64url,
    jwk::{Jwk, Material},
    jws,
};

/// The shortest RSA modulus that signs, in bytes: 2048 bits.
const SHORTEST_MODULUS: usize = 256;

/// A key pair with its key id. Made by AWS-LC's own generator, which takes no randomness from outside.
pub struct SigningKey {
    kid: String,
    algorithm: Algorithm,
    pair: Pair,
    public: Jwk,
    /// Of the two usual types, written once: by far most tokens have one of them.
    headers: [(&'static str, String); 2],
}

enum Pair {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// A new pair, whose `kid` is its RFC 7638 thumbprint. RSA (2048 bits) takes up to seconds: call it where that blocks nobody.
    ///
    /// # Errors
    /// A fault of the library.
    pub fn generate(algorithm: Algorithm) -> Result<Self, Fault> {
        let failed = |_| Fault::internal("making a signing key");
        let pair = match algorithm {
            Algorithm::ES256 => Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?),
            Algorithm::RS256 | Algorithm::PS256 => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?),
            Algorithm::EdDSA => Pair::Ed25519(Ed25519KeyPair::generate().map_err(failed)?),
        };
        Self::with_kid(algorithm, None, pair)
    }

    /// Reads back what [`Self::to_pkcs8`] wrote. `kid` is what it was published under.
    ///
    /// # Errors
    /// When it is not a key of this algorithm, or RSA shorter than 2048 bits.
    pub fn from_pkcs8(algorithm: Algorithm, kid: &str, pkcs8: &[u8]) -> Result<Self, Fault> {
        let failed = |rejected| Fault::internal("reading a signing key").because(aws_lc_rs::error::KeyRejected::to_string(&rejected));
        let pair = match algorithm {
            Algorithm::ES256 => Pair::P256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(failed)?),
            Algorithm::RS256 | Algorithm::PS256 => Pair::Rsa(RsaKeyPair::from_pkcs8(pkcs8).map_err(failed)?),
            Algorithm::EdDSA => Pair::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8).map_err(failed)?),
        };
        Self::with_kid(algorithm, Some(kid.to_owned()), pair)
    }

    fn with_kid(algorithm: Algorithm, kid: Option<String>, pair: Pair) -> Result<Self, Fault> {
        let material = pair.public_material()?;
        let failed = |error| Fault::internal("reading a public key").because(error);
        let unnamed = Jwk::new(None, material.clone(), &[algorithm]).map_err(failed)?;
        let kid = kid.unwrap_or_else(|| unnamed.thumbprint());
        let public = Jwk::new(Some(kid.clone()), material, &[algorithm]).map_err(failed)?;
        let header = |typ| jws::encode_header(typ, algorithm, &kid).map(|header| (typ, header));
        let headers = [header(AT_JWT)?, header(JWT)?];
        Ok(Self { kid, algorithm, pair, public, headers })
    }

    /// The private key, PKCS#8, to be sealed.
    ///
    /// # Errors
    /// A fault of the library.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let failed = |_| Fault::internal("writing a signing key");
        let bytes = match &self.pair {
            Pair::P256(pair) => pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
            Pair::Rsa(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map_err(failed)?.as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
        };
        Ok(Zeroizing::new(bytes))
    }

    /// The header of a token under this `typ`, base64url.
    pub(crate) fn encoded_header(&self, typ: &str) -> Result<Cow<'_, str>, Fault> {
        match self.headers.iter().find(|(usual, _)| *usual == typ) {
            Some((_, header)) => Ok(Cow::Borrowed(header)),
            None => jws::encode_header(typ, self.algorithm, &self.kid).map(Cow::Owned),
        }
    }

    /// Key id.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half, as it is published.
    #[must_use]
    pub fn public_jwk(&self) -> &Jwk {
        &self.public
    }

    /// The signature over `message`, in the form of JWS (RFC 7518 §3: for ECDSA, R ‖ S).
    ///
    /// # Errors
    /// A fault of the library.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let failed = |_| Fault::internal("signing");
        match &self.pair {
            Pair::P256(pair) => Ok(pair.sign(&SystemRandom::new(), message).map_err(failed)?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.try_sign(message).map_err(failed)?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                // RFC 8725 §3.1: one key, one algorithm; RFC 7518 §3.5: the salt of PS256 is as long as the hash
                let encoding: &'static dyn RsaEncoding =
                    if self.algorithm == Algorithm::PS256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                pair.sign(encoding, &SystemRandom::new(), message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
        }
    }
}

impl Pair {
    fn public_material(&self) -> Result<Material, Fault> {
        match self {
            Self::P256(pair) => {
                let broken = || Fault::internal("a P-256 public key is not an uncompressed point");
                let coordinates = pair.public_key().as_ref().strip_prefix(&[4]).ok_or_else(broken)?;
                let (x, y) = coordinates.split_at_checked(32).ok_or_else(broken)?;
                Ok(Material::P256 { x: base64url::encode(x), y: base64url::encode(y) })
            }
            Self::Ed25519(pair) => Ok(Material::Ed25519 { x: base64url::encode(pair.public_key().as_ref()) }),
            Self::Rsa(pair) => {
                // RFC 7518 §3.3: RSA keys have 2048 bits or more
                if pair.public_modulus_len() < SHORTEST_MODULUS {
                    return Err(Fault::internal("an RSA key is shorter than 2048 bits"));
                }
                let public = pair.public_key();
                let n = base64url::encode(public.modulus().big_endian_without_leading_zero());
                let e = base64url::encode(public.exponent().big_endian_without_leading_zero());
                Ok(Material::Rsa { n, e })
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
