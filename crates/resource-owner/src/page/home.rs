//! `{prefix}/`: who one is here, how one can sign in, and from where one is signed in.

use axum::{Extension, extract::State};
use chabi_pages::{
    Moment, ProviderButton, ProviderButtons,
    page::{AccountAddress, AccountHome, AccountSession, ConnectedProvider},
};
use chabi_spec::Fault;
use chabi_store::{
    account::{AccountEmail, main_address},
    browser_session::BrowserSession,
    provider_link::ProviderLink,
};

use super::{address::remove::may_remove, applications, buttons, check_signed_in, disconnect::can_do_without, fields};
use crate::{
    ResourceOwner, Visit, browser,
    continuation::Continuation,
    next::NextPath,
    respond::{self, Handled},
    social::{CONNECT, button},
};

/// GET: the account page.
pub(crate) async fn show(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>) -> Handled {
    let signed_in = check_signed_in(&owner, &visit, "")?;
    let account = &signed_in.account;
    let emails = owner.store.list_emails(account.id).await?;
    let links = owner.store.list_provider_links(account.id).await?;
    let mut sessions = owner.store.list_sessions(account.id, owner.env.now()).await?;
    sessions.retain(|session| owner.env.now().since(session.seen_at) < owner.settings.session.idle);
    sessions.sort_by_key(|session| session.id != signed_in.session.id);
    let mut connected = Vec::with_capacity(links.len());
    for link in &links {
        connected.push(connection(&owner, link).await?);
    }
    let page = AccountHome {
        form: fields(&owner, &visit, &Continuation::default()),
        name: match account.name.is_empty() {
            true => main_address(&emails).map(|email| email.address.clone()).unwrap_or_default(),
            false => account.name.clone(),
        },
        addresses: emails.iter().map(|email| address(&emails, email)).collect(),
        may_add_address: true,
        may_change_password: owner.settings.password_sign_in,
        connectable: connectable(&owner, &visit, &links, "").await,
        connected,
        applications: applications::list(&owner, account.id).await?,
        may_end_others: sessions.len() > 1,
        sessions: sessions.iter().map(|session| place(session, session.id == signed_in.session.id)).collect(),
        just_connected: None,
    };
    respond::show(&owner, &visit, &page)
}

fn address(held: &[AccountEmail], email: &AccountEmail) -> AccountAddress {
    let remove = may_remove(held, email).then(|| email.canonical.clone());
    AccountAddress { address: email.address.clone(), verified: email.verified_at.is_some(), remove }
}

/// A provider that is connected, as people see it.
pub(super) async fn connection(owner: &ResourceOwner, link: &ProviderLink) -> Result<ConnectedProvider, Fault> {
    let offered = owner.offered_providers().await;
    let provider = offered.iter().map(|offered| &offered.provider).find(|provider| provider.id == link.provider);
    let shown = provider.map_or_else(|| ProviderButton::new(&link.provider, &link.provider), button);
    Ok(ConnectedProvider {
        name: shown.name,
        mark: shown.mark,
        id: link.provider.clone(),
        address: link.email.clone(),
        used: Moment(link.used_at.as_seconds()),
        may_disconnect: can_do_without(&*owner.store, link.account, &link.provider, (&offered, owner.settings.password_sign_in)).await?,
    })
}

/// The providers without a link yet; their buttons come back to this page.
pub(super) async fn connectable(owner: &ResourceOwner, visit: &Visit, links: &[ProviderLink], page: &str) -> ProviderButtons {
    let here = Continuation { transaction: None, next: NextPath::parse(&owner.settings.path(page)) };
    let mut offered = buttons(owner, visit, &here).await;
    offered.form.csrf = browser::csrf_token(owner, visit, CONNECT);
    offered.buttons.retain(|button| links.iter().all(|link| link.provider != button.id));
    offered
}

fn place(session: &BrowserSession, current: bool) -> AccountSession {
    AccountSession {
        current,
        end: (!current).then(|| session.id.to_string()),
        browser: session.user_agent.clone(),
        began: Moment(session.created_at.as_seconds()),
        seen: Moment(session.seen_at.as_seconds()),
    }
}
