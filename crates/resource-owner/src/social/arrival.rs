//! Carries the decision out: one transaction, from the facts to the session.

use std::sync::Arc;

use chabi_client::{ProviderTokens, VerifiedIdentity};
use chabi_spec::{Failure, Fault};
use chabi_store::{
    Verbs,
    account::{Account, AccountEmail, AccountId, Insertion, Realm},
    audit::AuditEvent,
    browser_session::SessionId,
    email_verification::{EmailVerification, VerificationId},
    provider_link::ProviderLink,
    upstream_tokens::UpstreamTokens,
};
use chabi_token::{Timestamp, hash::sha256};

use super::{
    given_back::ToGiveBack,
    kept_tokens,
    link::{Claim, Decision, Facts, Holder, Intent, Known, Linking, ProvenAddress, ToldAddress, decide, told_by},
    providers::OfferedProvider,
};
use crate::{
    ResourceOwner, Visit, accounts, audit, browser,
    email::EmailAddress,
    session::{self, Entrance, Entry, Federated, Login, Opening},
};

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Signed in, in this session.
    Entered(AccountId, SessionId, Way),
    /// The provider is connected to the account that is signed in.
    Connected(AccountId),
    /// Somebody has this address: sign in first.
    SignInFirst(String),
    /// The provider's person belongs to another account.
    ConnectedElsewhere,
    /// The account is disabled.
    Shut,
    /// No new accounts here.
    SignUpClosed,
    /// The session that began to connect has ended since.
    SessionOver,
    /// The token that proves it was presented before.
    Replayed,
}

/// On which way somebody signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// As before.
    Known,
    /// The provider was tied to the account of the same, proven address.
    Joined,
    /// The account's unproven claims were cleared.
    TakenOver,
    /// A new account, with this address or none.
    New(Option<AccountEmail>),
}

/// All that the transaction needs; made before it, since it may run several times.
struct Arrival {
    intent: Intent,
    session: Option<SessionId>,
    link: ProviderLink,
    address: Option<ToldAddress>,
    new: Account,
    entrance: Entrance,
    void: VerificationId,
    sign_up_open: bool,
    linking: Linking,
    tokens: Option<UpstreamTokens>,
    once: Option<Once>,
    now: Timestamp,
    connected: AuditEvent,
    created: AuditEvent,
}

/// What may be presented once: the hash of a token that a mobile app brought, or of an answer that is bound to no sign-in of ours, and when
/// it is over by itself.
#[derive(Clone, Copy)]
pub(super) struct Once {
    pub(super) hash: [u8; 32],
    pub(super) until: Timestamp,
}

/// Who came back from a provider, and with what.
pub(super) struct Comer<'a> {
    pub(super) offered: &'a OfferedProvider,
    pub(super) identity: &'a VerifiedIdentity,
    /// The provider's own tokens.
    pub(super) tokens: Option<&'a ProviderTokens>,
    pub(super) once: Option<Once>,
}

/// Somebody else was faster with the same key.
const RACED: &str = "tying a provider to an account: somebody else did it at the same time";

/// Decides and carries it out. The cookie is for [`Outcome::Entered`] alone.
pub(super) async fn settle(
    owner: &ResourceOwner,
    visit: &Visit,
    comer: &Comer<'_>,
    intent: Intent,
) -> Result<(Outcome, browser::Cookie), Failure> {
    let (arrival, cookie) = prepare(owner, visit, comer, intent)?;
    let arrival = Arc::new(arrival);
    match carry_out(owner, &arrival).await {
        // two callbacks of one new person: the second finds what the first made
        Err(Failure::Fault(fault)) if fault.doing == RACED => Ok((carry_out(owner, &arrival).await?, cookie)),
        outcome => Ok((outcome?, cookie)),
    }
}

async fn carry_out(owner: &ResourceOwner, arrival: &Arc<Arrival>) -> Result<Outcome, Failure> {
    let arrival = Arc::clone(arrival);
    let arrived = owner.store.transaction("provider_sign_in", move |verbs| {
        let arrival = Arc::clone(&arrival);
        Box::pin(async move { Ok(arrive(verbs, &arrival).await?) })
    });
    let (outcome, kept) = arrived.await?;
    owner.give_back(kept);
    Ok(outcome)
}

