//! What can be done to an account: each has a page that asks, and a POST that does it.

use axum::extract::Path;
use chabi_admin::{
    OperationError,
    operation::accounts::{
        Account, AccountPath, BlockAccount, CreateAccount, CreateAccountInput, DeleteAccount, EndSessions, NewAccount, SendPasswordReset,
        UnblockAccount, Unlink, UnlinkInput,
    },
};
use chabi_pages::admin::{Block, Field, FieldProblem, Press, Screen, Section, Tone, Words};
use chabi_resource_owner::respond::{Halt, Handled, Trouble};
use chabi_spec::form::Form as Typed;

use super::{LIST, below, called, page::asked};
use crate::{
    desk::{Desk, Posted},
    form, problems, screen,
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
    let press = if matches!(action, Action::EndSessions | Action::Block) { Press::Danger } else { Press::Primary };
    let form = desk.form(below(&subject, &format!("{word}/")), action.key()).press(press).id("confirm");
    desk.show(screen::confirm(Words::said(action.key()), action.what(&detail.account), form, &below(&subject, "")))
}

/// POST: does it.
pub(crate) async fn submit(Path((subject, word)): Path<(String, String)>, Posted { desk, .. }: Posted) -> Handled {
    let input = AccountPath { subject: subject.clone() };
    let done = match Action::read(&word)? {
        Action::EndSessions => {
            desk.read::<EndSessions>(input).await?;
            "sessions-ended"
        }
        Action::Block => {
            desk.read::<BlockAccount>(input).await?;
            "blocked"
        }
        Action::Unblock => {
            desk.read::<UnblockAccount>(input).await?;
            "unblocked"
        }
        Action::Reset => {
            desk.read::<SendPasswordReset>(input).await?;
            "reset-sent"
        }
    };
    desk.done(&below(&subject, ""), done)
}

/// GET: asks before it goes for good.
pub(crate) async fn ask_to_delete(desk: Desk, Path(subject): Path<String>) -> Handled {
    desk.check_may::<DeleteAccount>()?;
    draw_deleting(&desk, &subject, Vec::new()).await
}

async fn draw_deleting(desk: &Desk, subject: &str, problems: Vec<FieldProblem>) -> Handled {
    let detail = asked(desk, subject).await?;
    let typed = Field {
        label: Words::said("admin-account-delete-type").text("subject", subject),
        ..Field::code("subject", "admin-column-subject", "")
    };
    let form = desk.form(below(subject, "delete/"), "admin-account-delete").press(Press::Danger).id("confirm").field(typed);
    let form = form.back(Words::said("admin-cancel"), below(subject, ""));
    let what = Words::said("admin-account-delete-what").text("account", called(&detail.account));
    let section = Section::bare().with(Block::Text(what, Tone::Warning)).with(form);
    let mut page = Screen::new(Words::said("admin-account-delete")).below(Words::said("admin-accounts-title"), LIST).section(section);
    page.problems = problems;
    desk.show(page)
}

/// POST: deletes it, when its subject was typed.
pub(crate) async fn delete(Path(subject): Path<String>, Posted { desk, form: typed }: Posted) -> Handled {
    if form::text(&typed, "subject") != subject {
        return draw_deleting(&desk, &subject, vec![form::problem("subject", Words::said("admin-account-delete-differs"))]).await;
    }
    desk.read::<DeleteAccount>(AccountPath { subject }).await?;
    desk.done(LIST, "deleted")
}

/// GET: asks before a provider is disconnected.
pub(crate) async fn ask_to_disconnect(desk: Desk, Path(subject): Path<String>) -> Handled {
    desk.check_may::<Unlink>()?;
    let detail = asked(&desk, &subject).await?;
    let provider = desk.asked("provider").to_owned();
    let action = format!("{}{}", below(&subject, "disconnect/"), form::query(&[("provider", &provider)]));
    let form = desk.form(action, "admin-account-disconnect").press(Press::Danger).id("confirm").hidden("confirmed", "yes");
    let what = Words::said("admin-account-disconnect-what").text("account", called(&detail.account)).text("provider", provider);
    desk.show(screen::confirm(Words::said("admin-account-disconnect"), what, form, &below(&subject, "")))
}

/// POST: disconnects it, when the question was answered.
pub(crate) async fn disconnect(Path(subject): Path<String>, Posted { desk, form: typed }: Posted) -> Handled {
    if typed.get("confirmed").is_none() {
        return ask_to_disconnect(desk, Path(subject)).await;
    }
    let input = UnlinkInput { subject: subject.clone(), provider: desk.asked("provider").to_owned() };
    desk.read::<Unlink>(input).await?;
    desk.done(&below(&subject, ""), "disconnected")
}

/// GET: the form of a new account.
pub(crate) async fn ask_for_new(desk: Desk) -> Handled {
    desk.check_may::<CreateAccount>()?;
    desk.check_fresh()?;
    draw_new(&desk, &Typed::default(), Vec::new())
}

fn draw_new(desk: &Desk, typed: &Typed, problems: Vec<FieldProblem>) -> Handled {
    let form = desk
        .form(format!("{LIST}new/"), "admin-account-new")
        .id("account-create")
        .field(Field::text("email", "admin-field-email", form::text(typed, "email")).hint("admin-hint-new-account"))
        .field(Field::text("name", "admin-field-name", form::text(typed, "name")).optional())
        .back(Words::said("admin-cancel"), LIST);
    let mut page = Screen::new(Words::said("admin-account-new")).below(Words::said("admin-accounts-title"), LIST).with(form);
    page.problems = problems;
    desk.show(page)
}

/// POST: makes it.
pub(crate) async fn create(Posted { desk, form: typed }: Posted) -> Handled {
    let missing = form::required(&typed, &["email"]);
    if !missing.is_empty() {
        return draw_new(&desk, &typed, missing);
    }
    let body = NewAccount {
        email: form::text(&typed, "email"),
        name: form::text(&typed, "name"),
        locale: String::new(),
        password: None,
        site: None,
    };
    match desk.run::<CreateAccount>(CreateAccountInput { body }).await {
        Ok(account) => desk.done(&below(&account.subject, ""), "created"),
        Err(OperationError::Invalid(found)) => draw_new(&desk, &typed, problems::of(found)),
        Err(OperationError::Conflict(words)) => draw_new(&desk, &typed, problems::general(words)),
        Err(error) => Err(desk.halt(error)),
    }
}
