//! Signing keys: which there are, and new ones.

use chabi_admin::{
    Permission,
    operation::keys::{ListKeys, ListKeysInput, ReplaceKeys, ReplaceKeysInput, RotateKeys, RotateKeysInput, SigningKey},
};
use chabi_pages::admin::{Block, Cell, Link, Press, Screen, Section, Table, Tone, Words};
use chabi_resource_owner::respond::Handled;

use crate::{
    desk::{Desk, Posted},
    screen,
};

const LIST: &str = "/admin/keys/";

/// GET: the published keys.
pub(crate) async fn list(desk: Desk) -> Handled {
    let keys = desk.read::<ListKeys>(ListKeysInput::default()).await?.items;
    let now = desk.admin.env.now().as_seconds();
    let columns = [
        "admin-column-name",
        "admin-column-algorithm",
        "admin-column-state",
        "admin-column-created",
        "admin-column-signs-from",
        "admin-column-retires",
    ];
    let rows = keys.iter().map(|key| row(key, &keys, now));
    let table = Table::new(Words::said("admin-keys-published"), &columns, "admin-keys-none").rows(rows);
    let jwks = format!("{}/.well-known/jwks.json", desk.admin.issuer);
    let section = Section::bare().with(Words::said("admin-keys-what")).with(table);
    let mut links = vec![];
    if desk.may(Permission::RotateKeys) {
        links.push(Link::new(Words::said("admin-keys-rotate"), format!("{LIST}rotate/")).primary());
        links.push(Link::new(Words::said("admin-keys-replace"), format!("{LIST}replace/")));
    }
    links.push(Link::new(Words::said("admin-keys-jwks"), jwks));
    desk.show(Screen::new(Words::said("admin-keys-title")).section(section.with(Block::Links(links))))
}

fn row(key: &SigningKey, all: &[SigningKey], now: i64) -> Vec<Cell> {
    // of those that may sign, the newest does
    let signing = all.iter().filter(|other| other.alg == key.alg && other.signs_from <= now).max_by_key(|other| other.signs_from);
    let (word, tone) = match () {
        () if key.signs_from > now => ("admin-key-next", Tone::Note),
        () if signing.is_some_and(|other| other.kid == key.kid) => ("admin-key-active", Tone::Good),
        () => ("admin-key-retiring", Tone::Small),
    };
    vec![
        Words::code(&key.kid).into(),
        Words::code(&key.alg).into(),
        Cell::from(Words::said(word)).badge(tone),
        Words::when(key.created_at).into(),
        Words::when(key.signs_from).into(),
        key.retired_at.map_or_else(Cell::default, |at| Words::when(at).into()),
    ]
}

/// GET: asks before new keys are made.
pub(crate) async fn ask_to_rotate(desk: Desk) -> Handled {
    desk.check_may::<RotateKeys>()?;
    let form = desk.form(format!("{LIST}rotate/"), "admin-keys-rotate").id("confirm");
    desk.show(screen::confirm(Words::said("admin-keys-rotate"), Words::said("admin-keys-rotate-what"), form, LIST))
}

/// POST: makes them.
pub(crate) async fn rotate(Posted { desk, .. }: Posted) -> Handled {
    desk.read::<RotateKeys>(RotateKeysInput::default()).await?;
    desk.done(LIST, "rotated")
}

/// GET: asks before everybody is signed out.
pub(crate) async fn ask_to_replace(desk: Desk) -> Handled {
    desk.check_may::<ReplaceKeys>()?;
    let form = desk.form(format!("{LIST}replace/"), "admin-keys-replace").press(Press::Danger).id("confirm");
    desk.show(screen::confirm(Words::said("admin-keys-replace"), Words::said("admin-keys-replace-what"), form, LIST))
}

/// POST: replaces keys that others may have.
pub(crate) async fn replace(Posted { desk, .. }: Posted) -> Handled {
    desk.read::<ReplaceKeys>(ReplaceKeysInput::default()).await?;
    desk.done(LIST, "replaced")
}