fn prepare(owner: &ResourceOwner, visit: &Visit, comer: &Comer<'_>, intent: Intent) -> Result<(Arrival, browser::Cookie), Fault> {
    let (env, identity) = (&owner.env, comer.identity);
    let new = accounts::new_account(&owner.settings.realm, &name(identity), visit.frame.language.tag(), env);
    let federated = Federated {
        provider: identity.provider().to_owned(),
        subject: super::upstream_key(identity.provider(), identity.issuer(), identity.subject()),
        sid: identity.session().map(|sid| super::upstream_key(identity.provider(), identity.issuer(), sid)).unwrap_or_default(),
    };
    let login = Login { account: new.id, amr: vec!["fed".to_owned()], federated: Some(federated) };
    let Opening { entrance, cookie } = session::open(owner, visit, &login);
    let link = link_of(identity, &new, env.now());
    let arrival = Arrival {
        intent,
        session: visit.signed_in.as_ref().map(|signed_in| signed_in.session.id),
        connected: audit::event("provider.connected", Some(new.id), visit.address, &*link.provider, env),
        created: audit::event("account.created", Some(new.id), visit.address, &*link.provider, env),
        link,
        address: told_by(identity),
        tokens: kept_tokens::to_keep(owner, comer.offered, identity, comer.tokens, new.id)?,
        once: comer.once,
        new,
        entrance,
        void: VerificationId(env.new_id()),
        sign_up_open: owner.settings.sign_up_open && comer.offered.sign_up,
        linking: comer.offered.linking,
        now: env.now(),
    };
    Ok((arrival, cookie))
}

fn link_of(identity: &VerifiedIdentity, new: &Account, now: Timestamp) -> ProviderLink {
    ProviderLink {
        provider: identity.provider().to_owned(),
        issuer: identity.issuer().to_owned(),
        subject: identity.subject().to_owned(),
        account: new.id,
        email: identity.email().map(|email| email.address.clone()).unwrap_or_default(),
        created_at: now,
        used_at: now,
    }
}

/// What would be decided of this person now, without deciding it: for an operator who tries a social application out.
pub(super) async fn foresee(owner: &ResourceOwner, comer: &Comer<'_>) -> Result<Decision, Fault> {
    let new = accounts::new_account(&owner.settings.realm, "", "", &owner.env);
    let link = link_of(comer.identity, &new, owner.env.now());
    let asked = Asked {
        intent: Intent::SignIn,
        address: told_by(comer.identity),
        sign_up_open: owner.settings.sign_up_open && comer.offered.sign_up,
        linking: comer.offered.linking,
    };
    Ok(decide(&facts(&*owner.store, &new.realm, &link, asked).await?))
}

/// What became of it, and what was kept at providers of somebody whose claim it ended.
async fn arrive(verbs: &dyn Verbs, arrival: &Arrival) -> Result<(Outcome, ToGiveBack), Fault> {
    if let Some(Once { hash, until }) = arrival.once
        && !verbs.use_once(hash, until, arrival.now).await?
    {
        return Ok((Outcome::Replayed, ToGiveBack::default()));
    }
    let mut kept = ToGiveBack::default();
    let outcome = match decide_and_hold(verbs, arrival).await? {
        Decision::Enter(account) => {
            verbs.touch_provider_link(ProviderLink { account, ..arrival.link.clone() }).await?;
            enter(verbs, arrival, account, Way::Known).await
        }
        Decision::Join(account, _) => {
            tie(verbs, arrival, account).await?;
            enter(verbs, arrival, account, Way::Joined).await
        }
        Decision::TakeOver(account, address) => {
            kept = take_over(verbs, arrival, account, &address).await?;
            tie(verbs, arrival, account).await?;
            enter(verbs, arrival, account, Way::TakenOver).await
        }
        Decision::Create { address, taken_from } => {
            let email = create(verbs, arrival, address.as_ref(), taken_from).await?;
            tie(verbs, arrival, arrival.new.id).await?;
            enter(verbs, arrival, arrival.new.id, Way::New(email)).await
        }
        Decision::Connect(account) => connect(verbs, arrival, account).await,
        Decision::SignInFirst(email) => Ok(Outcome::SignInFirst(email.address)),
        Decision::ConnectedElsewhere => Ok(Outcome::ConnectedElsewhere),
        Decision::Shut => Ok(Outcome::Shut),
        Decision::SignUpClosed => Ok(Outcome::SignUpClosed),
    };
    Ok((outcome?, kept))
}

