//! What was typed while the sign-in grew too old: it comes back to the person who typed it, and counts once they have signed in again.
//!
//! The answer is a page that holds the form: they sign in in another tab, and send it again from here. A sign-in makes another session, so
//! the form's own token is no longer good; this page has one for the person and the address instead. No secret is written into the page.

use chabi_pages::{
    FormFields,
    admin::{Block, Field, FieldKind, Form, Link, Screen, Section, Tone, Words},
};
use chabi_resource_owner::respond::Handled;
use chabi_spec::form::Form as Typed;
use chabi_token::base64url;
use http::StatusCode;

use crate::{desk::Desk, showing::TAG};

/// The field of the token.
const HELD: &str = "held";
const SEALED_FOR: &str = "console form held";
/// How long the page is good.
const MINUTES: i64 = 60;

/// What is typed anew, and how it is called: a secret stands in no page.
const SECRETS: [(&str, &str); 2] = [("client_secret", "admin-field-client-secret"), ("password", "admin-fact-password")];
/// On the page that takes back by a token, the token itself.
const REVOKED: (&str, &str) = ("id", "admin-field-revoke-id");

/// What says nothing of what somebody typed.
const MARKS: [&str; 4] = ["csrf", TAG, "confirmed", HELD];

/// Whether anything was typed: what only confirms is asked again.
pub(crate) fn is_worth_holding(typed: &Typed) -> bool {
    typed.pairs().any(|(name, _)| !MARKS.contains(&name))
}

/// Whether a form came from our page for this person and this address, a while ago at the most.
pub(crate) fn is_ours(desk: &Desk, typed: &Typed) -> bool {
    let read = || {
        let sealed = base64url::decode(typed.get(HELD)?).ok()?;
        let plain = desk.admin.sealer.open(SEALED_FOR, &bound_to(desk), &sealed).ok()?;
        let bytes: [u8; 8] = plain.to_vec().try_into().ok()?;
        Some(i64::from_be_bytes(bytes))
    };
    read().is_some_and(|until| desk.admin.env.now().as_seconds() < until)
}

/// The person and the address.
fn bound_to(desk: &Desk) -> String {
    format!("{} {}", desk.signed_in.account.subject, desk.visit.frame.address)
}

/// The page that holds it.
pub(crate) fn show(desk: &Desk, typed: &Typed) -> Handled {
    let until = desk.admin.env.now().as_seconds() + MINUTES * 60;
    let sealed = desk.admin.sealer.seal(SEALED_FOR, &bound_to(desk), &until.to_be_bytes(), &desk.admin.env)?;
    let here = desk.here();
    let mut form = Form::post(here, desk.csrf(), "admin-held-send").id("send-again").hidden(HELD, base64url::encode(&sealed));
    let secrets: Vec<_> = SECRETS.into_iter().chain((desk.path() == "/admin/revoke/").then_some(REVOKED)).collect();
    for (name, value) in typed.pairs().filter(|(name, _)| !["csrf", HELD].contains(name)) {
        form = match secrets.iter().find(|(secret, _)| *secret == name) {
            Some((secret, label)) => form.field(Field::new(FieldKind::SecretLines, *secret, label).hint("admin-held-secret")),
            None => form.hidden(name, value),
        };
    }
    let sign_in = FormFields { next: Some(desk.admin.owner.settings.mounted("/admin/")), ..FormFields::default() };
    let sign_in = format!("{}{}&again=1", desk.admin.owner.settings.route("login/"), sign_in.query());
    let section = Section::bare()
        .with(Block::Text(Words::said("admin-held-what"), Tone::Warning))
        .with(Block::Links(vec![Link::new(Words::said("admin-held-sign-in"), sign_in).elsewhere()]))
        .with(Words::said("admin-held-then"))
        .with(form);
    let mut page = Screen::new(Words::said("admin-held-title")).section(section);
    page.other_status = Some(StatusCode::FORBIDDEN);
    desk.show(page)
}
