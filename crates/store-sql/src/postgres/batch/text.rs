//! From the text of a statement for one to its text for many.
//!
//! The text of a verb stands once, in [`crate::verbs`]. That for many is made from it, so that it cannot decide otherwise: each `$n` becomes
//! a column of `asked`, a table of the parameters of all who ask, and each row that comes back says in its last cell for whom it is.

use std::fmt::Write as _;

/// A statement for many.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Many {
    pub(super) sql: String,
    /// How many parameters each who asks has.
    pub(super) parameters: usize,
    /// It changes rows: each must be changed by one who asks, at the most.
    pub(super) writes: bool,
}

/// Takes `SELECT …` with parameters and `UPDATE … SET … WHERE …`, with `RETURNING …` or without. None: it is neither.
pub(super) fn many(one: &str) -> Option<Many> {
    let (sql, parameters) = with_columns_for_parameters(one);
    let numbers: Vec<String> = (1..=parameters).map(|n| format!("${n}")).collect();
    let columns: Vec<String> = (1..=parameters).map(|n| format!("p{n}")).collect();
    let asked = format!("UNNEST({}) WITH ORDINALITY AS asked({}, place)", numbers.join(", "), columns.join(", "));
    let (sql, writes) = if sql.starts_with("SELECT ") && parameters > 0 {
        // The offset keeps each look one by itself. Taken apart, and joined for all who ask, PostgreSQL without statistics reads whole
        // tables for them.
        (format!("SELECT found.*, asked.place FROM {asked}, LATERAL ({sql} OFFSET 0) AS found"), false)
    } else if sql.starts_with("UPDATE ") {
        let (what, which) = sql.rsplit_once("WHERE ")?;
        let place = if which.contains("RETURNING ") { ", asked.place" } else { " RETURNING asked.place" };
        (format!("{} FROM {asked} WHERE {which}{place}", what.trim_end()), true)
    } else {
        return None;
    };
    Some(Many { sql, parameters, writes })
}

/// Each `$n` as `asked.pn`, and the highest `n`.
fn with_columns_for_parameters(one: &str) -> (String, usize) {
    let mut parts = one.split('$');
    let mut sql = parts.next().unwrap_or_default().to_owned();
    let mut highest = 0;
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        highest = highest.max(number.parse().unwrap_or(0));
        write!(sql, "asked.p{number}{rest}").unwrap_or_default();
    }
    (sql, highest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_for_one_becomes_a_read_for_many() {
        let many = many("SELECT a.x, e.y\n    FROM a LEFT JOIN e ON e.z = a.id WHERE a.id = $1 AND a.ends > $2 ORDER BY e.y").unwrap();
        let sql = "SELECT found.*, asked.place FROM UNNEST($1, $2) WITH ORDINALITY AS asked(p1, p2, place), LATERAL (\
            SELECT a.x, e.y\n    FROM a LEFT JOIN e ON e.z = a.id WHERE a.id = asked.p1 AND a.ends > asked.p2 ORDER BY e.y OFFSET 0) AS found";
        assert_eq!(many, Many { sql: sql.to_owned(), parameters: 2, writes: false });
    }

    #[test]
    fn a_cell_may_be_a_look_at_another_table() {
        let many = many("SELECT a, (SELECT k FROM d WHERE k = $2) FROM t WHERE id = $1").unwrap();
        let sql = "SELECT found.*, asked.place FROM UNNEST($1, $2) WITH ORDINALITY AS asked(p1, p2, place), LATERAL (\
            SELECT a, (SELECT k FROM d WHERE k = asked.p2) FROM t WHERE id = asked.p1 OFFSET 0) AS found";
        assert_eq!(many.sql, sql);
    }

    #[test]
    fn an_update_of_one_row_becomes_an_update_of_many() {
        let many = many("UPDATE t SET a = CASE WHEN b > $10 THEN $2 ELSE a END\n    WHERE id = $1 RETURNING id, a").unwrap();
        assert_eq!((many.parameters, many.writes), (10, true));
        assert!(many.sql.starts_with("UPDATE t SET a = CASE WHEN b > asked.p10 THEN asked.p2 ELSE a END FROM UNNEST($1, $2, "));
        assert!(many.sql.ends_with(", p10, place) WHERE id = asked.p1 RETURNING id, a, asked.place"));
    }

    #[test]
    fn an_update_that_returns_nothing_says_whose_row_it_touched() {
        let sql = "UPDATE t SET a = asked.p2 FROM UNNEST($1, $2) WITH ORDINALITY AS asked(p1, p2, place) WHERE id = asked.p1 \
            RETURNING asked.place";
        let many = many("UPDATE t SET a = $2 WHERE id = $1").unwrap();
        assert_eq!(many, Many { sql: sql.to_owned(), parameters: 2, writes: true });
    }

    #[test]
    fn nothing_else_is_taken() {
        for one in ["INSERT INTO t (a) VALUES ($1)", "DELETE FROM t WHERE id = $1", "SELECT 1"] {
            assert_eq!(many(one), None, "{one}");
        }
    }

    #[test]
    fn every_hot_statement_is_taken() {
        for one in crate::verbs::hot() {
            assert!(many(one).is_some(), "{one}");
        }
    }
}
