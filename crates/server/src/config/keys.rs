//! Every key of the configuration, with its kind: what is not here is an error, with the nearest key as a hint.

/// How the text of an environment variable is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As it is.
    Text,
    /// As it is; may be read from a file, by `…_file`, and is never shown.
    Secret,
    /// `true` or `false`.
    Bool,
    /// Separated by commas.
    List,
    /// A whole number.
    Number,
    /// A section with keys of its own, in the file alone.
    Table,
}

/// Path with dots; `*` stands for a name that the operator chooses.
pub const KEYS: &[(&str, Kind)] = &[
    ("public_url", Kind::Text),
    ("database_url", Kind::Secret),
    ("secret_file", Kind::Text),
    ("smtp_url", Kind::Secret),
    ("mail_from", Kind::Text),
    ("trusted_proxies", Kind::List),
    ("listen", Kind::List),
    ("connections.most", Kind::Number),
    ("connections.most_per_client", Kind::Number),
    ("tls.certificate", Kind::Text),
    ("tls.key", Kind::Text),
    ("outgoing.allowed_hosts", Kind::List),
    ("outgoing.ca_certificates", Kind::List),
    ("site.name", Kind::Text),
    ("sign_up.open", Kind::Bool),
    ("authorization.require_pushed_requests", Kind::Bool),
    ("authorization.require_dpop_nonces", Kind::Bool),
    ("authorization.most_grants", Kind::Number),
    ("registration.mode", Kind::Text),
    ("registration.profile", Kind::Text),
    ("registration.scope", Kind::Text),
    ("registration.most_per_network", Kind::Number),
    ("registration.most_per_day", Kind::Number),
    ("registration.unused_days", Kind::Number),
    ("registration.idle_days", Kind::Number),
    ("client_id_documents.allowed", Kind::Bool),
    ("client_id_documents.hosts", Kind::List),
    ("log.format", Kind::Text),
    ("log.level", Kind::Text),
    ("sites.*.issuer", Kind::Text),
    ("sites.*.name", Kind::Text),
    ("sites.*.accounts", Kind::Text),
    ("sites.*.languages", Kind::List),
    ("sites.*.accent_light", Kind::Text),
    ("sites.*.accent_dark", Kind::Text),
    ("sites.*.logo", Kind::Text),
    ("sites.*.sign_up_open", Kind::Bool),
    ("sites.*.password_sign_in", Kind::Bool),
    ("sites.*.session_idle", Kind::Number),
    ("sites.*.session_absolute", Kind::Number),
    ("sites.*.session_fresh", Kind::Number),
    ("sites.*.require_pushed_requests", Kind::Bool),
    ("sites.*.require_dpop_nonces", Kind::Bool),
    ("providers.*.catalogue", Kind::Text),
    ("providers.*.client_id", Kind::Text),
    ("providers.*.client_secret", Kind::Secret),
    ("providers.*.private_key", Kind::Secret),
    ("providers.*.issuer", Kind::Text),
    ("providers.*.name", Kind::Text),
    ("providers.*.trust_email", Kind::Text),
    ("providers.*.scopes", Kind::List),
    ("providers.*.audiences", Kind::List),
    ("providers.*.hosted_domain", Kind::Text),
    ("providers.*.graph_version", Kind::Text),
    ("providers.*.values.*", Kind::Text),
    ("providers.*.auth_params.*", Kind::Text),
    ("providers.*.custom", Kind::Table),
];

/// A key and how it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its segments, without `_file`.
    pub path: Vec<String>,
    /// What it holds.
    pub kind: Kind,
    /// The value is the path of a file that holds the secret.
    pub by_file: bool,
}

/// Finds a key by its segments.
pub fn find(path: &[String]) -> Option<Key> {
    if let Some(kind) = kind_of(path) {
        return Some(Key { path: path.to_vec(), kind, by_file: false });
    }
    let (last, before) = path.split_last()?;
    let mut whole = before.to_vec();
    whole.push(last.strip_suffix("_file")?.to_owned());
    (kind_of(&whole)? == Kind::Secret).then_some(Key { path: whole, kind: Kind::Secret, by_file: true })
}

fn kind_of(path: &[String]) -> Option<Kind> {
    KEYS.iter().find(|(key, _)| matches(key, path)).map(|(_, kind)| *kind)
}

fn matches(key: &str, path: &[String]) -> bool {
    let key: Vec<&str> = key.split('.').collect();
    key.len() == path.len() && key.iter().zip(path).all(|(key, own)| *key == "*" || key == own)
}

/// The key that is written most like this one, if any is like it.
pub fn nearest(path: &str) -> Option<String> {
    let named = |section: &str| path.strip_prefix(section).and_then(|rest| rest.split('.').next());
    let chosen = named("providers.").or_else(|| named("sites.")).unwrap_or("google");
    nearest_of(path, KEYS.iter().map(|(key, _)| key.replace('*', chosen)))
}

/// The candidate that is written most like this text, if any is like it.
pub fn nearest_of(text: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    let ranked = candidates.map(|key| (distance(text, &key), key)).min();
    ranked.filter(|(distance, key)| *distance <= 1 + key.len() / 4).map(|(_, key)| key)
}

/// Levenshtein's distance: insertions, deletions and replacements.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut last = i + 1;
        for ((right, diagonal), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            last = (diagonal + usize::from(left != *right)).min(above + 1).min(last + 1);
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn keys_are_found_under_a_name_of_the_operators_and_by_file() {
        assert_eq!(find(&path("providers.uni.issuer")).unwrap().kind, Kind::Text);
        let key = find(&path("providers.google.client_secret_file")).unwrap();
        assert_eq!((key.path, key.by_file), (path("providers.google.client_secret"), true));
        assert_eq!(find(&path("site.name_file")), None, "a name is no secret");
        assert!(!find(&path("secret_file")).unwrap().by_file);
    }

    #[test]
    fn a_slip_of_the_pen_is_recognized_and_rubbish_is_not() {
        assert_eq!(nearest("publc_url").as_deref(), Some("public_url"));
        assert_eq!(nearest("providers.google.clientid").as_deref(), Some("providers.google.client_id"));
        assert_eq!(nearest("wholly_different"), None);
    }
}
