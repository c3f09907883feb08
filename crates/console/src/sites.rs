//! Sites. As long as there is one, this page alone speaks of them.

use axum::extract::Path;
use chabi_admin::{
    OperationError, Permission,
    operation::sites::{
        CreateSite, CreateSiteInput, DeleteSite, FindSite, ListSites, ListSitesInput, NewSite, Site, SiteId, SiteValues, UpdateSite,
        UpdateSiteInput,
    },
    tag_of,
};
use chabi_pages::{
    Language,
    admin::{Block, Cell, Choice, Fact, Field, FieldKind, FieldProblem, Form, Link, Press, Screen, Section, Table, Words},
};
use chabi_resource_owner::respond::{Halt, Handled};
use chabi_spec::form::Form as Typed;
use chabi_store::site::{MAIN, SiteAccounts, SiteSettings, Theme};

use crate::{
    applications::state,
    desk::{Desk, Posted},
    form, problems, screen,
    showing::Showing,
};

const HERE: &str = "/admin/settings/";

fn below(id: &str, path: &str) -> String {
    format!("{HERE}sites/{id}/{path}")
}

/// All that somebody may see.
pub(crate) async fn all(desk: &Desk) -> Result<Vec<Site>, Halt> {
    match desk.run::<ListSites>(ListSitesInput::default()).await {
        Ok(found) => Ok(found.items),
        Err(OperationError::Forbidden(_)) => Ok(Vec::new()),
        Err(error) => Err(desk.halt(error)),
    }
}

/// To which sites something belongs: asked only where there are several.
pub(crate) async fn field(desk: &Desk, chosen: &[String]) -> Result<Option<Field>, Halt> {
    let sites = all(desk).await?;
    if sites.len() < 2 {
        return Ok(None);
    }
    let choices = sites.iter().map(|site| Choice::new(&site.id, Words::typed(&site.values.name), chosen.contains(&site.id)));
    Ok(Some(Field::new(FieldKind::Ticks, "sites", "admin-field-sites").hint("admin-hint-sites").choices(choices)))
}

/// The filter of a list by site: offered only where there are several.
pub(crate) async fn filter(desk: &Desk) -> Result<Option<Field>, Halt> {
    one_of(desk, ("admin-any", desk.asked("site"))).await
}

/// A choice of one site; `usual`: what it is without one, and `chosen`. Where that is the main site, it is not offered twice.
pub(crate) async fn one_of(desk: &Desk, (usual, chosen): (&'static str, &str)) -> Result<Option<Field>, Halt> {
    let sites = all(desk).await?;
    if sites.len() < 2 {
        return Ok(None);
    }
    let mut choices = vec![Choice::new("", Words::said(usual), chosen.is_empty())];
    let others = sites.iter().filter(|site| usual != "admin-main-site" || site.id != MAIN);
    choices.extend(others.map(|site| Choice::new(&site.id, Words::typed(&site.values.name), site.id == chosen)));
    Ok(Some(Field::new(FieldKind::Select, "site", "admin-field-site").choices(choices)))
}

/// GET: settings, and the sites.
pub(crate) async fn list(desk: Desk) -> Handled {
    let sites = desk.read::<ListSites>(ListSitesInput::default()).await?.items;
    let changes = desk.may(Permission::ChangeSites);
    let rows = sites.iter().map(|site| {
        let name = Cell::from(Words::typed(&site.values.name)).over(Words::code(&site.id));
        let name = if changes { name.to(below(&site.id, "")) } else { name };
        vec![name, Words::code(&site.issuer).into(), state(site.disabled_at)]
    });
    let columns = ["admin-column-name", "admin-column-issuer", "admin-column-state"];
    let table = Table::new(Words::said("admin-sites-title"), &columns, "admin-sites-none").rows(rows);
    let mut section = Section::new("sites", Words::said("admin-sites-title")).with(Words::said("admin-sites-what")).with(table);
    if changes {
        section = section.with(Block::Links(vec![Link::new(Words::said("admin-sites-add"), format!("{HERE}sites/new/"))]));
    }
    desk.show(Screen::new(Words::said("admin-settings-title")).with(Words::said("admin-settings-what")).section(section))
}

/// What stands in the form: `None` as `site`: a new one.
struct Draft<'a> {
    site: Option<&'a Site>,
    id: String,
    issuer: String,
    accounts: String,
    values: SiteValues,
}

/// What a new site has before anything was typed.
fn nothing_yet() -> SiteValues {
    SiteValues { name: String::new(), languages: Vec::new(), theme: Theme::default(), settings: SiteSettings::default(), disabled: false }
}

/// GET: the form of a new one.
pub(crate) async fn ask_for_new(desk: Desk) -> Handled {
    desk.check_may::<CreateSite>()?;
    desk.check_fresh()?;
    let (accounts, values) = (SiteAccounts::Shared.word().to_owned(), nothing_yet());
    let draft = Draft { site: None, id: String::new(), issuer: String::new(), accounts, values };
    draw(&desk, &draft, Showing::default())
}

