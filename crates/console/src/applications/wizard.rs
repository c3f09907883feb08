//! The wizard: a kind, at most three questions, the secret once, and lines to copy.

use axum::extract::Path;
use chabi_admin::{
    OperationError,
    operation::applications::{CreateApplication, CreateApplicationInput, CreatedApplication, NewApplication, Purpose},
};
use chabi_pages::admin::{Block, Card, Choice, Copy, Field, FieldKind, Link, Screen, Section, Tone, Words};
use chabi_resource_owner::respond::{Halt, Handled, Trouble};

use super::{
    LIST,
    edit::{self, field_of},
    page,
};
use crate::{
    apis,
    desk::{Desk, Posted},
    form, problems,
    showing::Showing,
    sites, snippets,
};

fn word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::WebServer => "web-server",
        Purpose::SinglePage => "single-page",
        Purpose::MobileOrDesktop => "mobile-or-desktop",
        Purpose::Device => "device",
        Purpose::Machine => "machine",
        Purpose::McpClient => "mcp-client",
        Purpose::ProxyGuard => "proxy-guard",
    }
}

fn read(text: &str) -> Result<Purpose, Halt> {
    Purpose::ALL.into_iter().find(|purpose| word(*purpose) == text).ok_or_else(|| Trouble::NotFound.into())
}

fn title(purpose: Purpose) -> Words {
    Words::said(format!("admin-purpose-{}", word(purpose)))
}

/// GET: which kind.
pub(crate) async fn kinds(desk: Desk) -> Handled {
    desk.check_may::<CreateApplication>()?;
    let cards = Purpose::ALL.into_iter().map(|purpose| Card {
        title: title(purpose),
        about: Some(Words::said(format!("admin-purpose-{}-about", word(purpose)))),
        url: format!("{LIST}new/{}/", word(purpose)),
        ..Card::default()
    });
    let page = Screen::new(Words::said("admin-new-application")).below(Words::said("admin-applications-title"), LIST);
    desk.show(page.section(Section::bare().with(Words::said("admin-wizard-which")).with(Block::Cards(cards.collect()))))
}

/// GET: the questions.
pub(crate) async fn questions(desk: Desk, Path(kind): Path<String>) -> Handled {
    desk.check_may::<CreateApplication>()?;
    desk.check_fresh()?;
    ask(&desk, read(&kind)?, Showing::default()).await
}

/// POST: makes it, and tells the secret once.
pub(crate) async fn create(Path(kind): Path<String>, Posted { desk, form: typed }: Posted) -> Handled {
    let purpose = read(&kind)?;
    let mut wrong = form::required(&typed, &["name"]);
    if purpose.needs_redirect_uri() {
        wrong.extend(form::required(&typed, &["redirect_uris"]));
    }
    let settings = form::json(&typed, "settings").map_err(|problem| wrong.push(problem)).unwrap_or_default();
    if !wrong.is_empty() {
        return ask(&desk, purpose, Showing::again(&typed, wrong)).await;
    }
    let sites = form::ticks(&typed, "sites");
    let new = NewApplication {
        purpose,
        name: form::text(&typed, "name"),
        client_id: form::text(&typed, "client_id"),
        redirect_uris: form::lines(&typed, "redirect_uris"),
        post_logout_redirect_uris: form::lines(&typed, "post_logout_redirect_uris"),
        default_audience: form::text(&typed, "default_audience"),
        scope: form::some(&typed, "scope"),
        first_party: form::ticked(&typed, "first_party"),
        pkce_optional: form::ticked(&typed, "pkce_optional"),
        sites: (!sites.is_empty()).then_some(sites),
        settings,
    };
    match desk.run::<CreateApplication>(CreateApplicationInput { body: new }).await {
        Ok(created) => made(&desk, &created),
        Err(OperationError::Invalid(found)) => ask(&desk, purpose, Showing::again(&typed, problems::renamed(found, field_of))).await,
        Err(OperationError::Conflict(words) | OperationError::Above(words)) => {
            ask(&desk, purpose, Showing::again(&typed, problems::general(words))).await
        }
        Err(error) => Err(desk.halt(error)),
    }
}

