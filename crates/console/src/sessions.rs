//! Sessions and grants: those of a person on their page, and the refresh tokens that were used twice.

use axum::extract::Path;
use chabi_admin::{
    OperationError, Permission,
    operation::{
        accounts::{
            EndSession, Grant, ListEverybodysGrants, ListEverybodysGrantsInput, ListEverybodysSessions, ListEverybodysSessionsInput,
            RevokeGrant, RevokeGrantInput, Session, SessionPath,
        },
        audit::{ListAuditEvents, ListAuditEventsInput},
    },
};
use chabi_pages::admin::{Block, Cell, Field, FieldKind, Form, Link, Press, Screen, Section, Table, Tone, Words};
use chabi_resource_owner::respond::{Halt, Handled};

use crate::{
    accounts::{self, page::press},
    desk::{Desk, Posted},
    form,
    names::Names,
    problems, screen, sites,
};

const LIST: &str = "/admin/sessions/";
const GRANTS: &str = "/admin/grants/";

/// What both lists are filtered by.
struct Filter {
    account: Option<String>,
    application: Option<String>,
    site: Option<String>,
    cursor: Option<String>,
}

impl Filter {
    fn of(desk: &Desk) -> Self {
        let some = |name| form::some(&desk.query, name);
        Self { account: some("account"), application: some("application"), site: some("site"), cursor: some("cursor") }
    }
}

/// The fields of the filter.
async fn finding(desk: &Desk, list: &str) -> Result<Form, Halt> {
    let search = |name: &str, label| Field::new(FieldKind::Search, name, label).value(desk.asked(name));
    let form = Form::search(list, "admin-filter")
        .field(search("account", "admin-column-subject"))
        .field(search("application", "admin-column-client-id"));
    Ok(form.fields(sites::filter(desk).await?))
}

/// The address of a page of a list.
fn at(desk: &Desk, list: &str, cursor: &str) -> String {
    let asked = |name: &'static str| (name, desk.asked(name));
    let query = form::query(&[asked("account"), asked("application"), asked("site"), asked("reused"), ("cursor", cursor)]);
    format!("{list}{query}")
}

/// Between the two lists.
fn tabs(desk: &Desk, list: &str) -> Block {
    let tab = |words, url: &str| {
        let link = Link::new(Words::said(words), url).current(url == list);
        if url == list { link.primary() } else { link }
    };
    let mut links = vec![tab("admin-sessions-all", LIST), tab("admin-grants-all", GRANTS)];
    if desk.may(Permission::Revoke) {
        links.push(Link::new(Words::said("admin-revoke-title"), "/admin/revoke/"));
    }
    Block::Links(links)
}

/// GET: who is signed in where.
pub(crate) async fn list(desk: Desk) -> Handled {
    let Filter { account, application, site, cursor } = Filter::of(&desk);
    let input = ListEverybodysSessionsInput { account, application, site, cursor, limit: None };
    let find = finding(&desk, LIST).await?;
    let section = Section::bare().with(tabs(&desk, LIST)).with(find);
    let page = Screen::new(Words::said("admin-sessions-title"));
    let found = match desk.run::<ListEverybodysSessions>(input).await {
        Ok(found) => found,
        Err(error) => return wrong(&desk, page.section(section), error),
    };
    let helps = desk.may(Permission::HelpAccounts);
    let mut columns = vec!["admin-column-who", "admin-column-browser", "admin-column-created", "admin-column-seen"];
    if helps {
        columns.push("admin-column-actions");
    }
    let rows = found.items.iter().map(|row| {
        let who = whose(&row.name, &row.subject);
        [vec![who], session_row(&desk, &row.session, &row.subject, helps)].concat()
    });
    let mut table = Table::new(Words::said("admin-sessions-all"), &columns, "admin-sessions-none").rows(rows);
    table.next = found.next_cursor.as_deref().map(|cursor| at(&desk, LIST, cursor));
    table.first = desk.query.get("cursor").map(|_| at(&desk, LIST, ""));
    desk.show(page.section(section.with(table)))
}