/// POST: makes it.
pub(crate) async fn create(Posted { desk, form: typed }: Posted) -> Handled {
    let draft = Draft {
        site: None,
        id: form::text(&typed, "id"),
        issuer: form::text(&typed, "issuer"),
        accounts: form::text(&typed, "accounts"),
        values: nothing_yet(),
    };
    let (values, mut wrong) = read(&typed, nothing_yet());
    wrong.extend(form::required(&typed, &["id", "issuer", "name"]));
    if !wrong.is_empty() {
        return draw(&desk, &draft, Showing::again(&typed, wrong));
    }
    let body = NewSite { id: draft.id.clone(), issuer: draft.issuer.clone(), accounts: draft.accounts.clone(), values };
    let wrong = match desk.run::<CreateSite>(CreateSiteInput { body }).await {
        Ok(_) => return desk.done(HERE, "created"),
        Err(OperationError::Invalid(found)) => problems::renamed(found, field_of),
        Err(OperationError::Conflict(words)) => problems::general(words),
        Err(error) => return Err(desk.halt(error)),
    };
    draw(&desk, &draft, Showing::again(&typed, wrong))
}

fn field_of(problem: &str) -> String {
    problem.rsplit('.').next().unwrap_or_default().to_owned()
}

async fn asked(desk: &Desk, id: &str) -> Result<Site, Halt> {
    desk.read::<FindSite>(SiteId { id: id.to_owned() }).await
}

/// GET: the form, as it is.
pub(crate) async fn edit(desk: Desk, Path(id): Path<String>) -> Handled {
    desk.check_may::<UpdateSite>()?;
    desk.check_fresh()?;
    let site = asked(&desk, &id).await?;
    draw(&desk, &draft_of(&site, site.values.clone()), Showing::first(tag_of(&site)?))
}

fn draft_of(site: &Site, values: SiteValues) -> Draft<'_> {
    Draft { site: Some(site), id: site.id.clone(), issuer: site.issuer.clone(), accounts: site.accounts.clone(), values }
}

/// POST: as it shall be.
pub(crate) async fn update(Path(id): Path<String>, Posted { desk, form: typed }: Posted) -> Handled {
    let site = asked(&desk, &id).await?;
    let (values, mut wrong) = read(&typed, site.values.clone());
    wrong.extend(form::required(&typed, &["name"]));
    if !wrong.is_empty() {
        return draw(&desk, &draft_of(&site, site.values.clone()), Showing::again(&typed, wrong));
    }
    let showing = match desk.change::<UpdateSite>(&typed, UpdateSiteInput { id, body: values }).await {
        Ok(_) => return desk.done(HERE, "saved"),
        Err(OperationError::Invalid(found)) => Showing::again(&typed, problems::renamed(found, field_of)),
        Err(OperationError::Conflict(words)) => Showing::again(&typed, problems::general(words)),
        Err(OperationError::Changed) => Showing::after_another(&typed, tag_of(&site)?),
        Err(error) => return Err(desk.halt(error)),
    };
    draw(&desk, &draft_of(&site, site.values.clone()), showing)
}

/// What was typed over what it was, and the fields that hold no number.
fn read(typed: &Typed, mut values: SiteValues) -> (SiteValues, Vec<FieldProblem>) {
    values.name = form::text(typed, "name");
    values.theme.accent_light = form::text(typed, "accent_light");
    values.theme.accent_dark = form::text(typed, "accent_dark");
    values.languages = form::ticks(typed, "languages");
    // a data URL has no spaces, and a browser may have broken its lines
    values.theme.logo = form::lines(typed, "logo").concat();
    let settings = &mut values.settings;
    settings.sign_up_open = form::either(typed, "sign_up_open");
    settings.password_sign_in = form::either(typed, "password_sign_in");
    settings.require_pushed_authorization_requests = form::either(typed, "require_pushed_authorization_requests");
    settings.require_dpop_nonces = form::either(typed, "require_dpop_nonces");
    let mut wrong = Vec::new();
    let mut seconds = |name| form::number(typed, name).map_err(|problem| wrong.push(problem)).ok().flatten();
    settings.session_idle = seconds("session_idle");
    settings.session_absolute = seconds("session_absolute");
    settings.session_fresh = seconds("session_fresh");
    values.disabled = form::ticked(typed, "disabled");
    (values, wrong)
}

