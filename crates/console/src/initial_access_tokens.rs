//! Initial access tokens: with one, an application may register itself.

use axum::extract::Path;
use chabi_admin::{
    OperationError, Permission,
    operation::initial_access_tokens::{
        CreateInitialAccessToken, CreateInitialAccessTokenInput, DeleteInitialAccessToken, InitialAccessToken, InitialAccessTokenPath,
        ListInitialAccessTokens, ListInitialAccessTokensInput, NewInitialAccessToken,
    },
};
use chabi_pages::admin::{Block, Cell, Copy, Field, FieldKind, Press, Screen, Section, Table, Tone, Words};
use chabi_resource_owner::respond::Handled;
use chabi_store::site::MAIN;

use crate::{
    accounts::page::press,
    applications,
    desk::{Desk, Posted},
    form, problems, screen,
    showing::Showing,
    sites,
};

const LIST: &str = "/admin/applications/initial-access-tokens/";

/// GET: those that are good, and the form of a new one.
pub(crate) async fn list(desk: Desk) -> Handled {
    draw(&desk, Showing::default()).await
}

async fn draw(desk: &Desk, showing: Showing) -> Handled {
    let found = desk.read::<ListInitialAccessTokens>(ListInitialAccessTokensInput::default()).await?.items;
    let changes = desk.may(Permission::ChangeInitialAccessTokens);
    let mut columns = vec!["admin-column-name", "admin-column-uses", "admin-column-created", "admin-column-ends"];
    if changes {
        columns.push("admin-column-actions");
    }
    let rows = found.iter().map(|token| row(desk, token, changes));
    let title = || Words::said("admin-registration-tokens-title");
    let table = Table::new(title(), &columns, "admin-registration-tokens-none").rows(rows);
    let mut page = Screen::new(title())
        .below(Words::said("admin-applications-title"), applications::LIST)
        .section(Section::bare().with(Words::said("admin-registration-tokens-what")).with(table));
    if changes {
        let number = |name: &str, label, usual: &str| Field { required: true, ..Field::new(FieldKind::Number, name, label).value(usual) };
        let form = desk
            .form(LIST, "admin-registration-token-create")
            .id("token-create")
            .field(Field::text("label", "admin-field-name", ""))
            .field(number("uses", "admin-field-uses", "1"))
            .field(number("lifetime", "admin-field-token-lifetime", "86400"))
            .fields(sites::one_of(desk, ("admin-main-site", "")).await?);
        page = page.section(Section::new("new", Words::said("admin-registration-token-create")).with(form));
    }
    desk.show(showing.tell(page))
}

fn row(desk: &Desk, token: &InitialAccessToken, changes: bool) -> Vec<Cell> {
    let mut cells = vec![
        match token.site.as_str() {
            MAIN => Cell::from(Words::typed(&token.label)),
            site => Cell::from(Words::typed(&token.label)).over(Words::code(site)),
        },
        Words::number(token.uses_left).into(),
        Words::when(token.created_at).into(),
        Words::when(token.expires_at).into(),
    ];
    if changes {
        cells.push(press(desk, format!("{LIST}{}/remove/", token.id), "admin-remove", &token.label).into());
    }
    cells
}

/// POST: makes one, and tells it once.
pub(crate) async fn create(Posted { desk, form: typed }: Posted) -> Handled {
    let missing = form::required(&typed, &["label", "uses", "lifetime"]);
    if !missing.is_empty() {
        return draw(&desk, Showing::again(&typed, missing)).await;
    }
    let (uses, lifetime) = match (form::number(&typed, "uses"), form::number(&typed, "lifetime")) {
        (Ok(uses), Ok(lifetime)) => (uses.unwrap_or(1), lifetime.unwrap_or(86_400)),
        (uses, lifetime) => {
            let wrong = [uses.err(), lifetime.err()].into_iter().flatten().collect();
            return draw(&desk, Showing::again(&typed, wrong)).await;
        }
    };
    let site = form::some(&typed, "site").unwrap_or_else(|| MAIN.to_owned());
    let body = NewInitialAccessToken { label: form::text(&typed, "label"), uses, lifetime, site };
    let made = match desk.run::<CreateInitialAccessToken>(CreateInitialAccessTokenInput { body }).await {
        Ok(made) => made,
        Err(OperationError::Invalid(found)) => return draw(&desk, Showing::again(&typed, problems::of(found))).await,
        Err(error) => return Err(desk.halt(error)),
    };
    let section = Section::bare()
        .with(Copy::new("registration-token", Words::said("admin-registration-token"), made.text.as_str()))
        .with(Block::Text(Words::said("admin-secret-once"), Tone::Warning));
    let page = Screen::new(Words::said("admin-registration-token-made-title"))
        .below(Words::said("admin-applications-title"), applications::LIST)
        .below(Words::said("admin-registration-tokens-title"), LIST);
    desk.show(page.section(section))
}

/// GET: asks.
pub(crate) async fn ask_to_remove(desk: Desk, Path(id): Path<String>) -> Handled {
    desk.check_may::<DeleteInitialAccessToken>()?;
    let form = desk.form(format!("{LIST}{id}/remove/"), "admin-remove").press(Press::Danger).id("confirm").hidden("confirmed", "yes");
    let what = Words::said("admin-registration-token-remove-what");
    desk.show(screen::confirm(Words::said("admin-registration-token-remove-title"), what, form, LIST))
}

/// POST: removes it, when the question was answered.
pub(crate) async fn remove(Path(id): Path<String>, Posted { desk, form: typed }: Posted) -> Handled {
    if !form::ticked(&typed, "confirmed") {
        return ask_to_remove(desk, Path(id)).await;
    }
    desk.read::<DeleteInitialAccessToken>(InitialAccessTokenPath { id }).await?;
    desk.done(LIST, "removed")
}