/// GET: what was granted, and which refresh tokens came again.
pub(crate) async fn list_grants(desk: Desk) -> Handled {
    let Filter { account, application, site, cursor } = Filter::of(&desk);
    let reused = desk.query.get("reused").is_some();
    let input = ListEverybodysGrantsInput { account, application, site, reused: Some(reused), cursor, limit: None };
    let find = finding(&desk, GRANTS).await?.field(Field::tick("reused", "admin-field-reused", reused));
    let section = Section::bare().with(tabs(&desk, GRANTS)).with(Words::said("admin-sessions-families-what")).with(find);
    let page = Screen::new(Words::said("admin-sessions-title"));
    let found = match desk.run::<ListEverybodysGrants>(input).await {
        Ok(found) => found,
        Err(error) => return wrong(&desk, page.section(section), error),
    };
    let helps = desk.may(Permission::HelpAccounts);
    let mut columns =
        vec!["admin-column-who", "admin-column-application", "admin-column-state", "admin-column-created", "admin-column-generation"];
    if helps {
        columns.push("admin-column-actions");
    }
    let (mut names, mut rows) = (Names::new(&desk), Vec::with_capacity(found.items.len()));
    for row in &found.items {
        let who = vec![whose(&row.name, &row.subject), names.application(&row.grant.client_id).await];
        rows.push([who, grant_row(&desk, &row.grant, &row.subject, helps && !row.subject.is_empty())].concat());
    }
    for row in rows.iter_mut().filter(|row| row.len() < columns.len()) {
        row.push(Cell::default());
    }
    let mut table = Table::new(Words::said("admin-grants-all"), &columns, "admin-sessions-none").rows(rows);
    table.next = found.next_cursor.as_deref().map(|cursor| at(&desk, GRANTS, cursor));
    table.first = desk.query.get("cursor").map(|_| at(&desk, GRANTS, ""));
    let mut page = page.section(section.with(table));
    if desk.may(Permission::SeeAuditLog) {
        page = page.section(reuse_events(&desk).await?);
    }
    desk.show(page)
}

/// What was asked for is not to be had: the filter again, with what is wrong.
fn wrong(desk: &Desk, mut page: Screen, error: OperationError) -> Handled {
    match error {
        OperationError::Invalid(found) => {
            page.problems = problems::of(found);
            desk.show(page)
        }
        error => Err(desk.halt(error)),
    }
}

fn whose(name: &str, subject: &str) -> Cell {
    match (name, subject) {
        (_, "") => Words::said("admin-account-gone").into(),
        ("", subject) => Cell::from(Words::said("admin-account-nameless")).to(accounts::below(subject, "")).over(Words::code(subject)),
        (name, subject) => Cell::from(Words::typed(name)).to(accounts::below(subject, "")).over(Words::code(subject)),
    }
}

/// What the audit log calls a refresh token that came again.
const REUSED: &str = "refresh.reused";

/// When refresh tokens came again: the newest events.
async fn reuse_events(desk: &Desk) -> Result<Section, Halt> {
    let input = ListAuditEventsInput { kind: Some(REUSED.to_owned()), ..ListAuditEventsInput::default() };
    let found = desk.read::<ListAuditEvents>(input).await?;
    let (mut names, mut rows) = (Names::new(desk), Vec::with_capacity(found.items.len()));
    names.look_up(&found.items).await;
    for event in &found.items {
        let mut row = vec![Cell::from(Words::when(event.at)).to(format!("/admin/audit/{}/", event.id))];
        row.push(match &event.account {
            Some(subject) => names.person(subject).await,
            None => Cell::default(),
        });
        row.push(match &event.client_id {
            Some(client_id) => names.application(client_id).await,
            None => Cell::default(),
        });
        rows.push(row);
    }
    let title = || Words::said("admin-sessions-reuse");
    let columns = ["admin-column-when", "admin-column-who", "admin-column-application"];
    Ok(Section::new("reused", title()).with(Table::new(title(), &columns, "admin-sessions-none").rows(rows)))
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

/// A grant, in the columns state, since, how often it was refreshed, and what can be done.
pub(crate) fn grant_row(desk: &Desk, grant: &Grant, subject: &str, helps: bool) -> Vec<Cell> {
    let state = match (grant.revoked_at, grant.reused) {
        (_, true) => Cell::from(Words::said("admin-sessions-reused")).badge(Tone::Bad),
        (None, false) => Cell::from(Words::said("admin-state-alive")).badge(Tone::Good),
        (Some(_), false) => {
            let because = grant.revoked_because.clone().unwrap_or_default();
            Cell::from(Words::said("admin-state-revoked")).badge(Tone::Warning).over(Words::code(because))
        }
    };
    let state = if grant.reused || grant.revoked_at.is_none() { state.over(Words::code(&grant.id)) } else { state };
    let mut cells =
        vec![state, Words::when(grant.created_at).into(), grant.generation.map_or_else(Cell::default, |times| Words::number(times).into())];
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
