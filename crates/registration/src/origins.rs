//! Browser origins: whose scripts may read our answers.

/// The origins of a public application's redirect URIs: their scripts call our token endpoint. None for one that has a secret.
#[must_use]
pub fn of(redirect_uris: &[String], public: bool) -> Vec<String> {
    let of_one = |uri: &String| {
        let (scheme, rest) = uri.split_once("://")?;
        let authority = rest.split(['/', '?']).next()?;
        (scheme == "https" || scheme == "http").then(|| format!("{scheme}://{authority}"))
    };
    let mut origins: Vec<String> = if public { redirect_uris.iter().filter_map(of_one).collect() } else { Vec::new() };
    origins.sort();
    origins.dedup();
    origins
}

/// A scheme, a host and perhaps a port.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['/', '?', '#', '@', ' ', '*']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origins_of_a_single_page_application_are_those_of_its_redirects() {
        let uris = ["https://app.example/callback", "https://app.example/other", "com.example.app:/callback"].map(str::to_owned);
        assert_eq!(of(&uris, true), ["https://app.example"]);
        assert!(of(&uris, false).is_empty());
    }

    #[test]
    fn an_origin_has_no_path_and_no_wildcard() {
        assert!(is_origin("https://app.example:8443"));
        for text in ["https://app.example/", "https://*.example", "app.example", "null", "https://a@b"] {
            assert!(!is_origin(text), "{text}");
        }
    }
}
