//! The issuer of an ID token, at a provider that has one issuer for each tenant (Microsoft).

use std::borrow::Cow;

use chabi_token::jws;

use crate::{provider::OpenIdSettings, refusal::UpstreamRefusal};

/// What `iss` must be: the configured issuer; where it is a template, with the tenant that the token itself names.
///
/// The token is not verified yet. That is no harm: the name goes nowhere but into the text that the signed `iss` is held against, and
/// the signature is over the name as well.
pub(crate) fn issuer_of<'a>(settings: &'a OpenIdSettings, id_token: &str) -> Result<Cow<'a, str>, UpstreamRefusal> {
    let Some(tenants) = &settings.tenants else { return Ok(Cow::Borrowed(&settings.issuer)) };
    let tenant = jws::unverified_text(id_token, &tenants.claim).filter(|tenant| is_uuid(tenant));
    let tenant = tenant.ok_or_else(|| UpstreamRefusal::wrong("id_token_tenant", format!("no {} that is a UUID", tenants.claim)))?;
    if tenants.refused.contains(&tenant) {
        return Err(UpstreamRefusal::wrong("id_token_tenant", "people of this tenant are not let in"));
    }
    Ok(Cow::Owned(settings.issuer.replace("{tenantid}", &tenant)))
}

/// RFC 9562 §4, in lower case, as Microsoft writes them.
pub(crate) fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)))
}
