//! Who acts for somebody else (RFC 8693 §4.1).

use serde::{Deserialize, Serialize};

/// The value of `act`, and of `may_act` (§4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Subject of this issuer: a person, or an application's `client_id`.
    pub sub: String,
    /// Who acted before: for information, nobody's right comes from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Self>>,
}

impl Actor {
    /// How many stand in the chain, this one included.
    #[must_use]
    pub fn length(&self) -> usize {
        std::iter::successors(Some(self), |actor| actor.act.as_deref()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_who_acts_now_stands_outermost() {
        let first = Actor { sub: "a".to_owned(), act: None };
        let second = Actor { sub: "b".to_owned(), act: Some(Box::new(first)) };
        assert_eq!(serde_json::to_string(&second).unwrap(), r#"{"sub":"b","act":{"sub":"a"}}"#);
        assert_eq!(second.length(), 2);
    }
}
