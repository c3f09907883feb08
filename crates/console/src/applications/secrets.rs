//! An application's secrets: two at once, so that one replaces the other without a gap.

use chabi_admin::operation::applications::{Application, ApplicationId, AuthenticationWord, RetireSecret, RotateSecret};
use chabi_pages::admin::{Block, Copy, Link, Press, Screen, Section, Tone, Words};
use chabi_resource_owner::respond::Handled;

use super::{LIST, asked, below, page};
use crate::{
    desk::{Desk, Posted},
    screen, snippets,
};

/// The part of the application's page; for who may change it.
pub(super) fn section(desk: &Desk, application: &Application) -> Section {
    let section = Section::new("secrets", Words::said("admin-secrets"));
    if matches!(application.values.authentication, AuthenticationWord::None | AuthenticationWord::PrivateKeyJwt) {
        return section.with(Words::said("admin-secrets-needless"));
    }
    let add = desk.form(below("secret/", &application.client_id), "admin-secret-add").press(Press::Secondary).id("secret-add");
    let section = section.with(Words::said("admin-secrets-count").count("count", i64::from(application.secrets))).with(add);
    match application.secrets {
        2.. => section.with(
            desk.form(below("secret/retire/", &application.client_id), "admin-secret-retire").press(Press::Danger).id("secret-retire"),
        ),
        _ => section,
    }
}

/// GET: asks before a new one is made.
pub(crate) async fn ask_for_another(desk: Desk) -> Handled {
    desk.check_may::<RotateSecret>()?;
    let application = asked(&desk).await?;
    let form = desk.form(below("secret/", &application.client_id), "admin-secret-add");
    desk.show(screen::confirm(Words::said("admin-secret-add"), Words::said("admin-secret-add-what"), form, &page(&application.client_id)))
}

/// POST: makes another, and tells it once.
pub(crate) async fn another(Posted { desk, .. }: Posted) -> Handled {
    let application = asked(&desk).await?;
    let made = desk.read::<RotateSecret>(ApplicationId { client_id: application.client_id.clone() }).await?;
    let first = Section::bare()
        .with(Copy::new("client-secret", Words::said("admin-field-secret"), &made.client_secret))
        .with(Block::Text(Words::said("admin-secret-once"), Tone::Warning))
        .with(Words::said("admin-secret-both"))
        .with(Block::Links(vec![Link::new(Words::said("admin-to-application"), page(&application.client_id)).primary()]));
    let shown = Screen::new(Words::said("admin-secret-made-title"))
        .below(Words::said("admin-applications-title"), LIST)
        .below(Words::typed(&application.values.name), page(&application.client_id))
        .section(first)
        .section(snippets::section(&desk.admin, &application, Some(&made.client_secret)));
    desk.show(shown)
}

/// GET: asks before the older one ends.
pub(crate) async fn ask_to_retire(desk: Desk) -> Handled {
    desk.check_may::<RetireSecret>()?;
    let application = asked(&desk).await?;
    let form = desk.form(below("secret/retire/", &application.client_id), "admin-secret-retire").press(Press::Danger);
    desk.show(screen::confirm(
        Words::said("admin-secret-retire"),
        Words::said("admin-secret-retire-what"),
        form,
        &page(&application.client_id),
    ))
}

/// POST: ends the older one.
pub(crate) async fn retire(Posted { desk, .. }: Posted) -> Handled {
    let client_id = desk.asked("id").to_owned();
    desk.read::<RetireSecret>(ApplicationId { client_id: client_id.clone() }).await?;
    desk.done(&page(&client_id), "secret-removed")
}
