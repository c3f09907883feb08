//! The gallery: every provider of the catalogue, those most used first.

use chabi_admin::operation::social_applications::CreateSocialApplication;
use chabi_client::catalogue::{self, Entry};
use chabi_pages::admin::{Block, Card, Field, FieldKind, Form, Screen, Section, Words};
use chabi_resource_owner::{respond::Handled, social::mark};

use super::{LIST, all};
use crate::desk::Desk;

/// GET: which provider.
pub(crate) async fn show(desk: Desk) -> Handled {
    desk.check_may::<CreateSocialApplication>()?;
    let search = desk.asked("search").trim().to_lowercase();
    let added: Vec<String> = all(&desk).await?.into_iter().map(|application| application.settings.catalogue).collect();
    let card = |entry: &Entry| Card {
        title: Words::typed(&entry.name),
        about: Some(Words::typed(entry.protocol.words())),
        url: format!("{LIST}new/{}/", entry.id),
        mark: Some(mark(Some(entry), &entry.name)),
        badge: added.contains(&entry.id).then(|| Words::said("admin-social-added-already")),
    };
    let find = Form::search(format!("{LIST}new/"), "admin-search")
        .field(Field::new(FieldKind::Search, "search", "admin-social-search").value(desk.asked("search")));
    let page = Screen::new(Words::said("admin-social-add"))
        .below(Words::said("admin-social-title"), LIST)
        .section(Section::bare().with(Words::said("admin-social-which")).with(find));
    let page = match search.is_empty() {
        true => {
            let usual = |entry: &&Entry| !entry.steps.is_empty();
            let (usual, rest): (Vec<_>, Vec<_>) = catalogue::all().iter().partition(usual);
            let cards = |entries: Vec<&Entry>| Block::Cards(entries.into_iter().map(card).collect());
            page.section(Section::new("usual", Words::said("admin-social-usual")).with(cards(usual)))
                .section(Section::new("rest", Words::said("admin-social-all")).with(cards(rest)))
        }
        false => {
            let fits = |entry: &&Entry| entry.name.to_lowercase().contains(&search) || entry.id.contains(&search);
            let found: Vec<Card> = catalogue::all().iter().filter(fits).map(card).collect();
            let section = Section::new("found", Words::said("admin-social-found"));
            page.section(match found.is_empty() {
                true => section.with(Words::said("admin-social-found-none")),
                false => section.with(Block::Cards(found)),
            })
        }
    };
    desk.show(page)
}
