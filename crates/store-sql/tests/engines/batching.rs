//! Batches on PostgreSQL: what each who asks gets is what it would have got alone.

use std::sync::Arc;

use chabi_spec::{Fault, Scope};
use chabi_store::{
    Store, TransactionBody,
    account::{Account, AccountEmail, AccountId, Insertion, Realm, main_address},
    browser_session::SessionId,
    token_family::{FamilyId, RefreshState, RefreshTokenFamily, Rotation, RotationOutcome},
};
use chabi_store_sql::{
    Driver, Execute, Sql, Written,
    postgres::Door,
    value::{Row, Value},
};
use chabi_testkit::{SeededRandomness, databases};
use chabi_token::{Env, Seconds, Timestamp};
use futures_util::future::{BoxFuture, join_all};

/// A door that batches nothing: to a batch, a text with one more blank is another statement.
struct Alone(Door);

fn another(sql: &str) -> &'static str {
    format!("{sql} ").leak()
}

impl Execute for Alone {
    fn read<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>, Fault>> {
        self.0.read(another(sql), parameters)
    }

    fn write<'a>(&'a self, sql: &'static str, parameters: Vec<Value>) -> BoxFuture<'a, Result<Written, Fault>> {
        self.0.write(another(sql), parameters)
    }
}

impl Driver for Alone {
    fn transaction<'a>(&'a self, name: &'static str, body: TransactionBody) -> BoxFuture<'a, Result<(), Fault>> {
        self.0.transaction(name, body)
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.0.ready()
    }

    fn version(&self) -> BoxFuture<'_, Result<String, Fault>> {
        self.0.version()
    }

    fn clock_offset(&self) -> BoxFuture<'_, Result<i64, Fault>> {
        self.0.clock_offset()
    }
}

async fn batching(env: &Env) -> Store {
    databases::postgres(env).await.store
}

async fn not_batching(env: &Env) -> Store {
    Store::new(Arc::new(Sql(Alone(Door::open(&databases::postgres_url().await, env).await.unwrap()))))
}

/// Choices of one seed.
struct Dice(Env);

impl Dice {
    fn below(&self, sides: u8) -> u8 {
        let [byte] = self.0.random();
        byte % sides
    }

    fn one_in(&self, chances: u8) -> bool {
        self.below(chances) == 0
    }
}

const START: Timestamp = Timestamp(1_800_000_000_000_000);

/// One of the few clients, hashes and requests that there are, so that they meet.
fn hash(n: u8) -> [u8; 32] {
    [n; 32]
}

fn client(n: u8) -> String {
    // Not a word that can be copied without care.
    ["app", "a \"quoted\", {braced} \\ 'one'", "চাবি"].get(usize::from(n % 3)).copied().unwrap_or_default().to_owned()
}

fn family(dice: &Dice) -> RefreshTokenFamily {
    let generation = i64::from(dice.below(3));
    let refresh = RefreshState {
        generation,
        hash_current: hash(dice.below(3)),
        hash_previous: hash(dice.below(3)),
        salt: [dice.below(200); 16],
        rotated_at: START - Seconds(i64::from(dice.below(60))),
        idle_expires_at: START + Seconds(i64::from(dice.below(8)) * 10 - 5),
        key_version: 1,
        request_hash: hash(dice.below(2)),
    };
    RefreshTokenFamily {
        id: FamilyId(dice.0.new_id()),
        client_id: client(dice.below(2)),
        account: AccountId(dice.0.new_id()),
        session: SessionId(dice.0.new_id()),
        offline: dice.one_in(2),
        scope: if dice.one_in(3) { Scope::default() } else { Scope::of(["openid", "notes:read"]) },
        resource: if dice.one_in(2) { vec![] } else { vec!["https://notes.example/a,b".into()] },
        auth_time: START,
        amr: vec!["pwd".into()],
        created_at: START,
        expires_at: START + Seconds(if dice.one_in(8) { -1 } else { 86_400 }),
        revoked_at: dice.one_in(8).then_some(START),
        revoked_because: String::new(),
        status: None,
        refresh: (!dice.one_in(10)).then_some(refresh),
        details: None,
    }
}

/// Its current token, or anything else that can be presented.
fn rotation(dice: &Dice, family: &RefreshTokenFamily) -> Rotation {
    let state = family.refresh.as_ref();
    let forged = dice.one_in(3);
    let generation = if forged { i64::from(dice.below(4)) } else { state.map_or(0, |state| state.generation - i64::from(dice.below(2))) };
    let presented = state.map(|state| if generation == state.generation { state.hash_current } else { state.hash_previous });
    Rotation {
        family: if dice.one_in(16) { FamilyId(dice.0.new_id()) } else { family.id },
        client_id: if dice.one_in(10) { client(2) } else { family.client_id.clone() },
        generation,
        presented_hash: presented.filter(|_| !forged).unwrap_or(hash(dice.below(3))),
        next_hash: hash(100 + dice.below(100)),
        salt: dice.0.random(),
        key_version: 2,
        request_hash: hash(dice.below(2)),
        grace: Seconds(30),
        idle_lifetime: Seconds(3_600),
        now: START + Seconds(i64::from(dice.below(3))),
    }
}