/// The decision, and the account that it opens, held: who takes it over and who enters it by an older right come one after the other,
/// and the second sees what the first did.
async fn decide_and_hold(verbs: &dyn Verbs, arrival: &Arrival) -> Result<Decision, Fault> {
    let decision = decide(&facts_of(verbs, arrival).await?);
    let Some(account) = decision.opens() else { return Ok(decision) };
    verbs.hold_account(account).await?;
    if decide(&facts_of(verbs, arrival).await?) == decision { Ok(decision) } else { Err(Fault::unavailable(RACED)) }
}

async fn facts_of(verbs: &dyn Verbs, arrival: &Arrival) -> Result<Facts, Fault> {
    let Arrival { intent, sign_up_open, linking, .. } = *arrival;
    let asked = Asked { intent, address: arrival.address.clone(), sign_up_open, linking };
    facts(verbs, &arrival.new.realm, &arrival.link, asked).await
}

/// What does not come from the store.
struct Asked {
    intent: Intent,
    address: Option<ToldAddress>,
    sign_up_open: bool,
    linking: Linking,
}

async fn facts(verbs: &dyn Verbs, realm: &Realm, link: &ProviderLink, asked: Asked) -> Result<Facts, Fault> {
    let Asked { intent, address, sign_up_open, linking } = asked;
    let tied_to = match verbs.find_provider_link(realm, &link.provider, &link.issuer, &link.subject).await? {
        Some(link) => verbs.find_account(link.account).await?.map(|account| known(&account)),
        None => None,
    };
    let holder = match &address {
        Some(told) => find_holder(verbs, realm, &told.email().canonical).await?,
        None => None,
    };
    Ok(Facts { intent, tied_to, address, holder, sign_up_open, linking })
}

async fn find_holder(verbs: &dyn Verbs, realm: &Realm, canonical: &str) -> Result<Option<Holder>, Fault> {
    let Some((account, held)) = verbs.find_account_by_email(realm, canonical).await? else { return Ok(None) };
    let has_a_role = !verbs.list_role_grants_of(&format!("account:{}", account.subject)).await?.is_empty();
    let claim = match held.verified_at {
        None if verbs.list_emails(account.id).await?.iter().any(|email| email.verified_at.is_some()) => Claim::UnverifiedBesideAVerifiedOne,
        _ if has_a_role => Claim::OfARole,
        Some(_) => Claim::Verified,
        None => Claim::Unverified,
    };
    Ok(Some(Holder { by: known(&account), claim }))
}

fn known(account: &Account) -> Known {
    Known { account: account.id, disabled: account.disabled_at.is_some() }
}

async fn enter(verbs: &dyn Verbs, arrival: &Arrival, account: AccountId, way: Way) -> Result<Outcome, Fault> {
    match session::enter(verbs, &arrival.entrance.clone().of(account)).await? {
        Entry::Entered => {
            keep_tokens(verbs, arrival, account).await?;
            Ok(Outcome::Entered(account, arrival.entrance.session(), way))
        }
        Entry::Shut => Ok(Outcome::Shut),
    }
}

async fn tie(verbs: &dyn Verbs, arrival: &Arrival, account: AccountId) -> Result<(), Fault> {
    match verbs.insert_provider_link(ProviderLink { account, ..arrival.link.clone() }).await? {
        Insertion::Done => verbs.insert_audit_event(AuditEvent { account: Some(account), ..arrival.connected.clone() }).await,
        Insertion::Taken => Err(Fault::unavailable(RACED)),
    }
}

/// The session that began it must still be there: an account that was taken over or signed out meanwhile gets no new door.
async fn connect(verbs: &dyn Verbs, arrival: &Arrival, account: AccountId) -> Result<Outcome, Fault> {
    let session = match arrival.session {
        Some(id) => verbs.find_session(id, arrival.now).await?,
        None => None,
    };
    if session.is_none_or(|session| session.account != account) {
        return Ok(Outcome::SessionOver);
    }
    let ProviderLink { provider, issuer, subject, .. } = &arrival.link;
    match verbs.find_provider_link(&arrival.new.realm, provider, issuer, subject).await? {
        Some(_) => verbs.touch_provider_link(ProviderLink { account, ..arrival.link.clone() }).await?,
        None => tie(verbs, arrival, account).await?,
    }
    keep_tokens(verbs, arrival, account).await?;
    Ok(Outcome::Connected(account))
}

