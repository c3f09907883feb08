//! The page of an account.

use axum::extract::Path;
use chabi_admin::{
    Permission,
    operation::accounts::{Account, AccountDetail, AccountPath, Claims, FindAccount},
};
use chabi_pages::admin::{Block, Cell, Fact, Form, Link, Press, Screen, Section, Table, Tone, Words};
use chabi_resource_owner::respond::{Halt, Handled};

use super::{LIST, below, named, state};
use crate::{
    desk::Desk,
    form,
    names::Names,
    sessions::{grant_row, session_row},
};

/// The account that an address names.
pub(super) async fn asked(desk: &Desk, subject: &str) -> Result<AccountDetail, Halt> {
    desk.read::<FindAccount>(AccountPath { subject: subject.to_owned() }).await
}

/// GET: who it is, how they sign in, where they are signed in, what they granted.
pub(crate) async fn show(desk: Desk, Path(subject): Path<String>) -> Handled {
    let detail = asked(&desk, &subject).await?;
    let page = Screen::new(named(&detail.account))
        .below(Words::said("admin-accounts-title"), LIST)
        .section(facts(&desk, &detail))
        .section(emails(&detail.account))
        .section(providers(&desk, &detail))
        .section(signed_in(&desk, &detail))
        .section(granted(&desk, &detail).await);
    desk.show(page)
}

fn facts(desk: &Desk, detail: &AccountDetail) -> Section {
    let account = &detail.account;
    let password = if detail.has_password { "admin-fact-password-set" } else { "admin-account-none" };
    let roles = match detail.roles.is_empty() {
        true => vec![Words::said("admin-account-none")],
        false => detail.roles.iter().map(|granted| Words::named("admin-role", granted.role.as_str())).collect(),
    };
    let mut facts = vec![
        Fact::new("admin-column-state", state(account)),
        Fact::new("admin-column-subject", Words::code(&account.subject)),
        Fact::new("admin-column-created", Words::when(account.created_at)),
        Fact::new("admin-fact-locale", Words::typed(&account.locale)),
        Fact::new("admin-fact-password", Words::said(password)),
        Fact::new("admin-roles-title", roles),
    ];
    facts.extend(told(&account.claims));
    let section = Section::new("facts", Words::said("admin-account-facts")).with(Block::Facts(facts));
    match links(desk, account) {
        links if links.is_empty() => section,
        links => section.with(Block::Links(links)),
    }
}

/// What else applications may be told: what is known of it.
fn told(claims: &Claims) -> Vec<Fact> {
    let typed = [
        ("admin-claim-given-name", &claims.given_name),
        ("admin-claim-middle-name", &claims.middle_name),
        ("admin-claim-family-name", &claims.family_name),
        ("admin-claim-nickname", &claims.nickname),
        ("admin-claim-preferred-username", &claims.preferred_username),
        ("admin-claim-profile", &claims.profile),
        ("admin-claim-picture", &claims.picture),
        ("admin-claim-website", &claims.website),
        ("admin-claim-gender", &claims.gender),
        ("admin-claim-birthdate", &claims.birthdate),
        ("admin-claim-zoneinfo", &claims.zoneinfo),
        ("admin-claim-phone-number", &claims.phone_number),
        ("admin-claim-address", &claims.address.formatted),
        ("admin-claim-street-address", &claims.address.street_address),
        ("admin-claim-locality", &claims.address.locality),
        ("admin-claim-region", &claims.address.region),
        ("admin-claim-postal-code", &claims.address.postal_code),
        ("admin-claim-country", &claims.address.country),
    ];
    typed.into_iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| Fact::new(label, Words::typed(text))).collect()
}

/// What may be done, each with a page that asks first.
fn links(desk: &Desk, account: &Account) -> Vec<Link> {
    let link = |key, path| Link::new(Words::said(key), below(&account.subject, path));
    let mut links = Vec::new();
    if desk.may(Permission::ChangeAccounts) {
        links.push(link("admin-edit", "edit/").primary());
    }
    if desk.may(Permission::HelpAccounts) {
        links.push(link("admin-account-end-sessions", "end-sessions/"));
        links.push(link("admin-account-reset", "reset/"));
        links.push(match account.disabled_at {
            None => link("admin-account-block", "block/"),
            Some(_) => link("admin-account-unblock", "unblock/"),
        });
    }
    if desk.may(Permission::ChangeAccounts) {
        links.push(link("admin-account-delete", "delete/"));
    }
    links
}

fn emails(account: &Account) -> Section {
    let rows = account.emails.iter().map(|email| {
        let (word, tone) = match email.verified_at {
            Some(_) => ("admin-account-verified", Tone::Good),
            None => ("admin-account-not-verified", Tone::Warning),
        };
        vec![Cell::from(Words::typed(&email.address)), Cell::from(Words::said(word)).badge(tone)]
    });
    let title = || Words::said("admin-account-emails");
    let table = Table::new(title(), &["admin-column-address", "admin-column-state"], "admin-account-none").rows(rows);
    Section::new("emails", title()).with(table)
}

fn providers(desk: &Desk, detail: &AccountDetail) -> Section {
    let helps = desk.may(Permission::HelpAccounts);
    let mut columns = vec!["admin-column-provider", "admin-column-address", "admin-column-seen"];
    if helps {
        columns.push("admin-column-actions");
    }
    let rows = detail.links.iter().map(|link| {
        let mut cells = vec![Cell::from(Words::code(&link.provider)), Words::typed(&link.email).into(), Words::when(link.used_at).into()];
        if helps {
            let action = format!("{}{}", below(&detail.account.subject, "disconnect/"), form::query(&[("provider", &link.provider)]));
            cells.push(press(desk, action, "admin-account-disconnect", &link.provider).into());
        }
        cells
    });
    let title = || Words::said("admin-account-providers");
    Section::new("providers", title()).with(Table::new(title(), &columns, "admin-account-none").rows(rows))
}

/// A button of a row; what it does is asked about first.
pub(crate) fn press(desk: &Desk, action: String, submit: &'static str, about: &str) -> Form {
    desk.form(action, submit).press(Press::Plain).about(about)
}

fn signed_in(desk: &Desk, detail: &AccountDetail) -> Section {
    let helps = desk.may(Permission::HelpAccounts);
    let mut columns = vec!["admin-column-browser", "admin-column-created", "admin-column-seen"];
    if helps {
        columns.push("admin-column-actions");
    }
    let title = || Words::said("admin-account-sessions");
    let rows = detail.sessions.iter().map(|session| session_row(desk, session, &detail.account.subject, helps));
    Section::new("sessions", title()).with(Table::new(title(), &columns, "admin-account-none").rows(rows))
}

async fn granted(desk: &Desk, detail: &AccountDetail) -> Section {
    let helps = desk.may(Permission::HelpAccounts);
    let mut columns = vec!["admin-column-application", "admin-column-state", "admin-column-created", "admin-column-generation"];
    if helps {
        columns.push("admin-column-actions");
    }
    let title = || Words::said("admin-account-grants");
    let (mut names, mut rows) = (Names::new(desk), Vec::with_capacity(detail.grants.len()));
    for grant in &detail.grants {
        let application = names.application(&grant.client_id).await;
        rows.push([vec![application], grant_row(desk, grant, &detail.account.subject, helps)].concat());
    }
    Section::new("grants", title()).with(Table::new(title(), &columns, "admin-account-none").rows(rows))
}
