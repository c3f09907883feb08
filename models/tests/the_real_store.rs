//! The rules of the model are those of the real statements: the same events, drawn at random, have the same outcome in both.
#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::sync::Arc;

use chabi_models::rules::{self, Database, Family, Secret, Told};
use chabi_store::{
    Store,
    revocation::Revocation,
    token_family::{FamilyId, Rotation, RotationOutcome},
};
use chabi_testkit::{ManualClock, SeededRandomness, databases, families};
use chabi_token::{Env, Seconds, hash::sha256};

/// Long enough that every rule is met, as the test itself asserts.
const ROUNDS: u64 = 60;
const EVENTS: usize = 25;

struct World {
    store: Store,
    env: Env,
    clock: Arc<ManualClock>,
    dice: Env,
    database: Database,
    family: FamilyId,
    issued: Vec<Secret>,
}

impl World {
    async fn new(store: &Store, clock: &Arc<ManualClock>, seed: u64) -> Self {
        let env = Env::new(clock.clone(), Arc::new(SeededRandomness::new(seed)));
        let mut family = families::family(&env);
        let id = family.id;
        family.refresh.as_mut().unwrap().hash_current = hash_of(&[]);
        family.expires_at = env.now() + Seconds::days(300);
        store.insert_family(family).await.unwrap();
        let alive = Family { current: Secret::new(), previous: None, in_grace: false, revoked: false };
        let database = Database { family: Some(alive), families_made: 1 };
        let dice = Env::new(clock.clone(), Arc::new(SeededRandomness::new(seed + 1_000_000)));
        Self { store: store.clone(), env, clock: Arc::clone(clock), dice, database, family: id, issued: vec![Secret::new()] }
    }

    fn draw(&self, among: usize) -> usize {
        usize::from(u16::from_be_bytes(self.dice.random())) % among
    }

    /// One event in both; what both say must be one.
    async fn step(&mut self, salt: u8) -> &'static str {
        match self.draw(8) {
            0 => {
                self.clock.advance(Seconds(31));
                self.database.family.as_mut().unwrap().in_grace = false;
                "the grace ends"
            }
            1 if self.draw(6) == 0 => {
                self.store.revoke(Revocation::Family(self.family), "logout", self.env.now()).await.unwrap();
                self.database.family.as_mut().unwrap().revoked = true;
                "revoked"
            }
            // mostly the newest two, as applications do
            2..=5 => self.rotate(self.issued.len().saturating_sub(1 + self.draw(2)), salt).await,
            _ => self.rotate(self.draw(self.issued.len()), salt).await,
        }
    }

    async fn rotate(&mut self, index: usize, salt: u8) -> &'static str {
        let presented = self.issued.get(index).unwrap().clone();
        let seen = self.database.clone();
        let expected = rules::rotate(&mut self.database, &seen, &presented, salt, None);
        let mut next = presented.clone();
        next.push(salt);
        let asked = Rotation {
            family: self.family,
            client_id: "app".into(),
            generation: i64::try_from(presented.len()).unwrap(),
            presented_hash: hash_of(&presented),
            next_hash: hash_of(&next),
            salt: [salt; 16],
            key_version: 1,
            request_hash: [5; 32],
            grace: Seconds(30),
            idle_lifetime: Seconds::days(200),
            now: self.env.now(),
        };
        let outcome = self.store.rotate_refresh_token(asked).await.unwrap();
        let (told, word) = match outcome {
            RotationOutcome::Rotated => (Told::Token(next), "rotated"),
            RotationOutcome::Repeated(family) => {
                let state = family.refresh.unwrap();
                let mut successor = presented.clone();
                successor.push(state.salt[0]);
                assert_eq!(hash_of(&successor), state.hash_current, "a retry derives what was told before");
                (Told::Token(successor), "repeated")
            }
            RotationOutcome::Reused(_) => (Told::Revoked, "reused"),
            RotationOutcome::Revoked => (Told::Refused, "dead"),
            other => panic!("{other:?}"),
        };
        assert_eq!(told, expected, "presented generation {} of {:?}", presented.len(), seen.family);
        if let Told::Token(secret) = told
            && !self.issued.contains(&secret)
        {
            self.issued.push(secret);
        }
        word
    }
}

fn hash_of(secret: &[u8]) -> [u8; 32] {
    sha256(&[b"secret ", secret].concat())
}

async fn hold_both_against_each_other(store: &Store, clock: &Arc<ManualClock>) {
    let mut met = std::collections::BTreeSet::new();
    for seed in 0..ROUNDS {
        let mut world = World::new(store, clock, seed).await;
        for salt in 1..=EVENTS {
            met.insert(world.step(u8::try_from(salt).unwrap()).await);
        }
    }
    let all = ["dead", "repeated", "reused", "revoked", "rotated", "the grace ends"];
    assert!(all.iter().all(|word| met.contains(word)), "not every rule was met: {met:?}");
}

// req: rt.grace, rt.reuse
#[tokio::test]
async fn sqlite_does_what_the_model_says() {
    let clock = Arc::new(ManualClock::default());
    let env = Env::new(clock.clone(), Arc::new(SeededRandomness::new(7)));
    hold_both_against_each_other(&databases::sqlite_in_memory(&env).await, &clock).await;
}

// req: rt.grace, rt.reuse
#[tokio::test]
async fn postgresql_does_what_the_model_says() {
    let clock = Arc::new(ManualClock::default());
    let env = Env::new(clock.clone(), Arc::new(SeededRandomness::new(8)));
    hold_both_against_each_other(&databases::postgres(&env).await.store, &clock).await;
}
