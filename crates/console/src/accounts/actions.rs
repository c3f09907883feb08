//! What can be done to an account: each has a page that asks, and a POST that does it.

use axum::extract::Path;
use chabi_admin::{
    OperationError,
    operation::accounts::{
        Account, AccountPath, BlockAccount, CreateAccount, CreateAccountInput, DeleteAccount, EndSessions, NewAccount, SendPasswordReset,
        UnblockAccount, Unlink, UnlinkInput,
    },
    tag_of,
};
use chabi_pages::admin::{Block, Field, FieldKind, Press, Screen, Section, Tone, Words};
use chabi_resource_owner::respond::{Halt, Handled, Trouble};

use super::{LIST, below, called, page::asked};
use crate::{
    desk::{Desk, Posted},
    form, problems, screen,
    showing::Showing,
    sites,
};

/// What needs no more than a yes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    EndSessions,
    Block,
    Unblock,
    Reset,
}

impl Action {
    fn read(word: &str) -> Result<Self, Halt> {
        match word {
            "end-sessions" => Ok(Self::EndSessions),
            "block" => Ok(Self::Block),
            "unblock" => Ok(Self::Unblock),
            "reset" => Ok(Self::Reset),
            _ => Err(Trouble::NotFound.into()),
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::EndSessions => "admin-account-end-sessions",
            Self::Block => "admin-account-block",
            Self::Unblock => "admin-account-unblock",
            Self::Reset => "admin-account-reset",
        }
    }

    fn what(self, account: &Account) -> Words {
        let key = match self {
            Self::EndSessions => "admin-account-end-sessions-what",
            Self::Block => "admin-account-block-what",
            Self::Unblock => "admin-account-unblock-what",
            Self::Reset => "admin-account-reset-what",
        };
        Words::said(key).text("account", called(account))
    }
}

/// GET: asks.
pub(crate) async fn ask(desk: Desk, Path((subject, word)): Path<(String, String)>) -> Handled {
    let action = Action::read(&word)?;
    match action {
        Action::EndSessions => desk.check_may::<EndSessions>()?,
        Action::Block => desk.check_may::<BlockAccount>()?,
        Action::Unblock => desk.check_may::<UnblockAccount>()?,
        Action::Reset => desk.check_may::<SendPasswordReset>()?,
    }
    let detail = asked(&desk, &subject).await?;
    draw(&desk, &detail.account, (action, &word), Showing::first(tag_of(&detail.account)?))
}

fn draw(desk: &Desk, account: &Account, (action, word): (Action, &str), showing: Showing) -> Handled {
    let back = below(&account.subject, "");
    let press = if matches!(action, Action::EndSessions | Action::Block) { Press::Danger } else { Press::Primary };
    let form = showing.stamp(desk.form(below(&account.subject, &format!("{word}/")), action.key())).press(press).id("confirm");
    desk.show(showing.tell(screen::confirm(Words::said(action.key()), action.what(account), form, &back)))
}

/// POST: does it.
pub(crate) async fn submit(Path((subject, word)): Path<(String, String)>, Posted { desk, form: typed }: Posted) -> Handled {
    let (action, input) = (Action::read(&word)?, AccountPath { subject: subject.clone() });
    let (outcome, done) = match action {
        Action::EndSessions => (desk.change::<EndSessions>(&typed, input).await, "sessions-ended"),
        Action::Block => (desk.change::<BlockAccount>(&typed, input).await, "blocked"),
        Action::Unblock => (desk.change::<UnblockAccount>(&typed, input).await, "unblocked"),
        Action::Reset => (desk.change::<SendPasswordReset>(&typed, input).await, "reset-sent"),
    };
    match outcome {
        Ok(()) => desk.done(&below(&subject, ""), done),
        Err(OperationError::Changed) => {
            let account = asked(&desk, &subject).await?.account;
            draw(&desk, &account, (action, &word), Showing::asked_again(tag_of(&account)?))
        }
        Err(error) => Err(desk.halt(error)),
    }
}

/// GET: asks before it goes for good.
pub(crate) async fn ask_to_delete(desk: Desk, Path(subject): Path<String>) -> Handled {
    desk.check_may::<DeleteAccount>()?;
    let account = asked(&desk, &subject).await?.account;
    draw_deleting(&desk, &account, Showing::first(tag_of(&account)?))
}

fn draw_deleting(desk: &Desk, account: &Account, showing: Showing) -> Handled {
    let subject = account.subject.as_str();
    let typed = Field {
        label: Words::said("admin-account-delete-type").text("subject", subject),
        ..Field::code("subject", "admin-column-subject", "")
    };
    let form = desk.form(below(subject, "delete/"), "admin-account-delete").press(Press::Danger).id("confirm").field(typed);
    let form = form.back(Words::said("admin-cancel"), below(subject, ""));
    let what = Words::said("admin-account-delete-what").text("account", called(account));
    let section = Section::bare().with(Block::Text(what, Tone::Warning)).with(showing.stamp(form));
    let page = Screen::new(Words::said("admin-account-delete")).below(Words::said("admin-accounts-title"), LIST).section(section);
    desk.show(showing.tell(page))
}

