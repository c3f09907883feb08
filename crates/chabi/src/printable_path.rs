//! A request's path as it may stand in a log.

/// More characters of a path than this say nothing more.
const LONGEST: usize = 200;
/// No segment of our own paths is longer: what is, is the secret of a link that was mailed, or a stranger's.
const LONGEST_SEGMENT: usize = 32;

/// Without secrets and without characters that a terminal would obey: links in mails carry their secret in the path, and the ids of
/// waiting requests are part of what a browser proves.
#[must_use]
pub fn printable_path(path: &str) -> String {
    let mut shown = String::with_capacity(path.len().min(4 * LONGEST));
    let mut before = "";
    for (number, segment) in path.split('/').enumerate() {
        if number > 0 {
            shown.push('/');
        }
        let hidden = before == "resume" || segment.len() > LONGEST_SEGMENT;
        before = segment;
        shown.extend(if hidden { "…" } else { segment }.chars().map(|c| if c.is_control() { '?' } else { c }));
    }
    match shown.char_indices().nth(LONGEST) {
        Some((end, _)) => shown.get(..end).unwrap_or_default().to_owned(),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: lg.inj, lg.secret
    #[test]
    fn control_characters_transactions_and_the_secrets_of_links_do_not_stand_in_the_log() {
        let secret = "AAZhBrzdyARvujud2zpZeg.c1JZFdtSEHmLuFRS0JsrbVR2GIYM27Iv0LHfzTaUBBM";
        for (path, shown) in [
            ("/a\u{1b}[31mb\n", "/a?[31mb?"),
            ("/oauth2/authorize/resume/abc", "/oauth2/authorize/resume/…"),
            (&format!("/accounts/confirm-email/{secret}/"), "/accounts/confirm-email/…/"),
            (&format!("/accounts/password/reset/key/{secret}/"), "/accounts/password/reset/key/…/"),
            ("/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server"),
        ] {
            assert_eq!(printable_path(path), shown);
        }
    }
}
