//! What is done to an account.

use chabi_pages::{Language, mail::ResetPassword};
use chabi_resource_owner::{accounts, session, social::forget_tokens};
use chabi_store::{
    Verbs,
    account::{Account as Row, AccountEmail},
    browser_session::SessionId,
    password_reset::{PasswordReset, PasswordResetId},
    upstream_tokens::UpstreamTokensOf,
};
use chabi_token::{IdSecret, Seconds};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Account, AccountPath, seen, shown};
use crate::{
    ActorKind, Call, OperationError, Permission,
    changing::Change,
    operation::{Method, Operation, roles},
};

/// Whether the actor may do something to this person: never to who is mightier. For use inside a transaction.
pub(super) async fn check_may(call: &Call, verbs: &dyn Verbs, account: &Row) -> Result<(), OperationError> {
    roles::check_not_mightier(call, verbs, &format!("account:{}", account.subject)).await
}

pub(super) fn change_of(account: &Row) -> Change {
    let mut change = Change::of(format!("account {}", account.subject));
    change.account = Some(account.id);
    change
}

/// Shuts an account: its sessions and all that it granted end.
#[derive(Debug)]
pub struct BlockAccount;

impl Operation for BlockAccount {
    const NAME: &'static str = "accounts.block";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/accounts/{subject}/block";
    const PERMISSION: Permission = Permission::HelpAccounts;
    const ABOUT: &'static str = "Shuts an account: its sessions and all that it granted end.";
    const STATUS: u16 = 204;
    type Input = AccountPath;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        let account = seen(call, &input.subject).await?;
        if matches!(&call.actor.kind, ActorKind::Account { id, .. } if *id == account.id) {
            return Err(OperationError::Conflict("this is your own account: somebody else must block it".to_owned()));
        }
        let owned = call.clone();
        call.transaction(move |verbs| {
            let (call, account) = (owned.clone(), account.clone());
            Box::pin(async move {
                check_may(&call, verbs, &account).await?;
                shown::check_unchanged(&call, verbs, &account).await?;
                roles::check_not_last_owner(verbs, &format!("account:{}", account.subject)).await?;
                let now = call.admin.env.now();
                accounts::close_doors(verbs, account.id, "account_disabled", now).await?;
                verbs.set_account_disabled(account.id, Some(now)).await?;
                let change = change_of(&account).from(json!({ "blocked": account.disabled_at.is_some() }), json!({ "blocked": true }));
                Ok(verbs.insert_audit_event(call.event(change)).await?)
            })
        })
        .await
    }
}

/// Opens a shut account.
#[derive(Debug)]
pub struct UnblockAccount;

impl Operation for UnblockAccount {
    const NAME: &'static str = "accounts.unblock";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/accounts/{subject}/unblock";
    const PERMISSION: Permission = Permission::HelpAccounts;
    const ABOUT: &'static str = "Opens a blocked account again.";
    const STATUS: u16 = 204;
    type Input = AccountPath;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        let account = seen(call, &input.subject).await?;
        let owned = call.clone();
        call.transaction(move |verbs| {
            let (call, account) = (owned.clone(), account.clone());
            Box::pin(async move {
                check_may(&call, verbs, &account).await?;
                shown::check_unchanged(&call, verbs, &account).await?;
                verbs.set_account_disabled(account.id, None).await?;
                let change = change_of(&account).from(json!({ "blocked": account.disabled_at.is_some() }), json!({ "blocked": false }));
                Ok(verbs.insert_audit_event(call.event(change)).await?)
            })
        })
        .await
    }
}

/// Ends all of a person's sessions and grants.
#[derive(Debug)]
pub struct EndSessions;

