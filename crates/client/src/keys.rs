//! A provider's keys, from its `jwks_uri`.

use std::collections::BTreeMap;

use chabi_outgoing::remembered::Fetched;
use chabi_token::{base64url, jwk::JwkSet};
use serde_json::Value;
use url::Url;

use crate::{
    caller::{Caller, Object, object, text},
    refusal::UpstreamRefusal,
};

const DOING: &str = "fetching the keys";

/// The keys, and for whose tokens each is where its provider says so.
#[derive(Debug)]
pub(crate) struct ProviderKeys {
    pub(crate) set: JwkSet,
    /// By `kid`: the member `issuer` (Microsoft), with `{tenantid}` where a key is for all tenants.
    issuers: BTreeMap<String, String>,
}

pub(crate) async fn fetch(url: &Url, caller: Caller<'_>) -> Result<Fetched<ProviderKeys>, UpstreamRefusal> {
    let answer = caller.get(DOING, url, None).await?;
    let set = JwkSet::parse(&answer.body).map_err(|error| UpstreamRefusal::wrong("jwks", error.to_string()))?;
    let issuers = issuers(&object(DOING, &answer.body)?);
    Ok(Fetched { document: ProviderKeys { set, issuers }, max_age: answer.max_age })
}

fn issuers(document: &Object) -> BTreeMap<String, String> {
    let keys = document.get("keys").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    keys.filter_map(|key| Some((text(key, "kid")?.to_owned(), text(key, "issuer")?.to_owned()))).collect()
}

impl ProviderKeys {
    /// Microsoft identity platform, "Validate the issuer": one document has the keys of several issuers, and a key that names one signs
    /// for no other: else whoever holds the key of one tenant speaks for the people of all. `claims` were verified.
    pub(crate) fn check_issuer(&self, token: &str, claims: &Object, tenant_claim: &str) -> Result<(), UpstreamRefusal> {
        if self.issuers.is_empty() {
            return Ok(());
        }
        let wrong = || UpstreamRefusal::wrong("id_token_key_issuer", "it is signed by a key of another issuer");
        let kid = kid_of(token).ok_or_else(wrong)?;
        let Some(issuer) = self.issuers.get(&kid) else { return Ok(()) };
        let tenant = text(claims, tenant_claim).unwrap_or_default();
        match text(claims, "iss") == Some(&*issuer.replace("{tenantid}", tenant)) {
            true => Ok(()),
            false => Err(wrong()),
        }
    }
}

/// Of a token whose header was verified.
fn kid_of(token: &str) -> Option<String> {
    let header: Object = serde_json::from_slice(&base64url::decode(token.split('.').next()?).ok()?).ok()?;
    text(&header, "kid").map(str::to_owned)
}
