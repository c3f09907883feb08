//! Changing a social application, switching it on and off, its place among the buttons, removing it.

use axum::extract::Path;
use chabi_admin::{
    OperationError,
    operation::social_applications::{
        DeleteSocialApplication, FindSocialApplication, OrderSocialApplications, OrderSocialApplicationsInput, SocialApplication,
        SocialApplicationChange, SocialApplicationId, SocialApplicationOrder, UpdateSocialApplication, UpdateSocialApplicationInput,
    },
    tag_of,
};
use chabi_client::catalogue::{self, Entry};
use chabi_pages::admin::{Block, Press, Screen, Section, Words};
use chabi_resource_owner::{
    next::NextPath,
    respond::{self, Halt, Handled, Trouble},
    social::{TestNotBegun, begin_test},
};
use http::HeaderMap;

use super::{
    LIST, all, below,
    fields::{self, Draft, field_of},
    guide, name, secret_end,
};
use crate::{
    desk::{Desk, Posted, sign_in_first},
    form, problems, screen,
    showing::Showing,
    sites,
};

async fn asked(desk: &Desk, id: &str) -> Result<(SocialApplication, &'static Entry), Halt> {
    let application = desk.read::<FindSocialApplication>(SocialApplicationId { id: id.to_owned() }).await?;
    let entry = catalogue::find(&application.settings.catalogue).ok_or(Trouble::NotFound)?;
    Ok((application, entry))
}

/// GET: the form, as it is.
pub(crate) async fn show(desk: Desk, Path(id): Path<String>) -> Handled {
    desk.check_may::<UpdateSocialApplication>()?;
    desk.check_fresh()?;
    let (application, entry) = asked(&desk, &id).await?;
    draw(&desk, &application, entry, Showing::first(tag_of(&application)?)).await
}

/// POST: as it shall be; an empty secret keeps the one that is there.
pub(crate) async fn submit(Path(id): Path<String>, Posted { desk, form: typed }: Posted) -> Handled {
    let (application, entry) = asked(&desk, &id).await?;
    let missing = form::required(&typed, &["client_id"]);
    let draft = match Draft::from(&application).read(&typed, entry) {
        Ok(draft) if missing.is_empty() => draft,
        Ok(_) => return draw(&desk, &application, entry, Showing::again(&typed, missing)).await,
        Err(wrong) => return draw(&desk, &application, entry, Showing::again(&typed, [missing, wrong].concat())).await,
    };
    let body = SocialApplicationChange { client_secret: form::some(&typed, "client_secret"), values: draft.values };
    let showing = match desk.change::<UpdateSocialApplication>(&typed, UpdateSocialApplicationInput { id, body }).await {
        Ok(_) => return desk.done(LIST, "saved"),
        Err(OperationError::Invalid(found)) => Showing::again(&typed, problems::renamed(found, field_of)),
        Err(OperationError::Conflict(words) | OperationError::Above(words)) => Showing::again(&typed, problems::general(words)),
        Err(OperationError::Changed) => Showing::after_another(&typed, tag_of(&application)?),
        Err(error) => return Err(desk.halt(error)),
    };
    draw(&desk, &application, entry, showing).await
}

async fn draw(desk: &Desk, application: &SocialApplication, entry: &Entry, showing: Showing) -> Handled {
    let draft = Draft::from(application);
    let form = showing.stamp(desk.form(below(&application.id, ""), "admin-save")).id("social-save").back(Words::said("admin-cancel"), LIST);
    let form = fields::fill(form, entry, &draft, true).fields(sites::field(desk, &draft.values.sites).await?);
    let test = desk.form(below(&application.id, "test/"), "admin-social-test").press(Press::Secondary).id("social-test");
    let mut first = Section::bare();
    if let Some((words, tone)) = secret_end(desk, application) {
        first = first.with(Block::Text(words, tone));
    }
    let mut page = Screen::new(Words::said("admin-social-edit-title").text("application", name(application)))
        .below(Words::said("admin-social-title"), LIST)
        .section(first.with(Words::said("admin-social-test-what")).with(test))
        .section(guide(desk, entry, &application.id).await?)
        .section(Section::new("here", Words::said("admin-social-here")).with(form));
    page.leaves = true;
    desk.show(showing.tell(page))
}