async fn ask(desk: &Desk, purpose: Purpose, showing: Showing) -> Handled {
    let mut ask = desk.form(format!("{LIST}new/{}/", word(purpose)), "admin-wizard-create").id("application-create");
    let name = Field::text("name", "admin-field-name", "");
    // nobody signs in to a machine
    ask = ask.field(if purpose == Purpose::Machine { name } else { name.hint("admin-hint-application-name") });
    if purpose.needs_redirect_uri() {
        let uris = Field::new(FieldKind::Lines, "redirect_uris", "admin-redirect-uris");
        let hint = match purpose {
            Purpose::SinglePage => "admin-hint-redirect-single-page",
            Purpose::MobileOrDesktop | Purpose::McpClient => "admin-hint-redirect-native",
            Purpose::ProxyGuard => "admin-hint-redirect-proxy",
            _ => "admin-hint-redirect-web",
        };
        ask = ask.field(Field { required: true, ..uris.hint(hint) });
    }
    ask = ask.field(api_field(desk, "").await?).more(further(desk, purpose).await?);
    let page = Screen::new(title(purpose))
        .below(Words::said("admin-applications-title"), LIST)
        .below(Words::said("admin-new-application"), format!("{LIST}new/"))
        .section(Section::bare().with(Words::said(format!("admin-purpose-{}-about", word(purpose)))).with(ask));
    desk.show(showing.tell(page))
}

/// What is right for nearly everybody.
async fn further(desk: &Desk, purpose: Purpose) -> Result<Vec<Field>, Halt> {
    // what others run is asked about; what the operator runs is theirs
    let first_party = purpose != Purpose::McpClient;
    let mut fields = vec![
        Field::code("client_id", "admin-column-client-id", "").optional().hint("admin-hint-client-id"),
        Field::new(FieldKind::Lines, "post_logout_redirect_uris", "admin-field-post-logout"),
        Field::code("scope", "admin-fact-scope", "").optional().hint("admin-hint-usual-scope"),
        Field::tick("first_party", "admin-field-first-party", first_party).hint("admin-hint-first-party"),
        Field::tick("pkce_optional", "admin-field-pkce-optional", false).hint("admin-hint-pkce-optional"),
    ];
    fields.extend(sites::field(desk, &["main".to_owned()]).await?);
    fields.push(edit::further(&serde_json::Map::new()));
    Ok(fields)
}

/// Which API its tokens are for.
pub(crate) async fn api_field(desk: &Desk, chosen: &str) -> Result<Field, Halt> {
    let mut choices = vec![Choice::new("", Words::said("admin-no-api"), chosen.is_empty())];
    for api in apis::all(desk).await? {
        choices.push(Choice::new(&api.audience, Words::typed(&api.values.name), api.audience == chosen));
    }
    Ok(Field::new(FieldKind::Select, "default_audience", "admin-field-api").hint("admin-hint-api").choices(choices))
}

fn made(desk: &Desk, created: &CreatedApplication) -> Handled {
    let CreatedApplication { application, client_secret } = created;
    let mut first = Section::bare().with(Block::Text(Words::said("admin-done-created"), Tone::Good)).with(Copy::new(
        "client-id",
        Words::said("admin-column-client-id"),
        &application.client_id,
    ));
    if let Some(secret) = client_secret {
        first = first
            .with(Copy::new("client-secret", Words::said("admin-field-secret"), secret))
            .with(Block::Text(Words::said("admin-secret-once"), Tone::Warning));
    }
    first = first
        .with(Copy::new("issuer", Words::said("admin-fact-issuer"), &desk.admin.issuer))
        .with(Block::Links(vec![Link::new(Words::said("admin-to-application"), page(&application.client_id)).primary()]));
    let page = Screen::new(Words::said("admin-application-made-title").text("application", &application.values.name))
        .below(Words::said("admin-applications-title"), LIST)
        .section(first)
        .section(snippets::section(&desk.admin, application, client_secret.as_deref()));
    desk.show(page)
}
