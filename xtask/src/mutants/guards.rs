//! What is taken away: the body of every `fn check_…` that answers `Result<(), …>`, and the guards of a list.

use super::{Mutant, around, bounds, grants, issuing, proofs, registered, social};
use crate::sources::Source;

pub const SERVER: &str = "crates/authorization-server/src/";
const LINK: &str = "crates/resource-owner/src/social/link.rs";
pub const BEARER: &str = "crates/resource-server/src/";
pub const TOKEN: &str = "crates/token/src/";

/// Where every `fn check_…` is a guard.
const CHECKED: [&str; 8] = [
    SERVER,
    BEARER,
    TOKEN,
    registered::REGISTRATION,
    proofs::OUTGOING,
    "crates/client/src/",
    "crates/spec/src/",
    "crates/resource-owner/src/",
];

/// Whose tests must notice, the quickest first.
pub fn judges(path: &str) -> &'static [&'static str] {
    match path {
        _ if path.starts_with(SERVER) => &["chabi-authorization-server", "chabi"],
        _ if path.starts_with(BEARER) => &["chabi-resource-server"],
        _ if path.starts_with(TOKEN) => &["chabi-token", "chabi-resource-server", "chabi-authorization-server"],
        _ if path.starts_with(registered::REGISTRATION) => &["chabi-registration", "chabi-authorization-server", "chabi"],
        _ if path.starts_with(issuing::ISSUING) => &["chabi-issuing", "chabi-authorization-server"],
        _ if path.starts_with(proofs::OUTGOING) => &["chabi-outgoing", "chabi-authorization-server"],
        _ if path.starts_with("crates/spec/") => &["chabi-spec", "chabi-authorization-server"],
        _ if path.starts_with("crates/client/") => &["chabi-client", "chabi-resource-owner"],
        _ if path.starts_with("crates/chabi/") => &["chabi"],
        _ => &["chabi-resource-owner", "chabi"],
    }
}

/// All of them.
pub fn all(sources: &[Source]) -> Vec<Mutant> {
    let checks = sources.iter().filter(|source| CHECKED.iter().any(|folder| source.path.starts_with(folder))).flat_map(checks_of);
    let listed = LIST
        .iter()
        .chain(around::LIST)
        .chain(bounds::LIST)
        .chain(grants::LIST)
        .chain(registered::LIST)
        .chain(proofs::LIST)
        .chain(issuing::LIST)
        .chain(social::LIST)
        .map(|(folder, file, with, without)| Mutant {
            name: format!("{}: {}", if file.is_empty() { "link.rs" } else { file }, with.trim().lines().next().unwrap_or_default()),
            path: format!("{folder}{file}"),
            with: (*with).to_owned(),
            without: (*without).to_owned(),
        });
    checks.chain(listed).collect()
}

/// `fn check_…(…) -> Result<(), …> { … }` becomes `{ Ok(()) }`.
fn checks_of(source: &Source) -> Vec<Mutant> {
    let lines: Vec<&str> = source.lines.iter().filter(|(_, test)| !test).map(|(line, _)| line.as_str()).collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some((_, rest)) = line.split_once("fn check_") else { continue };
        if !line.contains("-> Result<(), ") || !line.ends_with('{') {
            continue;
        }
        let end = format!("{}}}", line.chars().take_while(|c| *c == ' ').collect::<String>());
        let body: Vec<&str> = lines.iter().skip(index + 1).take_while(|line| **line != end).copied().collect();
        let name = rest.split(['(', '<']).next().unwrap_or_default();
        found.push(Mutant {
            name: format!("{}: check_{name}", source.path.rsplit_once("/src/").map_or("", |(_, file)| file)),
            path: source.path.clone(),
            with: format!("{line}\n{}\n{end}\n", body.join("\n")),
            without: format!("{line}\n    Ok(())\n{end}\n"),
        });
    }
    found
}

/// Folder, file, the text with a guard, the text without it.
pub type Guard = (&'static str, &'static str, &'static str, &'static str);

