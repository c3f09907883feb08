//! SQLite looks for a row where its id says (`sqlite/places.rs`). Wherever the row is, it is found; and whatever else is there is not taken
//! for it.

use chabi_store::{
    account::{Account, AccountEmail, AccountId, Insertion, Realm},
    token_family::{FamilyId, RefreshTokenFamily, RotationOutcome},
};
use chabi_testkit::{
    databases::{self, SqliteFile},
    families,
};
use chabi_token::{Env, Id, Timestamp};
use rusqlite::Connection;

/// People with a family each, of one microsecond and with the same first random byte: one place for all of them.
const PEOPLE: u8 = 5;
/// That place: the microsecond, and the five highest bits of the byte, which are none.
const PLACE: i64 = 1_800_000_000_000_000 << 5;
/// The tables whose rows have places, and the id that says which.
const TABLES: [(&str, &str); 3] = [("accounts", "id"), ("account_emails", "account_id"), ("token_families", "id")];

struct Crowd {
    env: Env,
    file: SqliteFile,
    beside: Connection,
    families: Vec<RefreshTokenFamily>,
}

impl Crowd {
    async fn new() -> Self {
        let env = Env::system();
        let file = databases::sqlite_on_file(&env).await;
        let beside = Connection::open(file.url.strip_prefix("sqlite:").unwrap()).unwrap();
        let families = (0..PEOPLE).map(|person| family(person, &env)).collect();
        let crowd = Self { env, file, beside, families };
        for family in &crowd.families {
            crowd.file.store.insert_account(account(family)).await.unwrap();
            assert_eq!(crowd.file.store.insert_email(address(family)).await.unwrap(), Insertion::Done);
            crowd.file.store.insert_family(family.clone()).await.unwrap();
        }
        crowd
    }

    fn run(&self, sql: &str) {
        self.beside.execute_batch(sql).unwrap();
    }

    /// Each id and where its row is.
    fn places(&self, (table, id): (&str, &str)) -> Vec<(Vec<u8>, i64)> {
        let mut statement = self.beside.prepare(&format!("SELECT {id}, rowid FROM {table} ORDER BY {id}")).unwrap();
        let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// Each is itself, belongs to its own person, and rotates once.
    async fn check(&mut self) {
        let store = &self.file.store;
        for family in &mut self.families {
            let now = self.env.now();
            assert_eq!(store.find_family(family.id).await.unwrap().as_ref(), Some(&*family));
            let (found, person) = store.find_family_with_person(family.id, now).await.unwrap().unwrap();
            assert_eq!((&found, person), (&*family, Some((account(family), vec![address(family)], None))));
            let (found, denied, person) = store.find_family_of_token(family.id, "jti").await.unwrap().unwrap();
            let person_alone = Some((account(family), vec![address(family)]));
            assert_eq!((&found, denied, &person), (&*family, false, &person_alone));
            assert_eq!(store.find_person(family.account).await.unwrap(), person_alone);
            let rotation = families::rotation(family, &self.env);
            assert_eq!(store.rotate_refresh_token(rotation.clone()).await.unwrap(), RotationOutcome::Rotated);
            assert!(matches!(store.rotate_refresh_token(rotation.clone()).await.unwrap(), RotationOutcome::Repeated(_)));
            *family = families::after(family.clone(), &rotation);
        }
        let nobody = family(PEOPLE, &self.env);
        assert_eq!(store.find_family(nobody.id).await.unwrap(), None);
        assert_eq!(store.find_person(nobody.account).await.unwrap(), None);
        assert_eq!(store.rotate_refresh_token(families::rotation(&nobody, &self.env)).await.unwrap(), RotationOutcome::Unknown);
    }
}

fn id(person: u8, kind: u8) -> Id {
    Id::new(Timestamp(1_800_000_000_000_000), [7, person, kind, 0, 0, 0, 0, 0])
}

fn family(person: u8, env: &Env) -> RefreshTokenFamily {
    RefreshTokenFamily { id: FamilyId(id(person, 1)), account: AccountId(id(person, 2)), ..families::family(env) }
}

fn account(family: &RefreshTokenFamily) -> Account {
    Account {
        id: family.account,
        subject: family.account.to_string(),
        realm: Realm::SHARED,
        name: "Ada".into(),
        locale: "en".into(),
        created_at: Timestamp(1),
        updated_at: Timestamp(1),
        disabled_at: None,
        profile: None,
    }
}

fn address(family: &RefreshTokenFamily) -> AccountEmail {
    let address = format!("{}@example.com", family.account);
    AccountEmail { canonical: address.clone(), address, account: family.account, verified_at: Some(Timestamp(1)) }
}

#[tokio::test]
async fn the_first_row_of_a_place_has_it_and_the_others_are_found_all_the_same() {
    let mut crowd = Crowd::new().await;
    for table in TABLES {
        let places = crowd.places(table);
        assert_eq!(places.len(), usize::from(PEOPLE));
        assert_eq!(places[0].1, PLACE, "{table:?}");
    }
    crowd.check().await;
}

/// A version that knew no places numbered them from 1.
#[tokio::test]
async fn rows_of_an_older_version_are_found() {
    let mut crowd = Crowd::new().await;
    for table in TABLES {
        crowd.run(&format!("UPDATE {0} SET rowid = rowid - (SELECT MIN(rowid) FROM {0}) + 1", table.0));
        assert_eq!(crowd.places(table)[0].1, 1);
    }
    crowd.check().await;
    // and new ones beside them get their place
    let mut next = family(0, &crowd.env);
    next.id = FamilyId(id(PEOPLE + 1, 1));
    crowd.file.store.insert_family(next.clone()).await.unwrap();
    assert_eq!(crowd.places(TABLES[2]).last().unwrap().1, PLACE);
    assert_eq!(crowd.file.store.find_family(next.id).await.unwrap(), Some(next));
}

// req: rt.reuse
#[tokio::test]
async fn a_row_in_anothers_place_is_not_taken_for_it() {
    let mut crowd = Crowd::new().await;
    for (table, _) in TABLES {
        // everybody else comes to be where the first was, in turn
        for _ in 1..PEOPLE {
            crowd.run(&format!(
                "UPDATE {table} SET rowid = -rowid;
                UPDATE {table} SET rowid = CASE WHEN rowid = -{PLACE} THEN {PLACE} + {PEOPLE} - 1 ELSE -rowid - 1 END"
            ));
            crowd.check().await;
        }
    }
}

/// Which may number rows anew, though it does not where a table has an index.
#[tokio::test]
async fn rows_are_found_after_a_vacuum() {
    let mut crowd = Crowd::new().await;
    crowd.run("VACUUM");
    crowd.check().await;
}

/// Told as before: that a place is taken is not that the row is there.
#[tokio::test]
async fn an_id_that_is_there_already_is_refused() {
    let crowd = Crowd::new().await;
    for family in &crowd.families {
        assert!(crowd.file.store.insert_family(family.clone()).await.is_err());
        assert!(crowd.file.store.insert_account(account(family)).await.is_err());
        assert_eq!(crowd.file.store.insert_email(address(family)).await.unwrap(), Insertion::Taken);
    }
    assert_eq!(crowd.places(TABLES[2]).len(), usize::from(PEOPLE));
}