async fn keep_tokens(verbs: &dyn Verbs, arrival: &Arrival, account: AccountId) -> Result<(), Fault> {
    match &arrival.tokens {
        Some(tokens) => verbs.put_upstream_tokens(UpstreamTokens { account, ..tokens.clone() }).await,
        None => Ok(()),
    }
}

async fn create(
    verbs: &dyn Verbs,
    arrival: &Arrival,
    address: Option<&ToldAddress>,
    taken_from: Option<AccountId>,
) -> Result<Option<AccountEmail>, Fault> {
    verbs.insert_account(arrival.new.clone()).await?;
    verbs.insert_audit_event(arrival.created.clone()).await?;
    let Some(told) = address else { return Ok(None) };
    let EmailAddress { canonical, address } = told.email().clone();
    if let Some(holder) = taken_from {
        void_verifications(verbs, arrival, holder, &canonical).await?;
        verbs.delete_email(holder, &canonical, arrival.now).await?;
    }
    let verified_at = matches!(told, ToldAddress::Proven(_)).then_some(arrival.now);
    let email = AccountEmail { canonical, address, account: arrival.new.id, verified_at };
    match verbs.insert_email(email.clone()).await? {
        Insertion::Done => Ok(Some(email)),
        Insertion::Taken => Err(Fault::unavailable(RACED)),
    }
}

/// Pre-hijacking: whoever made the account never proved the address, so nothing of theirs may open it: password, links, sessions,
/// codes, tokens, consents, other addresses, mails under way.
async fn take_over(verbs: &dyn Verbs, arrival: &Arrival, account: AccountId, address: &ProvenAddress) -> Result<ToGiveBack, Fault> {
    let proven = &address.email().canonical;
    let kept = accounts::clear_unproven(verbs, account, arrival.now).await?;
    verbs.delete_consents_of_account(account).await?;
    for email in verbs.list_emails(account).await? {
        void_verifications(verbs, arrival, account, &email.canonical).await?;
        if email.canonical != *proven {
            verbs.delete_email(account, &email.canonical, arrival.now).await?;
        }
    }
    verbs.update_profile(account, &arrival.new.name, &arrival.new.locale, arrival.now).await?;
    if verbs.verify_email(account, proven, arrival.now).await? { Ok(kept) } else { Err(Fault::unavailable(RACED)) }
}

/// A newer mail makes older ones void; this one is never sent, and has expired already.
async fn void_verifications(verbs: &dyn Verbs, arrival: &Arrival, account: AccountId, canonical: &str) -> Result<(), Fault> {
    let nobody_knows = sha256(format!("{} {canonical}", arrival.void).as_bytes());
    let void = EmailVerification {
        id: VerificationId(chabi_token::Id::new(arrival.now, first_8(nobody_knows))),
        secret_hash: nobody_knows,
        code_hash: nobody_knows,
        browser_hash: nobody_knows,
        account,
        canonical: canonical.to_owned(),
        failures: 0,
        expires_at: arrival.now,
    };
    verbs.insert_email_verification(void).await
}

fn first_8([a, b, c, d, e, f, g, h, ..]: [u8; 32]) -> [u8; 8] {
    [a, b, c, d, e, f, g, h]
}

/// Most characters of a name.
const LONGEST_NAME: usize = 100;

/// The name that the provider told, unless it would be a link in somebody's mail or page.
fn name(identity: &VerifiedIdentity) -> String {
    let about = identity.about();
    let joined = || match (&about.given_name, &about.family_name) {
        (Some(given), Some(family)) => Some(format!("{given} {family}")),
        (given, family) => given.clone().or_else(|| family.clone()),
    };
    clean_name(&about.name.clone().or_else(joined).unwrap_or_default())
}

fn clean_name(told: &str) -> String {
    let name: String = told.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    let lower = name.to_lowercase();
    if lower.contains("://") || lower.contains("www.") { String::new() } else { name.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_be_a_link_in_a_mail_is_left_out() {
        assert_eq!(clean_name("Win at https://evil.example"), "");
        assert_eq!(clean_name("www.evil.example"), "");
        assert_eq!(clean_name(" রহিমা\r\n বেগম "), "রহিমা বেগম");
        assert_eq!(clean_name(&"a".repeat(200)).len(), 100);
    }
}
