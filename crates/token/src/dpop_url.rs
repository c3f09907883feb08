//! `htu`: two texts of one URL (RFC 9449 §4.3 point 9, RFC 3986 §6.2.2 and §6.2.3).

/// True when both name the same place: query and fragment do not count, nor do the case of scheme and host, the default port, an empty
/// path, and how an unreserved character is written.
pub(crate) fn same_url(one: &str, other: &str) -> bool {
    match (normal(one), normal(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// Scheme, host with port, path; `None` for what is no URL of HTTP, or names a user.
fn normal(url: &str) -> Option<(String, String, String)> {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (scheme, rest) = url.get(..end)?.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = authority.to_ascii_lowercase();
    let authority = authority.strip_suffix(default_port).or_else(|| authority.strip_suffix(':')).unwrap_or(&authority);
    if authority.is_empty() || authority.contains(['@', '\\']) || url.bytes().any(|byte| byte <= b' ') {
        return None;
    }
    let path = if path.is_empty() { "/".to_owned() } else { normal_path(path) };
    Some((scheme, authority.to_owned(), path))
}

/// RFC 3986 §6.2.2.1, §6.2.2.2: `%7e` and `%7E` are `~`; of others, the digits are capitals.
fn normal_path(path: &str) -> String {
    let mut normal = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        normal.push_str(before);
        let digits = after.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') => normal.push(char::from(byte)),
            Some(byte) => normal.push_str(&format!("%{byte:02X}")),
            None => {
                normal.push('%');
                rest = after;
                continue;
            }
        }
        rest = after.get(2..).unwrap_or_default();
    }
    normal.push_str(rest);
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: dp.proof
    #[test]
    fn what_names_no_host_or_a_user_is_not_even_the_same_as_itself() {
        for url in [
            "https:///token",
            "https://",
            "https://a@id.example/token",
            "https://id.example\\token/",
            "ftp://id.example/",
            "/token",
            "https://id.example/a b",
        ] {
            assert!(!same_url(url, url), "{url}");
        }
        assert!(same_url("HTTPS://ID.example:443", "https://id.example/"));
    }
}