/// Folder, file, the text with the guard, the text without it.
const LIST: &[Guard] = &[
    (SERVER, "authorize/check/client.rs", "found.filter(|client| client.disabled_at.is_none())", "found"),
    (SERVER, "authorize/check/id_token_hint.rs", "claims.filter(|claims| claims.aud.contains(&client.client_id))", "claims"),
    (SERVER, "authorize/check/redirect_uri.rs", "redirect_uri::matches(registered, sent, native)", "!registered.is_empty()"),
    (SERVER, "authorize/check/redirect_uri.rs", "client.kind == ApplicationKind::Native", "true"),
    (SERVER, "authorize/check/redirect_uri.rs", "[only] if !openid =>", "[only] =>"),
    (SERVER, "authorize/check/redirect_uri.rs", "[only] if !openid =>", "[only, ..] if !openid =>"),
    (SERVER, "authorize/check/pkce.rs", "client.profile == Profile::Oidc &&", "true &&"),
    (SERVER, "authorize/check/pkce.rs", "&& client.authentication.is_confidential()", "&& true"),
    (SERVER, "authorize/sign_in.rs", "match is_wanted(situation) {", "match true {"),
    (SERVER, "authorize/sign_in.rs", "present.filter(|person| is_recent_enough(person, situation))", "present"),
    (SERVER, "authorize/sign_in.rs", "if prompt.none {", "if false {"),
    (SERVER, "authorize/sign_in.rs", "(!must_act && !too_old)", "!must_act"),
    (SERVER, "authorize/sign_in.rs", "(!must_act && !too_old)", "!too_old"),
    (SERVER, "authorize/consent.rs", ".filter(|waiting| waiting.decided_by == Some(person.account()))", ""),
    (SERVER, "authorize/consent.rs", "if granted.is_none() && ready.request.prompt.none {", "if false {"),
    (SERVER, "authorize/consent.rs", "!ready.request.prompt.consent && (!unproven || claimed)", "!unproven || claimed"),
    (SERVER, "authorize/consent.rs", "!ready.request.prompt.consent && (!unproven || claimed)", "!ready.request.prompt.consent"),
    (SERVER, "authorize/consent.rs", ".is_some_and(|rest| !redirect_uri::is_loopback_address(host_of(rest)))", ".is_some()"),
    (SERVER, "authorize/code.rs", "&& !verbs.finish_transaction(id, browser_hash, now).await?", "&& { let _ = (id, browser_hash); false }"),
    (SERVER, "endpoint/authorize.rs", "found.filter(|transaction| transaction.purpose == \"authorize\")", "found"),
    (SERVER, "endpoint/logout.rs", "found.filter(|transaction| transaction.purpose == \"logout\")", "found"),
    (SERVER, "audience.rs", "grant == \"refresh_token\"", "!grant.is_empty()"),
    (SERVER, "client_auth/mod.rs", "shared.secret_failures.check(throttle, shared.env.now())", "Ok::<(), Failure>(())"),
    (
        SERVER,
        "client_auth/mod.rs",
        "found.filter(|client| right && is_open_to(way, client))",
        "found.filter(|client| is_open_to(way, client))",
    ),
    (SERVER, "client_auth/mod.rs", "found.filter(|client| right && is_open_to(way, client))", "found.filter(|_| right)"),
    (SERVER, "client_auth/mod.rs", "|client| client.disabled_at.is_none() && client.auth", "|client| client.auth"),
    (SERVER, "client_auth/mod.rs", "disabled_at.is_none() && client.authentication == ClientAuthentication::None", "disabled_at.is_none()"),
    (SERVER, "client_auth/mod.rs", "client.disabled_at.is_none() && registered", "registered"),
    (SERVER, "client_auth/failures.rs", "Some(until) if now < *until =>", "Some(_) if false =>"),
    (SERVER, "grant/mod.rs", "|audience| !granted.contains(audience)", "|_| false"),
    (SERVER, "grant/authorization_code.rs", "found.filter(|(code, _)| presented.matches(&code.secret_hash))", "found"),
    (SERVER, "grant/authorization_code.rs", "(None, None) => Ok(()),", "(None, _) => Ok(()),"),
    (SERVER, "grant/mod.rs", "session.is_none() || seen_at.is_some_and(", "true || seen_at.is_some_and("),
    (
        SERVER,
        "grant/mod.rs",
        "people.claims_of(row, &emails).ok_or_else(account_closed)",
        "Ok(people.claims_of(row, &emails).unwrap_or_default())",
    ),
    (SERVER, "grant/authorization_code.rs", "if lives.is_err() {", "if false {"),
    (SERVER, "grant/authorization_code.rs", "trail.met(\"code::check_session\", lives)?;", "let _ = lives;"),
    (
        SERVER,
        "grant/authorization_code.rs",
        "verbs.revoke(Revocation::Family(replayed), \"code_replayed\", now).await?;",
        "let _ = replayed;",
    ),
    (
        SERVER,
        "grant/refresh_token.rs",
        "family.filter(|family| family.client_id == client.client_id).ok_or_else(unknown)",
        "family.ok_or_else(|| { let _ = client; unknown() })",
    ),
    (SERVER, "grant/refresh_token.rs", "Some(asked) if granted.covers(asked) =>", "Some(asked) if !asked.is_empty() =>"),
    (SERVER, "grant/refresh_token.rs", "trail.met(\"refresh::check_session\", lives)?;", "let _ = lives;"),
    (SERVER, "grant/refresh_token.rs", "request_hash(authenticated, &scope, &resource);", "[0; 32];"),
    (SERVER, "grant/client_credentials.rs", "Scope::of(granted.words().filter(|word| !audience::IDENTITY.contains(word)))", "granted"),
    (SERVER, "live_token.rs", "family.revoked_at.is_none() && now", "now"),
    (SERVER, "live_token.rs", " && now < family.expires_at", ""),
    (SERVER, "endpoint/introspect.rs", "Some(token) if may_ask(&token, client) =>", "Some(token) =>"),
    (SERVER, "endpoint/introspect.rs", "client.grant_types.is_empty() && token", "token"),
    (SERVER, "endpoint/introspect.rs", "found.filter(|family| family.client_id == client.client_id)", "found"),
    (SERVER, "endpoint/introspect.rs", "(current && family.revoked_at.is_none())", "current"),
    (SERVER, "endpoint/introspect.rs", "(current && family.revoked_at.is_none())", "family.revoked_at.is_none()"),
    (SERVER, "logout/check.rs", "match registered.contains(uri) {", "match !uri.is_empty() {"),
    (SERVER, "logout/check.rs", "(Some(sent), Some(hinted)) if sent != hinted =>", "(Some(sent), Some(hinted)) if sent.is_empty() =>"),
    (SERVER, "logout/check.rs", ".filter(|client| client.disabled_at.is_none())", ""),
    (SERVER, "logout/check.rs", "hint.sub == sub && hint", "hint"),
    (SERVER, "logout/check.rs", " && hint.sid.as_deref() == Some(sid)", ""),
    (SERVER, "cors.rs", "    if allowed {", "    if allowed || true {"),
    (
        LINK,
        "",
        "(Some(ToldAddress::Claimed(email)), Some(_)) => Decision::SignInFirst(email.clone())",
        "(Some(ToldAddress::Claimed(_)), Some(holder)) => Decision::Enter(holder.by.account)",
    ),
    (LINK, "", "if facts.linking == Linking::Never =>", "if facts.linking == Linking::Never && open && !open =>"),
    (
        LINK,
        "",
        "Claim::Unverified => unless_shut(by, |account| Decision::TakeOver(account, address))",
        "Claim::Unverified => unless_shut(by, |account| Decision::Join(account, address))",
    ),
    (
        LINK,
        "",
        "Claim::UnverifiedBesideAVerifiedOne => create(Some(ToldAddress::Proven(address)), Some(by.account), sign_up_open)",
        "Claim::UnverifiedBesideAVerifiedOne => unless_shut(by, |account| Decision::Join(account, address))",
    ),
    (LINK, "", "if known.disabled { Decision::Shut } else { decision(known.account) }", "decision(known.account)"),
    (LINK, "", "Some(known)) if known.account == account => Decision::Connect(account)", "Some(_)) => Decision::Connect(account)"),
    (LINK, "", "if sign_up_open { Decision::Create", "if sign_up_open || true { Decision::Create"),
    (BEARER, "presented.rs", "return Err(Reason::TokenInQuery);", ""),
    (BEARER, "presented.rs", "return Err(Reason::SeveralHeaders);", ""),
    (
        BEARER,
        "presented.rs",
        "Authorization::MalformedBearer => Err(Reason::MalformedHeader)",
        "Authorization::MalformedBearer => Ok(None)",
    ),
    (BEARER, "bearer_layer.rs", "self.check_scope(bearer.scope()).map_err(reject)?;", ""),
    (BEARER, "bearer_layer.rs", "None if self.optional => None", "None => None"),
    (BEARER, "resource_server.rs", "AccessTokenProfile { algorithms: self.algorithms,", "AccessTokenProfile {"),
    (BEARER, "resource_server.rs", "return Err(BuildError::Skew);", ""),
    (BEARER, "resource_server.rs", "return Err(BuildError::NoAlgorithm);", ""),
    (
        BEARER,
        "resource_server.rs",
        "AccessTokenProfile::new(issuer.as_str(), audience)",
        "AccessTokenProfile { audience: None, ..AccessTokenProfile::new(issuer.as_str(), audience) }",
    ),
    (BEARER, "resource_server.rs", "if self.accept_jwt_type {", "if true {"),
    (BEARER, "deny_by_default.rs", "Policy::Denied => handler.layer(axum::middleware::from_fn(refuse))", "Policy::Denied => handler"),
    (BEARER, "deny_by_default.rs", "router.route_layer(axum::middleware::from_fn(refuse))", "router"),
    (TOKEN, "jws.rs", "return Err(TokenError::TooLong);", ""),
    (TOKEN, "jws.rs", "(Some(header), Some(payload), Some(signature), None) =>", "(Some(header), Some(payload), Some(signature), _) =>"),
    (TOKEN, "jws.rs", "(Some(algorithm).filter(|algorithm| algorithms.contains(algorithm))", "(Some(algorithm)"),
    (TOKEN, "jws.rs", "if !key.algorithms().any(|of_key| of_key == algorithm) {", "if false {"),
    (
        TOKEN,
        "jws.rs",
        "    };\n    let signature = base64url::decode(signature).map_err(|_| TokenError::Malformed)?;\n    if !key.verify(algorithm, signed.as_bytes(), &signature) {",
        "    };\n    let signature = base64url::decode(signature).map_err(|_| TokenError::Malformed)?;\n    if signature.is_empty() {",
    ),
    (
        TOKEN,
        "jws.rs",
        "    }\n    let signature = base64url::decode(signature).map_err(|_| TokenError::Malformed)?;\n    if !key.verify(algorithm, signed.as_bytes(), &signature) {",
        "    }\n    let signature = base64url::decode(signature).map_err(|_| TokenError::Malformed)?;\n    if signature.is_empty() {",
    ),
    (TOKEN, "jws.rs", "if members.any_null() {", "if false {"),
    (TOKEN, "jws.rs", "members.has(\"crit\") || ", ""),
    (TOKEN, "jws.rs", " || members.has(\"b64\")", ""),
    (TOKEN, "jws.rs", "if accepted { Ok(()) } else { Err(TokenError::Type) }", "Ok(())"),
    (TOKEN, "jws.rs", " && short.is_empty() == typ.is_empty()", ""),
    (
        TOKEN,
        "jws.rs",
        "Some(kid) => keys.find(kid).ok_or(TokenError::UnknownKey)",
        "Some(kid) => keys.find(kid).or(keys.only()).ok_or(TokenError::UnknownKey)",
    ),
    (TOKEN, "jws.rs", "if claims.iss.as_deref() != Some(profile.issuer) {", "if false {"),
    (TOKEN, "jws.rs", "if !audience.contains(expected) =>", "if false =>"),
    (TOKEN, "jws.rs", "if self.exp.is_some_and(|expires| now >= Timestamp::from_seconds(expires) + skew) {", "if false {"),
    (TOKEN, "jws.rs", "now >= Timestamp::from_seconds(expires) + skew", "now > Timestamp::from_seconds(expires) + skew"),
    (TOKEN, "jws.rs", "self.nbf.into_iter().chain(self.iat).max()", "self.iat.into_iter().max()"),
    (TOKEN, "jws.rs", "self.nbf.into_iter().chain(self.iat).max()", "self.nbf.into_iter().max()"),
    (TOKEN, "jws.rs", "return Err(TokenError::Missing(name));", ""),
    (TOKEN, "jws.rs", "Some(name) => Err(TokenError::Foreign(name))", "Some(_) => Ok(())"),
    (TOKEN, "access_token.rs", "forbidden: &FORBIDDEN", "forbidden: &[]"),
    (TOKEN, "access_token.rs", "types: &profile.types", "types: &[AT_JWT, JWT, \"\"]"),
    (TOKEN, "id_token.rs", "forbidden: &[\"client_id\", \"scope\", \"events\"]", "forbidden: &[]"),
];

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::sources;

    /// A guard whose text has moved is one that nobody takes away any more: mend its line of the table with the code.
    #[test]
    fn every_guard_of_the_tables_is_found_once() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let times = |mutant: &Mutant| fs::read_to_string(root.join(&mutant.path)).unwrap_or_default().matches(&mutant.with).count();
        let lost = all(&sources::all(root).unwrap()).into_iter().map(|mutant| (times(&mutant), mutant.name));
        assert_eq!(lost.filter(|(times, _)| *times != 1).collect::<Vec<_>>(), []);
    }

    #[test]
    fn the_body_of_a_check_is_taken_away_and_no_other() {
        let text = "fn check_it(x: u8) -> Result<(), E> {\n    if x > 1 {\n        return Err(E);\n    }\n    Ok(())\n}\nfn check_found() -> Result<u8, E> {\n}\n";
        let found = checks_of(&Source::parse("crates/authorization-server/src/a/b.rs".into(), text));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, "a/b.rs: check_it");
        assert_eq!(text.replacen(&found[0].with, &found[0].without, 1).lines().nth(1), Some("    Ok(())"));
    }
}
