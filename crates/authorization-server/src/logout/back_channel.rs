//! Telling applications that a session is over (OpenID Connect Back-Channel Logout 1.0): takes what is due from the outbox, and posts
//! a logout token to each. Any number of nodes do it at once: what one has claimed, no other gets while its lease lasts.

use std::{sync::Arc, time::Duration};

use chabi_outgoing::HttpTrouble;
use chabi_spec::Fault;
use chabi_store::{
    application::RegisteredClient,
    logout_delivery::{DeliverySettled, LogoutDelivery, MostClaimed},
};
use chabi_token::{
    Seconds, base64url,
    logout_token::{self, LogoutTokenClaims, ToldInIdToken},
};
use tokio::task::JoinSet;

use crate::{
    audit, issue,
    respond::log_fault,
    server::{AuthorizationServer, Shared},
};

/// How often a node looks for what is due.
const EVERY: Duration = Duration::from_millis(500);
/// As many deliveries a node has under way at once; one application that hangs must not hold up all others.
const MOST_AT_ONCE: usize = 64;
/// As many of one application, on all nodes together, with those that are tried again soon: anybody may register one that hangs.
const MOST_OF_ONE: i64 = 4;
/// How soon a node looks again when something was due: there may be more of the same application.
const AT_ONCE: Duration = Duration::from_millis(50);
/// Longer than a call can take: only a node that died lets one run out.
const LEASE: Seconds = Seconds(30);
/// After so many tries it is given up: some three hours after the first.
const MOST_TRIES: i64 = 12;
/// The wait after the first failure; it doubles with each …
const FIRST_WAIT: Seconds = Seconds(5);
/// … up to this.
const LONGEST_WAIT: Seconds = Seconds::hours(1);
/// How long a row is kept that was told: for the page that tells the person's browser of the same end.
const KEPT: Seconds = Seconds::minutes(10);

/// What a try came to.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// The application took it.
    Yes,
    /// There is nobody to tell, or it has no logout URI any more.
    Nobody,
    /// It will never take it.
    Never(String),
    /// Not this time.
    NotNow(String),
}

impl AuthorizationServer {
    /// Tells applications of logouts, for ever: to be spawned once on every node, whichever sites there are: `at_site` has the server of each,
    /// whose issuer stands in the logout token. A fault is logged once an outage.
    pub async fn deliver_logouts(self, at_site: impl Fn(&str) -> Option<Self> + Send + Sync) {
        let mut under_way = JoinSet::new();
        let mut failing = false;
        while !*self.shared().closing.borrow() {
            while under_way.try_join_next().is_some() {}
            let room = MOST_AT_ONCE.saturating_sub(under_way.len());
            let claimed = claim(room, self.shared()).await;
            if let (Err(fault), false) = (&claimed, failing) {
                log_fault(fault);
            }
            failing = claimed.is_err();
            let claimed = claimed.unwrap_or_default();
            let again_in = if claimed.is_empty() { EVERY } else { AT_ONCE };
            for delivery in claimed {
                // a site that is gone or shut tells nobody anything; a new one may not be known here yet
                let (ours, server) = (self.clone(), at_site(&delivery.site));
                under_way.spawn(async move {
                    if let Err(fault) = deliver(&delivery, server.as_ref(), ours.shared()).await {
                        // the lease runs out, and somebody tries again
                        log_fault(&fault);
                    }
                });
            }
            tokio::time::sleep(again_in).await;
        }
        // what is under way is brought to its end: each has a time limit
        while under_way.join_next().await.is_some() {}
    }
}

/// Most of the time nothing is due: then it is one read.
async fn claim(room: usize, shared: &Shared) -> Result<Vec<LogoutDelivery>, Fault> {
    let now = shared.env.now();
    if room == 0 || !shared.store.has_due_logout_deliveries(now).await? {
        return Ok(Vec::new());
    }
    let most = MostClaimed { in_all: i64::try_from(room).unwrap_or(1), of_one_application: MOST_OF_ONE };
    shared.store.claim_logout_deliveries(now, LEASE, most).await
}

