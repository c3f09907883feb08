//! The frame of the console: its areas, what was done, and the pages of refusals.

use chabi_admin::Permission;
use chabi_pages::admin::{Block, Link, Screen, Section, Tone, Words};
use http::StatusCode;

use crate::desk::Desk;

/// The areas: where, its name, and what one must be allowed to see there.
const AREAS: [(&str, &str, Permission); 10] = [
    ("/admin/", "admin-dashboard-title", Permission::SeeDashboard),
    ("/admin/social/", "admin-social-title", Permission::SeeSocialApplications),
    ("/admin/applications/", "admin-applications-title", Permission::SeeApplications),
    ("/admin/apis/", "admin-apis-title", Permission::SeeApis),
    ("/admin/accounts/", "admin-accounts-title", Permission::SeeAccounts),
    ("/admin/sessions/", "admin-sessions-title", Permission::SeeAccounts),
    ("/admin/keys/", "admin-keys-title", Permission::SeeKeys),
    ("/admin/audit/", "admin-audit-title", Permission::SeeAuditLog),
    ("/admin/roles/", "admin-roles-title", Permission::SeeRoles),
    ("/admin/settings/", "admin-settings-title", Permission::SeeSites),
];

/// Pages that belong to an area and do not stand below it.
const OUTSIDE: [(&str, &str); 3] =
    [("/admin/preview/", "/admin/applications/"), ("/admin/grants/", "/admin/sessions/"), ("/admin/revoke/", "/admin/sessions/")];

/// What can have been done a moment ago; nothing else is said, whatever an address asks for.
const DONE: [&str; 22] = [
    "owner",
    "social-added",
    "saved",
    "removed",
    "enabled",
    "disabled",
    "moved",
    "secret-added",
    "secret-removed",
    "session-ended",
    "sessions-ended",
    "blocked",
    "unblocked",
    "reset-sent",
    "deleted",
    "revoked",
    "rotated",
    "replaced",
    "granted",
    "taken",
    "created",
    "disconnected",
];

/// The menu of somebody: the areas that they may see.
pub(crate) fn navigation(desk: &Desk) -> Vec<Link> {
    let here = desk.visit.frame.address.split('?').next().unwrap_or_default();
    let is_here = |path: &str| {
        let mounted = desk.admin.owner.settings.mounted(path);
        let inside = OUTSIDE.iter().any(|(outside, area)| *area == path && here.starts_with(&desk.admin.owner.settings.mounted(outside)));
        if path == "/admin/" { here == mounted } else { inside || here.starts_with(&mounted) }
    };
    let seen = AREAS.iter().filter(|(_, _, permission)| desk.may(*permission));
    seen.map(|(path, name, _)| Link::new(Words::said(*name), *path).current(is_here(path))).collect()
}

/// The first area that somebody may see.
pub(crate) fn first_area(desk: &Desk) -> &'static str {
    AREAS.iter().find(|(_, _, permission)| desk.may(*permission)).map_or("/admin/", |(path, _, _)| path)
}

/// What was done, in words.
pub(crate) fn done(what: Option<&str>) -> Option<Words> {
    what.filter(|what| DONE.contains(what)).map(|what| Words::said(format!("admin-done-{what}")))
}

/// Signed in, and nobody here.
pub(crate) fn no_role() -> Screen {
    let how = Section::bare()
        .with(Words::said("admin-no-role-what"))
        .with(Block::Text(Words::said("admin-no-role-how"), Tone::Note))
        .with(Block::Lines(Words::said("admin-no-role-command"), "chabi admin setup-link".to_owned()));
    let mut page = Screen::new(Words::said("admin-no-role-title")).section(how);
    page.other_status = Some(StatusCode::FORBIDDEN);
    page
}

/// An operation that was not done.
pub(crate) fn refused(words: Words, status: StatusCode) -> Screen {
    let mut page = Screen::new(Words::said("admin-refused-title")).with(Block::Text(words, Tone::Warning));
    page.other_status = Some(status);
    page
}

/// A page that asks before something is taken away: the form is what it is about.
pub(crate) fn confirm(title: Words, what: Words, form: chabi_pages::admin::Form, back: &str) -> Screen {
    let form = form.back(Words::said("admin-cancel"), back);
    Screen::new(title).section(Section::bare().with(what).with(form))
}
