//! Removing an application.

use chabi_admin::operation::applications::{ApplicationId, DeleteApplication};
use chabi_pages::admin::{Press, Words};
use chabi_resource_owner::respond::Handled;

use super::{LIST, asked, below, page};
use crate::{
    desk::{Desk, Posted},
    screen,
};

/// GET: asks.
pub(crate) async fn ask(desk: Desk) -> Handled {
    desk.check_may::<DeleteApplication>()?;
    let application = asked(&desk).await?;
    let form = desk.form(below("remove/", &application.client_id), "admin-remove").press(Press::Danger).id("confirm");
    let what = Words::said("admin-application-remove-what").text("application", &application.values.name);
    desk.show(screen::confirm(Words::said("admin-application-remove-title"), what, form, &page(&application.client_id)))
}

/// POST: removes it, and everything that it was granted.
pub(crate) async fn submit(Posted { desk, .. }: Posted) -> Handled {
    desk.read::<DeleteApplication>(ApplicationId { client_id: desk.asked("id").to_owned() }).await?;
    desk.done(LIST, "removed")
}
