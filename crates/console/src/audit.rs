//! The audit log: filter, detail with before and after, export.

use axum::{
    body::Body,
    extract::Path,
    response::{IntoResponse as _, Response},
};
use chabi_admin::operation::audit::{
    AuditEntry, FindAuditEvent, FindAuditEventInput, ListAuditEvents, ListAuditEventsInput, VerifyAuditLog, VerifyAuditLogInput,
};
use chabi_pages::admin::{Block, Cell, Fact, Field, FieldKind, Form, Link, Screen, Section, Table, Tone, Words};
use chabi_resource_owner::respond::{Halt, Handled};
use chabi_spec::Fault;
use http::{HeaderValue, header};
use serde_json::Value;

use crate::{desk::Desk, form, names::Names, tokens};

const LIST: &str = "/admin/audit/";
/// The most events of one download; the next begins where it ended.
const LARGEST_EXPORT: usize = 10_000;

/// What is asked for, by the names of the filter's fields.
const FILTERS: [&str; 6] = ["kind", "actor", "account", "client_id", "since", "until"];

fn filter(desk: &Desk) -> Vec<(&'static str, &str)> {
    FILTERS.into_iter().map(|name| (name, desk.asked(name))).collect()
}

fn input(desk: &Desk) -> ListAuditEventsInput {
    let some = |name| Some(desk.asked(name).trim().to_owned()).filter(|text| !text.is_empty());
    ListAuditEventsInput {
        kind: some("kind"),
        actor: some("actor"),
        account: some("account"),
        client_id: some("client_id"),
        since: some("since").and_then(|day| form::midnight(&day)),
        until: some("until").and_then(|day| form::midnight(&day)).map(|at| at + 86_400),
        cursor: some("cursor"),
        ..ListAuditEventsInput::default()
    }
}

/// GET: the newest first.
pub(crate) async fn list(desk: Desk) -> Handled {
    let found = desk.read::<ListAuditEvents>(input(&desk)).await?;
    let asked = filter(&desk);
    let columns = ["admin-column-when", "admin-column-event", "admin-column-who", "admin-column-object", "admin-column-address"];
    let (mut names, mut rows) = (Names::new(&desk), Vec::with_capacity(found.items.len()));
    names.look_up(&found.items).await;
    for event in &found.items {
        rows.push(row(&mut names, event).await);
    }
    let mut table = Table::new(Words::said("admin-audit-title"), &columns, "admin-audit-none").rows(rows);
    let at = |cursor: &str| format!("{LIST}{}", form::query(&[&asked[..], &[("cursor", cursor)]].concat()));
    table.next = found.next_cursor.as_deref().map(at);
    table.first = desk.query.get("cursor").map(|_| at(""));
    let find = Form::search(LIST, "admin-filter")
        .field(Field::new(FieldKind::Search, "kind", "admin-field-event").value(desk.asked("kind")))
        .field(Field::new(FieldKind::Search, "actor", "admin-field-actor").value(desk.asked("actor")))
        .field(Field::new(FieldKind::Search, "account", "admin-column-subject").value(desk.asked("account")))
        .field(Field::new(FieldKind::Search, "client_id", "admin-column-client-id").value(desk.asked("client_id")))
        .field(Field::new(FieldKind::Date, "since", "admin-field-since").value(desk.asked("since")))
        .field(Field::new(FieldKind::Date, "until", "admin-field-until").value(desk.asked("until")));
    let export = Link::new(Words::said("admin-audit-export"), format!("{LIST}export{}", form::query(&asked)));
    let verify = Link::new(Words::said("admin-audit-verify"), format!("{LIST}verify/"));
    let section = Section::bare().with(find).with(table).with(Block::Links(vec![export, verify]));
    desk.show(Screen::new(Words::said("admin-audit-title")).section(section))
}

async fn row(names: &mut Names<'_>, event: &AuditEntry) -> Vec<Cell> {
    vec![
        Cell::from(Words::when(event.at)).to(format!("{LIST}{}/", event.id)),
        Words::code(&event.kind).into(),
        who(names, event).await,
        object(names, event).await,
        event.address.clone().map_or_else(Cell::default, |address| Words::code(address).into()),
    ]
}

async fn who(names: &mut Names<'_>, event: &AuditEntry) -> Cell {
    match (&event.actor, &event.account) {
        (Some(actor), _) => names.actor(actor).await,
        (None, Some(subject)) => names.person(subject).await,
        (None, None) => Cell::default(),
    }
}

