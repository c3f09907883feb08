//! The arrows between the crates (the table of ARCHITECTURE.md): an arrow that is not in the table fails.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// Crate, and what it may use. `testkit` and the crate's own name are added for dev-dependencies.
const MAY_USE: [(&str, &[&str]); 28] = [
    ("chabi-spec", &[]),
    ("chabi-token", &["chabi-spec"]),
    ("chabi-pages", &["chabi-spec"]),
    ("chabi-store", &["chabi-token", "chabi-spec"]),
    ("chabi-outgoing", &["chabi-token", "chabi-spec"]),
    ("chabi-client", &["chabi-outgoing", "chabi-token", "chabi-spec"]),
    ("chabi-registration", &["chabi-outgoing", "chabi-store", "chabi-token", "chabi-spec"]),
    ("chabi-resource-server", &["chabi-token", "chabi-spec"]),
    ("chabi-issuing", &["chabi-store", "chabi-token", "chabi-spec"]),
    ("chabi-store-sql", &["chabi-store", "chabi-token", "chabi-spec"]),
    (
        "chabi-authorization-server",
        &[
            "chabi-issuing",
            "chabi-registration",
            "chabi-resource-server",
            "chabi-outgoing",
            "chabi-store",
            "chabi-pages",
            "chabi-token",
            "chabi-spec",
        ],
    ),
    (
        "chabi-resource-owner",
        &["chabi-authorization-server", "chabi-client", "chabi-outgoing", "chabi-store", "chabi-pages", "chabi-token", "chabi-spec"],
    ),
    (
        "chabi-admin",
        &[
            "chabi-resource-owner",
            "chabi-authorization-server",
            "chabi-resource-server",
            "chabi-client",
            "chabi-issuing",
            "chabi-registration",
            "chabi-outgoing",
            "chabi-store",
            "chabi-pages",
            "chabi-token",
            "chabi-spec",
        ],
    ),
    (
        "chabi-console",
        &[
            "chabi-admin",
            "chabi-resource-owner",
            "chabi-authorization-server",
            "chabi-client",
            "chabi-store",
            "chabi-pages",
            "chabi-token",
            "chabi-spec",
        ],
    ),
    (
        "chabi",
        &[
            "chabi-console",
            "chabi-admin",
            "chabi-resource-owner",
            "chabi-authorization-server",
            "chabi-resource-server",
            "chabi-client",
            "chabi-issuing",
            "chabi-registration",
            "chabi-outgoing",
            "chabi-store",
            "chabi-store-sql",
            "chabi-pages",
            "chabi-token",
            "chabi-spec",
        ],
    ),
    ("chabi-dev", &["chabi-pages", "chabi-token", "chabi-spec"]),
    ("chabi-server", &["chabi", "chabi-dev"]),
    ("chabi-testkit", &["chabi-store-sql", "chabi-store", "chabi-token", "chabi-spec"]),
    // no part of the product: it measures the parts one by one, and starts the whole as an operator does
    ("chabi-bench", &["chabi-resource-server", "chabi-store", "chabi-store-sql", "chabi-testkit", "chabi-token", "chabi-spec"]),
    ("chabi-models", &["chabi-store", "chabi-token"]),
    ("embed-in-axum", &["chabi"]),
    ("mcp-server", &["chabi-resource-server"]),
    ("protect-an-api", &["chabi-resource-server"]),
    ("pasted-api", &["chabi-resource-server"]),
    ("social-login-only", &["chabi-client"]),
    ("spa", &["chabi"]),
    ("chabi-fuzz", &["chabi-client", "chabi-registration", "chabi-spec", "chabi-token"]),
    ("xtask", &[]),
];

/// What tests alone may use besides: the fakes stand in for the world in the tests of the whole.
const TESTS_MAY_USE: [(&str, &str); 2] = [("chabi", "chabi-dev"), ("social-login-only", "chabi-dev")];

/// Crates that do not know the web framework.
const WITHOUT_WEB: [&str; 6] = ["chabi-spec", "chabi-token", "chabi-store", "chabi-outgoing", "chabi-client", "chabi-registration"];
const WEB: [&str; 4] = ["axum", "tower", "hyper", "tower-http"];
/// Only `store-sql` names these.
const DATABASE_DRIVERS: [&str; 5] = ["rusqlite", "tokio-postgres", "deadpool-postgres", "tokio-postgres-rustls", "sqlx"];

