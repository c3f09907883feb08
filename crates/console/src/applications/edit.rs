//! Changing an application.

use chabi_admin::{
    OperationError,
    operation::applications::{
        Application, ApplicationValues, AuthenticationWord, KindWord, ProfileWord, UpdateApplication, UpdateApplicationInput,
    },
    tag_of,
};
use chabi_pages::admin::{Choice, Field, FieldKind, FieldProblem, Form, Screen, Words};
use chabi_resource_owner::respond::Handled;
use chabi_spec::form::Form as Typed;
use serde_json::{Map, Value};

use super::{LIST, asked, below, page, wizard::api_field};
use crate::{
    desk::{Desk, Posted},
    form, problems,
    showing::Showing,
    sites,
};

/// The grants that can be ticked.
const GRANTS: [&str; 5] = [
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
];
/// The algorithms of ID tokens.
const ALGORITHMS: [&str; 4] = ["RS256", "ES256", "PS256", "EdDSA"];
/// Settings that stand in fields of their own, by the names of the registries.
const TEXT_SETTINGS: [(&str, &str); 6] = [
    ("client_uri", "admin-field-client-uri"),
    ("logo_uri", "admin-field-logo-uri"),
    ("policy_uri", "admin-field-policy-uri"),
    ("tos_uri", "admin-field-tos-uri"),
    ("backchannel_logout_uri", "admin-field-backchannel-logout-uri"),
    ("initiate_login_uri", "admin-field-initiate-login-uri"),
];
const TICK_SETTINGS: [(&str, &str); 3] = [
    ("dpop_bound_access_tokens", "admin-field-dpop"),
    ("require_pushed_authorization_requests", "admin-field-par"),
    ("pairwise", "admin-field-pairwise"),
];
const AUTHENTICATIONS: [(AuthenticationWord, &str); 5] = [
    (AuthenticationWord::None, "none"),
    (AuthenticationWord::Secret, "secret"),
    (AuthenticationWord::SecretBasic, "secret_basic"),
    (AuthenticationWord::SecretPost, "secret_post"),
    (AuthenticationWord::PrivateKeyJwt, "private_key_jwt"),
];

/// GET: the form, as the application is.
pub(crate) async fn show(desk: Desk) -> Handled {
    desk.check_may::<UpdateApplication>()?;
    desk.check_fresh()?;
    let application = asked(&desk).await?;
    draw(&desk, &application, Showing::first(tag_of(&application)?)).await
}

/// POST: as it shall be.
pub(crate) async fn submit(Posted { desk, form: typed }: Posted) -> Handled {
    let there = asked(&desk).await?;
    let (body, mut wrong) = match read(&typed, there.values.clone()) {
        Ok(body) => (body, Vec::new()),
        Err(problem) => (there.values.clone(), vec![problem]),
    };
    wrong.extend(form::required(&typed, &["name"]));
    if !wrong.is_empty() {
        return draw(&desk, &there, Showing::again(&typed, wrong)).await;
    }
    let input = UpdateApplicationInput { client_id: there.client_id.clone(), body };
    let showing = match desk.change::<UpdateApplication>(&typed, input).await {
        Ok(_) => return desk.done(&page(&there.client_id), "saved"),
        Err(OperationError::Invalid(found)) => Showing::again(&typed, problems::renamed(found, field_of)),
        Err(OperationError::Conflict(words) | OperationError::Above(words)) => Showing::again(&typed, problems::general(words)),
        Err(OperationError::Changed) => Showing::after_another(&typed, tag_of(&there)?),
        Err(error) => return Err(desk.halt(error)),
    };
    draw(&desk, &there, showing).await
}

/// The field that a problem is about: a setting without a field of its own stands among the further ones.
pub(super) fn field_of(problem: &str) -> String {
    let mut parts = problem.split(['.', '[']);
    match (parts.next().unwrap_or_default(), parts.next()) {
        ("settings", Some(name)) if has_a_field(name) => name.to_owned(),
        ("jwks" | "jwks_uri", _) => "settings".to_owned(),
        (field, _) => field.to_owned(),
    }
}

fn has_a_field(setting: &str) -> bool {
    TEXT_SETTINGS.iter().chain(&TICK_SETTINGS).any(|(name, _)| *name == setting)
}

/// The settings without a field of their own, as JSON: all of them can be written, by the names of the registries.
pub(super) fn further(settings: &Map<String, Value>) -> Field {
    let further = settings.iter().filter(|(name, _)| !has_a_field(name)).map(|(name, value)| (name.clone(), value.clone()));
    form::json_field("settings", "admin-field-settings", &further.collect()).hint("admin-hint-settings")
}

