//! An operator's values, put into the places of an entry.

use std::collections::BTreeMap;

use toml::Value;
use url::Url;

use super::entry::{Entry, Place, PlaceKind};
use crate::{catalogue::near::nearest, settings::ProviderSettingsError};

/// Values by the name of their place, checked and in the form in which they stand in URLs.
pub(super) type Values = BTreeMap<String, String>;

/// What an operator filled in, or the entry has by itself.
pub(super) fn values(entry: &Entry, filled_in: &BTreeMap<String, String>) -> Result<Values, ProviderSettingsError> {
    if let Some(unknown) = filled_in.keys().find(|name| !entry.places.contains_key(*name)) {
        let hint =
            nearest(unknown, entry.places.keys().map(String::as_str)).map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
        return Err(ProviderSettingsError::new(format!("values.{unknown}"), format!("{} has no such place{hint}", entry.name)));
    }
    entry.places.iter().map(|(name, place)| Ok((name.clone(), value(entry, name, place, filled_in)?))).collect()
}

fn value(entry: &Entry, name: &str, place: &Place, filled_in: &BTreeMap<String, String>) -> Result<String, ProviderSettingsError> {
    let given = filled_in.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let wrong = |mend: String| ProviderSettingsError::new(format!("values.{name}"), mend);
    let example = if place.example.is_empty() { String::new() } else { format!(", such as `{}`", place.example) };
    let Some(text) = given.or(place.default.as_deref()) else {
        return Err(wrong(format!("{} needs it: {}{example}", entry.name, place.about)));
    };
    match place.kind {
        PlaceKind::Word if is_word(text) => Ok(text.to_owned()),
        PlaceKind::Word => Err(wrong(format!("only letters, digits, `.`, `_`, `~` and `-` may stand in it: {}{example}", place.about))),
        PlaceKind::Host => base_url(text).ok_or_else(|| wrong(format!("not a host: {}{example}", place.about))),
    }
}

fn is_word(text: &str) -> bool {
    text.len() <= 255 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'-'))
        // the path segments that mean another place (RFC 3986 §5.2.4)
        && !matches!(text, "." | "..")
}

/// `https://` may be left out; what is plain `http` is called only where the guard of outgoing calls has its host listed.
fn base_url(text: &str) -> Option<String> {
    let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url: Url = text.parse().ok()?;
    let plain = matches!(url.scheme(), "https" | "http") && url.username().is_empty() && url.password().is_none();
    let bare = url.query().is_none() && url.fragment().is_none() && url.host_str().is_some_and(|host| !host.is_empty());
    (plain && bare).then(|| url.as_str().trim_end_matches('/').to_owned())
}

/// Puts values into their places, in all texts of a template.
pub(super) fn fill(template: &mut Value, values: &Values) {
    match template {
        Value::String(text) => *text = filled(text, values),
        Value::Array(list) => list.iter_mut().for_each(|one| fill(one, values)),
        Value::Table(table) => table.iter_mut().for_each(|(_, one)| fill(one, values)),
        _ => {}
    }
}

/// Puts values into their places in one text. Braces that are no place of the entry are left alone.
pub(super) fn filled(text: &str, values: &Values) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_may_be_written_with_or_without_its_scheme() {
        assert_eq!(base_url("git.example.com").as_deref(), Some("https://git.example.com"));
        assert_eq!(base_url("https://git.example.com/sub/").as_deref(), Some("https://git.example.com/sub"));
        assert_eq!(base_url("git.example.com:8443").as_deref(), Some("https://git.example.com:8443"));
        for no_host in ["", "https://", "ftp://git.example.com", "user@git.example.com", "git.example.com?x=1", "git.example.com#x", "a b"]
        {
            assert_eq!(base_url(no_host), None, "{no_host}");
        }
    }

    #[test]
    fn a_word_adds_no_segment_of_a_path_and_no_parameter() {
        assert!(is_word("v24.0") && is_word("9188040d-6c67-4c5b-b112-36a304b66dad"));
        for text in ["..", ".", "a/b", "a?b", "a&b", "a#b", "a%2f", "a b", "{x}"] {
            assert!(!is_word(text), "{text}");
        }
    }
}
