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
use chabi_store::{site::MAIN, social_application::SocialApplication as Reminded};
use chabi_token::Timestamp;

use crate::{applications::state, desk::Desk, form, sites};

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
    let site = form::some(&desk.query, "site");
    let is_filtered = site.is_some();
    let applications = desk.read::<ListSocialApplications>(ListSocialApplicationsInput { site }).await?.items;
    let changes = desk.may(Permission::ChangeSocialApplications);
    let mut columns = vec!["admin-column-name", "admin-column-client-id", "admin-column-state"];
    if changes {
        columns.push("admin-column-actions");
    }
    let last = applications.len().saturating_sub(1);
    let rows = applications
        .iter()
        .enumerate()
        .map(|(place, application)| row(&desk, application, (place > 0 && !is_filtered, place < last && !is_filtered)));
    let configured = &desk.admin.configured_providers;
    let none = if configured.is_empty() { "admin-social-none" } else { "admin-social-none-here" };
    let table = Table::new(Words::said("admin-social-title"), &columns, none).rows(rows);
    let mut section = Section::bare();
    if changes {
        section = section.with(Block::Links(vec![Link::new(Words::said("admin-social-add"), format!("{LIST}new/")).primary()]));
    }
    let find = sites::filter(&desk).await?.map(|field| Form::search(LIST, "admin-filter").field(field));
    section = section.with_some(find).with(table);
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
        client_id(desk, application),
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

/// With when the secret beside it ends.
fn client_id(desk: &Desk, application: &SocialApplication) -> Cell {
    let cell = Cell::from(Words::code(&application.settings.client_id));
    match secret_end(desk, application) {
        Some((words, _)) => cell.over(words),
        None => cell,
    }
}

/// In how many days the provider's secret ends, a warning when it is before long; `None` where nobody said when.
pub(crate) fn secret_end(desk: &Desk, application: &SocialApplication) -> Option<(Words, Tone)> {
    let left = Timestamp::from_seconds(application.secret_expires_at?).since(desk.admin.env.now());
    let days = Words::said("admin-secret-ends").count("days", left.0.div_euclid(86_400));
    Some(match left {
        _ if left > Reminded::REMINDED_FROM => (days, Tone::Note),
        _ if left.0 <= 0 => (Words::said("admin-secret-ended"), Tone::Warning),
        _ => (days, Tone::Warning),
    })
}

/// What the provider is believed, and what is to be done there.
pub(crate) async fn guide(desk: &Desk, entry: &catalogue::Entry, id: &str) -> Result<Section, Halt> {
    use chabi_pages::admin::Step;
    let provider = entry.name.as_str();
    let mut section = Section::new("steps", Words::said("admin-social-steps").text("provider", provider))
        .with(Words::said("admin-social-callback-what").text("provider", provider))
        .with(callback(desk, id));
    // each site has its own
    for site in sites::all(desk).await?.iter().filter(|site| site.id != MAIN) {
        let main = desk.admin.owner.settings.callback_url(id);
        let url = format!("{}{}", site.issuer, main.strip_prefix(&desk.admin.issuer).unwrap_or_default());
        let label = Words::said("admin-social-callback-at").text("site", &site.values.name);
        section = section.with(Copy::new(format!("callback-url-{}", site.id), label, url));
    }
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
    Ok(section)
}