/// POST: deletes it, when its subject was typed.
pub(crate) async fn delete(Path(subject): Path<String>, Posted { desk, form: typed }: Posted) -> Handled {
    if form::text(&typed, "subject") != subject {
        let account = asked(&desk, &subject).await?.account;
        let wrong = vec![form::problem("subject", Words::said("admin-account-delete-differs"))];
        return draw_deleting(&desk, &account, Showing::again(&typed, wrong));
    }
    match desk.change::<DeleteAccount>(&typed, AccountPath { subject: subject.clone() }).await {
        Ok(()) => desk.done(LIST, "deleted"),
        Err(OperationError::Changed) => {
            let account = asked(&desk, &subject).await?.account;
            draw_deleting(&desk, &account, Showing::asked_again(tag_of(&account)?))
        }
        Err(error) => Err(desk.halt(error)),
    }
}

/// GET: asks before a provider is disconnected.
pub(crate) async fn ask_to_disconnect(desk: Desk, Path(subject): Path<String>) -> Handled {
    desk.check_may::<Unlink>()?;
    let account = asked(&desk, &subject).await?.account;
    draw_disconnecting(&desk, &account, Showing::first(tag_of(&account)?))
}

fn draw_disconnecting(desk: &Desk, account: &Account, showing: Showing) -> Handled {
    let provider = desk.asked("provider").to_owned();
    let action = format!("{}{}", below(&account.subject, "disconnect/"), form::query(&[("provider", &provider)]));
    let form = desk.form(action, "admin-account-disconnect").press(Press::Danger).id("confirm").hidden("confirmed", "yes");
    let what = Words::said("admin-account-disconnect-what").text("account", called(account)).text("provider", provider);
    let (title, back) = (Words::said("admin-account-disconnect"), below(&account.subject, ""));
    let page = screen::confirm(title, what, showing.stamp(form), &back);
    desk.show(showing.tell(page))
}

/// POST: disconnects it, when the question was answered.
pub(crate) async fn disconnect(Path(subject): Path<String>, Posted { desk, form: typed }: Posted) -> Handled {
    if typed.get("confirmed").is_none() {
        return ask_to_disconnect(desk, Path(subject)).await;
    }
    let input = UnlinkInput { subject: subject.clone(), provider: desk.asked("provider").to_owned() };
    match desk.change::<Unlink>(&typed, input).await {
        Ok(()) => desk.done(&below(&subject, ""), "disconnected"),
        Err(OperationError::Changed) => {
            let account = asked(&desk, &subject).await?.account;
            draw_disconnecting(&desk, &account, Showing::asked_again(tag_of(&account)?))
        }
        Err(error) => Err(desk.halt(error)),
    }
}

/// GET: the form of a new account.
pub(crate) async fn ask_for_new(desk: Desk) -> Handled {
    desk.check_may::<CreateAccount>()?;
    desk.check_fresh()?;
    draw_new(&desk, Showing::default()).await
}

async fn draw_new(desk: &Desk, showing: Showing) -> Handled {
    let password = Field::new(FieldKind::Secret, "password", "admin-fact-password").hint("admin-hint-new-password");
    let form = desk
        .form(format!("{LIST}new/"), "admin-account-new")
        .id("account-create")
        .field(Field::text("email", "admin-field-email", "").hint("admin-hint-new-account"))
        .field(Field::text("name", "admin-field-name", "").optional())
        .field(Field::tick("address_verified", "admin-field-address-verified", false).hint("admin-hint-address-verified"))
        .fields(sites::one_of(desk, ("admin-main-site", "")).await?)
        .more([Field::code("locale", "admin-fact-locale", "").optional().hint("admin-hint-locale"), password])
        .back(Words::said("admin-cancel"), LIST);
    let page = Screen::new(Words::said("admin-account-new")).below(Words::said("admin-accounts-title"), LIST).with(form);
    desk.show(showing.tell(page))
}

/// POST: makes it.
pub(crate) async fn create(Posted { desk, form: typed }: Posted) -> Handled {
    let missing = form::required(&typed, &["email"]);
    if !missing.is_empty() {
        return draw_new(&desk, Showing::again(&typed, missing)).await;
    }
    let body = NewAccount {
        email: form::text(&typed, "email"),
        name: form::text(&typed, "name"),
        locale: form::text(&typed, "locale"),
        address_verified: form::ticked(&typed, "address_verified"),
        // a space at its end is part of it
        password: typed.get("password").map(str::to_owned),
        site: form::some(&typed, "site"),
    };
    match desk.run::<CreateAccount>(CreateAccountInput { body }).await {
        Ok(account) => desk.done(&below(&account.subject, ""), "created"),
        Err(OperationError::Invalid(found)) => draw_new(&desk, Showing::again(&typed, problems::of(found))).await,
        Err(OperationError::Conflict(words) | OperationError::Above(words)) => {
            draw_new(&desk, Showing::again(&typed, problems::general(words))).await
        }
        Err(error) => Err(desk.halt(error)),
    }
}
