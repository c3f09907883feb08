//! What helps, by the rule that refused. Other rules are mended by what their error code says.

/// In words for the integrator or the operator; `{client}` stands for the client id.
const MENDS: &[(&str, &str)] = &[
    (
        "redirect_uri_not_registered",
        "Send one of the registered redirect URIs, byte for byte; or register this one: `chabi application show {client}`, then \
         `chabi application update {client} --set 'redirect_uris=[…]'` with all that it needs.",
    ),
    ("redirect_uri_missing", "Send redirect_uri: with several registered, or by this application's profile, it cannot be left out."),
    ("redirect_uri_differs", "Send to the token endpoint the very redirect_uri that the authorization request had."),
    (
        "client_unknown",
        "Compare client_id with `chabi application list`; this server may be another one than the application was registered at.",
    ),
    ("client_missing", "Send client_id."),
    ("client_not_proven", "Compare the secret, and how it is sent: `chabi application show {client}` says what is expected."),
    ("pkce_missing", "Send code_challenge and code_challenge_method=S256; a library does it when PKCE is switched on."),
    (
        "code_replayed",
        "A code works once: do not send the same callback twice (a reloaded page, two handlers). All that it gave was revoked.",
    ),
    ("code_unknown", "A code lives 60 seconds and works once, at the server that gave it."),
    ("code_of_another_client", "The application that asks for the token must be the one that sent the person."),
    (
        "refresh_token_reused",
        "Keep the newest refresh token of each answer, and let one process at a time refresh. The grant was revoked: sign in again.",
    ),
    ("refresh_token_expired", "The session or the grant is over: sign in again. Consented `offline_access` outlives the session."),
    ("refresh_token_revoked", "The grant was taken back: sign in again."),
    ("scope_exceeds_grant", "When refreshing, ask for what was granted or less."),
    ("resource_unknown", "`chabi api list` shows the audiences that can be asked for."),
    ("parameter_repeated", "Send each parameter once: look for one both in the URL and in the body."),
    ("parameters_in_the_url", "Send parameters of the token endpoint in the body."),
    ("content_type", "Send the body as application/x-www-form-urlencoded, not as JSON."),
    ("response_type_not_code", "Use response_type=code with PKCE."),
    ("assertion_replayed", "Give each assertion a `jti` of its own."),
    ("openid_not_granted", "Ask for the scope `openid` to call userinfo."),
    ("id_token_hint_invalid", "Send an ID token of this server, for this application; an expired one will do."),
];

/// What helps against this rule, if we know better than the error code.
pub fn by_rule(rule: &str, client_id: Option<&str>) -> Option<String> {
    let (_, words) = MENDS.iter().find(|(known, _)| *known == rule)?;
    Some(words.replace("{client}", &client_id.map_or_else(|| "CLIENT_ID".to_owned(), for_a_shell)))
}

/// What is meant to be copied into a shell must be one word there: the id of a metadata document is a URL, and may hold `$(…)` or `;`.
fn for_a_shell(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    match word.bytes().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_to_be_copied_runs_nothing_that_a_client_id_says() {
        let mend = |client_id| by_rule("redirect_uri_not_registered", Some(client_id)).unwrap_or_default();
        assert!(mend("https://app.example/meta.json").contains("`chabi application show https://app.example/meta.json`"));
        assert!(mend("https://a.example/$(id);id").contains("`chabi application show 'https://a.example/$(id);id'`"));
        assert!(mend("https://a.example/';id").contains(r"`chabi application show 'https://a.example/'\'';id'`"));
    }
}
