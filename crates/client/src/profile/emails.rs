//! The addresses of a person, where a provider keeps them apart from the profile (GitHub, Bitbucket).

use serde_json::Value;

use super::call::{authorized, with_token};
use crate::{
    caller::{Caller, checked_url},
    code_exchange::UpstreamTokens,
    identity::EmailClaim,
    provider::{EmailsCall, ProfileCall},
    refusal::UpstreamRefusal,
};

const DOING: &str = "fetching the addresses";

/// The primary address, if it is verified. A provider that keeps the addresses from us tells none; that is no failure.
pub(super) async fn fetch(
    emails: &EmailsCall,
    profile: &ProfileCall,
    tokens: &UpstreamTokens,
    caller: Caller<'_>,
) -> Result<Option<EmailClaim>, UpstreamRefusal> {
    let access_token = tokens.access_token.expose();
    let url = with_token(checked_url(caller.http, "emails_url", &emails.url)?, &profile.token, access_token);
    let prepare = |request| authorized(request, &profile.token, access_token);
    let Some(answer) = caller.get_if_told(DOING, &url, prepare).await? else { return Ok(None) };
    let answer: Value = serde_json::from_slice(&answer.body).map_err(|_| UpstreamRefusal::wrong(DOING, "the answer is not JSON"))?;
    Ok(primary(emails, &answer))
}

/// The address that is primary and verified, both by JSON `true` in its own element.
pub(crate) fn primary(emails: &EmailsCall, answer: &Value) -> Option<EmailClaim> {
    // RFC 6901 §5: an empty pointer is the whole document, which is what GitHub's list is
    let list = answer.pointer(&emails.list)?.as_array()?;
    let is = |one: &Value, member: &str| one.get(member) == Some(&Value::Bool(true));
    let found = list.iter().find(|one| is(one, &emails.primary) && is(one, &emails.verified))?;
    let address = found.get(&emails.address)?.as_str()?.to_owned();
    Some(EmailClaim { address: Some(address), verified: true, hosted_domain: false })
}
