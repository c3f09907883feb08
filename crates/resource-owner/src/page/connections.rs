//! `3rdparty/`: the providers that are connected to one's account, and those that can be.

use axum::{Extension, extract::State};
use chabi_pages::page::Connections;

use super::{
    check_signed_in, fields,
    home::{connectable, connection},
};
use crate::{
    ResourceOwner, Visit,
    continuation::Continuation,
    next::NextPath,
    respond::{self, Handled},
};

/// Below the prefix; django-allauth's `socialaccount_connections`.
const PAGE: &str = "3rdparty/";

/// GET: what is connected, each with a button to disconnect it unless it is the last way in, and what can be connected.
pub(crate) async fn show(State(owner): State<ResourceOwner>, Extension(visit): Extension<Visit>) -> Handled {
    let signed_in = check_signed_in(&owner, &visit, PAGE)?;
    let links = owner.store.list_provider_links(signed_in.account.id).await?;
    let mut connected = Vec::with_capacity(links.len());
    for link in &links {
        connected.push(connection(&owner, link).await?);
    }
    let here = Continuation { transaction: None, next: NextPath::parse(&owner.settings.path(PAGE)) };
    let page = Connections {
        form: fields(&owner, &visit, &here),
        connected,
        connectable: connectable(&owner, &visit, &links, PAGE).await,
        account_url: owner.settings.path(""),
    };
    respond::show(&owner, &visit, &page)
}
