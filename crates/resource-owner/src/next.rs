//! `next`: where to go after a page of ours. Only a path of this very origin is taken.

/// A path and query of ours, proven to stay on this origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextPath(String);

const LONGEST: usize = 1_000;

impl NextPath {
    /// Takes a path of this origin, and nothing that a browser or a proxy could read as another host.
    ///
    /// RFC 9700 §4.11: an open redirector helps phishers; so the rule is an allow-list of characters, and not a list of tricks.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let stays = text.len() <= LONGEST && begins_with_one_slash(text) && text.bytes().all(is_plain) && path_is_plain(text);
        stays.then(|| Self(text.to_owned()))
    }

    /// The path and query.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn begins_with_one_slash(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'))
}

/// No control characters, spaces, backslashes, `@`, `:`, quotes or anything beyond ASCII.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~?&=%+,".contains(&byte)
}

/// In the path no escape (so `%2f%2f` cannot be unescaped on the way), no empty and no dot segment (so nothing is folded into `//`).
fn path_is_plain(text: &str) -> bool {
    let path = text.split('?').next().unwrap_or_default();
    let segments = path.trim_start_matches('/').split('/');
    let empty_segment = path.contains("//");
    let dot_segment = segments.into_iter().any(|segment| segment == "." || segment == "..");
    !path.contains('%') && !empty_segment && !dot_segment
}

impl std::fmt::Display for NextPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published lists of open-redirect tricks, shortened to one of each kind.
    const TRICKS: &[&str] = &[
        "",
        "evil.example",
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "\\\\evil.example",
        "/\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/ /evil.example",
        "/%09/evil.example",
        "/%0a/evil.example",
        "/%2f%2fevil.example",
        "/%2Fevil.example",
        "/%5cevil.example",
        "/%5C%5Cevil.example",
        "%2f%2fevil.example",
        "/.//evil.example",
        "/..//evil.example",
        "/./evil.example",
        "/accounts/..//evil.example",
        "/accounts//evil.example",
        "/accounts/../..",
        "/@evil.example",
        "/accounts@evil.example",
        "@evil.example",
        "https://evil.example",
        "https:/evil.example",
        "https:evil.example",
        "HTTPS://evil.example",
        "http:\\\\evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "/javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:https://evil.example/x",
        "file:///etc/passwd",
        "?next=//evil.example",
        "#//evil.example",
        "/#//evil.example",
        "/;@evil.example",
        "/\u{ff0f}evil.example",
        "\u{ff0f}\u{ff0f}evil.example",
        "/\u{2215}evil.example",
        "/\u{0}evil.example",
        "/\u{7f}evil.example",
        "/é",
        "/<script>",
        "/\"onload",
        "/'x",
        "/[::1]",
        "/a?b=https://evil.example",
        "/a?b=c\r\nset-cookie: x=y",
    ];

    // req: wb.next
    #[test]
    fn whatever_a_browser_or_proxy_could_read_as_another_host_is_refused() {
        for trick in TRICKS {
            assert_eq!(NextPath::parse(trick), None, "{trick:?}");
        }
        assert_eq!(NextPath::parse(&format!("/{}", "a".repeat(LONGEST))), None);
    }

    #[test]
    fn a_path_of_ours_is_taken_as_it_stands() {
        for path in ["/", "/accounts/", "/accounts/login/?transaction=AbC-_1", "/demo?a=b&c=%2Fd", "/a/b.c/~d"] {
            assert_eq!(NextPath::parse(path).map(|next| next.to_string()).as_deref(), Some(path));
        }
    }
}