fn name(outcome: &RotationOutcome) -> &'static str {
    match outcome {
        RotationOutcome::Rotated => "rotated",
        RotationOutcome::Repeated(_) => "repeated",
        RotationOutcome::Differs => "differs",
        RotationOutcome::Reused(_) => "reused",
        RotationOutcome::Revoked => "revoked",
        RotationOutcome::Expired => "expired",
        RotationOutcome::Unknown => "unknown",
    }
}

/// Hundreds of families in every state, each asked once a round for anything, at once: outcome by outcome and row by row the same.
// req: st.cas
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_decides_what_each_statement_alone_decides() {
    let env = crate::env();
    let (batched, alone) = (batching(&env).await, not_batching(&env).await);
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for seed in 0..3 {
        let dice = Dice(Env::new(Arc::new(chabi_testkit::ManualClock::default()), Arc::new(SeededRandomness::new(seed))));
        let families: Vec<RefreshTokenFamily> = (0..300).map(|_| family(&dice)).collect();
        for store in [&batched, &alone] {
            for family in &families {
                store.insert_family(family.clone()).await.unwrap();
            }
        }
        let mut current = families;
        for _ in 0..3 {
            let asked: Vec<Rotation> = current.iter().map(|family| rotation(&dice, family)).collect();
            let outcomes = join_all(asked.iter().map(|asked| batched.rotate_refresh_token(asked.clone()))).await;
            let each = join_all(asked.iter().map(|asked| alone.rotate_refresh_token(asked.clone()))).await;
            for ((asked, outcome), single) in asked.iter().zip(outcomes).zip(each) {
                let (outcome, single) = (outcome.unwrap(), single.unwrap());
                assert_eq!(outcome, single, "seed {seed}: {asked:?}");
                *seen.entry(name(&outcome)).or_default() += 1;
            }
            let found = join_all(current.iter().map(|family| batched.find_family(family.id))).await;
            let each = join_all(current.iter().map(|family| alone.find_family(family.id))).await;
            let found: Vec<_> = found.into_iter().map(|found| found.unwrap().unwrap()).collect();
            let each: Vec<_> = each.into_iter().map(|found| found.unwrap().unwrap()).collect();
            assert_eq!(found, each, "seed {seed}");
            current = found;
        }
    }
    assert_eq!(seen.len(), 7, "an outcome was never seen: {seen:?}");
}

/// A caller whose text PostgreSQL cannot keep is refused; whoever went with it is not.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_harms_no_other_of_its_batch() {
    let env = crate::env();
    let store = batching(&env).await;
    let dice = Dice(Env::new(Arc::new(chabi_testkit::ManualClock::default()), Arc::new(SeededRandomness::new(9))));
    let families: Vec<RefreshTokenFamily> = (0..100)
        .map(|_| RefreshTokenFamily { expires_at: START + Seconds::days(1), revoked_at: None, ..family(&dice) })
        .filter_map(|family| {
            let refresh = RefreshState { idle_expires_at: START + Seconds::days(1), ..family.refresh.clone()? };
            Some(RefreshTokenFamily { refresh: Some(refresh), ..family })
        })
        .collect();
    for family in &families {
        store.insert_family(family.clone()).await.unwrap();
    }
    let asked = families.iter().enumerate().map(|(number, family)| {
        let state = family.refresh.as_ref().unwrap();
        let (generation, presented_hash) = (state.generation, state.hash_current);
        let client_id = if number % 10 == 3 { "nul \0 byte".to_owned() } else { family.client_id.clone() };
        store.rotate_refresh_token(Rotation {
            family: family.id,
            client_id,
            generation,
            presented_hash,
            now: START,
            ..rotation(&dice, family)
        })
    });
    for (number, outcome) in join_all(asked).await.into_iter().enumerate() {
        match outcome {
            Err(fault) => assert!(number % 10 == 3, "{number}: {fault}"),
            Ok(RotationOutcome::Rotated) => assert_ne!(number % 10, 3),
            Ok(other) => panic!("{number}: {other:?}"),
        }
    }
}

