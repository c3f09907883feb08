//! An application's secrets: two at once, so that one replaces the other without a gap.

use chabi_admin::{
    OperationError,
    operation::applications::{Application, ApplicationId, AuthenticationWord, RetireSecret, RotateSecret},
    tag_of,
};
use chabi_pages::admin::{Block, Copy, Link, Press, Screen, Section, Tone, Words};
use chabi_resource_owner::respond::Handled;

use super::{LIST, asked, below, page};
use crate::{
    desk::{Desk, Posted},
    form, screen,
    showing::Showing,
    snippets,
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

/// What is asked about.
#[derive(Clone, Copy)]
enum Question {
    Another,
    Retire,
}

/// GET: asks before a new one is made.
pub(crate) async fn ask_for_another(desk: Desk) -> Handled {
    desk.check_may::<RotateSecret>()?;
    let application = asked(&desk).await?;
    ask(&desk, &application, Question::Another, Showing::first(tag_of(&application)?))
}

fn ask(desk: &Desk, application: &Application, question: Question, showing: Showing) -> Handled {
    let (path, title, what, press) = match question {
        Question::Another => ("secret/", "admin-secret-add", "admin-secret-add-what", Press::Primary),
        Question::Retire => ("secret/retire/", "admin-secret-retire", "admin-secret-retire-what", Press::Danger),
    };
    let form = showing.stamp(desk.form(below(path, &application.client_id), title)).press(press).id("confirm").hidden("confirmed", "yes");
    desk.show(showing.tell(screen::confirm(Words::said(title), Words::said(what), form, &page(&application.client_id))))
}

/// POST: makes another, and tells it once.
pub(crate) async fn another(Posted { desk, form: typed }: Posted) -> Handled {
    desk.check_may::<RotateSecret>()?;
    let application = asked(&desk).await?;
    if !form::ticked(&typed, "confirmed") {
        return ask(&desk, &application, Question::Another, Showing::first(tag_of(&application)?));
    }
    let made = match desk.change::<RotateSecret>(&typed, ApplicationId { client_id: application.client_id.clone() }).await {
        Ok(made) => made,
        Err(OperationError::Changed) => {
            return ask(&desk, &application, Question::Another, Showing::asked_again(tag_of(&application)?));
        }
        Err(error) => return Err(desk.halt(error)),
    };
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
    ask(&desk, &application, Question::Retire, Showing::first(tag_of(&application)?))
}

/// POST: ends the older one.
pub(crate) async fn retire(Posted { desk, form: typed }: Posted) -> Handled {
    desk.check_may::<RetireSecret>()?;
    let application = asked(&desk).await?;
    if !form::ticked(&typed, "confirmed") {
        return ask(&desk, &application, Question::Retire, Showing::first(tag_of(&application)?));
    }
    match desk.change::<RetireSecret>(&typed, ApplicationId { client_id: application.client_id.clone() }).await {
        Ok(()) => desk.done(&page(&application.client_id), "secret-removed"),
        Err(OperationError::Changed) => ask(&desk, &application, Question::Retire, Showing::asked_again(tag_of(&application)?)),
        Err(error) => Err(desk.halt(error)),
    }
}
