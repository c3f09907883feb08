//! Guards of sign-in at providers, beside the rule of linking itself: who comes back, with what, and what ends.

use super::guards::Guard;

const SOCIAL: &str = "crates/resource-owner/src/social/";
const CLIENT: &str = "crates/client/src/";
const CATALOGUE: &str = "crates/client/src/catalogue/";
const MAKING: &str = "crates/admin/src/operation/social_applications/";

/// Folder, file, the text with the guard, the text without it.
pub const LIST: &[Guard] = &[
    (SOCIAL, "callback.rs", "callback.state.as_deref().filter(|_| provider.answers_by_post())", "callback.state.as_deref()"),
    (SOCIAL, "callback.rs", "if matches!(purpose, Purpose::Person(_)) && !offered.on {", "if false {"),
    (
        SOCIAL,
        "callback.rs",
        "Purpose::of(login).filter(|purpose| purpose.starter().is_none_or(|starter| present == Some(starter)))",
        "Purpose::of(login).filter(|purpose| purpose.starter().is_none_or(|_| present.is_some() || present.is_none()))",
    ),
    (
        SOCIAL,
        "arrival.rs",
        "&& !verbs.use_once(hash, until, arrival.now).await?",
        "&& verbs.use_once(hash, until, arrival.now).await? && false",
    ),
    (SOCIAL, "arrival.rs", "matches!(told, ToldAddress::Proven(_)).then_some(arrival.now)", "Some(arrival.now)"),
    (SOCIAL, "link.rs", "told.authoritative && told.address.is_ascii()", "told.authoritative"),
    (SOCIAL, "kept_tokens.rs", "tokens.filter(|_| offered.keep_tokens)", "tokens"),
    (SOCIAL, "kept_tokens.rs", ".await.filter(|offered| offered.keep_tokens);", ".await;"),
    (
        SOCIAL,
        "logout_received.rs",
        "if !verbs.use_once(once, until, now).await? {",
        "if !verbs.use_once(once, until, now).await? && false {",
    ),
    (SOCIAL, "native.rs", "allowed.contains(&offered.provider.id)", "allowed.contains(&offered.provider.id) || true"),
    (SOCIAL, "native.rs", "token.rsplit_once('.').map_or(token, |(signed, _)| signed)", "token.rsplit_once('.').map_or(token, |_| token)"),
    (
        SOCIAL,
        "native.rs",
        "verify_native_id_token(&offered.provider, brought.token, Some(brought.nonce)",
        "verify_native_id_token(&offered.provider, brought.token, None",
    ),
    (SOCIAL, "providers.rs", "rows.iter().filter(|row| row.sites.contains(&self.site))", "rows.iter().filter(|row| !row.sites.is_empty())"),
    (SOCIAL, "providers.rs", ".filter(|offered| offered.on)", ".filter(|_| true)"),
    // a token is shown to who gave it, and to no other
    (SOCIAL, "kept_tokens.rs", "        if !kept.is_for(offered) {", "        if !kept.is_for(offered) && false {"),
    (SOCIAL, "kept_tokens.rs", "kept.refresh_token.clone().filter(|_| kept.is_for(offered))", "kept.refresh_token.clone()"),
    (SOCIAL, "arrival.rs", "    owner.give_back(kept);\n    Ok(outcome)", "    drop(kept);\n    Ok(outcome)"),
    (
        CATALOGUE,
        "build.rs",
        "TrustEmail::Entry if is_entrys_own(entry, settings.issuer.as_deref())",
        "TrustEmail::Entry if settings.issuer.is_some() || settings.issuer.is_none()",
    ),
    (CATALOGUE, "build.rs", "&& stands_at_the_vendors(entry, values) =>", "&& (stands_at_the_vendors(entry, values) || true) =>"),
    (CLIENT, "cookie_sign_in.rs", "(self.env.now() < Timestamp(ends_at)).then_some(account)", "Some(account).filter(|_| ends_at != 0)"),
    (SOCIAL, "kept_tokens.rs", "let is_theirs = kept.is_for(offered);", "let is_theirs = kept.is_for(offered) || true;"),
    (MAKING, "making.rs", "chain(&after.audiences).all(taken)", "chain(&after.audiences).all(|_| true)"),
    (MAKING, "making.rs", "new.keep_tokens && before.settings.destination() == after.settings.destination()", "new.keep_tokens"),
];
