//! Each target over its seeds, and over thousands of changes to them: the same ones at every run.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use chabi_fuzz::{Target, targets};

/// Changes to the seeds of each target. The fuzzer itself makes millions; these find what is shallow, in a second.
const CHANGES: usize = 20_000;

/// A small generator of its own (xorshift64*): what is drawn is the same on every machine.
struct Dice(u64);

impl Dice {
    fn draw(&mut self, among: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % among.max(1)
    }
}

/// What parsers stumble over.
const ODD: [&[u8]; 16] = [
    b"\0",
    b"%00",
    b"%",
    b"\xff",
    "ü".as_bytes(),
    b"&",
    b"=",
    b"\"",
    b"\\",
    b"{{{{",
    b"[]",
    b"-1",
    b"99999999999999999999",
    b"\r\n",
    b"..",
    b"null",
];

fn change(seed: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.draw(4) {
        let at = dice.draw(bytes.len() + 1);
        match dice.draw(6) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => bytes[at] ^= 1 << dice.draw(8),
            2 => drop(bytes.splice(at..at, ODD[dice.draw(ODD.len())].iter().copied())),
            3 if at < bytes.len() => drop(bytes.remove(at)),
            4 => {
                let from = dice.draw(other.len() + 1);
                drop(bytes.splice(at.., other[from..].iter().copied()));
            }
            _ => {
                let half = bytes[at.min(bytes.len())..].to_vec();
                bytes.extend(half);
                bytes.truncate(8_192);
            }
        }
    }
    bytes
}

fn shake(target: &Target) {
    let mut dice = Dice(0x00C0_FFEE);
    (target.run)(b"");
    for seed in target.seeds {
        (target.run)(seed.as_bytes());
    }
    for _ in 0..CHANGES {
        let (seed, other) = (target.seeds[dice.draw(target.seeds.len())], target.seeds[dice.draw(target.seeds.len())]);
        (target.run)(&change(seed.as_bytes(), other.as_bytes(), &mut dice));
    }
}

// req: jw.size, jw.none, az.dup
#[test]
fn no_parser_panics_or_says_what_is_not_true() {
    for target in targets() {
        shake(&target);
    }
}

#[test]
fn targets_have_names_of_their_own_and_seeds() {
    let mut names: Vec<&str> = targets().iter().map(|target| target.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), targets().len());
    assert!(targets().iter().all(|target| !target.seeds.is_empty()));
}
