//! Rows that are found without an index: this engine's alone.
//!
//! Whoever looks a row up by its id walks down two trees: the index, which says the row's number (its `rowid`), and the table, which is
//! ordered by it. An id begins with its moment and grows, as rowids do. So a row of [`TABLES`] gets the number that its id says, and is
//! looked for there first: one walk. With millions of rows each walk ends in a page that nobody remembers. Somebody's first address has the
//! number of their account's id.
//!
//! The number is a hint, and the id decides: a row that is elsewhere (an older version put it there, the number was taken, `VACUUM` gave
//! rows others, as it may) is found by the index as before.

use std::sync::LazyLock;

use rusqlite::{Connection, functions::FunctionFlags};

use crate::verbs;

/// What token requests look up by its id, and of which there are as many as people.
const TABLES: [&str; 2] = ["accounts", "token_families"];

/// Statements that ask for a row at its place, beside those that ask for it wherever it is.
static PLACED: LazyLock<Vec<(&str, String)>> =
    LazyLock::new(|| verbs::placed().filter_map(|sql| Some((sql, at_its_place(sql)?))).collect());

/// The statement for the row at its place. Where it finds and changes nothing, the row may be elsewhere: then `sql` itself is the answer.
pub(super) fn placed(sql: &str) -> Option<&'static str> {
    PLACED.iter().find(|(plain, _)| *plain == sql).map(|(_, placed)| placed.as_str())
}

/// Makes `place_of` known to a connection.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    // no schema may name it: other programs must be able to read the file
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("place_of", 1, flags, |context| Ok(context.get_raw(0).as_blob().ok().and_then(place_of)))
}

/// The number of the row with this id: its microsecond, and five bits of what is random in it, for those of one microsecond. Eight bytes
/// in SQLite's way to write numbers; one more since the year 2041.
fn place_of(id: &[u8]) -> Option<i64> {
    let [a, b, c, d, e, f, g, h, random] = *id.first_chunk::<9>()?;
    Some((i64::from_be_bytes([a, b, c, d, e, f, g, h]) << 5) | i64::from(random >> 3))
}

fn at_its_place(sql: &str) -> Option<String> {
    let whole = || TABLES.iter().find_map(|table| insertion(sql, table).or_else(|| look(sql, table)));
    let placed = first_address(sql).or_else(whole).unwrap_or_else(|| sql.to_owned());
    let placed = placed.replacen(GRANTED_BY, GRANTED_BY_AT_THEIR_PLACE, 1);
    Some(granters_address(&placed).unwrap_or(placed)).filter(|placed| placed != sql)
}

/// A row whose number is taken is left to the plain statement, which gives it any other one.
fn insertion(sql: &str, table: &str) -> Option<String> {
    let (columns, values) = sql.strip_prefix(&format!("INSERT INTO {table} ("))?.split_once("VALUES (")?;
    Some(format!("INSERT INTO {table} (rowid, {columns}VALUES (place_of($1), {values} ON CONFLICT DO NOTHING"))
}

/// Somebody's first address gets the number that their id says. The others of them get any.
fn first_address(sql: &str) -> Option<String> {
    let (columns, rest) = sql.strip_prefix("INSERT INTO account_emails (")?.split_once(") SELECT ")?;
    let (row, _) = rest.split_once("ON CONFLICT")?;
    Some(format!(
        "INSERT INTO account_emails (rowid, {columns}) SELECT CASE WHEN COUNT(*) = 0 THEN place_of($3) END, {row}ON CONFLICT DO NOTHING"
    ))
}

/// A read or a change of one row by its id.
fn look(sql: &str, table: &str) -> Option<String> {
    let name = ["g.", "a.", ""].into_iter().find(|name| is_of(sql, table, name) && sql.contains(&format!("WHERE {name}id = $1")))?;
    let there = format!("WHERE {name}rowid = place_of($1) AND {name}id = $1");
    Some(sql.replacen(&format!("WHERE {name}id = $1"), &there, 1))
}

/// Whether it reads or changes rows of a table by this name.
fn is_of(sql: &str, table: &str, name: &str) -> bool {
    let called = name.strip_suffix('.').map_or_else(|| table.to_owned(), |letter| format!("{table} {letter}"));
    [format!("FROM {called} "), format!("UPDATE {called} SET")].iter().any(|text| sql.contains(text))
}

