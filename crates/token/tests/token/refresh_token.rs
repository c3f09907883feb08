//! Refresh tokens: derived, so that a retry gets the same successor and no text is stored.

use chabi_token::{MasterSecret, RefreshTokenKeys, hash, refresh_token};

use crate::fixtures::env;

fn keys() -> RefreshTokenKeys {
    RefreshTokenKeys::new(&MasterSecret::generate(&env()))
}

// req: rt.rand
#[test]
fn a_token_carries_its_family_and_generation_and_only_its_hash_is_for_the_store() {
    let (keys, env) = (keys(), env());
    let family = env.new_id();
    let (text, stored) = keys.first(family, &env);
    assert!(text.expose().starts_with("chabi_rt_") && refresh_token::looks_like_one(text.expose()));
    let presented = keys.parse(text.expose()).unwrap();
    assert_eq!((presented.family, presented.generation, presented.hash()), (family, 0, stored));
    let (another, other_hash) = keys.first(family, &env);
    assert!(another.expose() != text.expose() && other_hash != stored);
}

// req: rt.grace
#[test]
fn the_same_salt_gives_the_same_successor_and_another_salt_another() {
    let (keys, env) = (keys(), env());
    let (first, _) = keys.first(env.new_id(), &env);
    let presented = keys.parse(first.expose()).unwrap();
    let (one, one_hash) = keys.successor(&presented, &[1; 16]);
    let (again, again_hash) = keys.successor(&keys.parse(first.expose()).unwrap(), &[1; 16]);
    let (other, other_hash) = keys.successor(&presented, &[2; 16]);
    assert_eq!((one.expose(), one_hash), (again.expose(), again_hash));
    assert!(one.expose() != other.expose() && one_hash != other_hash);
    let next = keys.parse(one.expose()).unwrap();
    assert_eq!((next.family, next.generation, next.hash()), (presented.family, 1, one_hash));
}

// req: st.mac
#[test]
fn a_token_of_another_installation_is_not_ours() {
    let env = env();
    let (one, other) = (MasterSecret::generate(&env), MasterSecret::generate(&env));
    let (text, _) = RefreshTokenKeys::new(&one).first(env.new_id(), &env);
    assert!(RefreshTokenKeys::new(&other).parse(text.expose()).is_err());
    assert!(RefreshTokenKeys::new(&one).parse(text.expose()).is_ok());
}

// req: rt.rand
#[test]
fn nobody_without_the_key_can_derive_a_successor() {
    let (keys, env) = (keys(), env());
    let (first, stored) = keys.first(env.new_id(), &env);
    let (_, next) = keys.successor(&keys.parse(first.expose()).unwrap(), &[1; 16]);
    let guess = hash::sha256(&hash::hmac_sha256(&stored, &[&[1; 16], &1_i64.to_be_bytes()]));
    assert_ne!(next, guess);
}

#[test]
fn nothing_prints_a_secret() {
    let (keys, env) = (keys(), env());
    let (text, _) = keys.first(env.new_id(), &env);
    let presented = keys.parse(text.expose()).unwrap();
    let printed = format!("{text:?} {keys:?} {presented:?}");
    let secret = text.expose().strip_prefix("chabi_rt_").unwrap();
    assert!(!printed.contains(&secret[40..80]), "{printed}");
}
