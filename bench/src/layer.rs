//! The resource-server layer, in this process: what a token costs when it is seen first, and when it was seen before.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use chabi_resource_server::{FixedKeys, ResourceServer};
use chabi_token::{AccessTokenClaims, Algorithm, Env, JwkSet, Seconds, SigningKey, StatusIndex, access_token};

use crate::{cpu, measured::Measured};

const ISSUER: &str = "https://id.example.test";
const AUDIENCE: &str = "https://notes.example.test";
/// Enough that nothing of a token is still in the processor's caches when it is seen first.
pub const TOKENS: u32 = 50_000;

/// Tokens of one issuer. For each window a layer is built anew, which has seen none of them.
pub struct Layer {
    keys: JwkSet,
    tokens: Vec<String>,
}

impl Layer {
    /// Signs so many tokens.
    ///
    /// # Errors
    /// The library fails.
    pub fn new(count: u32) -> Result<Self> {
        let env = Env::system();
        let key = SigningKey::generate(Algorithm::ES256)?;
        let tokens = (0..count).map(|number| Ok(access_token::issue(&claims(number, &env), &key, access_token::AT_JWT)?));
        Ok(Self { tokens: tokens.collect::<Result<_>>()?, keys: JwkSet::new(vec![key.public_jwk().clone()]) })
    }

    /// Each token once, in order, for so long at the most.
    ///
    /// # Errors
    /// A good token is refused.
    pub fn first_sight(&self, length: Duration) -> Result<Measured> {
        let server = self.server()?;
        let begun = Instant::now();
        let tokens = self.tokens.iter().take_while(|_| begun.elapsed() < length);
        measured(tokens.map(String::as_str), &server)
    }

    /// One token again and again, after it was seen once.
    ///
    /// # Errors
    /// A good token is refused.
    pub fn known(&self, length: Duration) -> Result<Measured> {
        let server = self.server()?;
        let token = self.tokens.first().context("a token")?;
        measured(std::iter::once(token.as_str()), &server)?;
        let begun = Instant::now();
        // the clock is asked once for many
        let again = std::iter::repeat_with(|| token.as_str()).enumerate();
        measured(again.take_while(|(number, _)| number % 64 != 0 || begun.elapsed() < length).map(|(_, token)| token), &server)
    }

    fn server(&self) -> Result<ResourceServer> {
        Ok(ResourceServer::builder(ISSUER).audience(AUDIENCE).keys(FixedKeys::new(self.keys.clone())).build()?)
    }
}

fn measured<'a>(tokens: impl Iterator<Item = &'a str>, server: &ResourceServer) -> Result<Measured> {
    let (begun, before, mut count) = (Instant::now(), cpu::of_this_thread()?, 0_u32);
    for token in tokens {
        at_once(server.verify(token))?.map_err(|refused| anyhow::anyhow!("a good token was refused: {refused:?}"))?;
        count += 1;
    }
    let (elapsed, used) = (begun.elapsed(), cpu::of_this_thread()?.saturating_sub(before));
    Ok(Measured { rate: f64::from(count) / elapsed.as_secs_f64(), server_micros: cpu::micros_each(used, count), ..Measured::default() })
}

/// With keys at hand there is nothing to wait for.
fn at_once<T>(future: impl Future<Output = T>) -> Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => bail!("the layer waited, though its keys are at hand"),
    }
}

fn claims(number: u32, env: &Env) -> AccessTokenClaims {
    let now = env.now();
    AccessTokenClaims {
        iss: ISSUER.to_owned(),
        sub: format!("person-{number:08}"),
        aud: vec![AUDIENCE.to_owned()],
        exp: (now + Seconds::hours(1)).as_seconds(),
        iat: now.as_seconds(),
        jti: format!("{}.{number:08}", env.new_id()),
        client_id: "web".to_owned(),
        scope: Some("notes:read openid".to_owned()),
        auth_time: Some(now.as_seconds()),
        amr: vec!["pwd".to_owned()],
        sid: Some(env.new_id().to_string()),
        status: Some(StatusIndex(i64::from(number)).claim(ISSUER)),
        ..AccessTokenClaims::default()
    }
}