fn draw(desk: &Desk, draft: &Draft<'_>, showing: Showing) -> Handled {
    let (title, action) = match draft.site {
        None => (Words::said("admin-site-new-title"), format!("{HERE}sites/new/")),
        Some(site) => (Words::said("admin-site-edit-title").text("site", &site.values.name), below(&site.id, "")),
    };
    let mut form = showing.stamp(desk.form(action, "admin-save").id("site-save"));
    if draft.site.is_none() {
        form = form
            .field(Field::code("id", "admin-field-site-id", &draft.id).hint("admin-hint-site-id"))
            .field(Field::code("issuer", "admin-field-issuer", &draft.issuer).hint("admin-hint-site-issuer"))
            .field(accounts_field(&draft.accounts));
    }
    let form = fill(form, &draft.values, draft.id == MAIN).back(Words::said("admin-cancel"), HERE);
    let mut section = Section::bare();
    if let Some(site) = draft.site {
        section = section.with(Block::Facts(vec![
            Fact::new("admin-field-site-id", Words::code(&site.id)),
            Fact::new("admin-fact-issuer", Words::code(&site.issuer)),
            Fact::new("admin-field-accounts", Words::said(format!("admin-accounts-{}", draft.accounts))),
        ]));
    }
    section = section.with(form);
    if draft.site.is_some_and(|site| site.id != MAIN) {
        section = section.with(Block::Links(vec![Link::new(Words::said("admin-remove"), below(&draft.id, "remove/"))]));
    }
    let page = Screen::new(title).below(Words::said("admin-settings-title"), HERE).section(section);
    desk.show(showing.tell(page))
}

fn accounts_field(chosen: &str) -> Field {
    let choices = [SiteAccounts::Shared, SiteAccounts::Separate].into_iter().map(|accounts| {
        Choice::new(accounts.word(), Words::said(format!("admin-accounts-{}", accounts.word())), accounts.word() == chosen)
    });
    Field::new(FieldKind::Radio, "accounts", "admin-field-accounts").choices(choices)
}

fn fill(form: Form, values: &SiteValues, main: bool) -> Form {
    let languages = Language::ALL.into_iter().map(|language| {
        let chosen = values.languages.is_empty() || values.languages.iter().any(|tag| tag == language.tag());
        Choice::new(language.tag(), Words::said(format!("admin-language-{}", language.tag())), chosen)
    });
    let accent = |name: &str, label, value: &str| Field::new(FieldKind::Code, name, label).value(value).hint("admin-hint-accent");
    let form = form
        .field(Field::text("name", "admin-field-name", &values.name))
        .field(accent("accent_light", "admin-field-accent", &values.theme.accent_light))
        .field(accent("accent_dark", "admin-field-accent-dark", &values.theme.accent_dark))
        .field(Field::new(FieldKind::Ticks, "languages", "admin-field-languages").choices(languages))
        .fields(policies(&values.settings))
        .more(further(values));
    match main {
        true => form,
        false => form.field(Field::tick("disabled", "admin-field-disabled", values.disabled)),
    }
}

fn policies(settings: &SiteSettings) -> [Field; 2] {
    let either = |name: &str, label, value| form::either_field(name, label, ("admin-as-installed", value));
    [
        either("sign_up_open", "admin-field-site-sign-up", settings.sign_up_open),
        either("password_sign_in", "admin-field-password-sign-in", settings.password_sign_in),
    ]
}

/// What few sites have another way than the installation.
fn further(values: &SiteValues) -> [Field; 6] {
    let settings = &values.settings;
    let either = |name: &str, label, value| form::either_field(name, label, ("admin-as-installed", value));
    let seconds = |name: &str, label, value| form::number_field(name, label, value).hint("admin-hint-as-installed");
    [
        Field::new(FieldKind::Lines, "logo", "admin-field-logo").value(&values.theme.logo).hint("admin-hint-logo"),
        seconds("session_idle", "admin-field-session-idle", settings.session_idle),
        seconds("session_absolute", "admin-field-session-absolute", settings.session_absolute),
        seconds("session_fresh", "admin-field-session-fresh", settings.session_fresh),
        either("require_pushed_authorization_requests", "admin-field-site-par", settings.require_pushed_authorization_requests),
        either("require_dpop_nonces", "admin-field-site-dpop-nonces", settings.require_dpop_nonces),
    ]
}

/// GET: asks before it goes.
pub(crate) async fn ask_to_remove(desk: Desk, Path(id): Path<String>) -> Handled {
    desk.check_may::<DeleteSite>()?;
    let site = asked(&desk, &id).await?;
    draw_removing(&desk, &site, Showing::first(tag_of(&site)?))
}

fn draw_removing(desk: &Desk, site: &Site, showing: Showing) -> Handled {
    let form = showing.stamp(desk.form(below(&site.id, "remove/"), "admin-remove")).press(Press::Danger).id("confirm");
    let what = Words::said("admin-site-remove-what").text("site", &site.values.name);
    let page = screen::confirm(Words::said("admin-site-remove-title"), what, form, &below(&site.id, ""));
    desk.show(showing.tell(page))
}

/// POST: removes it.
pub(crate) async fn remove(Path(id): Path<String>, Posted { desk, form: typed }: Posted) -> Handled {
    match desk.change::<DeleteSite>(&typed, SiteId { id: id.clone() }).await {
        Ok(()) => desk.done(HERE, "removed"),
        Err(OperationError::Changed) => {
            let site = asked(&desk, &id).await?;
            draw_removing(&desk, &site, Showing::asked_again(tag_of(&site)?))
        }
        Err(error) => Err(desk.halt(error)),
    }
}
