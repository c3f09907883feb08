//! The static files: inside the binary, with a hash of their content in the name, to be cached for ever.

use http::{HeaderName, HeaderValue, header};

/// The axum route of static files.
pub const STATIC_ROUTE: &str = "/static/chabi/{file}";

const FOLDER: &str = "/static/chabi/";

/// A file to serve.
#[derive(Clone, Copy, Debug)]
pub struct StaticFile {
    /// What it is asked for by, such as `theme.css`.
    name: &'static str,
    content_type: &'static str,
    /// Its bytes.
    pub content: &'static [u8],
}

const FILES: [StaticFile; 7] = [
    StaticFile { name: "theme.css", content_type: "text/css; charset=utf-8", content: include_bytes!("../static/theme.css") },
    StaticFile { name: "key.svg", content_type: "image/svg+xml", content: include_bytes!("../static/key.svg") },
    StaticFile { name: "admin.css", content_type: "text/css; charset=utf-8", content: include_bytes!("../static/admin.css") },
    StaticFile { name: "copy.js", content_type: SCRIPT, content: include_bytes!("../static/copy.js") },
    StaticFile { name: "answer.js", content_type: SCRIPT, content: include_bytes!("../static/answer.js") },
    StaticFile { name: "go-on.js", content_type: SCRIPT, content: include_bytes!("../static/go-on.js") },
    StaticFile { name: "check-session.js", content_type: SCRIPT, content: include_bytes!("../static/check-session.js") },
];
const SCRIPT: &str = "text/javascript; charset=utf-8";

impl StaticFile {
    /// By the name in the URL, with its hash.
    #[must_use]
    pub fn find(file: &str) -> Option<Self> {
        FILES.into_iter().find(|candidate| candidate.hashed_name() == file)
    }

    /// Content type, caching for ever, and no guessing of types.
    #[must_use]
    pub fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        headers(self.content_type)
    }

    /// `theme.css` → `theme.0123456789abcdef.css`.
    fn hashed_name(&self) -> String {
        let (stem, extension) = self.name.rsplit_once('.').unwrap_or((self.name, ""));
        format!("{stem}.{}.{extension}", hash_of(self.content))
    }
}

/// Of a stylesheet of a site's own.
#[must_use]
pub fn headers_of_stylesheet() -> Vec<(HeaderName, HeaderValue)> {
    headers("text/css; charset=utf-8")
}

fn headers(content_type: &'static str) -> Vec<(HeaderName, HeaderValue)> {
    [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // An SVG that is opened as a page of its own gets nothing either.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ]
    .into_iter()
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
    .collect()
}

/// The path of a file by its plain name.
#[must_use]
pub fn path_of(name: &str) -> Option<String> {
    FILES.into_iter().find(|file| file.name == name).map(|file| format!("{FOLDER}{}", file.hashed_name()))
}

/// As it stands in the names of files.
pub(crate) fn hash_of(bytes: &[u8]) -> String {
    format!("{:016x}", fnv1a(bytes))
}

/// FNV-1a, 64 bit: tells versions apart; nobody attacks our own files' names.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_hashed_name_alone_and_cached_for_ever() {
        let path = path_of("theme.css").unwrap();
        let file = StaticFile::find(path.strip_prefix(FOLDER).unwrap()).unwrap();
        assert!(file.headers().iter().any(|(_, value)| value == "public, max-age=31536000, immutable"));
        assert!(StaticFile::find("theme.css").is_none());
        assert!(StaticFile::find("theme.0000000000000000.css").is_none());
    }

    #[test]
    fn the_hash_is_fnv1a() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
    }
}