impl Operation for EndSessions {
    const NAME: &'static str = "sessions.end_all";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/accounts/{subject}/sessions";
    const PERMISSION: Permission = Permission::HelpAccounts;
    const ABOUT: &'static str = "Signs a person out everywhere, and takes back all that they granted.";
    const STATUS: u16 = 204;
    type Input = AccountPath;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        let account = seen(call, &input.subject).await?;
        let owned = call.clone();
        call.transaction(move |verbs| {
            let (call, account) = (owned.clone(), account.clone());
            Box::pin(async move {
                check_may(&call, verbs, &account).await?;
                shown::check_unchanged(&call, verbs, &account).await?;
                accounts::close_doors(verbs, account.id, "sessions_ended_by_operator", call.admin.env.now()).await?;
                Ok(verbs.insert_audit_event(call.event(change_of(&account))).await?)
            })
        })
        .await
    }
}

/// Ends one session.
#[derive(Debug)]
pub struct EndSession;

/// Which.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionPath {
    /// Whose.
    pub subject: String,
    /// Its id.
    pub session: String,
}

impl Operation for EndSession {
    const NAME: &'static str = "sessions.end";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/accounts/{subject}/sessions/{session}";
    const PERMISSION: Permission = Permission::HelpAccounts;
    const ABOUT: &'static str = "Ends one session, and what was granted in it.";
    const STATUS: u16 = 204;
    type Input = SessionPath;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        let unknown = || OperationError::NotFound("session");
        let id: SessionId = input.session.parse().map_err(|_| unknown())?;
        let account = seen(call, &input.subject).await?;
        let owned = call.clone();
        call.transaction(move |verbs| {
            let (call, account) = (owned.clone(), account.clone());
            Box::pin(async move {
                check_may(&call, verbs, &account).await?;
                let now = call.admin.env.now();
                if !verbs.list_sessions(account.id, now).await?.iter().any(|session| session.id == id) {
                    return Err(OperationError::NotFound("session"));
                }
                session::end_with_grants(verbs, id, "session_ended_by_operator", now).await?;
                let mut change = change_of(&account);
                change.object = format!("session {id}");
                Ok(verbs.insert_audit_event(call.event(change)).await?)
            })
        })
        .await
    }
}

/// How long a mailed link is good.
const LINK_LIFETIME: Seconds = Seconds::minutes(30);

/// Mails a link for a new password.
#[derive(Debug)]
pub struct SendPasswordReset;

impl Operation for SendPasswordReset {
    const NAME: &'static str = "accounts.send_password_reset";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/accounts/{subject}/password-reset";
    const PERMISSION: Permission = Permission::HelpAccounts;
    const ABOUT: &'static str = "Mails a link for a new password to the person's first proven address. Nobody else sees it.";
    const STATUS: u16 = 204;
    type Input = AccountPath;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        let account = seen(call, &input.subject).await?;
        if account.realm != call.admin.owner.settings.realm {
            let words = "people of a site with its own accounts ask for the link there";
            return Err(OperationError::Conflict(words.to_owned()));
        }
        let owner = &call.admin.owner;
        let secret = IdSecret::new(owner.settings.site, &owner.env);
        let (id, secret_hash, expires_at) = (PasswordResetId(secret.id), secret.secret_hash(), owner.env.now() + LINK_LIFETIME);
        let owned = call.clone();
        let language = if account.locale.starts_with("bn") { Language::Bengali } else { Language::English };
        let address = call.transaction(move |verbs| {
            let (call, account) = (owned.clone(), account.clone());
            Box::pin(async move {
                check_may(&call, verbs, &account).await?;
                shown::check_unchanged(&call, verbs, &account).await?;
                let email = provable(verbs, &account).await?;
                let reset = PasswordReset { id, secret_hash, account: account.id, canonical: email.canonical, expires_at };
                verbs.insert_password_reset(reset).await?;
                verbs.insert_audit_event(call.event(change_of(&account))).await?;
                Ok(email.address)
            })
        });
        let address = address.await?;
        let page = format!("password/reset/key/{}/", secret.text("").expose());
        let url = owner.settings.url(&owner.settings.path(&page));
        let mail = owner.pages.mail(&address, &ResetPassword { url, minutes: LINK_LIFETIME.0 / 60 }, language)?;
        Ok(owner.mailer.send(mail).await?)
    }
}