/// One complaint for each arrow that should not be.
pub fn check() -> Result<Vec<String>> {
    let output = process::cargo(&["metadata", "--no-deps", "--format-version", "1", "--locked"]).output().context("cargo metadata")?;
    anyhow::ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    complaints(&serde_json::from_slice(&output.stdout)?)
}

fn complaints(metadata: &Value) -> Result<Vec<String>> {
    let packages = metadata["packages"].as_array().context("packages")?;
    let own: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut complaints = Vec::new();
    for package in packages {
        let from = package["name"].as_str().context("a package's name")?;
        let Some((_, may_use)) = MAY_USE.iter().find(|(name, _)| *name == from) else {
            complaints.push(format!("{from} has no row in the table of xtask/src/layers.rs"));
            continue;
        };
        for dependency in package["dependencies"].as_array().context("dependencies")? {
            let to = dependency["name"].as_str().context("a dependency's name")?;
            let for_tests = dependency["kind"].as_str() == Some("dev");
            complaints.extend(complaint(from, to, for_tests, may_use, own.contains(&to)));
        }
    }
    Ok(complaints)
}

fn complaint(from: &str, to: &str, for_tests: bool, may_use: &[&str], is_ours: bool) -> Option<String> {
    if !is_ours {
        return foreign_complaint(from, to, for_tests);
    }
    let for_tests_only = to == "chabi-testkit" || TESTS_MAY_USE.contains(&(from, to));
    if may_use.contains(&to) || (for_tests && for_tests_only) {
        return None;
    }
    Some(format!("{from} may not use {to}"))
}

fn foreign_complaint(from: &str, to: &str, for_tests: bool) -> Option<String> {
    if DATABASE_DRIVERS.contains(&to) && from != "chabi-store-sql" {
        return Some(format!("{from} names the database driver {to}; only chabi-store-sql may"));
    }
    if WEB.contains(&to) && WITHOUT_WEB.contains(&from) && !for_tests {
        return Some(format!("{from} must not know the web framework, yet it uses {to}"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A graph of one arrow, among our own packages.
    fn graph(from: &str, to: &str, kind: Value) -> Value {
        serde_json::json!({ "packages": [
            { "name": from, "dependencies": [{ "name": to, "kind": kind }] },
            { "name": "chabi-spec", "dependencies": [] },
            { "name": "chabi-client", "dependencies": [] },
            { "name": "chabi-store-sql", "dependencies": [] },
            { "name": "chabi-testkit", "dependencies": [] },
        ]})
    }

    fn refused(from: &str, to: &str, kind: Value) -> bool {
        !complaints(&graph(from, to, kind)).unwrap().is_empty()
    }

    #[test]
    fn an_arrow_of_the_table_is_in_order() {
        assert!(!refused("chabi-token", "chabi-spec", Value::Null));
    }

    #[test]
    fn an_arrow_upwards_or_sideways_is_refused() {
        assert!(refused("chabi-dev", "chabi-client", Value::Null));
        assert!(refused("chabi-resource-owner", "chabi-store-sql", Value::Null));
    }

    #[test]
    fn testkit_is_for_tests_alone() {
        assert!(!refused("chabi-token", "chabi-testkit", "dev".into()));
        assert!(refused("chabi-token", "chabi-testkit", Value::Null));
        assert!(refused("chabi-token", "chabi-store-sql", "dev".into()));
    }

    #[test]
    fn a_database_driver_outside_store_sql_is_refused() {
        assert!(refused("chabi", "rusqlite", Value::Null));
        assert!(!refused("chabi-store-sql", "rusqlite", Value::Null));
    }

    #[test]
    fn the_store_does_not_know_the_web_framework() {
        assert!(refused("chabi-store", "axum", Value::Null));
        assert!(!refused("chabi-resource-server", "axum", Value::Null));
    }

    #[test]
    fn a_crate_without_a_row_is_refused() {
        assert!(refused("chabi-surprise", "chabi-spec", Value::Null));
    }
}
