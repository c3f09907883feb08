//! Where two texts differ, character by character: for the integrator whose redirect URI is almost the registered one.

/// Longer texts are compared up to here: what follows is no longer seen at a glance.
const MOST: usize = 300;

/// A stretch of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// In both.
    Same(String),
    /// Only in what was received.
    Received(String),
    /// Only in what is registered.
    Registered(String),
}

/// What was received beside the registered text that is nearest to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The nearest of the registered ones.
    pub nearest: String,
    /// In order; all of `Same` and `Received` is what came, all of `Same` and `Registered` what is registered.
    pub pieces: Vec<Piece>,
    /// The usual mistakes in words; `None` when it is another one.
    pub words: Option<&'static str>,
}

impl Difference {
    /// Two lines of equal length with a third that marks what differs: `+` came and is not registered, `-` is registered and did not come.
    #[must_use]
    pub fn lines(&self) -> [String; 3] {
        let [mut received, mut registered, mut marks] = [const { String::new() }; 3];
        for piece in &self.pieces {
            let (text, mark) = match piece {
                Piece::Same(text) => (text, " "),
                Piece::Received(text) => (text, "+"),
                Piece::Registered(text) => (text, "-"),
            };
            let blank = " ".repeat(text.chars().count());
            received.push_str(if matches!(piece, Piece::Registered(_)) { &blank } else { text });
            registered.push_str(if matches!(piece, Piece::Received(_)) { &blank } else { text });
            marks.push_str(&mark.repeat(text.chars().count()));
        }
        [received, registered, marks].map(|line| line.trim_end().to_owned())
    }
}

/// Compares a URI with registered ones, which stand in one text with spaces between them. `None` when either is no URI.
#[must_use]
pub fn of_uris(received: &str, registered: &str) -> Option<Difference> {
    let is_uri = |text: &str| text.contains(":/") && !text.contains(char::is_whitespace);
    if !is_uri(received) {
        return None;
    }
    let candidates = registered.split(' ').filter(|one| is_uri(one));
    let compared = candidates.map(|one| (pieces(received, one), one));
    let (pieces, nearest) = compared.max_by_key(|(pieces, one)| (same(pieces), usize::MAX - one.len()))?;
    Some(Difference { words: words(received, nearest), nearest: nearest.to_owned(), pieces })
}

fn same(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| if let Piece::Same(text) = piece { text.len() } else { 0 }).sum()
}

/// The longest common subsequence, as stretches.
fn pieces(received: &str, registered: &str) -> Vec<Piece> {
    let [received, registered] = [received, registered].map(|text| text.chars().take(MOST).collect::<Vec<char>>());
    let table = lengths(&received, &registered);
    let length = |i: usize, j: usize| table.get(i).and_then(|row| row.get(j)).copied().unwrap_or_default();
    let (mut i, mut j, mut pieces) = (0, 0, Vec::new());
    loop {
        match (received.get(i), registered.get(j)) {
            (Some(left), Some(right)) if left == right => {
                push(&mut pieces, Piece::Same(left.to_string()));
                (i, j) = (i + 1, j + 1);
            }
            (Some(left), right) if right.is_none() || length(i + 1, j) >= length(i, j + 1) => {
                push(&mut pieces, Piece::Received(left.to_string()));
                i += 1;
            }
            (_, Some(right)) => {
                push(&mut pieces, Piece::Registered(right.to_string()));
                j += 1;
            }
            _ => return pieces,
        }
    }
}

/// `table[i][j]`: how long the longest common subsequence of what follows `i` and `j` is.
fn lengths(received: &[char], registered: &[char]) -> Vec<Vec<u16>> {
    let mut below = vec![0; registered.len() + 1];
    let mut table = vec![below.clone()];
    for left in received.iter().rev() {
        let mut row: Vec<u16> = vec![0];
        let pairs = registered.iter().zip(below.iter().zip(below.iter().skip(1))).rev();
        for (right, (straight, diagonal)) in pairs {
            let beside = row.last().copied().unwrap_or_default();
            row.push(if left == right { diagonal + 1 } else { beside.max(*straight) });
        }
        row.reverse();
        below.clone_from(&row);
        table.push(row);
    }
    table.reverse();
    table
}

fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match (pieces.last_mut(), piece) {
        (Some(Piece::Same(text)), Piece::Same(more))
        | (Some(Piece::Received(text)), Piece::Received(more))
        | (Some(Piece::Registered(text)), Piece::Registered(more)) => text.push_str(&more),
        (_, piece) => pieces.push(piece),
    }
}

fn words(received: &str, registered: &str) -> Option<&'static str> {
    let without_scheme = |text: &str| text.split_once("://").map(|(_, rest)| rest.to_owned());
    let without_query = |text: &str| text.split(['?', '#']).next().unwrap_or_default().to_owned();
    let named = |text: &str| text.replace("//127.0.0.1", "//localhost").replace("//[::1]", "//localhost");
    let without_port = |text: &str| match text.split_once("://").map(|(scheme, rest)| (scheme, rest.split_once('/').unwrap_or((rest, ""))))
    {
        Some((scheme, (authority, path))) => {
            format!("{scheme}://{}/{path}", authority.rsplit_once(':').map_or(authority, |(host, _)| host))
        }
        None => text.to_owned(),
    };
    Some(match () {
        () if received == registered => return None,
        () if received.trim_end_matches('/') == registered.trim_end_matches('/') => "they differ by a slash at the end",
        () if without_scheme(received) == without_scheme(registered) => "they differ by the scheme: http or https",
        () if received.eq_ignore_ascii_case(registered) => "they differ by large and small letters",
        () if named(received) == named(registered) => "localhost and 127.0.0.1 are one machine, and two texts",
        () if without_query(received) == without_query(registered) => {
            "they differ by what follows the `?`: a query is registered with the URI or not sent"
        }
        () if without_port(received) == without_port(registered) => "they differ by the port",
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_compared_with_the_nearest_one_character_by_character() {
        let found = of_uris("https://app.example/callback/", "https://other.example/ https://app.example/callback").unwrap();
        assert_eq!(found.nearest, "https://app.example/callback");
        assert_eq!(found.pieces, [Piece::Same("https://app.example/callback".into()), Piece::Received("/".into())]);
        assert_eq!(found.words, Some("they differ by a slash at the end"));
        let [received, registered, marks] = found.lines();
        assert_eq!(received, "https://app.example/callback/");
        assert_eq!((registered, marks.len()), ("https://app.example/callback".into(), received.len()));
    }

    #[test]
    fn both_sides_can_be_put_together_from_the_pieces() {
        for (received, registered) in [
            ("http://localhost:3000/cb", "https://localhost:3000/cb"),
            ("https://a.example/বীণা?x=1", "https://b.example/বীণা"),
            ("https://x/", "com.example.app:/callback"),
        ] {
            let [mut left, mut right] = [String::new(), String::new()];
            for piece in of_uris(received, registered).unwrap().pieces {
                match piece {
                    Piece::Same(text) => [&mut left, &mut right].into_iter().for_each(|side| side.push_str(&text)),
                    Piece::Received(text) => left.push_str(&text),
                    Piece::Registered(text) => right.push_str(&text),
                }
            }
            assert_eq!((left.as_str(), right.as_str()), (received, registered));
        }
    }

    #[test]
    fn the_usual_mistakes_are_put_into_words() {
        for (received, registered, word) in [
            ("http://app.example/cb", "https://app.example/cb", "scheme"),
            ("https://app.example/CB", "https://app.example/cb", "small letters"),
            ("http://127.0.0.1:3000/cb", "http://localhost:3000/cb", "one machine"),
            ("https://app.example/cb?foo=bar", "https://app.example/cb", "query"),
            ("https://app.example:8443/cb", "https://app.example/cb", "port"),
        ] {
            assert!(of_uris(received, registered).unwrap().words.unwrap().contains(word), "{received}");
        }
        assert_eq!(of_uris("https://app.example/else", "https://app.example/cb").unwrap().words, None);
    }

    #[test]
    fn what_is_no_uri_is_not_compared() {
        assert_eq!(of_uris("openid", "openid email"), None);
        assert_eq!(of_uris("https://app.example/", "a registered application"), None);
        assert!(of_uris(&format!("https://app.example/{}", "x".repeat(2_000)), "https://app.example/").is_some());
    }
}
