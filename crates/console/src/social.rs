//! Social applications: the list, adding one, changing it, and the test.

pub(crate) mod edit;
pub(crate) mod fields;
pub(crate) mod gallery;
pub(crate) mod new;

use chabi_admin::{
    Permission,
    operation::social_applications::{ListSocialApplications, ListSocialApplicationsInput, SocialApplication},
};
use chabi_client::catalogue;
use chabi_pages::admin::{Block, Cell, Copy, Form, Link, Press, Screen, Section, Table, Tone, Words};
use chabi_resource_owner::respond::{Halt, Handled};

use crate::{applications::state, desk::Desk};

/// The list.
pub(crate) const LIST: &str = "/admin/social/";

/// All, in the order of their buttons.
pub(crate) async fn all(desk: &Desk) -> Result<Vec<SocialApplication>, Halt> {
    Ok(desk.read::<ListSocialApplications>(ListSocialApplicationsInput::default()).await?.items)
}

/// A page about a social application.
pub(crate) fn below(id: &str, path: &str) -> String {
    format!("{LIST}{id}/{path}")
}

/// What is on its button.
pub(crate) fn name(application: &SocialApplication) -> String {
    let own = application.settings.name.clone().filter(|name| !name.is_empty());
    let entry = catalogue::find(&application.settings.catalogue).map(|entry| entry.name.clone());
    own.or(entry).unwrap_or_else(|| application.id.clone())
}

/// Where a provider sends people back to.
pub(crate) fn callback(desk: &Desk, id: &str) -> Copy {
    Copy::new("callback-url", Words::said("admin-column-callback"), desk.admin.owner.settings.callback_url(id))
}

/// GET: all.
pub(crate) async fn list(desk: Desk) -> Handled {
    let applications = all(&desk).await?;
    let changes = desk.may(Permission::ChangeSocialApplications);
    let mut columns = vec!["admin-column-name", "admin-column-client-id", "admin-column-state"];
    if changes {
        columns.push("admin-column-actions");
    }
    let last = applications.len().saturating_sub(1);
    let rows = applications.iter().enumerate().map(|(place, application)| row(&desk, application, (place > 0, place < last)));
    let configured = &desk.admin.configured_providers;
    let none = if configured.is_empty() { "admin-social-none" } else { "admin-social-none-here" };
    let table = Table::new(Words::said("admin-social-title"), &columns, none).rows(rows);
    let mut section = Section::bare();
    if changes {
        section = section.with(Block::Links(vec![Link::new(Words::said("admin-social-add"), format!("{LIST}new/")).primary()]));
    }
    section = section.with(table);
    if !configured.is_empty() {
        let words = Words::said("admin-social-configured").text("providers", configured.join(", "));
        section = section.with(Block::Text(words, Tone::Note));
    }
    let mut page = Screen::new(Words::said("admin-social-title")).section(section);
    page.leaves = true;
    desk.show(page)
}

fn row(desk: &Desk, application: &SocialApplication, (above, below_it): (bool, bool)) -> Vec<Cell> {
    let changes = desk.may(Permission::ChangeSocialApplications);
    let title = name(application);
    let named = Cell::from(Words::typed(&title)).over(Words::code(&application.id));
    let mut cells = vec![
        if changes { named.to(below(&application.id, "")) } else { named },
        Words::code(&application.settings.client_id).into(),
        state(application.disabled_at),
    ];
    if changes {
        let press =
            |path: &str, submit| -> Form { desk.form(below(&application.id, path), submit).press(Press::Plain).about(title.as_str()) };
        let mut forms = vec![press("test/", "admin-social-test")];
        forms.push(match application.disabled_at {
            None => press("disable/", "admin-social-disable"),
            Some(_) => press("enable/", "admin-social-enable"),
        });
        if above {
            forms.push(press("up/", "admin-social-up"));
        }
        if below_it {
            forms.push(press("down/", "admin-social-down"));
        }
        forms.push(press("remove/", "admin-remove"));
        cells.push(Cell { forms, ..Cell::default() });
    }
    cells
}

/// What the provider is believed, and what is to be done there.
pub(crate) fn guide(desk: &Desk, entry: &catalogue::Entry, id: &str) -> Section {
    use chabi_pages::admin::Step;
    let provider = entry.name.as_str();
    let mut section = Section::new("steps", Words::said("admin-social-steps").text("provider", provider))
        .with(Words::said("admin-social-callback-what").text("provider", provider))
        .with(callback(desk, id));
    if !entry.callback.is_empty() {
        section = section.with(Block::Text(Words::hint(&entry.callback), Tone::Note));
    }
    if !entry.steps.is_empty() {
        let steps = entry.steps.iter().map(|step| Step { words: Words::hint(step), link: None });
        section = section.with(Block::Steps(steps.collect()));
    }
    if let Some(url) = &entry.console_url {
        section = section.with(Block::Links(vec![Link::new(Words::said("admin-social-console").text("provider", provider), url)]));
    }
    section
}
