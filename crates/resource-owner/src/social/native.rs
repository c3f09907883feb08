//! A mobile app of the operator's own brings the ID token that the vendor gave it, and its person is signed in: the same rules of linking,
//! and a session like any other, without a browser. It stands in the list of sessions under the application's name, and ends like the others.

use std::time::Duration;

use chabi_authorization_server::gate::{Authentication, BroughtToken, NotSignedIn};
use chabi_spec::{Failure, Fault};
use chabi_token::{Seconds, Timestamp, hash::sha256, inspection};
use serde_json::Value;

use super::{
    arrival::{Comer, Once, Outcome, settle},
    callback::tell,
    link::Intent,
    providers::OfferedProvider,
};
use crate::{
    ResourceOwner, Visit, audit,
    continuation::Continuation,
    respond::{Halt, Trouble},
    throttle, visit,
};

/// An ID token of an app is good for an hour after it was made at the most; clocks may differ by far less than the rest.
const OVER_AFTER: Seconds = Seconds::hours(2);

/// In this order: throttle, whose token it is, signature and claims, one transaction.
pub(crate) async fn sign_in(owner: &ResourceOwner, brought: BroughtToken<'_>) -> Result<Result<Authentication, NotSignedIn>, Fault> {
    let visit = visit::by_application(owner, &brought.application.name, brought.address);
    if throttle::count_brought_token(owner, &visit).await?.is_some() {
        return Ok(Err(NotSignedIn::TooMany));
    }
    let Some(offered) = find_provider(owner, &brought).await else { return Ok(Err(NotSignedIn::UnknownIssuer)) };
    let verified = owner.upstream.verify_native_id_token(&offered.provider, brought.token, Some(brought.nonce), &owner.env).await;
    let identity = match verified {
        Ok(identity) => identity,
        Err(refusal) => {
            tracing::info!(provider = %offered.provider.id, %refusal, "an ID token that an application brought was refused");
            let detail = format!("{}: {refusal}", offered.provider.id);
            owner.store.insert_audit_event(audit::event("login.failed", None, brought.address, detail, &owner.env)).await?;
            return Ok(Err(NotSignedIn::BadToken(refusal.to_string())));
        }
    };
    let once = once(brought.token);
    let comer = Comer { offered: &offered, identity: &identity, tokens: None, once: Some(once) };
    // the cookie is nobody's: the secret of this session is thrown away
    let (outcome, _cookie) = settle(owner, &visit, &comer, Intent::SignIn).await.map_err(fault)?;
    let (account, session, way) = match outcome {
        Outcome::Entered(account, session, way) => (account, session, way),
        Outcome::SignInFirst(_) => return Ok(Err(NotSignedIn::SignInFirst)),
        Outcome::Replayed => return Ok(Err(NotSignedIn::Replayed)),
        Outcome::Shut => return Ok(Err(NotSignedIn::Shut)),
        Outcome::SignUpClosed | Outcome::Connected(_) | Outcome::ConnectedElsewhere | Outcome::SessionOver => {
            return Ok(Err(NotSignedIn::SignUpClosed));
        }
    };
    tell_owner(owner, &visit, &offered, (account, way)).await?;
    let (found, begun) = tokio::try_join!(owner.store.find_account(account), owner.store.find_session(session, owner.env.now()))?;
    Ok(match (found, begun) {
        (Some(account), Some(session)) => {
            Ok(Authentication::proven(account.id, account.subject, session.id, session.auth_time, session.amr))
        }
        // ended at this very moment
        _ => Err(NotSignedIn::Shut),
    })
}

/// A way that is not the usual one is told to the owner of the account, as after a sign-in in a browser.
async fn tell_owner(
    owner: &ResourceOwner,
    visit: &Visit,
    offered: &OfferedProvider,
    entered: (chabi_store::account::AccountId, super::arrival::Way),
) -> Result<(), Fault> {
    match tell(owner, visit, &offered.provider, &Continuation::default(), entered).await {
        Err(Halt::Trouble(Trouble::Fault(fault))) => Err(fault),
        // a mail about the address goes out only now and then: that it was not sent does not undo a sign-in
        _ => Ok(()),
    }
}

/// The social application that the request names, or whose issuer the token names, among those that the operator allowed this application.
/// What the token says is looked at to choose whose keys verify it, and for nothing else.
async fn find_provider(owner: &ResourceOwner, brought: &BroughtToken<'_>) -> Option<std::sync::Arc<OfferedProvider>> {
    let allowed = &brought.application.settings.native_sign_in;
    let mut offered = owner.offered_providers().await;
    offered.retain(|offered| allowed.contains(&offered.provider.id));
    let is_named = |provider: &chabi_client::Provider, name: &str| provider.id == name || provider.issuer() == name;
    let claims = unverified_claims(brought.token)?;
    let issuer = brought.subject_issuer.or_else(|| claims.get("iss").and_then(Value::as_str))?;
    // an issuer of many names (tenants, older spellings): where only one comes into question it is asked
    if brought.subject_issuer.is_some() || offered.len() > 1 {
        offered.retain(|offered| is_named(&offered.provider, issuer));
    }
    // several of ours at one issuer: the one that the token is for
    let mut meant = offered.iter().filter(|offered| is_for(&offered.provider, &claims));
    meant.next().or(offered.first()).cloned()
}

/// RFC 8693 §2.2.2 leaves it to us: an ID token is no password, so each is good once. The hash is of what was signed: a signature may be
/// written in more ways than one. Whichever social application it is brought for: two of ours may take tokens of one issuer for one app.
fn once(token: &str) -> Once {
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    // RFC 7519 §2: seconds may have fractions
    let made = unverified_claims(token).and_then(|claims| claims.get("iat").and_then(Value::as_f64));
    let made = made.and_then(|made| i64::try_from(Duration::try_from_secs_f64(made).ok()?.as_secs()).ok());
    // the same for each copy: from when it was made, which was verified by now
    let until = Timestamp::from_seconds(made.unwrap_or_default()) + OVER_AFTER;
    Once { hash: sha256(format!("native id token/{signed}").as_bytes()), until }
}

fn is_for(provider: &chabi_client::Provider, claims: &Value) -> bool {
    let is_ours = |audience: &Value| {
        let audience = audience.as_str();
        audience == Some(&*provider.client_id) || provider.audiences.iter().any(|own| audience == Some(&**own))
    };
    match claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.iter().any(is_ours),
        Some(audience) => is_ours(audience),
        None => false,
    }
}

fn unverified_claims(token: &str) -> Option<Value> {
    inspection::read_unverified(token).ok().map(|read| Value::Object(read.claims))
}

fn fault(failure: Failure) -> Fault {
    match failure {
        Failure::Fault(fault) => fault,
        Failure::Refusal(refusal) => Fault::internal("signing in by an application's token").because(refusal),
    }
}
