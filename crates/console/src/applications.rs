//! Applications: the list, and the page of each.

pub(crate) mod edit;
pub(crate) mod remove;
pub(crate) mod secrets;
pub(crate) mod test;
pub(crate) mod wizard;

use chabi_admin::{
    Permission,
    operation::applications::{
        Application, ApplicationId, AuthenticationWord, CheckRedirectUri, CheckRedirectUriInput, FindApplication, ListApplications,
        ListApplicationsInput, RedirectUriCheck,
    },
};
use chabi_pages::admin::{Block, Cell, Copy, Fact, Field, FieldKind, Form, Link, Press, Screen, Section, Table, Tone, Words, rules};
use chabi_resource_owner::respond::{Halt, Handled};

use crate::{desk::Desk, form, sites, snippets};

/// The list.
pub(crate) const LIST: &str = "/admin/applications/";

/// The page of an application.
pub(crate) fn page(client_id: &str) -> String {
    below("show/", client_id)
}

/// A page about an application: its id may be a URL, so it stands in the query.
pub(crate) fn below(path: &str, client_id: &str) -> String {
    format!("{LIST}{path}{}", form::query(&[("id", client_id)]))
}

/// The application that the address names.
pub(crate) async fn asked(desk: &Desk) -> Result<Application, Halt> {
    desk.read::<FindApplication>(ApplicationId { client_id: desk.asked("id").to_owned() }).await
}

/// GET: all, by name.
pub(crate) async fn list(desk: Desk) -> Handled {
    let search = desk.asked("search").to_owned();
    let input = ListApplicationsInput {
        search: Some(search.clone()).filter(|text| !text.is_empty()),
        site: form::some(&desk.query, "site"),
        cursor: desk.query.get("cursor").map(str::to_owned),
        ..ListApplicationsInput::default()
    };
    let found = desk.read::<ListApplications>(input).await?;
    let columns = ["admin-column-name", "admin-column-client-id", "admin-column-kind", "admin-column-state"];
    let mut table =
        Table::new(Words::said("admin-applications-title"), &columns, "admin-applications-none").rows(found.items.iter().map(row));
    let at =
        |cursor: &str| format!("{LIST}{}", form::query(&[("search", search.as_str()), ("site", desk.asked("site")), ("cursor", cursor)]));
    table.next = found.next_cursor.as_deref().map(at);
    table.first = desk.query.get("cursor").map(|_| at(""));
    let find =
        Form::search(LIST, "admin-search").field(Field::new(FieldKind::Search, "search", "admin-search-applications").value(&search));
    let find = find.fields(sites::filter(&desk).await?);
    let mut links = Vec::new();
    if desk.may(Permission::ChangeApplications) {
        links.push(Link::new(Words::said("admin-new-application"), format!("{LIST}new/")).primary());
    }
    if desk.may(Permission::SeeInitialAccessTokens) {
        links.push(Link::new(Words::said("admin-registration-tokens-title"), format!("{LIST}initial-access-tokens/")));
    }
    let links = (!links.is_empty()).then_some(Block::Links(links));
    let section = Section::bare().with_some(links).with(find).with(table);
    desk.show(Screen::new(Words::said("admin-applications-title")).section(section))
}

fn row(application: &Application) -> Vec<Cell> {
    vec![
        Cell::from(Words::typed(&application.values.name)).to(page(&application.client_id)),
        Words::code(&application.client_id).into(),
        Words::said(kind_of(application)).into(),
        state(application.disabled_at),
    ]
}

/// On, or shut out.
pub(crate) fn state(disabled_at: Option<i64>) -> Cell {
    match disabled_at {
        None => Cell::from(Words::said("admin-on")).badge(Tone::Good),
        Some(_) => Cell::from(Words::said("admin-off")).badge(Tone::Warning),
    }
}

/// What it is, as far as its registration tells.
fn kind_of(application: &Application) -> &'static str {
    let values = &application.values;
    let has = |grant: &str| values.grant_types.iter().any(|known| known == grant);
    match values.authentication {
        _ if has("urn:ietf:params:oauth:grant-type:device_code") => "admin-purpose-device",
        _ if !has("authorization_code") => "admin-purpose-machine",
        AuthenticationWord::None => "admin-purpose-public",
        _ => "admin-purpose-web-server",
    }
}

