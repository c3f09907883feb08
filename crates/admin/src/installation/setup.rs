//! The set-up link: by it the first owner gets in, and no password is ever printed.
//!
//! The link's secret is derived from the installation's own, so that the same link can be printed again until somebody has used it. Once
//! there is an owner no link is good, and none is made.

use std::net::IpAddr;

use chabi_spec::Fault;
use chabi_store::{
    Verbs,
    account::{Account, Insertion, Realm},
    audit::AuditEvent,
    role_grant::{RoleGrant, RoleGrantId},
    setup_link::SetupLinkId,
};
use chabi_token::{SecretText, base64url, hash};

use super::fault_of;
use crate::{Admin, Role, changing::ADMINISTRATION};

/// The link, to be shown to whoever owns the machine and to nobody else. `None`: there is an owner already.
///
/// # Errors
/// The store's fault.
pub async fn link(admin: &Admin) -> Result<Option<SecretText>, Fault> {
    if has_owner(&*admin.store).await? {
        return Ok(None);
    }
    let id = admin.store.open_setup_link(SetupLinkId(admin.env.new_id()), admin.env.now()).await?;
    Ok(Some(SecretText::new(format!("{}/admin/setup/{}", admin.issuer, text(admin, id)))))
}

fn text(admin: &Admin, id: SetupLinkId) -> String {
    let secret = hash::hmac_sha256(&admin.setup_key, &[b"set-up link\n", id.0.as_bytes()]);
    format!("{id}.{}", base64url::encode(secret))
}

async fn has_owner(verbs: &dyn Verbs) -> Result<bool, Fault> {
    let grants = verbs.list_role_grants().await?;
    // a person: an application gives roles to nobody by itself
    let owns = |grant: &RoleGrant| grant.role == Role::Owner.as_str() && grant.site.is_none() && grant.holder.starts_with("account:");
    Ok(grants.iter().any(owns))
}

fn read(admin: &Admin, secret: &str) -> Option<SetupLinkId> {
    let (id, _) = secret.split_once('.')?;
    let id = SetupLinkId(id.parse().ok()?);
    hash::constant_time_eq(text(admin, id).as_bytes(), secret.as_bytes()).then_some(id)
}

/// Whether somebody could become the owner by this link. Uses nothing up.
///
/// # Errors
/// The store's fault.
pub async fn is_usable(admin: &Admin, secret: &str) -> Result<bool, Fault> {
    let Some(id) = read(admin, secret) else { return Ok(false) };
    Ok(admin.store.is_setup_link_open(id).await? && !has_owner(&*admin.store).await?)
}

/// Makes this person the owner; `false`: the link is not good any more. Exactly one gets in.
///
/// # Errors
/// The store's fault.
pub async fn redeem(admin: &Admin, secret: &str, account: &Account, address: Option<IpAddr>) -> Result<bool, Fault> {
    let Some(id) = read(admin, secret) else { return Ok(false) };
    // people of a site with accounts of its own do not run the installation
    if account.realm != Realm::SHARED || account.disabled_at.is_some() {
        return Ok(false);
    }
    let (env, now) = (&admin.env, admin.env.now());
    let holder = format!("account:{}", account.subject);
    let grant = RoleGrant {
        id: RoleGrantId(env.new_id()),
        holder: holder.clone(),
        role: Role::Owner.as_str().to_owned(),
        site: None,
        created_at: now,
        created_by: "set-up link".to_owned(),
    };
    let event = AuditEvent {
        id: env.new_id(),
        at: now,
        kind: "admin.setup".to_owned(),
        actor: Some(holder.clone()),
        account: Some(account.id),
        client_id: None,
        address: address.map(|address| address.to_string()),
        detail: serde_json::json!({ "object": format!("role owner of {holder}"), "after": { "role": "owner" } }).to_string(),
    };
    let redeemed = admin.store.transaction("redeem_setup_link", move |verbs| {
        let (grant, event) = (grant.clone(), event.clone());
        Box::pin(async move {
            // whoever gives a role at this moment comes before or after
            verbs.bump_version(ADMINISTRATION).await?;
            if has_owner(verbs).await? || !verbs.spend_setup_link(id, &grant.holder, now).await? {
                return Ok(false);
            }
            let inserted = verbs.insert_role_grant(grant).await? == Insertion::Done;
            verbs.insert_audit_event(event).await?;
            Ok(inserted)
        })
    });
    redeemed.await.map_err(fault_of)
}
