//! Lists that say in a bit or a few which tokens were taken back (Token Status List, draft-ietf-oauth-status-list-21 §4).

use miniz_oxide::{deflate, inflate};
use serde::{Deserialize, Serialize};

use crate::{base64url, status::LIST_LENGTH};

/// The largest list that is read, in bytes before it was compressed: 16 million tokens at one bit. Ours have 16 KiB.
const LARGEST: usize = 2 * 1024 * 1024;
/// As well as zlib can; these lists are made seldom and read often.
const LEVEL: u8 = 9;

/// Why a list is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAStatusList {
    /// `bits` is none of 1, 2, 4 and 8.
    #[error("the status list has an impossible number of bits for a token")]
    Bits,
    /// `lst` is not base64url of a zlib stream, or something comes after its end.
    #[error("the status list is malformed")]
    Malformed,
    /// More than 2 MiB.
    #[error("the status list is too large")]
    TooLarge,
}

/// `status_list` of a status list token (§4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusListClaim {
    /// Bits for each token: 1, 2, 4 or 8.
    pub bits: u8,
    /// The list, compressed by zlib, base64url.
    pub lst: String,
}

/// A list, not compressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    /// log2 of the bits for each token.
    shift: u32,
    bytes: Vec<u8>,
}

impl StatusList {
    /// A list of ours: one bit for each of [`LIST_LENGTH`] places, 1 at these positions. What is no position of a list is left out.
    #[must_use]
    pub fn of(positions: impl IntoIterator<Item = i64>) -> Self {
        let length = usize::try_from(LIST_LENGTH / 8).unwrap_or_default();
        let mut list = Self { shift: 0, bytes: vec![0; length] };
        for position in positions {
            if let Some((byte, low)) = list.place(position)
                && let Some(byte) = list.bytes.get_mut(byte)
            {
                *byte |= 1 << low;
            }
        }
        list
    }

    /// Reads a list.
    ///
    /// # Errors
    /// When it is malformed or too large; a small text that would become a large list is given up at 2 MiB.
    pub fn parse(claim: &StatusListClaim) -> Result<Self, NotAStatusList> {
        // §4.1: one, two, four or eight bits for each token
        let shift = match claim.bits {
            1 => 0,
            2 => 1,
            4 => 2,
            8 => 3,
            _ => return Err(NotAStatusList::Bits),
        };
        let compressed = base64url::decode(&claim.lst).map_err(|_| NotAStatusList::Malformed)?;
        let bytes = inflate::decompress_to_vec_zlib_with_limit(&compressed, LARGEST).map_err(|error| match error.status {
            inflate::TINFLStatus::HasMoreOutput => NotAStatusList::TooLarge,
            _ => NotAStatusList::Malformed,
        })?;
        Ok(Self { shift, bytes })
    }

    /// As it stands in a status list token.
    #[must_use]
    pub fn claim(&self) -> StatusListClaim {
        StatusListClaim { bits: 1 << self.shift, lst: base64url::encode(deflate::compress_to_vec_zlib(&self.bytes, LEVEL)) }
    }

    /// The status at a position: 0 is good, 1 taken back, others are suspended or the issuer's own (§7.1). `None` when the list has no
    /// such position: then nothing is known (§8.3).
    #[must_use]
    pub fn status(&self, position: i64) -> Option<u8> {
        let (byte, low) = self.place(position)?;
        let mask = u8::MAX >> (8 - (1 << self.shift));
        self.bytes.get(byte).map(|byte| (byte >> low) & mask)
    }

    /// How many tokens it tells of.
    #[must_use]
    pub fn length(&self) -> usize {
        (self.bytes.len() * 8) >> self.shift
    }

