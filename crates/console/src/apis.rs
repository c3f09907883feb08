//! APIs and their scopes.

use std::collections::BTreeMap;

use chabi_admin::{
    OperationError, Permission,
    operation::apis::{
        Api, ApiId, ApiValues, CreateApi, CreateApiInput, DeleteApi, FindApi, ListApis, ListApisInput, NewApi, UpdateApi, UpdateApiInput,
    },
    tag_of,
};
use chabi_pages::admin::{Block, Cell, Choice, Fact, Field, FieldKind, FieldProblem, Form, Link, Press, Screen, Section, Table, Words};
use chabi_resource_owner::respond::{Halt, Handled};
use chabi_spec::form::Form as Typed;

use crate::{
    desk::{Desk, Posted},
    form, problems, screen,
    showing::Showing,
};

const LIST: &str = "/admin/apis/";
const TYPES: [(&str, &str); 3] =
    [("at+jwt", "admin-token-type-at-jwt"), ("jwt", "admin-token-type-jwt"), ("opaque", "admin-token-type-opaque")];
const ALGORITHMS: [&str; 4] = ["ES256", "RS256", "PS256", "EdDSA"];

fn below(path: &str, audience: &str) -> String {
    format!("{LIST}{path}{}", form::query(&[("audience", audience)]))
}

/// All, for choosing one.
pub(crate) async fn all(desk: &Desk) -> Result<Vec<Api>, Halt> {
    let input = ListApisInput { limit: Some(200), ..ListApisInput::default() };
    match desk.run::<ListApis>(input).await {
        Ok(found) => Ok(found.items),
        // who may not see them chooses none
        Err(OperationError::Forbidden(_)) => Ok(Vec::new()),
        Err(error) => Err(desk.halt(error)),
    }
}

/// GET: all.
pub(crate) async fn list(desk: Desk) -> Handled {
    let input = ListApisInput { cursor: desk.query.get("cursor").map(str::to_owned), ..ListApisInput::default() };
    let found = desk.read::<ListApis>(input).await?;
    let changes = desk.may(Permission::ChangeApis);
    let columns = ["admin-column-name", "admin-column-audience", "admin-column-scopes", "admin-column-lifetime"];
    let rows = found.items.iter().map(|api| {
        let name = Cell::from(Words::typed(&api.values.name));
        vec![
            if changes { name.to(below("edit/", &api.audience)) } else { name },
            Words::code(&api.audience).into(),
            Cell::from(api.values.scope.split_whitespace().map(Words::code).collect::<Vec<_>>()),
            Words::number(api.values.access_token_lifetime).into(),
        ]
    });
    let mut table = Table::new(Words::said("admin-apis-title"), &columns, "admin-apis-none").numbers_from(3).rows(rows);
    table.next = found.next_cursor.map(|cursor| format!("{LIST}{}", form::query(&[("cursor", &cursor)])));
    table.first = desk.query.get("cursor").map(|_| LIST.to_owned());
    let mut section = Section::bare();
    if changes {
        section = section.with(Block::Links(vec![Link::new(Words::said("admin-api-new"), format!("{LIST}new/")).primary()]));
    }
    desk.show(Screen::new(Words::said("admin-apis-title")).section(section.with(table)))
}

/// GET: the form of a new one.
pub(crate) async fn ask_for_new(desk: Desk) -> Handled {
    desk.check_may::<CreateApi>()?;
    desk.check_fresh()?;
    draw(&desk, None, "", &ApiValues::default(), Showing::default())
}

/// POST: makes one.
pub(crate) async fn create(Posted { desk, form: typed }: Posted) -> Handled {
    let audience = form::text(&typed, "audience");
    let missing = form::required(&typed, &["name", "audience"]);
    let values = match read(&typed, ApiValues::default()) {
        Ok(values) if missing.is_empty() => values,
        Ok(_) => return draw(&desk, None, "", &ApiValues::default(), Showing::again(&typed, missing)),
        Err(wrong) => return draw(&desk, None, "", &ApiValues::default(), Showing::again(&typed, [missing, wrong].concat())),
    };
    let body = NewApi { audience, values };
    let wrong = match desk.run::<CreateApi>(CreateApiInput { body }).await {
        Ok(_) => return desk.done(LIST, "created"),
        Err(OperationError::Invalid(found)) => problems::renamed(found, field_of),
        Err(OperationError::Conflict(words)) => problems::general(words),
        Err(error) => return Err(desk.halt(error)),
    };
    draw(&desk, None, "", &ApiValues::default(), Showing::again(&typed, wrong))
}