/// Two nodes, the same families, all at once: each is rotated once, and the other node is told so.
// req: st.multi
#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_whose_batches_share_rows_agree() {
    let env = crate::env();
    let database = databases::postgres(&env).await;
    let again = chabi_store_sql::open(&database.url, &env).await.unwrap();
    let dice = Dice(env.clone());
    let mut families = Vec::new();
    for _ in 0..200 {
        let refresh = RefreshState {
            generation: 0,
            hash_current: hash(1),
            hash_previous: hash(0),
            salt: [0; 16],
            rotated_at: START,
            idle_expires_at: START + Seconds::days(1),
            key_version: 1,
            request_hash: hash(1),
        };
        let family = RefreshTokenFamily { expires_at: START + Seconds::days(1), revoked_at: None, refresh: Some(refresh), ..family(&dice) };
        database.store.insert_family(family.clone()).await.unwrap();
        families.push(family);
    }
    for generation in 0..10_u8 {
        let ask = |store: &Store, family: &RefreshTokenFamily| {
            let next_hash = hash(generation + 2);
            let (generation, presented_hash) = (i64::from(generation), hash(generation + 1));
            let asked =
                Rotation { family: family.id, client_id: family.client_id.clone(), generation, presented_hash, ..rotation(&dice, family) };
            let (store, asked) = (store.clone(), Rotation { next_hash, request_hash: hash(1), now: START, ..asked });
            tokio::spawn(async move { store.rotate_refresh_token(asked).await.unwrap() })
        };
        // The other node asks in the opposite order.
        let ours: Vec<_> = families.iter().map(|family| ask(&database.store, family)).collect();
        let theirs: Vec<_> = families.iter().rev().map(|family| ask(&again, family)).collect();
        let (ours, theirs) = (join_all(ours).await, join_all(theirs).await);
        for (one, other) in ours.into_iter().zip(theirs.into_iter().rev()) {
            let mut names = [name(&one.unwrap()), name(&other.unwrap())];
            names.sort_unstable();
            assert_eq!(names, ["repeated", "rotated"]);
        }
    }
}

/// Nobody, one without an address, with one, with two that were added against the order of their letters.
async fn people(store: &Store, dice: &Dice) -> Vec<AccountId> {
    let mut people = vec![AccountId(dice.0.new_id())];
    for addresses in [vec![], vec!["one@example.com"], vec!["z@example.com", "a@example.com"]] {
        let id = AccountId(dice.0.new_id());
        let account = Account {
            id,
            subject: id.to_string(),
            realm: Realm::SHARED,
            name: "Ada".into(),
            locale: String::new(),
            created_at: START,
            updated_at: Timestamp::default(),
            disabled_at: dice.one_in(2).then_some(START),
            profile: None,
        };
        store.insert_account(account).await.unwrap();
        for address in addresses {
            let email = AccountEmail { canonical: address.into(), address: address.into(), account: id, verified_at: Some(START) };
            assert_eq!(store.insert_email(email).await.unwrap(), Insertion::Done);
        }
        people.push(id);
    }
    people
}

/// Those of the hot reads that have several rows for one who asks.
#[tokio::test(flavor = "multi_thread")]
async fn each_who_asks_for_a_family_gets_it_with_its_own_person() {
    let env = crate::env();
    let store = batching(&env).await;
    let dice = Dice(env.clone());
    let people = people(&store, &dice).await;
    let mut families = Vec::new();
    for number in 0..40 {
        let family = RefreshTokenFamily { account: people[number % people.len()], ..family(&dice) };
        store.insert_family(family.clone()).await.unwrap();
        families.push(family);
    }
    // alone: nobody else asks at that moment
    let mut persons = Vec::new();
    for family in &families {
        persons.push(store.find_person(family.account).await.unwrap());
    }
    let asked = (0..400).map(|number| {
        let (number, store) = (number % families.len(), store.clone());
        let id = families[number].id;
        let both = async move { tokio::join!(store.find_family_with_person(id, START), store.find_family_of_token(id, "jti")) };
        async move { (number, tokio::spawn(both).await.unwrap()) }
    });
    for (number, (with_person, of_token)) in join_all(asked).await {
        let (family, person) = (&families[number], &persons[number]);
        let person = person.clone().map(|(account, emails)| (account, main_address(&emails).cloned().into_iter().collect::<Vec<_>>()));
        let mut in_session = person.clone().map(|(account, emails)| (account, emails, None));
        if !family.scope.contains("openid") {
            in_session.iter_mut().for_each(|(_, emails, _)| emails.clear());
        }
        assert_eq!(with_person.unwrap(), Some((family.clone(), in_session)), "{number}");
        assert_eq!(of_token.unwrap(), Some((family.clone(), false, person)), "{number}");
    }
    assert!(persons[0].is_none() && persons[3].as_ref().is_some_and(|(_, emails)| emails[0].canonical == "z@example.com"));
}