/// What it was done to: by its name, and below it as the log has it.
async fn object(names: &mut Names<'_>, event: &AuditEntry) -> Cell {
    let by_name = match (&event.actor, &event.account, &event.client_id) {
        (Some(_), Some(subject), _) => names.person(subject).await,
        (_, _, Some(client_id)) => names.application(client_id).await,
        _ => Cell::default(),
    };
    match &event.object {
        Some(object) if by_name.url.is_some() => by_name.over(Words::code(object)),
        Some(object) => match object.split_once(" of ") {
            // a role: whose
            Some((role, holder)) => {
                let holder = names.actor(holder).await;
                if holder.url.is_some() { holder.over(Words::code(role)) } else { Words::code(object).into() }
            }
            None => Words::code(object).into(),
        },
        None => by_name,
    }
}

/// GET: one event, with what was before and after it.
pub(crate) async fn show(desk: Desk, Path(id): Path<String>) -> Handled {
    let event = desk.read::<FindAuditEvent>(FindAuditEventInput { id }).await?;
    let mut names = Names::new(&desk);
    let mut facts = vec![
        Fact::new("admin-column-event", Words::code(&event.kind)),
        Fact::new("admin-column-when", Words::when(event.at)),
        Fact::new("admin-column-who", who(&mut names, &event).await),
        Fact::new("admin-column-object", object(&mut names, &event).await),
    ];
    if let Some(address) = &event.address {
        facts.push(Fact::new("admin-column-address", Words::code(address)));
    }
    let mut section = Section::bare().with(Block::Facts(facts));
    for (label, value) in [("admin-audit-before", &event.before), ("admin-audit-after", &event.after)] {
        if let Some(value) = value.as_ref().filter(|value| !value.is_null()) {
            section = section.with(Block::Lines(Words::said(label), tokens::pretty(value)));
        }
    }
    if !event.detail.is_empty() && event.before.is_none() && event.after.is_none() {
        section = section.with(Block::Lines(Words::said("admin-audit-detail"), event.detail.clone()));
    }
    desk.show(Screen::new(Words::said("admin-audit-event-title")).below(Words::said("admin-audit-title"), LIST).section(section))
}

/// GET: whether anybody changed the log: every event is chained to the one before.
pub(crate) async fn verify(desk: Desk) -> Handled {
    let verdict = desk.read::<VerifyAuditLog>(VerifyAuditLogInput::default()).await?;
    let (words, tone) = match verdict.whole {
        true => ("admin-audit-whole", Tone::Good),
        false => ("admin-audit-broken", Tone::Bad),
    };
    let mut facts = vec![
        Fact::new("admin-audit-events", Words::number(verdict.events)),
        Fact::new("admin-audit-sequence", Words::number(verdict.sequence)),
        Fact::new("admin-audit-hash", Words::code(&verdict.hash)),
    ];
    if let Some(first) = &verdict.first_break {
        facts.push(Fact::new("admin-audit-break", vec![Words::number(first.sequence), Words::hint(&first.what)]));
    }
    let section = Section::bare().with(Block::Text(Words::said(words), tone)).with(Block::Facts(facts));
    desk.show(Screen::new(Words::said("admin-audit-verify")).below(Words::said("admin-audit-title"), LIST).section(section))
}

/// GET: the same events as JSON, one a line.
pub(crate) async fn export(desk: Desk) -> Handled {
    let mut lines = String::new();
    let mut asked = ListAuditEventsInput { limit: Some(200), ..input(&desk) };
    let mut count = 0;
    while count < LARGEST_EXPORT {
        let page = desk.read::<ListAuditEvents>(asked.clone()).await?;
        for event in &page.items {
            let line: Value = serde_json::to_value(event).map_err(writing)?;
            lines.push_str(&line.to_string());
            lines.push('\n');
        }
        count += page.items.len();
        match page.next_cursor {
            Some(cursor) => asked.cursor = Some(cursor),
            None => break,
        }
    }
    let mut response = Response::new(Body::from(lines));
    for (name, value) in [
        (header::CONTENT_TYPE, "application/jsonl; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response.into_response())
}

fn writing(error: serde_json::Error) -> Halt {
    Fault::internal("writing an audit event").because(error).into()
}