async fn asked(desk: &Desk) -> Result<Api, Halt> {
    desk.read::<FindApi>(ApiId { audience: desk.asked("audience").to_owned() }).await
}

/// GET: the form, as it is.
pub(crate) async fn edit(desk: Desk) -> Handled {
    desk.check_may::<UpdateApi>()?;
    desk.check_fresh()?;
    let api = asked(&desk).await?;
    draw(&desk, Some(&api.values.name), &api.audience, &api.values, Showing::first(tag_of(&api)?))
}

/// POST: as it shall be.
pub(crate) async fn update(Posted { desk, form: typed }: Posted) -> Handled {
    let api = asked(&desk).await?;
    let (name, audience) = (Some(api.values.name.clone()), api.audience.clone());
    let values = match read(&typed, api.values.clone()) {
        Ok(values) => values,
        Err(wrong) => return draw(&desk, name.as_deref(), &audience, &api.values, Showing::again(&typed, wrong)),
    };
    let input = UpdateApiInput { audience: audience.clone(), body: values };
    let showing = match desk.change::<UpdateApi>(&typed, input).await {
        Ok(_) => return desk.done(LIST, "saved"),
        Err(OperationError::Invalid(found)) => Showing::again(&typed, problems::renamed(found, field_of)),
        Err(OperationError::Conflict(words)) => Showing::again(&typed, problems::general(words)),
        Err(OperationError::Changed) => Showing::after_another(&typed, tag_of(&api)?),
        Err(error) => return Err(desk.halt(error)),
    };
    draw(&desk, name.as_deref(), &audience, &api.values, showing)
}

/// The name of the field that a problem of an operation is about.
fn field_of(problem: &str) -> String {
    match problem.split(['.', '[']).next().unwrap_or_default() {
        "scope" | "scope_words" => "scopes".to_owned(),
        field => field.to_owned(),
    }
}

fn read(typed: &Typed, old: ApiValues) -> Result<ApiValues, Vec<FieldProblem>> {
    let lines = typed.get("scopes").unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty());
    let (mut scope, mut words) = (Vec::new(), BTreeMap::new());
    for line in lines {
        let (name, said) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        scope.push(name.to_owned());
        if !said.trim().is_empty() {
            words.insert(name.to_owned(), said.trim().to_owned());
        }
    }
    let lifetime = form::number(typed, "access_token_lifetime");
    let max_auth_age = form::number(typed, "max_auth_age");
    let (lifetime, max_auth_age, extra_claims) = match (lifetime, max_auth_age, form::json(typed, "extra_claims")) {
        (Ok(lifetime), Ok(max_auth_age), Ok(extra_claims)) => (lifetime, max_auth_age, extra_claims),
        (lifetime, max_auth_age, claims) => return Err([lifetime.err(), max_auth_age.err(), claims.err()].into_iter().flatten().collect()),
    };
    Ok(ApiValues {
        name: form::text(typed, "name"),
        scope: scope.join(" "),
        scope_words: words,
        access_token_lifetime: lifetime.unwrap_or(old.access_token_lifetime),
        token_type: form::some(typed, "token_type").unwrap_or_else(|| old.token_type.clone()),
        signing_alg: form::some(typed, "signing_alg").unwrap_or_else(|| old.signing_alg.clone()),
        applications: form::lines(typed, "applications"),
        required_acr: form::text(typed, "required_acr"),
        max_auth_age,
        extra_claims,
    })
}

