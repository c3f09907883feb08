//! How many attempts are allowed: by account, by address, and in all. Counted before the costly work, by one statement each, so that
//! K parallel guesses cost K.

use chabi_spec::{ClientAddress, Fault};
use chabi_store::{account::AccountId, throttle::Attempt};
use chabi_token::{Seconds, Timestamp, base64url, hash::sha256};

use crate::{ResourceOwner, Visit, browser};

/// What a guess is aimed at.
#[derive(Clone, Copy)]
pub(crate) enum Target<'a> {
    /// The account that the typed name resolved to: all its spellings and addresses share one counter.
    Account(AccountId),
    /// Nobody has this canonical address; counted all the same, so that a throttle tells nothing.
    Nobody(&'a str),
}

const MONTH: Seconds = Seconds::days(30);
const HOUR: Seconds = Seconds::hours(1);

/// Counts a guess at a password. `Some`: refused until then.
///
/// NIST SP 800-63B-4 §3.2.2: 100 consecutive failures at the most. A browser in which the account's owner signed in before has a
/// counter of its own, so that strangers who guess cannot lock the owner out.
pub(crate) async fn count_guess(owner: &ResourceOwner, visit: &Visit, target: Target<'_>) -> Result<Option<Timestamp>, Fault> {
    let limits = owner.settings.throttle;
    // nor can they by using up what everybody has in common
    let in_all = !matches!(target, Target::Account(account) if browser::is_known(owner, visit, account));
    if let Some(until) = count_from(owner, visit, "login", in_all).await? {
        return Ok(Some(until));
    }
    let account = account_key(owner, visit, target);
    if let Some(until) = count(owner, &account, limits.account, limits.window).await? {
        return Ok(Some(until));
    }
    count(owner, &format!("{account}/month"), limits.account_long, MONTH).await
}

/// Counts an attempt at anything by address and in all. `Some`: refused until then.
pub(crate) async fn count_visit(owner: &ResourceOwner, visit: &Visit, door: &str) -> Result<Option<Timestamp>, Fault> {
    count_from(owner, visit, door, true).await
}

async fn count_from(owner: &ResourceOwner, visit: &Visit, door: &str, in_all: bool) -> Result<Option<Timestamp>, Fault> {
    let limits = owner.settings.throttle;
    if let Some(address) = visit.address {
        let key = format!("{door}/from/{}", ClientAddress(address).network());
        if let Some(until) = count(owner, &key, limits.address, limits.window).await? {
            return Ok(Some(until));
        }
    }
    match in_all {
        true => count(owner, &format!("{door}/all"), limits.global, limits.window).await,
        false => Ok(None),
    }
}

/// Counts a token that an app brought, by network: whoever knows a public application's id can bring nonsense, and no count of all lets them
/// keep everybody else out. `Some`: refused until then.
pub(crate) async fn count_brought_token(owner: &ResourceOwner, visit: &Visit) -> Result<Option<Timestamp>, Fault> {
    count_from(owner, visit, "native", false).await
}

/// Counts a guess at the code of a device: by network and by account, since only who is signed in can guess. `Some`: refused until then.
pub(crate) async fn count_user_code(owner: &ResourceOwner, visit: &Visit, account: AccountId) -> Result<Option<Timestamp>, Fault> {
    // no count of all: a few strangers would keep everybody from connecting devices
    if let Some(until) = count_from(owner, visit, "device", false).await? {
        return Ok(Some(until));
    }
    let limits = owner.settings.throttle;
    count(owner, &format!("device/account/{account}"), limits.account, limits.window).await
}

/// Counts a mail to an address. `Some`: no more until then.
pub(crate) async fn count_mail(owner: &ResourceOwner, canonical: &str) -> Result<Option<Timestamp>, Fault> {
    count(owner, &format!("mail/{}", digest(&owner.settings.realm.key(canonical))), owner.settings.throttle.mails, HOUR).await
}

/// Counts a mail by which a password can be recovered. Apart from the others: a stranger who signs up with somebody's address again and
/// again would keep them from it.
pub(crate) async fn count_recovery_mail(owner: &ResourceOwner, canonical: &str) -> Result<Option<Timestamp>, Fault> {
    count(owner, &format!("mail/recovery/{}", digest(&owner.settings.realm.key(canonical))), owner.settings.throttle.mails, HOUR).await
}

/// After a success: forgets the guesses at this account, and never those of the address they came from, lest an attacker sign in to
/// an account of their own between two guesses.
pub(crate) async fn forget_guesses(owner: &ResourceOwner, visit: &Visit, account: AccountId) -> Result<(), Fault> {
    let key = account_key(owner, visit, Target::Account(account));
    owner.store.clear_attempts(&key).await?;
    // the long count is of consecutive failures, from wherever: the owner's success ends the series, also for their next new browser
    for counted in [key, format!("login/account/{account}")] {
        owner.store.clear_attempts(&format!("{counted}/month")).await?;
    }
    Ok(())
}

fn account_key(owner: &ResourceOwner, visit: &Visit, target: Target<'_>) -> String {
    match target {
        Target::Account(account) if browser::is_known(owner, visit, account) => {
            format!("login/known/{account}/{}", base64url::encode(visit.browser.hash()))
        }
        Target::Account(account) => format!("login/account/{account}"),
        Target::Nobody(canonical) => format!("login/nobody/{}", digest(&owner.settings.realm.key(canonical))),
    }
}

async fn count(owner: &ResourceOwner, key: &str, limit: i64, window: Seconds) -> Result<Option<Timestamp>, Fault> {
    match owner.store.count_attempt(key, limit, window, owner.env.now()).await? {
        Attempt::Allowed => Ok(None),
        Attempt::Blocked { until } => Ok(Some(until)),
    }
}

fn digest(text: &str) -> String {
    base64url::encode(sha256(text.as_bytes()))
}

/// Whole minutes to wait, rounded up, at least 1.
pub(crate) fn minutes_until(until: Timestamp, now: Timestamp) -> i64 {
    (until.since(now).0.saturating_add(59) / 60).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_told_in_minutes_rounded_up() {
        assert_eq!(minutes_until(Timestamp::from_seconds(61), Timestamp::from_seconds(0)), 2);
        assert_eq!(minutes_until(Timestamp::from_seconds(0), Timestamp::from_seconds(5)), 1);
    }
}