/// What was typed over what it was.
fn read(typed: &Typed, old: ApplicationValues) -> Result<ApplicationValues, FieldProblem> {
    let authentication = AUTHENTICATIONS.iter().find(|(_, word)| Some(*word) == typed.get("authentication")).map(|(it, _)| *it);
    let mut settings = form::json(typed, "settings")?;
    for (name, _) in TEXT_SETTINGS {
        settings.extend(form::some(typed, name).map(|value| (name.to_owned(), Value::String(value))));
    }
    for (name, _) in TICK_SETTINGS {
        settings.extend(form::ticked(typed, name).then(|| (name.to_owned(), Value::Bool(true))));
    }
    let sites = form::ticks(typed, "sites");
    Ok(ApplicationValues {
        name: form::text(typed, "name"),
        profile: if typed.get("profile") == Some("oidc") { ProfileWord::Oidc } else { ProfileWord::OAuth21 },
        kind: if typed.get("kind") == Some("native") { KindWord::Native } else { KindWord::Web },
        authentication: authentication.unwrap_or(old.authentication),
        redirect_uris: form::lines(typed, "redirect_uris"),
        post_logout_redirect_uris: form::lines(typed, "post_logout_redirect_uris"),
        origins: form::lines(typed, "origins"),
        grant_types: form::ticks(typed, "grant_types"),
        scope: form::lines(typed, "scope").join(" "),
        default_audience: form::text(typed, "default_audience"),
        id_token_alg: form::text(typed, "id_token_alg"),
        first_party: form::ticked(typed, "first_party"),
        disabled: form::ticked(typed, "disabled"),
        sites: if sites.is_empty() { old.sites } else { sites },
        settings,
    })
}

async fn draw(desk: &Desk, application: &Application, showing: Showing) -> Handled {
    let values = &application.values;
    let form = showing.stamp(desk.form(below("edit/", &application.client_id), "admin-save")).id("application-save");
    let form = addresses(form.field(Field::text("name", "admin-field-name", &values.name)), values);
    let form = form
        .field(Field::new(FieldKind::Code, "scope", "admin-fact-scope").value(&values.scope).hint("admin-hint-scope"))
        .field(api_field(desk, &values.default_audience).await?)
        .fields(sites::field(desk, &values.sites).await?);
    let form = settings(rules(form, values), values);
    let form = form.field(Field::tick("first_party", "admin-field-first-party", values.first_party).hint("admin-hint-first-party"));
    let form = form.field(Field::tick("disabled", "admin-field-disabled", values.disabled).hint("admin-hint-disabled"));
    let form = form.more([further(&values.settings)]).back(Words::said("admin-cancel"), page(&application.client_id));
    let shown = Screen::new(Words::said("admin-application-edit-title").text("application", &values.name))
        .below(Words::said("admin-applications-title"), LIST)
        .below(Words::typed(&values.name), page(&application.client_id))
        .with(form);
    desk.show(showing.tell(shown))
}

fn addresses(form: Form, values: &ApplicationValues) -> Form {
    let lines = |name: &str, label, value: &[String]| Field::new(FieldKind::Lines, name, label).value(value.join("\n"));
    form.field(lines("redirect_uris", "admin-redirect-uris", &values.redirect_uris).hint("admin-hint-redirect-uris"))
        .field(lines("post_logout_redirect_uris", "admin-field-post-logout", &values.post_logout_redirect_uris))
        .field(lines("origins", "admin-field-origins", &values.origins).hint("admin-hint-origins"))
}

fn rules(form: Form, values: &ApplicationValues) -> Form {
    let select = |name: &str, label, choices: Vec<Choice>| Field::new(FieldKind::Select, name, label).choices(choices);
    let profiles = vec![
        Choice::new("oauth21", Words::said("admin-profile-oauth21"), values.profile == ProfileWord::OAuth21),
        Choice::new("oidc", Words::said("admin-profile-oidc"), values.profile == ProfileWord::Oidc),
    ];
    let kinds = vec![
        Choice::new("web", Words::said("admin-kind-web"), values.kind == KindWord::Web),
        Choice::new("native", Words::said("admin-kind-native"), values.kind == KindWord::Native),
    ];
    let authentications = AUTHENTICATIONS
        .iter()
        .map(|(it, word)| Choice::new(*word, Words::named("admin-authentication", *word), values.authentication == *it));
    let algorithms = ALGORITHMS.iter().map(|alg| Choice::new(*alg, Words::code(*alg), values.id_token_alg == *alg));
    // a grant without a field of its own would be lost by saving
    let known: Vec<&str> =
        GRANTS.into_iter().chain(values.grant_types.iter().map(String::as_str).filter(|it| !GRANTS.contains(it))).collect();
    let grants = known.into_iter().map(|grant| {
        Choice::new(
            grant,
            Words::named("admin-grant", grant.rsplit(':').next().unwrap_or(grant)),
            values.grant_types.iter().any(|it| it == grant),
        )
    });
    form.field(select("profile", "admin-field-profile", profiles))
        .field(select("kind", "admin-column-kind", kinds))
        .field(select("authentication", "admin-field-authentication", authentications.collect()))
        .field(Field::new(FieldKind::Ticks, "grant_types", "admin-fact-grant-types").choices(grants))
        .field(select("id_token_alg", "admin-fact-id-token-alg", algorithms.collect()))
}

fn settings(form: Form, values: &ApplicationValues) -> Form {
    let texts = TEXT_SETTINGS.iter().map(|(name, label)| {
        let value = values.settings.get(*name).and_then(Value::as_str).unwrap_or_default();
        Field::new(FieldKind::Code, *name, label).value(value)
    });
    let ticks = TICK_SETTINGS.iter().map(|(name, label)| Field::tick(*name, label, values.settings.get(*name) == Some(&Value::Bool(true))));
    form.fields(texts).fields(ticks)
}
