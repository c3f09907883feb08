//! What the layer costs beside the bare check of a signature, in short turns. Of each, the tenth that was disturbed least by the rest of
//! the machine counts.
//!
//! `cargo run --release -p chabi-resource-server --example measure_layer`
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that a person starts and reads")]

use std::{convert::Infallible, hint::black_box, time::Instant};

use axum::body::Body;
use chabi_resource_server::{Algorithm, BearerLayer, FixedKeys, JwkSet, ResourceServer};
use chabi_token::{
    AccessTokenClaims, AccessTokenProfile, Env, SigningKey, StatusIndex,
    access_token::{self, AT_JWT},
    base64url, verify_access_token,
};
use http::{Request, Response, header};
use tower::{Layer as _, Service as _, service_fn};

const ISSUER: &str = "https://id.example.com";
const API: &str = "https://api.example.com";
const TOKENS: usize = 25;
const ROUNDS: usize = 600;

struct Rig {
    key: SigningKey,
    keys: JwkSet,
    tokens: Vec<String>,
    env: Env,
}

impl Rig {
    fn new(algorithm: Algorithm) -> Self {
        let env = Env::system();
        let key = SigningKey::generate(algorithm).unwrap();
        let keys = JwkSet::new(vec![key.public_jwk().clone()]);
        let tokens = (0..TOKENS).map(|_| access_token::issue(&claims(&env), &key, AT_JWT).unwrap()).collect();
        Self { key, keys, tokens, env }
    }

    fn server(&self) -> ResourceServer {
        ResourceServer::builder(ISSUER).audience(API).keys(FixedKeys::new(self.keys.clone())).build().unwrap()
    }
}

fn claims(env: &Env) -> AccessTokenClaims {
    let now = env.now().as_seconds();
    AccessTokenClaims {
        iss: ISSUER.to_owned(),
        sub: env.new_id().to_string(),
        aud: vec![API.to_owned()],
        exp: now + 300,
        iat: now,
        jti: format!("{}.{}", env.new_id(), env.new_id()),
        client_id: env.new_id().to_string(),
        scope: Some("openid profile email notes:read notes:write".to_owned()),
        auth_time: Some(now - 60),
        amr: vec!["pwd".to_owned()],
        sid: Some(env.new_id().to_string()),
        status: Some(StatusIndex(2_345_678).claim(ISSUER)),
        ..AccessTokenClaims::default()
    }
}

/// Nanoseconds a call.
fn time(tokens: &[String], call: impl FnMut(&String)) -> f64 {
    let start = Instant::now();
    tokens.iter().for_each(call);
    each(start, tokens)
}

fn each(start: Instant, tokens: &[String]) -> f64 {
    start.elapsed().as_secs_f64() * 1e9 / f64::from(u32::try_from(tokens.len()).unwrap())
}

/// Nanoseconds a request, which is made ready before.
fn through_layer(runtime: &tokio::runtime::Runtime, layer: &BearerLayer, tokens: &[String]) -> f64 {
    let handler = service_fn(async |_: Request<Body>| Ok::<_, Infallible>(Response::new(Body::empty())));
    let mut service = layer.layer(handler);
    let request = |token: &String| Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap();
    let requests: Vec<_> = tokens.iter().map(request).collect();
    runtime.block_on(async {
        let start = Instant::now();
        for request in requests {
            let answer = service.call(request).await.unwrap();
            assert!(black_box(answer).status().is_success());
        }
        each(start, tokens)
    })
}

fn measure(algorithm: Algorithm) {
    let rig = Rig::new(algorithm);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let profile = AccessTokenProfile::new(ISSUER, API);
    let own_claims = claims(&rig.env);
    let mut rounds: [Vec<f64>; 6] = Default::default();
    for _ in 0..ROUNDS {
        let raw = time(&rig.tokens, |token| {
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let signature = base64url::decode(signature).unwrap();
            assert!(rig.key.public_jwk().verify(algorithm, signed.as_bytes(), black_box(&signature)));
        });
        let whole = time(&rig.tokens, |token| {
            black_box(verify_access_token(token, &rig.keys, &profile, rig.env.now()).unwrap());
        });
        let layer = rig.server().bearer_layer();
        let first = through_layer(&runtime, &layer, &rig.tokens);
        let known = through_layer(&runtime, &layer, &rig.tokens);
        let sign_raw = time(&rig.tokens, |token| {
            black_box(rig.key.sign(token.rsplit_once('.').unwrap().0.as_bytes()).unwrap());
        });
        let issue = time(&rig.tokens, |_| {
            black_box(access_token::issue(&own_claims, &rig.key, AT_JWT).unwrap());
        });
        rounds.iter_mut().zip([raw, whole, first, known, sign_raw, issue]).for_each(|(column, nanos)| column.push(nanos));
    }
    let [raw, whole, first, known, sign_raw, issue] = rounds.map(undisturbed);
    println!("{algorithm}, tokens of {} bytes", rig.tokens.first().map_or(0, String::len));
    println!("  raw verify           {raw:>8.0} ns");
    println!("  verify_access_token  {whole:>8.0} ns  {:.3} of raw", whole / raw);
    println!("  layer, first sight   {first:>8.0} ns  {:.3} of raw", first / raw);
    println!("  layer, known token   {known:>8.0} ns");
    println!("  raw sign             {sign_raw:>8.0} ns");
    println!("  issue                {issue:>8.0} ns  {:.3} of raw", issue / sign_raw);
}

fn undisturbed(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 10).copied().unwrap_or_default()
}

fn main() {
    measure(Algorithm::ES256);
    measure(Algorithm::EdDSA);
}
