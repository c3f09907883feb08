//! What is done to accounts as a whole: by people's pages, by the command line, by development mode. Each is one transaction.

use chabi_spec::{Failure, Fault};
use chabi_store::{
    Store, Verbs,
    account::{Account, AccountEmail, AccountId, Insertion, Realm},
    browser_session::BrowserSession,
    device_grant::DeviceGrantsOf,
    logout_delivery::{EndedSessions, GIVEN_UP_AFTER},
    password::PasswordRecord,
    password_reset::PasswordResetId,
    revocation::Revocation,
    upstream_tokens::UpstreamTokensOf,
};
use chabi_token::{Env, Timestamp, base64url};

use crate::{
    audit,
    email::EmailAddress,
    password::{Hasher, NORMALIZATION, Password, PasswordProblem},
    session,
    social::{ToGiveBack, forget_tokens},
};

/// A person to be made by an operator or by development mode.
#[derive(Debug)]
pub struct NewPerson {
    /// Their address.
    pub email: String,
    /// Their name; may be empty.
    pub name: String,
    /// BCP 47; empty when unknown.
    pub locale: String,
    /// Judged by the rules for new passwords.
    pub password: String,
    /// Whether the operator answers for it that the address is theirs. Else it counts as proven once its owner proves it, who then takes
    /// the place of whoever knew the password.
    pub address_verified: bool,
}

