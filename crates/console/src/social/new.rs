//! Adding a social application.

use axum::extract::Path;
use chabi_admin::{
    OperationError,
    operation::social_applications::{CreateSocialApplication, CreateSocialApplicationInput, NewSocialApplication},
};
use chabi_client::catalogue::{self, Entry};
use chabi_pages::admin::{Field, Form, Press, Screen, Section, Words};
use chabi_resource_owner::respond::{Halt, Handled, Trouble};

use super::{
    LIST, all,
    fields::{self, Draft, field_of},
    guide,
};
use crate::{
    desk::{Desk, Posted},
    form, problems,
    showing::Showing,
    sites,
};

fn entry_of(id: &str) -> Result<&'static Entry, Halt> {
    catalogue::find(id).ok_or_else(|| Trouble::NotFound.into())
}

/// GET: steps, callback URL, form.
pub(crate) async fn show(desk: Desk, Path(catalogue): Path<String>) -> Handled {
    desk.check_may::<CreateSocialApplication>()?;
    desk.check_fresh()?;
    let entry = entry_of(&catalogue)?;
    let id = match form::some(&desk.query, "id") {
        Some(id) => id,
        None => free_id(&desk, entry).await?,
    };
    draw(&desk, entry, &id, Showing::default()).await
}

/// The entry's own id, unless the same provider is there already.
async fn free_id(desk: &Desk, entry: &Entry) -> Result<String, Halt> {
    let taken: Vec<String> = all(desk).await?.into_iter().map(|application| application.id).collect();
    let candidates = std::iter::once(entry.id.clone()).chain((2..100).map(|number| format!("{}{number}", entry.id)));
    Ok(candidates.into_iter().find(|id| !taken.contains(id)).unwrap_or_else(|| entry.id.clone()))
}

/// POST: adds it.
pub(crate) async fn submit(Path(catalogue): Path<String>, Posted { desk, form: typed }: Posted) -> Handled {
    let entry = entry_of(&catalogue)?;
    let id = form::text(&typed, "id");
    let mut wanted = vec!["client_id"];
    if !entry.secret_optional {
        wanted.push("client_secret");
    }
    let missing = form::required(&typed, &wanted);
    let draft = match Draft::of(entry).read(&typed, entry) {
        Ok(draft) if missing.is_empty() => draft,
        Ok(_) => return draw(&desk, entry, &id, Showing::again(&typed, missing)).await,
        Err(wrong) => return draw(&desk, entry, &id, Showing::again(&typed, [missing, wrong].concat())).await,
    };
    let body = NewSocialApplication {
        id: id.clone(),
        client_secret: form::some(&typed, "client_secret").unwrap_or_default(),
        values: draft.values,
    };
    match desk.run::<CreateSocialApplication>(CreateSocialApplicationInput { body }).await {
        Ok(_) => desk.done(LIST, "social-added"),
        Err(OperationError::Invalid(found)) => draw(&desk, entry, &id, Showing::again(&typed, problems::renamed(found, field_of))).await,
        Err(OperationError::Conflict(words) | OperationError::Above(words)) => {
            draw(&desk, entry, &id, Showing::again(&typed, problems::general(words))).await
        }
        Err(error) => Err(desk.halt(error)),
    }
}

async fn draw(desk: &Desk, entry: &Entry, id: &str, showing: Showing) -> Handled {
    let draft = Draft::of(entry);
    let here = format!("{LIST}new/{}/", entry.id);
    let form = desk.form(here.clone(), "admin-save").id("social-save").hidden("id", id);
    let form = fields::fill(form, entry, &draft, false).fields(sites::field(desk, &draft.values.sites).await?);
    let other = Form::search(here, "admin-social-other-id")
        .field(Field::code("id", "admin-field-social-id", id).hint("admin-social-other-id-what"))
        .press(Press::Secondary);
    let page = Screen::new(Words::said("admin-social-new-title").text("provider", &entry.name))
        .below(Words::said("admin-social-title"), LIST)
        .below(Words::said("admin-social-add"), format!("{LIST}new/"))
        .section(guide(desk, entry, id).await?.with(other))
        .section(Section::new("here", Words::said("admin-social-here")).with(form));
    desk.show(showing.tell(page))
}
