//! Which bit of which status list tells whether a token was taken back (Token Status List, draft-ietf-oauth-status-list-21).

use serde::{Deserialize, Serialize};

/// Bits of one list: 16 KiB before it is compressed, some hundred bytes after.
pub const LIST_LENGTH: i64 = 1 << 17;

/// A place among all status lists of an issuer. It belongs to a grant's family of tokens, or to an application's epoch, and not to a
/// single token: so issuing a token writes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusIndex(pub i64);

impl StatusIndex {
    /// The place that list and position name; `None` when they name none of ours.
    #[must_use]
    pub fn at(list: i64, position: i64) -> Option<Self> {
        let within = list >= 0 && (0..LIST_LENGTH).contains(&position);
        within.then(|| list.checked_mul(LIST_LENGTH)?.checked_add(position).map(Self)).flatten()
    }

    /// The number of the list.
    #[must_use]
    pub fn list(self) -> i64 {
        self.0.div_euclid(LIST_LENGTH)
    }

    /// The position in the list, from 0.
    #[must_use]
    pub fn position(self) -> i64 {
        self.0.rem_euclid(LIST_LENGTH)
    }

    /// The claim of a token at this place.
    #[must_use]
    pub fn claim(self, issuer: &str) -> StatusClaim {
        StatusClaim { status_list: Some(StatusListReference { idx: self.position(), uri: list_uri(issuer, self.list()) }) }
    }
}

/// Where a list is published.
#[must_use]
pub fn list_uri(issuer: &str, list: i64) -> String {
    format!("{issuer}{LISTS}{list}")
}

/// Path of the lists, below the issuer.
pub const LISTS: &str = "/oauth2/status/";

/// `status` of a token (§6.1). Other mechanisms than the list are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusClaim {
    /// The list and the position in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_list: Option<StatusListReference>,
}

/// `status_list` of a token's `status` (§6.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusListReference {
    /// The position, from 0.
    pub idx: i64,
    /// The list.
    pub uri: String,
}

impl StatusListReference {
    /// The place, when the list is one of this issuer's.
    #[must_use]
    pub fn index(&self, issuer: &str) -> Option<StatusIndex> {
        let list = self.uri.strip_prefix(issuer)?.strip_prefix(LISTS)?;
        // one text for one list: no sign, no leading zero
        let number = list.parse::<i64>().ok().filter(|number| number.to_string() == list)?;
        StatusIndex::at(number, self.idx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.example";

    #[test]
    fn a_place_reads_back_from_its_claim() {
        for index in [0, 1, LIST_LENGTH - 1, LIST_LENGTH, 123_456_789_012] {
            let reference = StatusIndex(index).claim(ISSUER).status_list.unwrap();
            assert_eq!(reference.index(ISSUER), Some(StatusIndex(index)));
            assert_eq!(reference.index("https://id.example.org"), None);
        }
    }

    #[test]
    fn what_is_no_place_of_ours_is_none() {
        for (idx, uri) in [
            (-1, "https://id.example/oauth2/status/0"),
            (LIST_LENGTH, "https://id.example/oauth2/status/0"),
            (0, "https://id.example/oauth2/status/-1"),
            (0, "https://id.example/oauth2/status/00"),
            (0, "https://id.example/oauth2/status/+1"),
            (0, "https://id.example/oauth2/status/"),
            (0, "https://id.example/oauth2/status/9223372036854775807"),
            (0, "https://other.example/oauth2/status/1"),
        ] {
            assert_eq!(StatusListReference { idx, uri: uri.to_owned() }.index(ISSUER), None, "{idx} {uri}");
        }
    }
}
