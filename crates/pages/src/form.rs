//! The hidden fields that every form of ours carries.

use serde::Serialize;

/// Hidden fields, by these names: `csrf`, and where they are set `transaction` and `next`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FormFields {
    /// The token of `token::csrf`.
    pub csrf: String,
    /// The authorization or logout request that waits.
    pub transaction: Option<String>,
    /// Where to go afterwards: a same-origin path, checked by the caller (requirement wb.next).
    pub next: Option<String>,
}

impl FormFields {
    /// A form that nothing waits for.
    #[must_use]
    pub fn with_csrf(csrf: impl Into<String>) -> Self {
        Self { csrf: csrf.into(), transaction: None, next: None }
    }

    /// `?transaction=…&next=…`, for links that must not lose the request that waits; empty when none does.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("transaction", &self.transaction), ("next", &self.next)] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        match query.finish() {
            query if query.is_empty() => query,
            query => format!("?{query}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_carries_what_waits_and_never_the_csrf_token() {
        let form = FormFields { csrf: "secret".into(), transaction: Some("t1".into()), next: Some("/a?b=c&d".into()) };
        assert_eq!(form.query(), "?transaction=t1&next=%2Fa%3Fb%3Dc%26d");
        assert_eq!(FormFields::with_csrf("secret").query(), "");
    }
}
