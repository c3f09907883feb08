//! The first owner: who has the set-up link becomes it.

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State},
};
use chabi_admin::{Admin, installation::setup};
use chabi_pages::admin::{Block, Form, Screen, Section, Tone, Words};
use chabi_resource_owner::{
    Visit, browser,
    respond::{self, Handled},
};
use http::StatusCode;

use crate::{
    desk::{FORMS, sign_in_first},
    form,
};

/// GET: what it is, and a button: whoever follows a link by mistake, or reads it ahead, uses nothing up.
pub(crate) async fn show(State(admin): State<Admin>, Extension(visit): Extension<Visit>, Path(secret): Path<String>) -> Handled {
    let Some(signed_in) = visit.signed_in.clone() else { return Ok(sign_in_first(&admin, &visit, false)) };
    if !setup::is_usable(&admin, &secret).await? {
        return unusable(&admin, &visit);
    }
    let account = match signed_in.account.name.is_empty() {
        true => signed_in.account.subject.clone(),
        false => signed_in.account.name.clone(),
    };
    let csrf = browser::csrf_token(&admin.owner, &visit, FORMS);
    let form = Form::post(format!("/admin/setup/{secret}"), csrf, "admin-setup-submit").id("setup-confirm");
    let section = Section::bare()
        .with(Words::said("admin-setup-what"))
        .with(Block::Text(Words::said("admin-setup-who").text("account", account), Tone::Note))
        .with(form);
    respond::show(&admin.owner, &visit, &Screen::new(Words::said("admin-setup-title")).section(section))
}

/// POST: form, token, signed in a moment ago, the link's one use.
pub(crate) async fn submit(
    State(admin): State<Admin>,
    Extension(visit): Extension<Visit>,
    Path(secret): Path<String>,
    body: Bytes,
) -> Handled {
    let typed = form::read(&body)?;
    respond::check_csrf(&admin.owner, &visit, &typed, FORMS)?;
    let Some(signed_in) = visit.signed_in.clone() else { return Ok(sign_in_first(&admin, &visit, false)) };
    // OWASP ASVS 7.5.1: what gives so much needs a sign-in of a moment ago
    if admin.env.now().since(signed_in.session.auth_time) > admin.owner.settings.session.fresh {
        return Ok(sign_in_first(&admin, &visit, true));
    }
    match setup::redeem(&admin, &secret, &signed_in.account, visit.address).await? {
        true => Ok(respond::see_other(&admin.owner.settings.mounted("/admin/?done=owner"))),
        false => unusable(&admin, &visit),
    }
}

fn unusable(admin: &Admin, visit: &Visit) -> Handled {
    let section = Section::bare()
        .with(Block::Text(Words::said("admin-setup-unusable"), Tone::Warning))
        .with(Block::Lines(Words::said("admin-no-role-command"), "chabi admin setup-link".to_owned()));
    let mut page = Screen::new(Words::said("admin-setup-unusable-title")).section(section);
    page.other_status = Some(StatusCode::GONE);
    respond::show(&admin.owner, visit, &page)
}
