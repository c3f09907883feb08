//! What is known of a person: name, language and the claims that applications are told.

use axum::extract::Path;
use chabi_admin::{
    OperationError,
    operation::accounts::{AccountDetail, AccountValues, Claims, PostalAddress, UpdateAccount, UpdateAccountInput},
    tag_of,
};
use chabi_pages::admin::{Field, FieldKind, Screen, Section, Words};
use chabi_resource_owner::respond::Handled;
use chabi_spec::form::Form as Typed;

use super::{LIST, below, named, page::asked};
use crate::{
    desk::{Desk, Posted},
    form, problems,
    showing::Showing,
};

/// GET: the form, as it is.
pub(crate) async fn show(desk: Desk, Path(subject): Path<String>) -> Handled {
    desk.check_may::<UpdateAccount>()?;
    desk.check_fresh()?;
    let detail = asked(&desk, &subject).await?;
    draw(&desk, &detail, Showing::first(tag_of(&detail.account)?))
}

/// POST: as it shall be.
pub(crate) async fn submit(Path(subject): Path<String>, Posted { desk, form: typed }: Posted) -> Handled {
    let input = UpdateAccountInput { subject: subject.clone(), body: read(&typed) };
    let outcome = desk.change::<UpdateAccount>(&typed, input).await;
    let detail = asked(&desk, &subject).await?;
    let showing = match outcome {
        Ok(_) => return desk.done(&below(&subject, ""), "saved"),
        Err(OperationError::Invalid(found)) => Showing::again(&typed, problems::renamed(found, field_of)),
        Err(OperationError::Conflict(words) | OperationError::Above(words)) => Showing::again(&typed, problems::general(words)),
        Err(OperationError::Changed) => Showing::after_another(&typed, tag_of(&detail.account)?),
        Err(error) => return Err(desk.halt(error)),
    };
    draw(&desk, &detail, showing)
}

/// A field has the name of its claim.
fn field_of(problem: &str) -> String {
    problem.rsplit('.').next().unwrap_or_default().to_owned()
}

fn read(typed: &Typed) -> AccountValues {
    let text = |name: &str| form::text(typed, name);
    let address = PostalAddress {
        // forms end their lines with both
        formatted: text("formatted").replace("\r\n", "\n"),
        street_address: text("street_address"),
        locality: text("locality"),
        region: text("region"),
        postal_code: text("postal_code"),
        country: text("country"),
    };
    let claims = Claims {
        given_name: text("given_name"),
        family_name: text("family_name"),
        middle_name: text("middle_name"),
        nickname: text("nickname"),
        preferred_username: text("preferred_username"),
        profile: text("profile"),
        picture: text("picture"),
        website: text("website"),
        gender: text("gender"),
        birthdate: text("birthdate"),
        zoneinfo: text("zoneinfo"),
        phone_number: text("phone_number"),
        phone_number_verified: form::ticked(typed, "phone_number_verified"),
        address,
    };
    AccountValues { name: text("name"), locale: text("locale"), claims }
}

fn draw(desk: &Desk, detail: &AccountDetail, showing: Showing) -> Handled {
    let (account, claims) = (&detail.account, &detail.account.claims);
    let form = desk
        .form(below(&account.subject, "edit/"), "admin-save")
        .id("account-save")
        .field(Field::text("name", "admin-field-name", &account.name).optional())
        .field(Field::code("locale", "admin-fact-locale", &account.locale).optional().hint("admin-hint-locale"))
        .fields(of_person(claims))
        .more(of_address(&claims.address))
        .back(Words::said("admin-cancel"), below(&account.subject, ""));
    let page = Screen::new(Words::said("admin-account-edit"))
        .below(Words::said("admin-accounts-title"), LIST)
        .below(named(account), below(&account.subject, ""))
        .section(Section::bare().with(Words::said("admin-account-edit-what")).with(showing.stamp(form)));
    desk.show(showing.tell(page))
}

fn of_person(claims: &Claims) -> Vec<Field> {
    let text = |name: &str, label, value: &str| Field::text(name, label, value).optional();
    let code = |name: &str, label, value: &str| Field::code(name, label, value).optional();
    vec![
        text("given_name", "admin-claim-given-name", &claims.given_name),
        text("middle_name", "admin-claim-middle-name", &claims.middle_name),
        text("family_name", "admin-claim-family-name", &claims.family_name),
        text("nickname", "admin-claim-nickname", &claims.nickname),
        code("preferred_username", "admin-claim-preferred-username", &claims.preferred_username),
        code("profile", "admin-claim-profile", &claims.profile),
        code("picture", "admin-claim-picture", &claims.picture),
        code("website", "admin-claim-website", &claims.website),
        text("gender", "admin-claim-gender", &claims.gender),
        code("birthdate", "admin-claim-birthdate", &claims.birthdate).hint("admin-hint-birthdate"),
        code("zoneinfo", "admin-claim-zoneinfo", &claims.zoneinfo).hint("admin-hint-zoneinfo"),
        code("phone_number", "admin-claim-phone-number", &claims.phone_number).hint("admin-hint-phone-number"),
        Field::tick("phone_number_verified", "admin-claim-phone-number-verified", claims.phone_number_verified),
    ]
}

fn of_address(address: &PostalAddress) -> Vec<Field> {
    let text = |name: &str, label, value: &str| Field::text(name, label, value).optional();
    vec![
        Field::new(FieldKind::Paragraph, "formatted", "admin-claim-address").value(&address.formatted),
        text("street_address", "admin-claim-street-address", &address.street_address),
        text("locality", "admin-claim-locality", &address.locality),
        text("region", "admin-claim-region", &address.region),
        text("postal_code", "admin-claim-postal-code", &address.postal_code),
        text("country", "admin-claim-country", &address.country),
    ]
}