    /// Which byte, and its lowest bit there. §4.1: from the least significant bit of the first byte upwards.
    fn place(&self, position: i64) -> Option<(usize, u32)> {
        let first_bit = usize::try_from(position).ok()?.checked_mul(1 << self.shift)?;
        Some((first_bit / 8, u32::try_from(first_bit % 8).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn claim(bits: u8, lst: &str) -> StatusListClaim {
        StatusListClaim { bits, lst: lst.to_owned() }
    }

    fn compressed(bits: u8, bytes: &[u8]) -> StatusListClaim {
        claim(bits, &base64url::encode(deflate::compress_to_vec_zlib(bytes, LEVEL)))
    }

    fn all(list: &StatusList) -> Vec<u8> {
        (0..i64::try_from(list.length()).unwrap()).map(|position| list.status(position).unwrap()).collect()
    }

    #[test]
    fn the_one_bit_example_of_the_draft_reads_and_writes_byte_for_byte() {
        let list = StatusList::parse(&claim(1, "eNrbuRgAAhcBXQ")).unwrap();
        assert_eq!(list.bytes, [0xb9, 0xa3]);
        assert_eq!(all(&list), [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]);
        assert_eq!(list.claim(), claim(1, "eNrbuRgAAhcBXQ"));
    }

    #[test]
    fn the_two_bit_example_of_the_draft_reads() {
        let list = StatusList::parse(&claim(2, "eNo76fITAAPfAgc")).unwrap();
        assert_eq!(all(&list), [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]);
    }

    #[test]
    fn four_and_eight_bits_read_from_the_low_end() {
        assert_eq!(all(&StatusList::parse(&compressed(4, &[0x21, 0x43])).unwrap()), [1, 2, 3, 4]);
        assert_eq!(all(&StatusList::parse(&compressed(8, &[0x21, 0x43])).unwrap()), [0x21, 0x43]);
    }

    #[test]
    fn what_is_beyond_the_list_is_unknown_and_not_good() {
        let list = StatusList::of([]);
        assert_eq!(list.status(LIST_LENGTH - 1), Some(0));
        for position in [-1, LIST_LENGTH, i64::MAX, i64::MIN] {
            assert_eq!(list.status(position), None, "{position}");
            assert_eq!(StatusList::of([position]), list, "{position}");
        }
    }

    #[test]
    fn a_list_without_revocations_takes_less_than_a_hundred_bytes() {
        assert!(StatusList::of([]).claim().lst.len() < 100);
    }

    #[test]
    fn a_text_that_would_become_huge_is_given_up() {
        let bomb = compressed(1, &vec![0; LARGEST + 1]);
        assert!(bomb.lst.len() < 8 * 1024);
        assert_eq!(StatusList::parse(&bomb), Err(NotAStatusList::TooLarge));
        assert!(StatusList::parse(&compressed(1, &vec![0; LARGEST])).is_ok());
    }

    #[test]
    fn broken_lists_are_refused() {
        let good = StatusList::of([1]).claim().lst;
        for lst in ["", "x", "eNrbuRgAAhcBXA", "eNrbuRgAAhcBXQ==", "eNrb+RgAAhcBXQ", &good[..good.len() / 2]] {
            assert_eq!(StatusList::parse(&claim(1, lst)), Err(NotAStatusList::Malformed), "{lst}");
        }
        for bits in [0, 3, 5, 16, 255] {
            assert_eq!(StatusList::parse(&claim(bits, &good)), Err(NotAStatusList::Bits), "{bits}");
        }
    }

    proptest! {
        #[test]
        fn a_list_says_exactly_what_was_put_in(positions in prop::collection::btree_set(0..LIST_LENGTH, 0..50), other in 0..LIST_LENGTH) {
            let list = StatusList::parse(&StatusList::of(positions.iter().copied()).claim()).unwrap();
            for position in &positions {
                prop_assert_eq!(list.status(*position), Some(1));
            }
            prop_assert_eq!(list.status(other), Some(u8::from(positions.contains(&other))));
        }

        #[test]
        fn no_bytes_at_all_can_panic(bits in any::<u8>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut zlib = vec![0x78, 0xda];
            zlib.extend(&bytes);
            for bytes in [&bytes, &zlib] {
                if let Ok(list) = StatusList::parse(&claim(bits, &base64url::encode(bytes))) {
                    prop_assert!(list.status(0).is_some() || list.length() == 0);
                }
            }
        }
    }
}