const GRANTED_BY: &str = "accounts a ON a.id = g.account_id";
/// Wherever they are: that a person was missed could not be told from their being gone.
const GRANTED_BY_AT_THEIR_PLACE: &str = "accounts a ON a.rowid = COALESCE(
    (SELECT x.rowid FROM accounts x WHERE x.rowid = place_of(g.account_id) AND x.id = g.account_id),
    (SELECT x.rowid FROM accounts x WHERE x.id = g.account_id))";

/// Of all addresses of who granted something, the one that counts (`chabi_store::account::main_address`): somebody's first, where it is
/// proven, before which none can come; else whichever it is.
const MAIN_ADDRESS: &str = "COALESCE(
    (SELECT x.rowid FROM account_emails x WHERE x.rowid = place_of(a.id) AND x.account_id = a.id AND x.position = 1
        AND x.verified_at IS NOT NULL),
    (SELECT x.rowid FROM account_emails x WHERE x.account_id = a.id ORDER BY x.verified_at IS NULL, x.position, x.canonical LIMIT 1))";

fn granters_address(sql: &str) -> Option<String> {
    let (before, rest) = sql.split_once("account_emails e ON e.account_id = ").filter(|_| sql.contains(GRANTED_BY_AT_THEIR_PLACE))?;
    let (whose, rest) = rest.split_once(" WHERE ")?;
    Some(format!("{before}account_emails e ON e.rowid = {} WHERE {rest}", whose.replacen("a.id", MAIN_ADDRESS, 1)))
}

#[cfg(test)]
mod tests {
    use chabi_token::Env;

    use super::*;
    use crate::sqlite::{Place, connection, migrate};

    /// How SQLite finds what a statement asks for.
    fn steps(connection: &Connection, sql: &str) -> Vec<String> {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
        let steps = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get("detail")).unwrap();
        steps.map(Result::unwrap).collect()
    }

    #[test]
    fn what_token_requests_look_up_is_found_at_its_place_before_an_index_is_asked() {
        let mut connection = connection::open_writer(&Place::Memory).unwrap();
        migrate::run(&mut connection, &Env::system()).unwrap();
        let mut looks = 0;
        for (plain, placed) in PLACED.iter().filter(|(plain, _)| !plain.starts_with("INSERT")) {
            looks += 1;
            let (before, now) = (steps(&connection, plain), steps(&connection, placed));
            let table = |steps: &[String]| steps.first().unwrap().split(' ').nth(1).unwrap().to_owned();
            assert!(before[0].contains("USING INDEX sqlite_autoindex_"), "{before:#?}");
            if !plain.contains("FROM authorization_codes") {
                assert_eq!(now[0], format!("SEARCH {} USING INTEGER PRIMARY KEY (rowid=?)", table(&before)), "{now:#?}");
            }
            assert!(!now.iter().any(|step| step.starts_with("SCAN ")), "{now:#?}");
            if plain.contains(GRANTED_BY) {
                for name in ["a", "e"] {
                    let step = format!("SEARCH {name} USING INTEGER PRIMARY KEY (rowid=?)");
                    assert!(now.iter().any(|found| found.starts_with(&step)), "{now:#?}");
                }
            }
        }
        // three looks at a family and its two changes, two at a person, and one at who granted a code
        assert_eq!((looks, PLACED.len() - looks), (8, 3));
        assert_eq!(PLACED.len(), verbs::placed().count(), "each of the list has its second form");
    }

    #[test]
    fn rows_of_one_microsecond_have_places_of_their_own_and_later_ones_come_after() {
        let id = |micros: i64, random: u8| [&micros.to_be_bytes()[..], &[random; 8]].concat();
        let now = 1_800_000_000_000_000;
        let places = [id(now - 1, 255), id(now, 0), id(now, 8), id(now, 255), id(now + 1, 0)].map(|id| place_of(&id).unwrap());
        assert!(places.is_sorted_by(|one, next| one < next), "{places:?}");
        assert_eq!(place_of(&id(now, 7)), place_of(&id(now, 0)), "the other bits are for the id to tell apart");
        // whatever somebody presents has some place
        for strange in [id(i64::MAX, 255), id(i64::MIN, 0), id(-1, 255)] {
            assert!(place_of(&strange).is_some());
        }
        assert_eq!(place_of(b"too few"), None);
    }
}
