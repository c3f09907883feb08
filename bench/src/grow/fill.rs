//! A synthetic database: so many accounts, each with an address and a living refresh token, whose texts can be made again.
//!
//! Rows go through the store's own verbs, in large transactions, so that they are as the server itself would write them.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::Result;
use chabi_spec::{Failure, Scope};
use chabi_store::{
    Store, Verbs,
    account::{Account, AccountEmail, AccountId, Realm},
    browser_session::SessionId,
    token_family::{FamilyId, RefreshState, RefreshTokenFamily},
};
use chabi_token::{
    Env, Id, RefreshTokenKeys, Seconds, StatusIndex, Timestamp,
    env::{Clock, Randomness},
    hash,
};

use crate::installation;

/// Rows of one transaction.
const BATCH: u32 = 20_000;
/// The first moment of 2026: ids grow from here, all before those that a server makes.
pub const BEGINNING: i64 = 1_767_225_600_000_000;
/// Families without people begin so much later.
const EXPIRED_BEGIN: i64 = 1_000_000_000_000;

/// What the rows are made of.
#[derive(Clone)]
pub struct Mould {
    keys: RefreshTokenKeys,
    now: Timestamp,
    first_status: StatusIndex,
}

/// Which rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// People, and a refresh token of each that lives.
    Living,
    /// Families that are over for so long that the sweep takes them.
    Expired,
}

impl Mould {
    /// Reserves places among the status lists for all that will be made.
    ///
    /// # Errors
    /// The store's fault.
    pub async fn new(store: &Store, keys: RefreshTokenKeys, count: u32, env: &Env) -> Result<Self> {
        Ok(Self { keys, now: env.now(), first_status: store.reserve_status_indexes(i64::from(count)).await? })
    }

    /// The first refresh token of a family, as whoever was granted it holds it.
    #[must_use]
    pub fn first_token(&self, number: u32) -> String {
        self.first(number).0
    }

    fn first(&self, number: u32) -> (String, [u8; 32]) {
        let env = Env::new(Arc::new(Still(self.now)), Arc::new(Told(Mutex::new(hash::sha256(&number.to_be_bytes())))));
        let (text, stored) = self.keys.first(family_id(number, Rows::Living).0, &env);
        (text.expose().to_owned(), stored)
    }

    fn family(&self, number: u32, rows: Rows) -> RefreshTokenFamily {
        let ends = match rows {
            Rows::Living => self.now + Seconds::days(30),
            Rows::Expired => self.now - Seconds::days(3),
        };
        RefreshTokenFamily {
            id: family_id(number, rows),
            client_id: "web".to_owned(),
            account: account_id(number),
            session: SessionId(Id::new(Timestamp(BEGINNING + i64::from(number)), tail(number, 3))),
            offline: true,
            scope: Scope::of(["notes:read", "offline_access"]),
            resource: vec![installation::API.to_owned()],
            auth_time: Timestamp(BEGINNING),
            amr: vec!["pwd".to_owned()],
            created_at: Timestamp(BEGINNING),
            expires_at: Timestamp(ends.0 + i64::from(number)),
            revoked_at: None,
            revoked_because: String::new(),
            status: Some(StatusIndex(self.first_status.0 + i64::from(number))),
            refresh: Some(RefreshState {
                generation: 0,
                hash_current: self.first(number).1,
                hash_previous: [0; 32],
                salt: [0; 16],
                rotated_at: Timestamp(BEGINNING),
                idle_expires_at: ends,
                key_version: self.keys.key_version(),
                request_hash: [0; 32],
            }),
            details: None,
        }
    }
}