/// One try, and what follows from it.
async fn deliver(delivery: &LogoutDelivery, site: Option<&AuthorizationServer>, shared: &Shared) -> Result<(), Fault> {
    let Some(lease_ends) = delivery.next_at else { return Ok(()) };
    let told = match site {
        Some(site) => tell(delivery, site.shared()).await?,
        None => Told::NotNow("its site does not answer".to_owned()),
    };
    let now = shared.env.now();
    let done = DeliverySettled::Done { kept_until: now + KEPT };
    let (settled, given_up) = match told {
        Told::Yes | Told::Nobody => (done, None),
        Told::Never(why) => (done, Some(why)),
        Told::NotNow(why) => match next_try(delivery.attempts).map(|wait| now + wait).filter(|at| *at < delivery.expires_at) {
            Some(at) => {
                tracing::info!(client_id = ?delivery.client_id, attempts = delivery.attempts, why, "an application was not told of a logout yet");
                (DeliverySettled::Again { at }, None)
            }
            None => (done, Some(why)),
        },
    };
    if let Some(why) = given_up {
        tracing::warn!(client_id = ?delivery.client_id, attempts = delivery.attempts, why, "an application could not be told of a logout");
        let detail = format!("session {}, {} tries: {why}", delivery.sid, delivery.attempts);
        let kind = "backchannel_logout.given_up";
        let event = audit::event(kind, Some(delivery.account), Some(&delivery.client_id), &detail, &shared.env);
        shared.store.insert_audit_event(event).await?;
    }
    shared.store.settle_logout_delivery(delivery.id, lease_ends, settled).await?;
    Ok(())
}

/// How long to wait after so many tries; `None`: no more.
fn next_try(attempts: i64) -> Option<Seconds> {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or_default();
    let wait = FIRST_WAIT.0.saturating_mul(2_i64.saturating_pow(doublings));
    (attempts < MOST_TRIES).then_some(Seconds(wait).min(LONGEST_WAIT))
}

async fn tell(delivery: &LogoutDelivery, shared: &Shared) -> Result<Told, Fault> {
    let client = shared.registry.application(&delivery.client_id, &shared.store).await?;
    let Some(client) = client.filter(|client| !client.settings.backchannel_logout_uri.is_empty()) else { return Ok(Told::Nobody) };
    let Ok(url) = client.settings.backchannel_logout_uri.parse() else { return Ok(Told::Never("its logout URI is no URL".to_owned())) };
    let token = logout_token(delivery, &client, shared).await?;
    // Back-Channel Logout §2.5: one parameter, form-encoded, by POST
    let answer = shared.http.post_form(&url, &[("logout_token", &token)], |request| request).await;
    Ok(match answer.map(|answer| answer.status) {
        // Back-Channel Logout §2.8: 200, and 204, which some frameworks make of it
        Ok(200 | 204) => Told::Yes,
        // the application says that this token, or the logout, has failed for good: another of the same kind would fare no better
        Ok(400) => Told::Never("it answered 400".to_owned()),
        Ok(status) => Told::NotNow(format!("it answered {status}")),
        Err(trouble @ HttpTrouble::Forbidden(_)) => Told::Never(trouble.to_string()),
        Err(trouble) => Told::NotNow(trouble.to_string()),
    })
}

/// Back-Channel Logout §2.4, §2.6: signed as the application's ID tokens are, anew for each try, since it lives two minutes.
async fn logout_token(delivery: &LogoutDelivery, client: &Arc<RegisteredClient>, shared: &Shared) -> Result<String, Fault> {
    let now = shared.env.now();
    let key = issue::key_of(&*shared.keys.ring()?, issue::id_token_algorithm(client)?, now)?;
    let told = ToldInIdToken { sub: delivery.subject.clone(), sid: delivery.sid.clone() };
    let jti = base64url::encode(shared.env.random::<16>());
    let claims = LogoutTokenClaims::new(shared.settings.issuer.clone(), client.client_id.clone(), told, jti, now);
    match issue::is_rsa(&key) {
        true => shared.rsa.run(shared.rsa.reserve()?, move || logout_token::issue(&claims, &key)).await?,
        false => logout_token::issue(&claims, &key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // req: lo.bc
    #[test]
    fn waits_grow_to_an_hour_and_twelve_tries_are_the_most() {
        let waits: Vec<i64> = (1..MOST_TRIES).map(|attempts| next_try(attempts).unwrap().0).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]);
        assert_eq!(next_try(MOST_TRIES), None);
    }
}