/// POST: to the provider and back, as people go; it shows what was told, and signs nobody in.
pub(crate) async fn test(headers: HeaderMap, Path(id): Path<String>, Posted { desk, .. }: Posted) -> Handled {
    // who may change its settings may try them
    desk.check_may::<UpdateSocialApplication>()?;
    let (application, entry) = asked(&desk, &id).await?;
    let back = NextPath::parse(&desk.admin.owner.settings.mounted(&below(&id, ""))).ok_or(Trouble::NotFound)?;
    match begin_test(&desk.admin.owner, &headers, &id, &back).await {
        Ok(url) => Ok(respond::see_other(&url)),
        Err(TestNotBegun::Unknown) => Err(Trouble::NotFound.into()),
        Err(TestNotBegun::NobodySignedIn) => Ok(sign_in_first(&desk.admin, &desk.visit, true)),
        Err(TestNotBegun::Refused(words)) => {
            let showing = Showing::first(tag_of(&application)?).with(problems::general(words));
            draw(&desk, &application, entry, showing).await
        }
        Err(TestNotBegun::Fault(fault)) => Err(fault.into()),
    }
}

/// POST: nobody comes in by it any more.
pub(crate) async fn disable(Path(id): Path<String>, Posted { desk, .. }: Posted) -> Handled {
    switch(&desk, &id, true).await?;
    desk.done(LIST, "disabled")
}

/// POST: people come in by it again.
pub(crate) async fn enable(Path(id): Path<String>, Posted { desk, .. }: Posted) -> Handled {
    switch(&desk, &id, false).await?;
    desk.done(LIST, "enabled")
}

async fn switch(desk: &Desk, id: &str, disabled: bool) -> Result<(), Halt> {
    let (application, _) = asked(desk, id).await?;
    let mut values = Draft::from(&application).values;
    values.disabled = disabled;
    let body = SocialApplicationChange { client_secret: None, values };
    let input = UpdateSocialApplicationInput { id: id.to_owned(), body };
    // all else stays as it was read: whoever changes it meanwhile is not overwritten
    let switched = desk.admin.run_if_unchanged::<UpdateSocialApplication>(&desk.actor, &tag_of(&application)?, input).await;
    switched.map(drop).map_err(|error| desk.halt(error))
}

/// POST: its button goes up.
pub(crate) async fn up(Path(id): Path<String>, Posted { desk, .. }: Posted) -> Handled {
    exchange(&desk, &id, true).await
}

/// POST: its button goes down.
pub(crate) async fn down(Path(id): Path<String>, Posted { desk, .. }: Posted) -> Handled {
    exchange(&desk, &id, false).await
}

async fn exchange(desk: &Desk, id: &str, up: bool) -> Handled {
    let mut ids: Vec<String> = all(desk).await?.into_iter().map(|application| application.id).collect();
    let place = ids.iter().position(|other| other == id).ok_or(Trouble::NotFound)?;
    let other = if up { place.checked_sub(1) } else { Some(place + 1).filter(|other| *other < ids.len()) };
    if let Some(other) = other {
        ids.swap(place, other);
        desk.read::<OrderSocialApplications>(OrderSocialApplicationsInput { body: SocialApplicationOrder { ids } }).await?;
    }
    desk.done(LIST, "moved")
}

/// GET: asks before it goes.
pub(crate) async fn ask_to_remove(desk: Desk, Path(id): Path<String>) -> Handled {
    desk.check_may::<DeleteSocialApplication>()?;
    let (application, _) = asked(&desk, &id).await?;
    draw_removing(&desk, &application, Showing::first(tag_of(&application)?))
}

fn draw_removing(desk: &Desk, application: &SocialApplication, showing: Showing) -> Handled {
    let form = desk.form(below(&application.id, "remove/"), "admin-remove").press(Press::Danger).id("confirm").hidden("confirmed", "yes");
    let what = Words::said("admin-social-remove-what").text("application", name(application));
    let page = screen::confirm(Words::said("admin-social-remove-title"), what, showing.stamp(form), LIST);
    desk.show(showing.tell(page))
}

/// POST: removes it, when the question was answered.
pub(crate) async fn remove(Path(id): Path<String>, Posted { desk, form: typed }: Posted) -> Handled {
    if typed.get("confirmed").is_none() {
        return ask_to_remove(desk, Path(id)).await;
    }
    match desk.change::<DeleteSocialApplication>(&typed, SocialApplicationId { id: id.clone() }).await {
        Ok(()) => desk.done(LIST, "removed"),
        Err(OperationError::Changed) => {
            let (application, _) = asked(&desk, &id).await?;
            draw_removing(&desk, &application, Showing::asked_again(tag_of(&application)?))
        }
        Err(error) => Err(desk.halt(error)),
    }
}

/// GET of what is a POST alone: the list, where its button is.
pub(crate) async fn to_list(desk: Desk) -> Handled {
    Ok(desk.go(LIST))
}
