//! Removing an application.

use chabi_admin::{
    OperationError,
    operation::applications::{Application, ApplicationId, DeleteApplication},
    tag_of,
};
use chabi_pages::admin::{Press, Words};
use chabi_resource_owner::respond::Handled;

use super::{LIST, asked, below, page};
use crate::{
    desk::{Desk, Posted},
    screen,
    showing::Showing,
};

/// GET: asks.
pub(crate) async fn ask(desk: Desk) -> Handled {
    desk.check_may::<DeleteApplication>()?;
    let application = asked(&desk).await?;
    draw(&desk, &application, Showing::first(tag_of(&application)?))
}

fn draw(desk: &Desk, application: &Application, showing: Showing) -> Handled {
    let form = showing.stamp(desk.form(below("remove/", &application.client_id), "admin-remove")).press(Press::Danger).id("confirm");
    let what = Words::said("admin-application-remove-what").text("application", &application.values.name);
    let shown = screen::confirm(Words::said("admin-application-remove-title"), what, form, &page(&application.client_id));
    desk.show(showing.tell(shown))
}

/// POST: removes it, and everything that it was granted.
pub(crate) async fn submit(Posted { desk, form: typed }: Posted) -> Handled {
    match desk.change::<DeleteApplication>(&typed, ApplicationId { client_id: desk.asked("id").to_owned() }).await {
        Ok(()) => desk.done(LIST, "removed"),
        Err(OperationError::Changed) => {
            let application = asked(&desk).await?;
            draw(&desk, &application, Showing::asked_again(tag_of(&application)?))
        }
        Err(error) => Err(desk.halt(error)),
    }
}
