//! What is counted: each operation prepares the same, whatever the number of repetitions, and then repeats.

use std::hint::black_box;

use anyhow::{Context as _, Result, bail};
use chabi_resource_server::{FixedKeys, ResourceServer};
use chabi_spec::{TokenRequest, form::Form, token_request::REPEATABLE};
use chabi_store::{
    Store,
    token_family::{RefreshTokenFamily, RotationOutcome},
};
use chabi_testkit::families;
use chabi_token::{
    AccessTokenClaims, Algorithm, Env, JwkSet, MasterSecret, RefreshTokenKeys, Seconds, SigningKey, StatusIndex,
    access_token::{self, AT_JWT},
    base64url,
};

const ISSUER: &str = "https://id.example.test";
const API: &str = "https://notes.example.test";
const FORM: &[u8] = b"grant_type=refresh_token&client_id=web&client_secret=chabi_cs_2l0nGbQxJ8vY1rTz5wKc7pUeHs4mNaFd9iBo3kLtXyE\
    &refresh_token=chabi_rt_AQYfcO1mZsAhzq0b1C2D3e4AAAAAAAAAAExVJIkkhhG2fSdR6aPq1WmZcXn0oKjTgBvLwEsYu8Hi&scope=notes%3Aread";

/// A step of the token path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// A form and the request in it.
    ParseTokenRequest,
    /// An access token in ES256: claims, header, signature.
    SignAccessToken,
    /// A token that an API sees for the first time.
    VerifyFirstSight,
    /// A token that it has seen.
    VerifyKnown,
    /// A refresh token is read, and its successor derived.
    RotateToken,
    /// The statement that rotates, in a transaction of its own, on SQLite in memory: with the way to the writer's thread and back.
    RotateRow,
}

impl Operation {
    pub(super) const ALL: [Self; 6] =
        [Self::ParseTokenRequest, Self::SignAccessToken, Self::VerifyFirstSight, Self::VerifyKnown, Self::RotateToken, Self::RotateRow];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ParseTokenRequest => "parse-token-request",
            Self::SignAccessToken => "sign-es256",
            Self::VerifyFirstSight => "verify-es256-first-sight",
            Self::VerifyKnown => "verify-es256-known",
            Self::RotateToken => "rotate-token",
            Self::RotateRow => "rotate-row",
        }
    }

    /// So many `times`, `most` at the most.
    pub(super) async fn repeat(self, times: u32, most: u32) -> Result<()> {
        let env = Env::system();
        match self {
            Self::ParseTokenRequest => parse(times),
            Self::SignAccessToken => sign(times, &env),
            Self::VerifyFirstSight => verify(times, most, &env).await,
            Self::VerifyKnown => verify_known(times, &env).await,
            Self::RotateToken => rotate_token(times, &env),
            Self::RotateRow => rotate_row(times, &env).await,
        }
    }
}

fn parse(times: u32) -> Result<()> {
    for _ in 0..times {
        let form = Form::parse(black_box(FORM), &REPEATABLE).map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
        black_box(TokenRequest::parse(&form).map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?);
    }
    Ok(())
}

fn sign(times: u32, env: &Env) -> Result<()> {
    let key = SigningKey::generate(Algorithm::ES256)?;
    for _ in 0..times {
        black_box(access_token::issue(&claims(env), &key, AT_JWT)?);
    }
    Ok(())
}

/// As a grant of a person makes them.
fn claims(env: &Env) -> AccessTokenClaims {
    let (family, session) = (env.new_id(), env.new_id());
    AccessTokenClaims {
        iss: ISSUER.to_owned(),
        sub: session.to_string(),
        aud: vec![API.to_owned()],
        exp: (env.now() + Seconds::minutes(5)).as_seconds(),
        iat: env.now().as_seconds(),
        jti: format!("{family}.{}", base64url::encode(env.random::<16>())),
        client_id: "web".to_owned(),
        scope: Some("notes:read".to_owned()),
        auth_time: Some(env.now().as_seconds()),
        amr: vec!["pwd".to_owned()],
        sid: Some(session.to_string()),
        status: Some(StatusIndex(1_234_567).claim(ISSUER)),
        ..AccessTokenClaims::default()
    }
}

fn api_and_tokens(count: u32, env: &Env) -> Result<(ResourceServer, Vec<String>)> {
    let key = SigningKey::generate(Algorithm::ES256)?;
    let keys = FixedKeys::new(JwkSet::new(vec![key.public_jwk().clone()]));
    let api = ResourceServer::builder(ISSUER).audience(API).keys(keys).env(env).build()?;
    let tokens = (0..count).map(|_| access_token::issue(&claims(env), &key, AT_JWT)).collect::<Result<_, _>>()?;
    Ok((api, tokens))
}

async fn verify(times: u32, most: u32, env: &Env) -> Result<()> {
    let (api, tokens) = api_and_tokens(most, env)?;
    for token in tokens.iter().take(usize::try_from(times)?) {
        accepted(&api, token).await?;
    }
    Ok(())
}

async fn verify_known(times: u32, env: &Env) -> Result<()> {
    let (api, tokens) = api_and_tokens(1, env)?;
    let token = tokens.first().context("a token")?;
    for _ in 0..times {
        accepted(&api, token).await?;
    }
    Ok(())
}

async fn accepted(api: &ResourceServer, token: &str) -> Result<()> {
    match api.verify(black_box(token)).await {
        Ok(bearer) => drop(black_box(bearer)),
        Err(rejection) => bail!("a good token was refused: {:?}", rejection.reason()),
    }
    Ok(())
}

fn rotate_token(times: u32, env: &Env) -> Result<()> {
    let keys = RefreshTokenKeys::new(&MasterSecret::generate(env));
    let (text, _) = keys.first(env.new_id(), env);
    for _ in 0..times {
        let presented = keys.parse(black_box(text.expose()))?;
        black_box((presented.hash(), keys.successor(&presented, &env.random())));
    }
    Ok(())
}

async fn rotate_row(times: u32, env: &Env) -> Result<()> {
    let store = chabi_store_sql::open("sqlite::memory:", env).await?;
    let mut family = family(env);
    store.insert_family(family.clone()).await?;
    for _ in 0..times {
        family = rotated(&store, &family, env).await?;
    }
    Ok(())
}

async fn rotated(store: &Store, family: &RefreshTokenFamily, env: &Env) -> Result<RefreshTokenFamily> {
    let rotation = families::rotation(family, env);
    let after = families::after(family.clone(), &rotation);
    match store.rotate_refresh_token(rotation).await? {
        RotationOutcome::Rotated => Ok(after),
        other => bail!("a good refresh token was refused: {other:?}"),
    }
}

/// At a place among the status lists, as the server makes them.
fn family(env: &Env) -> RefreshTokenFamily {
    RefreshTokenFamily { status: Some(StatusIndex(1)), ..families::family(env) }
}