/// GET: one application.
pub(crate) async fn show(desk: Desk) -> Handled {
    let application = asked(&desk).await?;
    let page = Screen::new(Words::typed(&application.values.name))
        .below(Words::said("admin-applications-title"), LIST)
        .section(facts(&desk, &application))
        .section(addresses(&application));
    let page = match desk.may(Permission::ChangeApplications) {
        true => page.section(secrets::section(&desk, &application)),
        false => page,
    };
    let page = page.section(snippets::section(&desk.admin, &application, None));
    let page = match desk.may(Permission::PreviewTokens) {
        true => page.section(crate::preview::section(&application)),
        false => page,
    };
    desk.show(page)
}

fn facts(desk: &Desk, application: &Application) -> Section {
    let values = &application.values;
    let codes = |list: &[String]| Cell::from(list.iter().map(Words::code).collect::<Vec<_>>());
    let mut facts = vec![
        Fact::new("admin-column-state", state(application.disabled_at)),
        Fact::new("admin-column-kind", Words::said(kind_of(application))),
        Fact::new("admin-fact-registered-by", Words::named("admin-registered-by", &application.registered_by)),
        Fact::new("admin-fact-created", Words::when(application.created_at)),
        Fact::new("admin-fact-scope", codes(&values.scope.split_whitespace().map(str::to_owned).collect::<Vec<_>>())),
        Fact::new("admin-fact-grant-types", codes(&values.grant_types)),
        Fact::new("admin-fact-id-token-alg", Words::code(&values.id_token_alg)),
    ];
    if !values.default_audience.is_empty() {
        facts.push(Fact::new("admin-fact-default-audience", Words::code(&values.default_audience)));
    }
    let mut section = Section::bare()
        .with(Block::Facts(facts))
        .with(Copy::new("client-id", Words::said("admin-column-client-id"), &application.client_id))
        .with(Copy::new("issuer", Words::said("admin-fact-issuer"), &desk.admin.issuer));
    if desk.may(Permission::ChangeApplications) {
        let link = |key, path| Link::new(Words::said(key), below(path, &application.client_id));
        let mut links = vec![link("admin-edit", "edit/").primary()];
        if !values.redirect_uris.is_empty() {
            links.push(link("admin-test-sign-in", "test/"));
        }
        links.push(link("admin-remove", "remove/"));
        section = section.with(Block::Links(links));
    }
    section
}

fn addresses(application: &Application) -> Section {
    let mut section = Section::new("redirect-uris", Words::said("admin-redirect-uris"));
    let rows = |list: &[String]| list.iter().map(|uri| vec![Cell::from(Words::code(uri))]).collect::<Vec<_>>();
    let caption = Words::said("admin-redirect-uris");
    section = section
        .with(Table::new(caption, &["admin-redirect-uris"], "admin-redirect-uris-none").rows(rows(&application.values.redirect_uris)));
    section.with(check_form("", application.values.kind == chabi_admin::operation::applications::KindWord::Native))
}

/// Asks whether a redirect URI would be taken.
fn check_form(redirect_uri: &str, native: bool) -> Form {
    let field = Field::code("redirect_uri", "admin-check-redirect-uri", redirect_uri);
    let form = Form::search(format!("{LIST}check/"), "admin-try").field(field);
    Form { fields: form.fields, press: Press::Secondary, ..form }.hidden("native", if native { "on" } else { "" })
}

/// GET: whether a redirect URI would be taken, and why not.
pub(crate) async fn check(desk: Desk) -> Handled {
    let redirect_uri = desk.asked("redirect_uri").to_owned();
    let native = desk.query.get("native").is_some();
    let input = CheckRedirectUriInput { body: RedirectUriCheck { redirect_uri: redirect_uri.clone(), native } };
    let verdict = desk.read::<CheckRedirectUri>(input).await?;
    // what was typed stays, to be mended
    let mut section = Section::bare().with(check_form(&redirect_uri, native));
    section = match verdict.taken {
        true => section.with(Block::Text(Words::said("admin-check-taken"), Tone::Good)),
        false => verdict.problems.iter().fold(section, |section, said| section.with(Block::Text(rules::said(said), Tone::Bad))),
    };
    let page = Screen::new(Words::said("admin-check-redirect-uri")).below(Words::said("admin-applications-title"), LIST);
    desk.show(page.section(section))
}