/// Why no person was made, or no password set.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// Not an address that is taken here.
    #[error("not an e-mail address that is taken here")]
    BadEmail,
    /// A rule for passwords said no.
    #[error(transparent)]
    BadPassword(#[from] PasswordProblem),
    /// The address belongs to an account already.
    #[error("an account with this e-mail address is there already")]
    Taken,
    /// There is no such account.
    #[error("there is no such account")]
    Unknown,
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A new account, with a random `sub` that is never used again (OpenID Connect Core §2).
#[must_use]
pub fn new_account(realm: &Realm, name: &str, locale: &str, env: &Env) -> Account {
    Account {
        id: AccountId(env.new_id()),
        subject: base64url::encode(env.random::<16>()),
        realm: realm.clone(),
        name: name.to_owned(),
        locale: locale.to_owned(),
        created_at: env.now(),
        updated_at: Timestamp::default(),
        disabled_at: None,
        profile: None,
    }
}

/// Makes a person of a realm, with an address and a password.
///
/// # Errors
/// See [`NotDone`].
pub async fn create_person(store: &Store, hasher: &Hasher, realm: &Realm, person: NewPerson, env: &Env) -> Result<Account, NotDone> {
    let email = EmailAddress::parse(&person.email).map_err(|_| NotDone::BadEmail)?;
    let password = Password::read(&person.password).ok_or(PasswordProblem::TooLong)?;
    hasher.judge(&password, vec![person.name.clone(), email.canonical.clone()]).await??;
    let now = env.now();
    let account = new_account(realm, &person.name, &person.locale, env);
    let record =
        PasswordRecord { account: account.id, hash: hasher.hash(&password, env).await?, normalization: NORMALIZATION, changed_at: now };
    let address = AccountEmail {
        canonical: email.canonical,
        address: email.address,
        account: account.id,
        verified_at: person.address_verified.then_some(now),
    };
    let event = audit::event("account.created", Some(account.id), None, "by the operator", env);
    let made = account.clone();
    let insertion = store
        .transaction("create_person", move |verbs| {
            let (account, record, address, event) = (account.clone(), record.clone(), address.clone(), event.clone());
            Box::pin(async move {
                if verbs.find_account_by_email(&account.realm, &address.canonical).await?.is_some() {
                    return Ok(Insertion::Taken);
                }
                verbs.insert_account(account).await?;
                if verbs.insert_email(address).await? == Insertion::Taken {
                    // somebody was faster: the account must not stay without its address
                    return Err(Fault::unavailable("making a person").into());
                }
                verbs.put_password(record).await?;
                verbs.insert_audit_event(event).await?;
                Ok(Insertion::Done)
            })
        })
        .await;
    match faults_only(insertion)? {
        Insertion::Done => Ok(made),
        Insertion::Taken => Err(NotDone::Taken),
    }
}

/// Sets a password, judged by the rules for new ones; ends all of the account's sessions, and revokes all that it granted. `by`: the
/// session in which its owner does it, which must not have ended meanwhile; `None`: an operator.
///
/// # Errors
/// See [`NotDone`].
pub async fn set_password(
    store: &Store,
    hasher: &Hasher,
    (account, by): (&Account, Option<&BrowserSession>),
    password: &Password,
    env: &Env,
) -> Result<(), NotDone> {
    let record = judged(store, hasher, account, password, env).await?;
    let event = audit::event("password.changed", Some(account.id), None, "", env);
    let (by, now) = (by.cloned(), record.changed_at);
    let done = store
        .transaction("set_password", move |verbs| {
            let (record, event, by) = (record.clone(), event.clone(), by.clone());
            Box::pin(async move {
                if let Some(session) = by {
                    session::check_still_lives(verbs, &session, now).await?;
                }
                close_doors(verbs, record.account, "password_changed", now).await?;
                verbs.put_password(record).await?;
                verbs.insert_audit_event(event).await?;
                Ok(())
            })
        })
        .await;
    faults_only(done)
}

/// Sets the password that a mailed link allows, and spends the link: judged, and with the same end of all sessions and grants, as by
/// [`set_password`]. The link was read in its mailbox, so its address counts as proven from then on; whatever led into an account that
/// nobody had proven goes away. Gives what was kept of that at providers, to be given back.
///
/// # Errors
/// [`NotDone::Unknown`]: spent, expired or void, or the account is shut or no longer has the address. See [`NotDone`] for the rest.
pub async fn reset_password(
    store: &Store,
    hasher: &Hasher,
    (account, (id, secret_hash)): (&Account, (PasswordResetId, [u8; 32])),
    password: &Password,
    env: &Env,
) -> Result<ToGiveBack, NotDone> {
    let record = judged(store, hasher, account, password, env).await?;
    let (realm, account, now) = (account.realm.clone(), account.id, record.changed_at);
    let event = audit::event("password.reset", Some(account), None, "", env);
    let done = store
        .transaction("reset_password", move |verbs| {
            let (realm, record, event) = (realm.clone(), record.clone(), event.clone());
            Box::pin(async move {
                // held first, in the order of all who change how an account is entered
                verbs.hold_account(account).await?;
                let Some(reset) = verbs.take_password_reset(id, secret_hash, now).await? else { return Ok(None) };
                let Some(email) = find_recoverable(verbs, &realm, &reset.canonical).await?.filter(|email| email.account == account) else {
                    return Ok(None);
                };
                let kept = match email.verified_at {
                    Some(_) => close_doors(verbs, account, "password_reset", now).await.map(|()| ToGiveBack::default())?,
                    None => clear_unproven(verbs, account, now).await?,
                };
                verbs.verify_email(account, &email.canonical, now).await?;
                verbs.put_password(record).await?;
                verbs.insert_audit_event(event).await?;
                Ok(Some(kept))
            })
        })
        .await;
    faults_only(done)?.ok_or(NotDone::Unknown)
}

/// The address as far as who reads its mail may recover the account that has it: the account is open, and the address is proven. One
/// that nobody proved is enough where nothing else leads in; elsewhere it is a mere claim, by which a stranger could get at the account
/// or be lured into somebody else's. For use inside a transaction.
///
/// # Errors
/// The store's fault.
pub async fn find_recoverable(verbs: &dyn Verbs, realm: &Realm, canonical: &str) -> Result<Option<AccountEmail>, Fault> {
    let Some((Account { disabled_at: None, .. }, email)) = verbs.find_account_by_email(realm, canonical).await? else { return Ok(None) };
    if email.verified_at.is_some() {
        return Ok(Some(email));
    }
    let proven = verbs.list_emails(email.account).await?.iter().any(|held| held.verified_at.is_some());
    let provided = !verbs.list_provider_links(email.account).await?.is_empty();
    Ok((!proven && !provided).then_some(email))
}

/// The row of a new password, judged by the rules for new ones.
async fn judged(store: &Store, hasher: &Hasher, account: &Account, password: &Password, env: &Env) -> Result<PasswordRecord, NotDone> {
    let mut context: Vec<String> = store.list_emails(account.id).await?.into_iter().map(|email| email.canonical).collect();
    context.push(account.name.clone());
    hasher.judge(password, context).await??;
    let hash = hasher.hash(password, env).await?;
    Ok(PasswordRecord { account: account.id, hash, normalization: NORMALIZATION, changed_at: env.now() })
}

/// Shuts an account: sessions, unspent codes and everything it granted end in the same transaction. `false`: there is no such account.
///
/// # Errors
/// The store's fault.
pub async fn disable(store: &Store, account: AccountId, env: &Env) -> Result<bool, NotDone> {
    let now = env.now();
    let event = audit::event("account.disabled", Some(account), None, "", env);
    let done = store
        .transaction("disable_account", move |verbs| {
            let event = event.clone();
            Box::pin(async move {
                close_doors(verbs, account, "account_disabled", now).await?;
                let found = verbs.set_account_disabled(account, Some(now)).await?;
                if found {
                    verbs.insert_audit_event(event).await?;
                }
                Ok(found)
            })
        })
        .await;
    faults_only(done)
}

/// Opens a shut account again. `false`: there is no such account.
///
/// # Errors
/// The store's fault.
pub async fn enable(store: &Store, account: AccountId, env: &Env) -> Result<bool, NotDone> {
    let found = store.set_account_disabled(account, None).await?;
    if found {
        store.insert_audit_event(audit::event("account.enabled", Some(account), None, "", env)).await?;
    }
    Ok(found)
}

/// Ends the account's sessions, their unspent codes, everything that it granted, and its link for a new password. For use inside a transaction.
///
/// # Errors
/// The store's fault.
pub async fn close_doors(verbs: &dyn Verbs, account: AccountId, because: &str, now: Timestamp) -> Result<(), Fault> {
    // a sign-in at the same moment comes before, and its session ends here, or after, and sees what was done
    verbs.hold_account(account).await?;
    for session in verbs.list_sessions(account, now).await? {
        verbs.delete_codes_of_session(session.id).await?;
    }
    verbs.delete_device_grants(DeviceGrantsOf::Account(account)).await?;
    verbs.end_sessions_of_account(account, None).await?;
    // a link for a new password that was mailed before opens nothing any more
    verbs.delete_password_reset(account).await?;
    verbs.revoke(Revocation::Account(account), because, now).await?;
    // Back-Channel Logout §2.5: the account's sessions are over, and applications that were given one are told
    verbs.wake_logout_deliveries(EndedSessions::OfAccount(account, None), now, now + GIVEN_UP_AFTER).await?;
    Ok(())
}

/// Takes away whatever an earlier, unproven claim to an account could be entered by: its password, links, sessions and grants.
/// For use inside a transaction, before the proven owner is let in. Gives what was kept of that claim at providers, to be given back.
///
/// # Errors
/// The store's fault.
pub async fn clear_unproven(verbs: &dyn Verbs, account: AccountId, now: Timestamp) -> Result<ToGiveBack, Fault> {
    close_doors(verbs, account, "taken_over_by_proven_owner", now).await?;
    verbs.delete_password(account).await?;
    verbs.delete_provider_links(account).await?;
    forget_tokens(verbs, UpstreamTokensOf::Account(account)).await
}

/// Writes an unproven address for an account of this realm. An unproven claim of somebody else gives them no right to it and goes away; a proven
/// one stays. For use inside a transaction.
///
/// # Errors
/// The store's fault.
pub async fn claim_address(verbs: &dyn Verbs, realm: &Realm, email: AccountEmail, now: Timestamp) -> Result<Insertion, Fault> {
    match verbs.find_account_by_email(realm, &email.canonical).await? {
        Some((_, held)) if held.account == email.account || held.verified_at.is_some() => return Ok(Insertion::Taken),
        Some((_, held)) => {
            verbs.delete_email(held.account, &held.canonical, now).await?;
        }
        None => {}
    }
    // OpenID Connect Core §5.1, `updated_at`: the claims may be others from now on
    verbs.touch_account(email.account, now).await?;
    verbs.insert_email(email).await
}

/// These transactions refuse nothing by themselves.
fn faults_only<T>(outcome: Result<T, Failure>) -> Result<T, NotDone> {
    outcome.map_err(|failure| match failure {
        Failure::Fault(fault) => NotDone::Fault(fault),
        Failure::Refusal(refusal) => NotDone::Fault(Fault::internal("changing an account").because(refusal)),
    })
}
