//! What tokens of a person would hold: nothing is issued.

use chabi_admin::operation::applications::{Application, PreviewTokens, PreviewTokensInput};
use chabi_pages::admin::{Block, Field, FieldKind, Form, Screen, Section, Words};
use chabi_resource_owner::respond::Handled;

use crate::{applications, desk::Desk, tokens};

const HERE: &str = "/admin/preview/";

/// The part of an application's page.
pub(crate) fn section(application: &Application) -> Section {
    Section::new("preview", Words::said("admin-preview-title"))
        .with(Words::said("admin-preview-what"))
        .with(asking(&application.client_id, ""))
}

fn asking(client_id: &str, account: &str) -> Form {
    Form::search(HERE, "admin-preview-show")
        .hidden("id", client_id)
        .field(Field::new(FieldKind::Search, "account", "admin-field-account").value(account))
}

/// GET: for one account.
pub(crate) async fn show(desk: Desk) -> Handled {
    let application = applications::asked(&desk).await?;
    let account = desk.asked("account").trim().to_owned();
    let input = PreviewTokensInput { client_id: application.client_id.clone(), account: account.clone(), ..PreviewTokensInput::default() };
    let preview = desk.read::<PreviewTokens>(input).await?;
    let mut section = Section::bare().with(Words::said("admin-preview-what")).with(asking(&application.client_id, &account));
    for (label, value) in
        [("admin-token-access", &preview.access_token), ("admin-token-id", &preview.id_token), ("admin-token-userinfo", &preview.userinfo)]
    {
        if let Some(value) = value {
            section = section.with(Block::Lines(Words::said(label), tokens::pretty(value)));
        }
    }
    let title = Words::said("admin-preview-for").text("account", account).text("application", &application.values.name);
    let page = Screen::new(title)
        .below(Words::said("admin-applications-title"), applications::LIST)
        .below(Words::typed(&application.values.name), applications::page(&application.client_id));
    desk.show(page.section(section))
}