/// Adds rows of these numbers, and says how far it is.
///
/// # Errors
/// The store's fault.
pub async fn fill(store: &Store, mould: &Mould, numbers: Range<u32>, rows: Rows) -> Result<()> {
    let (begun, all) = (Instant::now(), numbers.len());
    let mut from = numbers.start;
    let mut told = 0;
    while from < numbers.end {
        let to = from.saturating_add(BATCH).min(numbers.end);
        let mould = mould.clone();
        let filled = store.transaction("grow", move |verbs| Box::pin(add(verbs, mould.clone(), from..to, rows))).await;
        filled.map_err(|failure| anyhow::anyhow!("filling the database: {failure:?}"))?;
        from = to;
        let done = to - numbers.start;
        let tenth = usize::try_from(done)? * 10 / all;
        if tenth > told {
            told = tenth;
            let rate = f64::from(done) / begun.elapsed().as_secs_f64();
            println!("  {rows:?}: {done} of {all} ({} per cent), {rate:.0} a second", tenth * 10);
        }
    }
    Ok(())
}

async fn add(verbs: &dyn Verbs, mould: Mould, numbers: Range<u32>, rows: Rows) -> Result<(), Failure> {
    for number in numbers {
        if rows == Rows::Living {
            verbs.insert_account(account(number)).await?;
            let address = address(number);
            let email =
                AccountEmail { canonical: address.clone(), address, account: account_id(number), verified_at: Some(Timestamp(BEGINNING)) };
            let _ = verbs.insert_email(email).await?;
        }
        verbs.insert_family(mould.family(number, rows)).await?;
    }
    Ok(())
}

/// Its row, by which one sees whether the sweep has taken it.
#[must_use]
pub fn family_id(number: u32, rows: Rows) -> FamilyId {
    let (begins, kind) = match rows {
        Rows::Living => (BEGINNING, 2),
        Rows::Expired => (BEGINNING + EXPIRED_BEGIN, 4),
    };
    FamilyId(Id::new(Timestamp(begins + i64::from(number)), tail(number, kind)))
}

/// A person.
#[must_use]
pub fn account_id(number: u32) -> AccountId {
    AccountId(Id::new(Timestamp(BEGINNING + i64::from(number)), tail(number, 1)))
}

fn account(number: u32) -> Account {
    // as long as a real one; those are random, which costs a busy server's index more and this filling hours
    let subject = format!("grown{number:017}");
    Account {
        id: account_id(number),
        subject,
        realm: Realm::SHARED,
        name: "Ada".to_owned(),
        locale: "bn".to_owned(),
        created_at: Timestamp(BEGINNING),
        updated_at: Timestamp(BEGINNING),
        disabled_at: None,
        profile: None,
    }
}

fn address(number: u32) -> String {
    format!("person{number:010}@example.test")
}

/// What is random in other ids.
fn tail(number: u32, kind: u8) -> [u8; 8] {
    let [a, b, c, d, ..] = hash::sha256(&number.to_be_bytes());
    let [e, f, g, _] = number.to_be_bytes();
    [a, b, c, d, e, f, g, kind]
}

/// Says what it was told.
struct Told(Mutex<[u8; 32]>);

impl Randomness for Told {
    fn fill(&self, bytes: &mut [u8]) {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (to, from) in bytes.iter_mut().zip(told.iter().cycle()) {
            *to = *from;
        }
    }
}

struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use chabi_token::MasterSecret;

    use super::*;

    #[tokio::test]
    async fn the_token_of_a_family_can_be_made_again_and_fits_its_row() {
        let env = Env::system();
        let store = chabi_store_sql::open("sqlite::memory:", &env).await.unwrap();
        let keys = RefreshTokenKeys::new(&MasterSecret::generate(&env));
        let mould = Mould::new(&store, keys.clone(), 50, &env).await.unwrap();
        fill(&store, &mould, 0..30, Rows::Living).await.unwrap();
        fill(&store, &mould, 30..50, Rows::Expired).await.unwrap();

        let presented = keys.parse(&mould.first_token(7)).unwrap();
        let row = store.find_family(FamilyId(presented.family)).await.unwrap().unwrap();
        assert_eq!((row.refresh.unwrap().hash_current, row.account), (presented.hash(), account_id(7)));
        assert_eq!(store.count_accounts().await.unwrap(), 30);
        while store.delete_expired(env.now(), 500).await.unwrap() > 0 {}
        assert!(store.find_family(family_id(29, Rows::Living)).await.unwrap().is_some());
        assert!(store.find_family(family_id(30, Rows::Expired)).await.unwrap().is_none());
    }
}
