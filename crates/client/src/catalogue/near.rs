//! The nearest name to a name that is not there.

/// The candidate that is most like `name`, if one is like enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    let bound = (name.chars().count() / 3).clamp(2, 3);
    let measured = candidates.map(|candidate| (distance(&name, candidate), candidate));
    measured.filter(|(far, near)| *far <= bound && far * 2 <= near.len()).min().map(|(_, near)| near)
}

/// Letters to insert, delete or replace (Levenshtein), row by row.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let first: Vec<usize> = (0..=b.len()).collect();
    let last = a.chars().enumerate().fold(first, |above, (row, letter)| {
        let mut line = Vec::with_capacity(above.len());
        let mut left = row + 1;
        line.push(left);
        for (pair, other) in above.windows(2).zip(&b) {
            let &[diagonal, over] = pair else { continue };
            left = (left + 1).min(over + 1).min(diagonal + usize::from(letter != *other));
            line.push(left);
        }
        line
    });
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_is_understood_and_another_word_is_not() {
        let names = || ["google", "github", "gitlab", "x"].into_iter();
        assert_eq!(nearest("gogle", names()), Some("google"));
        assert_eq!(nearest("GitHub", names()), Some("github"));
        assert_eq!(nearest("gitlub", names()), Some("github"));
        assert_eq!(nearest("microsoft", names()), None);
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), distance("abc", "")), (3, 3, 3));
    }
}