/// The address that the link goes to.
async fn provable(verbs: &dyn Verbs, account: &Row) -> Result<AccountEmail, OperationError> {
    if account.disabled_at.is_some() {
        return Err(OperationError::Conflict("the account is blocked: open it first".to_owned()));
    }
    let proven = verbs.list_emails(account.id).await?.into_iter().find(|email| email.verified_at.is_some());
    proven.ok_or_else(|| OperationError::Conflict("the account has no proven address to send the link to".to_owned()))
}

/// Removes an account with everything about it.
#[derive(Debug)]
pub struct DeleteAccount;

impl Operation for DeleteAccount {
    const NAME: &'static str = "accounts.delete";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/accounts/{subject}";
    const PERMISSION: Permission = Permission::ChangeAccounts;
    const ABOUT: &'static str = "Removes an account with everything about it; its subject is never used again.";
    const STATUS: u16 = 204;
    type Input = AccountPath;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        let account = seen(call, &input.subject).await?;
        let owned = call.clone();
        let deleted = call.transaction(move |verbs| {
            let (call, account) = (owned.clone(), account.clone());
            Box::pin(async move {
                check_may(&call, verbs, &account).await?;
                shown::check_unchanged(&call, verbs, &account).await?;
                let holder = format!("account:{}", account.subject);
                roles::check_not_last_owner(verbs, &holder).await?;
                accounts::close_doors(verbs, account.id, "account_deleted", call.admin.env.now()).await?;
                let emails = verbs.list_emails(account.id).await?.len();
                let kept = forget_tokens(verbs, UpstreamTokensOf::Account(account.id)).await?;
                verbs.delete_account(account.id).await?;
                verbs.delete_role_grants_of(&holder).await?;
                // the log keeps that it was, and not who it was
                let shown = Account::of(&account, &[]);
                let before = json!({ "created_at": shown.created_at, "emails": emails, "blocked": shown.disabled_at.is_some() });
                verbs.insert_audit_event(call.event(change_of(&account).from(before, Value::Null))).await?;
                Ok(kept)
            })
        });
        call.admin.owner.give_back(deleted.await?);
        Ok(())
    }
}

/// Disconnects a provider from an account.
#[derive(Debug)]
pub struct Unlink;

/// Which.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnlinkInput {
    /// Whose.
    pub subject: String,
    /// The social application's id.
    pub provider: String,
}

impl Operation for Unlink {
    const NAME: &'static str = "accounts.unlink";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/accounts/{subject}/links/{provider}";
    const PERMISSION: Permission = Permission::HelpAccounts;
    const ABOUT: &'static str = "Disconnects a provider from an account, and ends its sessions.";
    const STATUS: u16 = 204;
    type Input = UnlinkInput;
    type Output = ();

    async fn run(call: &Call, input: Self::Input) -> Result<(), OperationError> {
        let account = seen(call, &input.subject).await?;
        let (owned, owner) = (call.clone(), &call.admin.owner);
        let unlinked = call.transaction(move |verbs| {
            let (call, account, provider) = (owned.clone(), account.clone(), input.provider.clone());
            Box::pin(async move {
                check_may(&call, verbs, &account).await?;
                shown::check_unchanged(&call, verbs, &account).await?;
                if !verbs.list_provider_links(account.id).await?.iter().any(|link| link.provider == provider) {
                    return Err(OperationError::NotFound("link"));
                }
                verbs.delete_links_to_provider(account.id, &provider).await?;
                let kept = forget_tokens(verbs, UpstreamTokensOf::AccountAt(account.id, &provider)).await?;
                accounts::close_doors(verbs, account.id, "provider_disconnected_by_operator", call.admin.env.now()).await?;
                let change = change_of(&account).from(json!({ "provider": provider }), Value::Null);
                verbs.insert_audit_event(call.event(change)).await?;
                Ok(kept)
            })
        });
        owner.give_back(unlinked.await?);
        Ok(())
    }
}
