//! No statement reads a table that grows with the number of people from one end to the other: then each
//! costs the same with ten people and with ten million.

use chabi_store_sql::{migrations, verbs};

/// Tables with a row for each application, key or fact: their number does not follow that of people.
const SMALL: [&str; 9] =
    ["applications", "apis", "signing_keys", "facts", "versions", "schema_migrations", "client_epochs", "social_applications", "sites"];
/// What may look at all rows, and why.
const ALLOWED: [(&str, &str); 1] = [("SELECT COUNT(*) FROM accounts", "an operator asks how many people there are")];

#[test]
fn sqlite_finds_every_row_by_an_index() {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    for migration in migrations::ALL {
        connection.execute_batch(migration.sql).unwrap();
    }
    let mut complaints = Vec::new();
    for sql in verbs::statements() {
        if ALLOWED.iter().any(|(allowed, _)| sql.starts_with(allowed)) {
            continue;
        }
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
        let steps = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>("detail")).unwrap();
        let steps: Vec<String> = steps.map(Result::unwrap).collect();
        // what a part of the statement has found is no table: how it is found stands in the steps of that part
        let is_found =
            |name: &str| steps.iter().any(|step| step == &format!("CO-ROUTINE {name}") || step == &format!("MATERIALIZE {name}"));
        for step in &steps {
            let whole = step.strip_prefix("SCAN ").filter(|rest| !rest.starts_with("CONSTANT ROW") && !rest.starts_with("(subquery"));
            let table = whole.map(|rest| rest.split(' ').next().unwrap_or_default());
            // an index whose rows are asked for in its own order is followed, not searched
            let ordered = step.contains("USING INDEX") || step.contains("USING COVERING INDEX");
            if !table.is_none_or(|table| SMALL.contains(&table) || is_found(table) || (ordered && sql.contains("LIMIT"))) {
                complaints.push(format!("{step}: {sql}"));
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}
