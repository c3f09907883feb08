//! Who has which role.

use chabi_admin::{
    OperationError, Permission, Role,
    operation::roles::{GrantRole, GrantRoleInput, GrantedRole, ListRoles, ListRolesInput, NewRole, TakeRole, TakeRoleInput},
};
use chabi_pages::admin::{Cell, Choice, Field, FieldKind, Press, Screen, Section, Table, Words};
use chabi_resource_owner::respond::{Halt, Handled};

use crate::{
    desk::{Desk, Posted},
    form,
    names::Names,
    problems, screen,
    showing::Showing,
    sites,
};

const LIST: &str = "/admin/roles/";

/// GET: all, and the form that gives one.
pub(crate) async fn list(desk: Desk) -> Handled {
    draw(&desk, Showing::default()).await
}

async fn draw(desk: &Desk, showing: Showing) -> Handled {
    let found = desk.read::<ListRoles>(ListRolesInput::default()).await?.items;
    let changes = desk.may(Permission::ChangeRoles);
    let mut columns = vec!["admin-column-who", "admin-column-role", "admin-column-where", "admin-column-created"];
    if changes {
        columns.push("admin-column-actions");
    }
    let (mut names, mut rows) = (Names::new(desk), Vec::with_capacity(found.len()));
    for granted in &found {
        rows.push(row(desk, &mut names, granted, changes).await);
    }
    let table = Table::new(Words::said("admin-roles-title"), &columns, "admin-roles-none").rows(rows);
    let mut page = Screen::new(Words::said("admin-roles-title")).section(Section::bare().with(Words::said("admin-roles-what")).with(table));
    if changes {
        page = page.section(giving(desk).await?);
    }
    desk.show(showing.tell(page))
}

async fn row(desk: &Desk, names: &mut Names<'_>, granted: &GrantedRole, changes: bool) -> Vec<Cell> {
    let site = match &granted.site {
        None => Words::said("admin-role-everywhere"),
        Some(site) => Words::code(site),
    };
    let mut cells = vec![
        names.actor(&granted.holder).await,
        Words::named("admin-role", granted.role.as_str()).into(),
        site.into(),
        Words::when(granted.created_at).into(),
    ];
    if changes {
        let take =
            desk.form(format!("{LIST}take/{}", query_of(granted)), "admin-role-take").press(Press::Plain).about(granted.holder.as_str());
        cells.push(take.into());
    }
    cells
}

fn query_of(granted: &GrantedRole) -> String {
    form::query(&[
        ("holder", granted.holder.as_str()),
        ("role", granted.role.as_str()),
        ("site", granted.site.as_deref().unwrap_or_default()),
    ])
}

async fn giving(desk: &Desk) -> Result<Section, Halt> {
    let roles = Role::ALL.into_iter().rev().map(|role| Choice {
        hint: Some(Words::said(format!("admin-role-{role}-about"))),
        ..Choice::new(role.as_str(), Words::named("admin-role", role.as_str()), role == Role::Support)
    });
    let mut form = desk
        .form(LIST, "admin-role-grant")
        .id("role-grant")
        .field(Field::text("holder", "admin-field-holder", ""))
        .field(Field::new(FieldKind::Radio, "role", "admin-field-role").choices(roles));
    let all = sites::all(desk).await?;
    if all.len() > 1 {
        let mut choices = vec![Choice::new("", Words::said("admin-role-everywhere"), true)];
        choices.extend(all.iter().map(|site| Choice::new(&site.id, Words::typed(&site.values.name), false)));
        form = form.field(Field::new(FieldKind::Select, "site", "admin-field-role-site").choices(choices));
    }
    Ok(Section::new("give", Words::said("admin-role-grant")).with(form))
}

/// POST: gives a role.
pub(crate) async fn grant(Posted { desk, form: typed }: Posted) -> Handled {
    let missing = form::required(&typed, &["holder"]);
    if !missing.is_empty() {
        return draw(&desk, Showing::again(&typed, missing)).await;
    }
    let role = typed.get("role").and_then(Role::parse).unwrap_or(Role::Auditor);
    let body = NewRole { holder: form::text(&typed, "holder"), role, site: form::some(&typed, "site") };
    match desk.run::<GrantRole>(GrantRoleInput { body }).await {
        Ok(_) => desk.done(LIST, "granted"),
        Err(OperationError::Invalid(found)) => draw(&desk, Showing::again(&typed, problems::of(found))).await,
        Err(OperationError::Conflict(words) | OperationError::Above(words)) => {
            draw(&desk, Showing::again(&typed, problems::general(words))).await
        }
        Err(OperationError::NotFound(_)) => {
            let unknown = form::problem("holder", Words::said("admin-problem-no-account"));
            draw(&desk, Showing::again(&typed, vec![unknown])).await
        }
        Err(error) => Err(desk.halt(error)),
    }
}

/// GET: asks.
pub(crate) async fn ask_to_take(desk: Desk) -> Handled {
    desk.check_may::<TakeRole>()?;
    let holder = desk.asked("holder").to_owned();
    let query = form::query(&[("holder", holder.as_str()), ("role", desk.asked("role")), ("site", desk.asked("site"))]);
    let form = desk.form(format!("{LIST}take/{query}"), "admin-role-take").press(Press::Danger).id("confirm").hidden("confirmed", "yes");
    desk.show(screen::confirm(Words::said("admin-role-take-title"), Words::said("admin-role-take-what").text("holder", holder), form, LIST))
}

/// POST: takes it away, when the question was answered.
pub(crate) async fn take(Posted { desk, form: typed }: Posted) -> Handled {
    if typed.get("confirmed").is_none() {
        return ask_to_take(desk).await;
    }
    let role = Role::parse(desk.asked("role")).unwrap_or(Role::Auditor);
    let input = TakeRoleInput { holder: desk.asked("holder").to_owned(), role, site: form::some(&desk.query, "site") };
    desk.read::<TakeRole>(input).await?;
    desk.done(LIST, "taken")
}
