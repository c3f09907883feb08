//! Guards beside those of the authorization server: words, keys, providers, people's pages, the layers.

use super::guards::Guard;

const SPEC: &str = "crates/spec/src/";
const TOKEN: &str = "crates/token/src/";
const CLIENT: &str = "crates/client/src/";
const OWNER: &str = "crates/resource-owner/src/";
const LAYERS: &str = "crates/chabi/src/layers/";

/// Folder, file, the text with the guard, the text without it.
pub const LIST: &[Guard] = &[
    (SPEC, "redirect_uri.rs", "registered.host == presented.host && registered.rest", "registered.rest"),
    (SPEC, "redirect_uri.rs", " && registered.rest == presented.rest", ""),
    (SPEC, "redirect_uri.rs", "canonical && digits.parse::<u16>().is_ok()", "canonical"),
    (SPEC, "redirect_uri.rs", "if scheme != url.scheme() {", "if false {"),
    (SPEC, "form.rs", " && !repeatable.contains(&name.as_str())", " && !repeatable.contains(&name.as_str()) && false"),
    (SPEC, "form.rs", "if bytes.contains(&0) { None } else { String::from_utf8(bytes).ok() }", "String::from_utf8(bytes).ok()"),
    (TOKEN, "csrf.rs", "&[&browser.hash(), &session, purpose.as_bytes()]", "&[&session, purpose.as_bytes()]"),
    (TOKEN, "csrf.rs", "&[&browser.hash(), &session, purpose.as_bytes()]", "&[&browser.hash(), purpose.as_bytes()]"),
    (TOKEN, "csrf.rs", "&[&browser.hash(), &session, purpose.as_bytes()]", "&[&browser.hash(), &session]"),
    (TOKEN, "refresh_token.rs", "if !hash::constant_time_eq(mac, &self.0.mark.sign(&[payload])) {", "if false {"),
    (TOKEN, "seal.rs", "    bytes.extend_from_slice(owner.as_bytes());\n", ""),
    (CLIENT, "id_token/verify.rs", "algorithms: self.algorithms", "algorithms: &Algorithm::ALL"),
    (CLIENT, "id_token/verify.rs", "audience: ExpectedAudience::Is(audience)", "audience: ExpectedAudience::Any"),
    (CLIENT, "userinfo.rs", "if text(&claims, \"sub\") != Some(subject) {", "if text(&claims, \"sub\").is_none() {"),
    (CLIENT, "profile.rs", "!flags.is_empty() && flags", "flags"),
    (CLIENT, "profile.rs", "flags.iter().all(is)", "flags.iter().any(is)"),
    (CLIENT, "profile.rs", "*flag == Value::Bool(true) || ", "!flag.is_null() || "),
    (CLIENT, "profile.rs", " || as_text && flag", " || flag"),
    (CLIENT, "profile.rs", "mapping.tells_verified_emails_alone || ", "true || "),
    (CLIENT, "callback.rs", "if slot.replace(value.into_owned()).is_some() {", "if slot.replace(value.into_owned()).is_some() && false {"),
    (CLIENT, "openid2.rs", "if field(\"openid.op_endpoint\") != settings.endpoint {", "if false {"),
    (CLIENT, "openid2.rs", "if field(\"openid.return_to\") != return_to(redirect_uri, state)?.as_str() {", "if false {"),
    (CLIENT, "openid2.rs", "if field(\"openid.identity\") == claimed =>", "if true =>"),
    (CLIENT, "native.rs", "(None, None) if !claims.contains_key(\"nonce\") => Ok(()),", "(None, None) => Ok(()),"),
    (CLIENT, "native.rs", "|| hashed && same", "|| same"),
    (CLIENT, "native.rs", "if audience != provider.client_id && !provider.audiences.contains(&audience) {", "if false {"),
    (CLIENT, "native.rs", "if identity.subject() == subject {", "if true {"),
    (CLIENT, "logout.rs", "forbidden: &[\"nonce\"],", "forbidden: &[],"),
    (CLIENT, "logout.rs", "if subject.is_none() && session.is_none() {", "if false {"),
    (CLIENT, "id_token.rs", "    expected.demanded.check(&claims, caller.env.now(), SKEW)?;\n", ""),
    (CLIENT, "id_token/tenant.rs", "if tenants.refused.contains(&tenant) {", "if false {"),
    (OWNER, "session.rs", "!presented.matches(&session.secret_hash) || idle", "idle"),
    (OWNER, "session.rs", " || idle >= owner.settings.session.idle", ""),
    (OWNER, "session.rs", "    if account.disabled_at.is_some() {\n        return Ok(None);\n    }\n", ""),
    (OWNER, "gate.rs", "now.since(seen_at) < owner.settings.session.idle", "now >= seen_at"),
    (OWNER, "next.rs", "&& begins_with_one_slash(text) ", ""),
    (OWNER, "next.rs", "&& text.bytes().all(is_plain) ", ""),
    (OWNER, "next.rs", "!path.contains('%') && ", ""),
    (OWNER, "next.rs", "&& !empty_segment ", ""),
    (OWNER, "next.rs", " && !dot_segment", ""),
    (LAYERS, "limits.rs", "if !is_plain(asked.path()) {", "if false {"),
    (LAYERS, "limits.rs", "text.as_str().len() > LONGEST_URL", "text.as_str().is_empty()"),
    (LAYERS, "same_origin.rs", "router.layer(rule.clone())", "{ let _ = rule; router }"),
    (LAYERS, "request_id.rs", "request.headers_mut().insert(HEADER, id.0.clone());", ""),
];
