use chabi_token::Timestamp;

use super::{revocation::Told, *};
use crate::{
    Keys, LiveKeys, Standing,
    verified_tokens::{Fingerprint, VerifiedTokens},
};

type Live = Arc<arc_swap::ArcSwap<JwkSet>>;

fn live_server(keys: &[&SigningKey]) -> (ResourceServer, Live, Arc<ManualClock>, Arc<Told>) {
    let live: Live = Arc::new(arc_swap::ArcSwap::from_pointee(set_of(keys)));
    let (source, (clock, env), told) = (Arc::clone(&live), ManualClock::env(), Told::new());
    let builder = ResourceServer::builder(ISSUER).audience(AUDIENCE).keys(LiveKeys(move || Keys::Set(source.load_full())));
    (builder.revocations(Arc::clone(&told)).env(&env).build().unwrap(), live, clock, told)
}

/// How often the source of revocations heard of a token seen first: how often a signature was checked and good.
fn checked(told: &Told) -> usize {
    told.begun.load(Ordering::Relaxed)
}

// req: rs.cache
#[tokio::test]
async fn a_token_seen_before_is_not_verified_again() {
    let key = new_key();
    let (server, _, _, told) = live_server(&[&key]);
    let token = good_token(&key);
    for _ in 0..3 {
        assert_eq!(server.verify(&token).await.unwrap().subject(), "ada");
    }
    assert_eq!(checked(&told), 1);
}

// req: rs.cache
#[tokio::test]
async fn a_remembered_token_expires_at_its_second() {
    let key = new_key();
    let (server, _, clock, _) = live_server(&[&key]);
    let token = good_token(&key);
    clock.advance(329);
    assert!(server.verify(&token).await.is_ok());
    clock.advance(1);
    assert_eq!(*server.verify(&token).await.unwrap_err().reason(), crate::Reason::Token(crate::TokenError::Expired));
}

// req: rs.cache
#[tokio::test]
async fn a_remembered_token_falls_with_its_key() {
    let (key, next) = (new_key(), new_key());
    let (server, live, _, told) = live_server(&[&key]);
    let token = good_token(&key);
    assert!(server.verify(&token).await.is_ok());
    live.store(Arc::new(set_of(&[&key, &next])));
    assert!(server.verify(&token).await.is_ok());
    assert_eq!(checked(&told), 2);
    live.store(Arc::new(set_of(&[&next])));
    assert!(server.verify(&token).await.is_err());
}

// req: rs.cache
#[tokio::test]
async fn a_remembered_token_that_was_taken_back_is_refused_and_never_comes_back_by_being_remembered() {
    let key = new_key();
    let (server, _, _, told) = live_server(&[&key]);
    let token = good_token(&key);
    assert!(server.verify(&token).await.is_ok());
    told.tell(Standing::Revoked);
    for _ in 0..2 {
        assert_eq!(*server.verify(&token).await.unwrap_err().reason(), crate::Reason::Revoked);
    }
    told.tell(Standing::Unknown);
    assert_eq!(*server.verify(&token).await.unwrap_err().reason(), crate::Reason::RevocationsUnavailable);
}

// req: rs.cache
#[tokio::test]
async fn every_changed_letter_of_a_remembered_token_is_another_token() {
    let key = new_key();
    let (server, _, _, _) = live_server(&[&key]);
    let token = good_token(&key);
    assert!(server.verify(&token).await.is_ok());
    for position in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
        assert!(server.verify(&String::from_utf8(changed).unwrap()).await.is_err(), "{position}");
    }
}

// req: rs.cache
#[tokio::test]
async fn what_one_api_remembers_opens_nothing_at_another_and_scope_is_looked_at_each_time() {
    let key = new_key();
    let server = server(&key);
    let app = app(&server);
    let token = good_token(&key);
    assert_eq!(with_token(&app, "/strict", &token).await.status, StatusCode::OK);
    assert_eq!(with_token(&app, "/two-scopes", &token).await.status, StatusCode::FORBIDDEN);
    let other = ResourceServer::builder(ISSUER).audience("https://other.example.test").keys(FixedKeys::new(set_of(&[&key])));
    assert!(other.env(&ManualClock::env().1).build().unwrap().verify(&token).await.is_err());
}

// req: rs.cache
#[tokio::test]
async fn bad_tokens_are_not_remembered_and_good_ones_are_bounded() {
    let key = new_key();
    let keys = Keys::Set(Arc::new(set_of(&[&key])));
    let server = server(&key);
    let bearer = server.verify(&good_token(&key)).await.unwrap();
    let cache = VerifiedTokens::new(1_000, chabi_token::Seconds(30));
    let now = Timestamp::from_seconds(NOW);
    let often = Fingerprint::of("often");
    cache.insert(often, bearer.clone(), keys.clone());
    for number in 0..20_000 {
        cache.insert(Fingerprint::of(&number.to_string()), bearer.clone(), keys.clone());
        assert!(cache.find(often, &keys, now).is_some(), "{number}");
        assert!(cache.len() <= 1_024, "{number}");
    }
    assert!(cache.find(Fingerprint::of("0"), &keys, now).is_none());
    assert!(cache.find(Fingerprint::of("19999"), &keys, now).is_some());

    let none = VerifiedTokens::new(0, chabi_token::Seconds(30));
    none.insert(often, bearer, keys.clone());
    assert!(none.find(often, &keys, now).is_none());
}
