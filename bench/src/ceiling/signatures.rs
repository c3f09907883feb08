//! Signing and verifying with keys that are parsed once, by the library itself.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey,
        RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};

use crate::{cpu, measured::Measured};

/// The length of header and payload of an access token, encoded.
const SIGNED_BYTES: usize = 600;
/// So many different messages in turn, as no two tokens are the same: of one that comes again and again, a processor learns which way
/// each branch of a verification goes: in ES256 50.4 µs in place of 51.5 to 53.2.
const MESSAGES: u8 = 128;

/// What signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// ECDSA on P-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// RSA of 2048 bits.
    Rs256,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Es256, Self::EdDsa, Self::Rs256];

    /// Of RFC 7518.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }
}

/// A key of each kind.
pub struct Signatures {
    es256: EcdsaKeyPair,
    eddsa: Ed25519KeyPair,
    rs256: RsaKeyPair,
    random: SystemRandom,
    messages: Vec<Vec<u8>>,
}

impl Signatures {
    /// Makes the keys.
    ///
    /// # Errors
    /// The library fails.
    pub fn new() -> Result<Self> {
        Ok(Self {
            es256: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).context("a P-256 key")?,
            eddsa: Ed25519KeyPair::generate().context("an Ed25519 key")?,
            rs256: RsaKeyPair::generate(KeySize::Rsa2048).context("an RSA key")?,
            random: SystemRandom::new(),
            messages: (0..MESSAGES).map(|message| vec![message; SIGNED_BYTES]).collect(),
        })
    }

    /// Signs for so long.
    ///
    /// # Errors
    /// The library fails.
    pub fn sign(&self, algorithm: Algorithm, length: Duration) -> Result<Measured> {
        let mut messages = self.messages.iter().cycle();
        let mut next = || messages.next().context("a message");
        repeat(length, || self.signature(algorithm, next()?).map(|signature| black_box(signature.len())))
    }

    /// Verifies signatures for so long.
    ///
    /// # Errors
    /// The library fails, or the signature does not verify.
    pub fn verify(&self, algorithm: Algorithm, length: Duration) -> Result<Measured> {
        let signed = self.messages.iter().map(|message| Ok((message, self.signature(algorithm, message)?)));
        let signed: Vec<(&Vec<u8>, Vec<u8>)> = signed.collect::<Result<_>>()?;
        let key = match algorithm {
            Algorithm::Es256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.es256.public_key().as_ref()),
            Algorithm::EdDsa => ParsedPublicKey::new(&ED25519, self.eddsa.public_key().as_ref()),
            Algorithm::Rs256 => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.rs256.public_key().as_ref()),
        };
        let key = key.map_err(|error| anyhow::anyhow!("a public key: {error}"))?;
        let mut signed = signed.iter().cycle();
        repeat(length, || {
            let (message, signature) = signed.next().context("a message")?;
            key.verify_sig(black_box(message), signature).map(|()| 1).context("verifying")
        })
    }

    fn signature(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>> {
        match algorithm {
            Algorithm::Es256 => Ok(self.es256.sign(&self.random, message).context("signing")?.as_ref().to_vec()),
            Algorithm::EdDsa => Ok(self.eddsa.try_sign(message).context("signing")?.as_ref().to_vec()),
            Algorithm::Rs256 => {
                let mut signature = vec![0; self.rs256.public_modulus_len()];
                self.rs256.sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature).context("signing")?;
                Ok(signature)
            }
        }
    }
}

/// Does it again and again on this thread; reads its CPU.
///
/// # Errors
/// What it fails with.
pub fn repeat(length: Duration, mut one: impl FnMut() -> Result<usize>) -> Result<Measured> {
    let (begun, before) = (Instant::now(), cpu::of_this_thread()?);
    let mut count = 0_u32;
    while begun.elapsed() < length {
        // the clock is asked once for several
        for _ in 0..8 {
            black_box(one()?);
        }
        count += 8;
    }
    let (elapsed, used) = (begun.elapsed(), cpu::of_this_thread()?.saturating_sub(before));
    Ok(Measured { rate: f64::from(count) / elapsed.as_secs_f64(), server_micros: cpu::micros_each(used, count), ..Measured::default() })
}
