//! Taking back by an id or a token: whatever it is, everything that came of it ends.

use chabi_admin::{
    OperationError,
    operation::revoke::{Revocation, Revoke, RevokeInput, RevokeKind},
};
use chabi_pages::admin::{Choice, Field, FieldKind, Screen, Section, Words};
use chabi_resource_owner::respond::Handled;

use crate::{
    desk::{Desk, Posted},
    form, problems,
    showing::Showing,
};

const HERE: &str = "/admin/revoke/";
const KINDS: [(RevokeKind, &str); 5] = [
    (RevokeKind::Session, "session"),
    (RevokeKind::Grant, "grant"),
    (RevokeKind::Token, "token"),
    (RevokeKind::Application, "application"),
    (RevokeKind::Account, "account"),
];

/// GET: what.
pub(crate) async fn ask(desk: Desk) -> Handled {
    desk.check_may::<Revoke>()?;
    draw(&desk, Showing::default())
}

fn draw(desk: &Desk, showing: Showing) -> Handled {
    let kinds = KINDS.iter().map(|(_, word)| Choice::new(*word, Words::said(format!("admin-revoke-{word}")), *word == "grant"));
    let form = desk
        .form(HERE, "admin-sessions-revoke")
        .id("revoke")
        .field(Field::new(FieldKind::Radio, "kind", "admin-column-kind").choices(kinds))
        // a token is as good as a password: what was typed is not shown again
        .field(Field { required: true, ..Field::new(FieldKind::SecretLines, "id", "admin-field-revoke-id") })
        .back(Words::said("admin-cancel"), "/admin/sessions/");
    let page = Screen::new(Words::said("admin-revoke-title"))
        .below(Words::said("admin-sessions-title"), "/admin/sessions/")
        .section(Section::bare().with(Words::said("admin-revoke-what")).with(form));
    desk.show(showing.tell(page))
}

/// POST: takes it back.
pub(crate) async fn submit(Posted { desk, form: typed }: Posted) -> Handled {
    let missing = form::required(&typed, &["id"]);
    if !missing.is_empty() {
        return draw(&desk, Showing::again(&typed, missing));
    }
    let kind = KINDS.iter().find(|(_, word)| Some(*word) == typed.get("kind")).map_or(RevokeKind::Grant, |(kind, _)| *kind);
    match desk.run::<Revoke>(RevokeInput { body: Revocation { kind, id: form::text(&typed, "id") } }).await {
        Ok(_) => desk.done("/admin/sessions/", "revoked"),
        Err(OperationError::Invalid(found)) => draw(&desk, Showing::again(&typed, problems::of(found))),
        Err(OperationError::Conflict(words) | OperationError::Above(words)) => {
            draw(&desk, Showing::again(&typed, problems::general(words)))
        }
        Err(OperationError::NotFound(what)) => {
            draw(&desk, Showing::again(&typed, problems::general(OperationError::NotFound(what).to_string())))
        }
        Err(error) => Err(desk.halt(error)),
    }
}
