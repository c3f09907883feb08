//! Sessions and grants: those of a person on their page, and the refresh tokens that were used twice.

use axum::extract::Path;
use chabi_admin::{
    Permission,
    operation::{
        accounts::{EndSession, Grant, RevokeGrant, RevokeGrantInput, Session, SessionPath},
        audit::{AuditEntry, ListAuditEvents, ListAuditEventsInput},
    },
};
use chabi_pages::admin::{Block, Cell, Field, FieldKind, Form, Link, Press, Screen, Section, Table, Tone, Words};
use chabi_resource_owner::respond::{Halt, Handled};

use crate::{
    accounts::{self, page::press},
    applications,
    desk::{Desk, Posted},
    form, screen,
};

/// What the audit log calls a refresh token that came again.
const REUSED: &str = "refresh.reused";

/// GET: whose, and what was used twice.
pub(crate) async fn list(desk: Desk) -> Handled {
    let find = Form::search(accounts::LIST, "admin-search").field(Field::new(FieldKind::Search, "search", "admin-search-accounts"));
    let mut first = Section::bare().with(Words::said("admin-sessions-of-whom")).with(find);
    if desk.may(Permission::Revoke) {
        first = first.with(Block::Links(vec![Link::new(Words::said("admin-revoke-title"), "/admin/revoke/")]));
    }
    let mut page = Screen::new(Words::said("admin-sessions-title")).section(first);
    if desk.may(Permission::SeeAuditLog) {
        page = page.section(reused(&desk).await?);
    }
    desk.show(page)
}

async fn reused(desk: &Desk) -> Result<Section, Halt> {
    let input = ListAuditEventsInput { kind: Some(REUSED.to_owned()), ..ListAuditEventsInput::default() };
    let found = desk.read::<ListAuditEvents>(input).await?;
    let row = |event: &AuditEntry| {
        let of = |id: &Option<String>, url: fn(&str) -> String| match id {
            Some(id) => Cell::from(Words::code(id)).to(url(id)),
            None => Cell::default(),
        };
        vec![
            Cell::from(Words::when(event.at)).to(format!("/admin/audit/{}/", event.id)),
            of(&event.account, |subject| accounts::below(subject, "")),
            of(&event.client_id, applications::page),
        ]
    };
    let title = || Words::said("admin-sessions-reuse");
    let columns = ["admin-column-when", "admin-column-subject", "admin-column-application"];
    let table = Table::new(title(), &columns, "admin-sessions-none").rows(found.items.iter().map(row));
    Ok(Section::new("reused", title()).with(Words::said("admin-sessions-families-what")).with(table))
}

/// A session, in the columns browser, since, last used, and what can be done.
pub(crate) fn session_row(desk: &Desk, session: &Session, subject: &str, helps: bool) -> Vec<Cell> {
    let browser = match session.browser.is_empty() {
        true => Words::said("admin-unknown"),
        false => Words::typed(&session.browser),
    };
    let mut cells = vec![
        Cell::from(browser).over(Words::code(&session.id)),
        Words::when(session.created_at).into(),
        Words::when(session.seen_at).into(),
    ];
    if helps {
        let action = accounts::below(subject, &format!("sessions/{}/", session.id));
        cells.push(press(desk, action, "admin-sessions-end", &session.id).into());
    }
    cells
}

/// A grant, in the columns application, state, since, how often it was refreshed, and what can be done.
pub(crate) fn grant_row(desk: &Desk, grant: &Grant, subject: &str, helps: bool) -> Vec<Cell> {
    let state = match (grant.revoked_at, grant.reused) {
        (_, true) => Cell::from(Words::said("admin-sessions-reused")).badge(Tone::Bad),
        (None, false) => Cell::from(Words::said("admin-state-alive")).badge(Tone::Good),
        (Some(_), false) => {
            let because = grant.revoked_because.clone().unwrap_or_default();
            Cell::from(Words::said("admin-state-revoked")).badge(Tone::Warning).over(Words::code(because))
        }
    };
    let mut cells = vec![
        Cell::from(Words::code(&grant.client_id)).to(applications::page(&grant.client_id)).over(Words::code(&grant.id)),
        state,
        Words::when(grant.created_at).into(),
        grant.generation.map_or_else(Cell::default, |times| Words::number(times).into()),
    ];
    if helps {
        let action = accounts::below(subject, &format!("grants/{}/", grant.id));
        cells.push(match grant.revoked_at {
            None => press(desk, action, "admin-sessions-revoke", &grant.id).into(),
            Some(_) => Cell::default(),
        });
    }
    cells
}

/// GET: asks before a session ends.
pub(crate) async fn ask_to_end(desk: Desk, Path((subject, session)): Path<(String, String)>) -> Handled {
    desk.check_may::<EndSession>()?;
    let action = accounts::below(&subject, &format!("sessions/{session}/"));
    let form = desk.form(action, "admin-sessions-end").press(Press::Danger).id("confirm").hidden("confirmed", "yes");
    let what = Words::said("admin-session-end-what");
    desk.show(screen::confirm(Words::said("admin-session-end-title"), what, form, &accounts::below(&subject, "")))
}

/// POST: ends it, when the question was answered.
pub(crate) async fn end(Path((subject, session)): Path<(String, String)>, Posted { desk, form: typed }: Posted) -> Handled {
    if form::ticked(&typed, "confirmed") {
        desk.read::<EndSession>(SessionPath { subject: subject.clone(), session }).await?;
        return desk.done(&accounts::below(&subject, ""), "session-ended");
    }
    ask_to_end(desk, Path((subject, session))).await
}

/// GET: asks before a grant is taken back.
pub(crate) async fn ask_to_revoke(desk: Desk, Path((subject, grant)): Path<(String, String)>) -> Handled {
    desk.check_may::<RevokeGrant>()?;
    let action = accounts::below(&subject, &format!("grants/{grant}/"));
    let form = desk.form(action, "admin-sessions-revoke").press(Press::Danger).id("confirm").hidden("confirmed", "yes");
    let what = Words::said("admin-family-revoke-what");
    desk.show(screen::confirm(Words::said("admin-family-revoke-title"), what, form, &accounts::below(&subject, "")))
}

/// POST: takes it back, when the question was answered.
pub(crate) async fn revoke(Path((subject, grant)): Path<(String, String)>, Posted { desk, form: typed }: Posted) -> Handled {
    if form::ticked(&typed, "confirmed") {
        desk.read::<RevokeGrant>(RevokeGrantInput { subject: subject.clone(), grant }).await?;
        return desk.done(&accounts::below(&subject, ""), "revoked");
    }
    ask_to_revoke(desk, Path((subject, grant))).await
}