fn draw(desk: &Desk, name: Option<&str>, audience: &str, values: &ApiValues, showing: Showing) -> Handled {
    let (title, action) = match name {
        None => (Words::said("admin-api-new"), format!("{LIST}new/")),
        Some(name) => (Words::said("admin-api-edit-title").text("api", name), below("edit/", audience)),
    };
    let form = showing.stamp(desk.form(action, "admin-save"));
    let mut form = form.id("api-save").field(Field::text("name", "admin-field-name", &values.name));
    if name.is_none() {
        form = form.field(Field::code("audience", "admin-field-audience", audience).hint("admin-hint-audience"));
    }
    let mut section = Section::bare();
    if name.is_some() {
        section = section.with(Block::Facts(vec![Fact::new("admin-field-audience", Words::code(audience))]));
    }
    section = section.with(fill(form, values).back(Words::said("admin-cancel"), LIST));
    if name.is_some() {
        let remove = Link::new(Words::said("admin-remove"), below("remove/", audience));
        section = section.with(Block::Links(vec![remove]));
    }
    let page = Screen::new(title).below(Words::said("admin-apis-title"), LIST).section(section);
    desk.show(showing.tell(page))
}

fn fill(form: Form, values: &ApiValues) -> Form {
    let lines = values.scope.split_whitespace().map(|scope| match values.scope_words.get(scope) {
        Some(words) => format!("{scope} {words}"),
        None => scope.to_owned(),
    });
    let types = TYPES.iter().map(|(word, label)| Choice::new(*word, Words::said(*label), values.token_type == *word));
    let algorithms = ALGORITHMS.iter().map(|alg| Choice::new(*alg, Words::code(*alg), values.signing_alg == *alg));
    let applications = Field::new(FieldKind::Lines, "applications", "admin-field-api-applications").value(values.applications.join("\n"));
    form.field(
        Field::new(FieldKind::Lines, "scopes", "admin-field-scopes")
            .value(lines.collect::<Vec<_>>().join("\n"))
            .hint("admin-hint-api-scopes"),
    )
    .field(
        Field::new(FieldKind::Number, "access_token_lifetime", "admin-field-lifetime")
            .value(values.access_token_lifetime.to_string())
            .hint("admin-hint-lifetime"),
    )
    .field(Field::new(FieldKind::Select, "token_type", "admin-field-token-type").choices(types))
    .field(Field::new(FieldKind::Select, "signing_alg", "admin-field-signing-alg").choices(algorithms))
    .field(applications.hint("admin-hint-api-applications"))
    .more([
        Field::new(FieldKind::Code, "required_acr", "admin-field-required-acr").value(&values.required_acr).hint("admin-hint-required-acr"),
        form::number_field("max_auth_age", "admin-field-max-auth-age", values.max_auth_age).hint("admin-hint-max-auth-age"),
        form::json_field("extra_claims", "admin-field-extra-claims", &values.extra_claims).hint("admin-hint-json"),
    ])
}

/// GET: asks before it goes.
pub(crate) async fn ask_to_remove(desk: Desk) -> Handled {
    desk.check_may::<DeleteApi>()?;
    let api = asked(&desk).await?;
    draw_removing(&desk, &api, Showing::first(tag_of(&api)?))
}

fn draw_removing(desk: &Desk, api: &Api, showing: Showing) -> Handled {
    let form = showing.stamp(desk.form(below("remove/", &api.audience), "admin-remove")).press(Press::Danger).id("confirm");
    let what = Words::said("admin-api-remove-what").text("api", &api.values.name);
    let page = screen::confirm(Words::said("admin-api-remove-title"), what, form, &below("edit/", &api.audience));
    desk.show(showing.tell(page))
}

/// POST: removes it.
pub(crate) async fn remove(Posted { desk, form: typed }: Posted) -> Handled {
    match desk.change::<DeleteApi>(&typed, ApiId { audience: desk.asked("audience").to_owned() }).await {
        Ok(()) => desk.done(LIST, "removed"),
        Err(OperationError::Changed) => {
            let api = asked(&desk).await?;
            draw_removing(&desk, &api, Showing::asked_again(tag_of(&api)?))
        }
        Err(error) => Err(desk.halt(error)),
    }
}
