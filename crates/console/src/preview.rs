//! What tokens of a person would hold: nothing is issued.

use chabi_admin::{
    OperationError,
    operation::applications::{Application, PreviewTokens, PreviewTokensInput},
};
use chabi_pages::admin::{Block, Field, FieldKind, FieldProblem, Form, Screen, Section, Words};
use chabi_resource_owner::respond::Handled;

use crate::{applications, desk::Desk, form, problems, tokens};

const HERE: &str = "/admin/preview/";

/// The part of an application's page.
pub(crate) fn section(application: &Application) -> Section {
    Section::new("preview", Words::said("admin-preview-title"))
        .with(Words::said("admin-preview-what"))
        .with(asking(&application.client_id, ["", "", ""]))
}

fn asking(client_id: &str, [account, scope, resource]: [&str; 3]) -> Form {
    Form::search(HERE, "admin-preview-show")
        .hidden("id", client_id)
        .field(Field::new(FieldKind::Search, "account", "admin-field-account").value(account))
        .field(Field::new(FieldKind::Search, "scope", "admin-fact-scope").value(scope))
        .field(Field::new(FieldKind::Search, "resource", "admin-field-audience").value(resource))
}

/// GET: for one account.
pub(crate) async fn show(desk: Desk) -> Handled {
    let application = applications::asked(&desk).await?;
    let account = desk.asked("account").trim().to_owned();
    let input = PreviewTokensInput {
        client_id: application.client_id.clone(),
        account: account.clone(),
        scope: form::some(&desk.query, "scope"),
        resource: form::some(&desk.query, "resource"),
    };
    let typed = [account.as_str(), desk.asked("scope"), desk.asked("resource")];
    let mut section = Section::bare().with(Words::said("admin-preview-what")).with(asking(&application.client_id, typed));
    let under = |title| {
        Screen::new(title)
            .below(Words::said("admin-applications-title"), applications::LIST)
            .below(Words::typed(&application.values.name), applications::page(&application.client_id))
    };
    let again = |section, problems| Screen { problems, ..under(Words::said("admin-preview-title")).section(section) };
    let preview = match desk.run::<PreviewTokens>(input).await {
        Ok(preview) => preview,
        Err(OperationError::Invalid(found)) => return desk.show(again(section, problems::of(found))),
        // the application is there: what was typed is nobody's
        Err(OperationError::NotFound(_)) => {
            let nobody = FieldProblem { field: Some("account".to_owned()), words: Words::said("admin-no-such-account") };
            return desk.show(again(section, vec![nobody]));
        }
        Err(error) => return Err(desk.halt(error)),
    };
    for (label, value) in
        [("admin-token-access", &preview.access_token), ("admin-token-id", &preview.id_token), ("admin-token-userinfo", &preview.userinfo)]
    {
        if let Some(value) = value {
            section = section.with(Block::Lines(Words::said(label), tokens::pretty(value)));
        }
    }
    let title = Words::said("admin-preview-for").text("account", &account).text("application", &application.values.name);
    desk.show(under(title).section(section))
}
