//! A provider's keys, from its `jwks_uri`.

use chabi_outgoing::remembered::Fetched;
use chabi_token::jwk::JwkSet;
use url::Url;

use crate::{caller::Caller, refusal::UpstreamRefusal};

const DOING: &str = "fetching the keys";

pub(crate) async fn fetch(url: &Url, caller: Caller<'_>) -> Result<Fetched<JwkSet>, UpstreamRefusal> {
    let answer = caller.get(DOING, url, None).await?;
    let keys = JwkSet::parse(&answer.body).map_err(|error| UpstreamRefusal::wrong("jwks", error.to_string()))?;
    Ok(Fetched { document: keys, max_age: answer.max_age })
}
