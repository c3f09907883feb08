//! The userinfo endpoint, asked when the ID token does not tell the address (OpenID Connect Core §5.3).

use url::Url;

use crate::{
    caller::{Caller, Object, object, text},
    refusal::UpstreamRefusal,
};

const DOING: &str = "fetching userinfo";

/// Claims about `subject`, the one of the ID token.
pub(crate) async fn fetch(url: &Url, access_token: &str, subject: &str, caller: Caller<'_>) -> Result<Object, UpstreamRefusal> {
    let answer = caller.get(DOING, url, Some(access_token)).await?;
    let claims = object(DOING, &answer.body)?;
    // OpenID Connect Core §5.3.2: its `sub` must be the ID token's, or nothing of it may be used
    if text(&claims, "sub") != Some(subject) {
        return Err(UpstreamRefusal::wrong("userinfo_sub", "another person than in the ID token"));
    }
    Ok(claims)
}
