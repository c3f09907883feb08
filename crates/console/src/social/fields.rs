//! The form of a social application: what the catalogue's entry has places for, and who may come in by it.

use std::collections::BTreeMap;

use chabi_admin::operation::social_applications::{SocialApplication, SocialApplicationValues};
use chabi_client::{
    CustomOAuth2, ProviderSettings, TrustEmail,
    catalogue::{Entry, EntryProtocol, Place},
};
use chabi_pages::admin::{Choice, Field, FieldKind, FieldProblem, Form, Words};
use chabi_spec::form::Form as Typed;
use serde_json::{Map, Value};

use crate::form;

/// What stands in the form, beside the secret.
pub(crate) struct Draft {
    pub values: SocialApplicationValues,
}

impl Draft {
    /// A new one of an entry.
    pub(crate) fn of(entry: &Entry) -> Self {
        let values = SocialApplicationValues {
            settings: ProviderSettings { catalogue: entry.id.clone(), ..ProviderSettings::default() },
            sites: vec!["main".to_owned()],
            sign_up: true,
            linking: "trusted".to_owned(),
            keep_tokens: false,
            position: 0,
            disabled: false,
            secret_expires_at: None,
        };
        Self { values }
    }

    /// As it is.
    pub(crate) fn from(application: &SocialApplication) -> Self {
        let SocialApplication { settings, sites, sign_up, linking, keep_tokens, position, disabled_at, secret_expires_at, .. } =
            application.clone();
        let disabled = disabled_at.is_some();
        Self { values: SocialApplicationValues { settings, sites, sign_up, linking, keep_tokens, position, disabled, secret_expires_at } }
    }

    /// What was typed, over what has no field for this provider.
    pub(crate) fn read(mut self, typed: &Typed, entry: &Entry) -> Result<Self, Vec<FieldProblem>> {
        let mut wrong = Vec::new();
        let values = &mut self.values;
        read_settings(&mut values.settings, typed, entry).unwrap_or_else(|problem| wrong.push(problem));
        let sites = form::ticks(typed, "sites");
        if !sites.is_empty() {
            values.sites = sites;
        }
        values.sign_up = form::ticked(typed, "sign_up");
        values.linking = if typed.get("linking") == Some("never") { "never" } else { "trusted" }.to_owned();
        values.keep_tokens = form::ticked(typed, "keep_tokens");
        values.disabled = form::ticked(typed, "disabled");
        match form::number(typed, "position") {
            Ok(position) => values.position = position.unwrap_or(values.position),
            Err(problem) => wrong.push(problem),
        }
        match form::some(typed, "secret_expires_at").map(|day| form::midnight(&day)) {
            Some(None) => wrong.push(form::problem("secret_expires_at", Words::said("admin-problem-date"))),
            // the moment that somebody gave stays as long as its day does
            at if values.secret_expires_at.map(form::day) == at.flatten().map(form::day) => {}
            at => values.secret_expires_at = at.flatten(),
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }
}

fn read_settings(settings: &mut ProviderSettings, typed: &Typed, entry: &Entry) -> Result<(), FieldProblem> {
    settings.name = form::some(typed, "name");
    settings.client_id = form::text(typed, "client_id");
    settings.issuer = form::some(typed, "issuer");
    settings.values = read_places(entry, typed, &settings.values);
    let scopes = form::lines(typed, "scopes");
    settings.scopes = (!scopes.is_empty()).then_some(scopes);
    settings.auth_params = form::pairs(typed, "auth_params");
    settings.audiences = form::lines(typed, "audiences");
    if entry.takes_hosted_domain {
        settings.hosted_domain = form::some(typed, "hosted_domain");
    }
    settings.trust_email = match typed.get("trust_email") {
        Some("never") => TrustEmail::Never,
        Some("when_verified") => TrustEmail::WhenVerified,
        _ => TrustEmail::Entry,
    };
    if entry.takes_custom() {
        settings.custom = Some(read_custom(typed)?);
    }
    Ok(())
}

fn read_places(entry: &Entry, typed: &Typed, old: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut values = old.clone();
    for name in entry.places.keys() {
        match form::some(typed, &place_field(name)) {
            Some(value) => values.insert(name.clone(), value),
            None => values.remove(name),
        };
    }
    values
}

/// What has a field of its own goes over what stands in the further settings.
fn read_custom(typed: &Typed) -> Result<CustomOAuth2, FieldProblem> {
    let further = Value::Object(form::json(typed, "custom")?);
    let mut custom: CustomOAuth2 = serde_json::from_value(further)
        .map_err(|error| form::problem("custom", Words::said("admin-problem-custom").text("problem", error.to_string())))?;
    custom.authorize_url = form::text(typed, "authorize_url");
    custom.token_url = form::text(typed, "token_url");
    custom.profile.url = form::text(typed, "profile_url");
    custom.mapping.subject = form::text(typed, "map_subject");
    custom.mapping.email = form::text(typed, "map_email");
    custom.mapping.name = form::text(typed, "map_name");
    Ok(custom)
}

/// What the further settings hold: all that is not as it usually is and has no field of its own.
fn further_custom(custom: &CustomOAuth2) -> Map<String, Value> {
    let usual = CustomOAuth2::default();
    let mut rest = custom.clone();
    (rest.authorize_url, rest.token_url, rest.profile.url) =
        (usual.authorize_url.clone(), usual.token_url.clone(), usual.profile.url.clone());
    rest.mapping.subject = usual.mapping.subject.clone();
    rest.mapping.email = usual.mapping.email.clone();
    rest.mapping.name = usual.mapping.name.clone();
    let object = |custom: &CustomOAuth2| match serde_json::to_value(custom) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let usual = object(&usual);
    object(&rest).into_iter().filter(|(name, value)| usual.get(name) != Some(value)).collect()
}

fn place_field(name: &str) -> String {
    format!("values-{name}")
}

/// The name of the field that a problem of an operation is about.
pub(crate) fn field_of(problem: &str) -> String {
    let problem = problem.trim_start_matches("settings.");
    match (problem.strip_prefix("values."), problem.strip_prefix("custom.")) {
        (Some(name), _) => place_field(name),
        (_, Some(name)) => match name {
            "authorize_url" | "token_url" => name.to_owned(),
            "profile.url" => "profile_url".to_owned(),
            "mapping.subject" | "mapping.email" | "mapping.name" => name.replace("mapping.", "map_"),
            _ => "custom".to_owned(),
        },
        _ => problem.split(['.', '[']).next().unwrap_or_default().to_owned(),
    }
}

/// All fields; `kept`: a secret is there already.
pub(crate) fn fill(form: Form, entry: &Entry, draft: &Draft, kept: bool) -> Form {
    let settings = &draft.values.settings;
    let mut form = form.field(Field::code("client_id", "admin-field-client-id", &settings.client_id));
    form = form.field(secret(entry, kept)).field(secret_end(draft.values.secret_expires_at));
    let issuer = Field::code("issuer", "admin-field-issuer", settings.issuer.clone().unwrap_or_default());
    match entry.protocol {
        _ if entry.needs_issuer() => form = form.field(issuer.hint("admin-hint-openid-issuer")),
        EntryProtocol::OpenId => form = form.field(issuer.hint("admin-hint-other-issuer").optional()),
        _ => {}
    }
    form = form.fields(entry.places.iter().map(|(name, place)| place_of(name, place, &settings.values)));
    if entry.takes_custom() {
        form = form.fields(custom(&settings.custom.clone().unwrap_or_default()));
    }
    let name = settings.name.clone().unwrap_or_default();
    form = form.field(Field::text("name", "admin-field-name", name).hint("admin-hint-social-name").optional());
    let scopes = settings.scopes.clone().unwrap_or_default().join("\n");
    let scopes = Field::new(FieldKind::Lines, "scopes", "admin-field-social-scopes").value(scopes).hint("admin-hint-social-scopes");
    form = form.field(scopes);
    if entry.takes_hosted_domain {
        let domain = settings.hosted_domain.clone().unwrap_or_default();
        form = form.field(Field::new(FieldKind::Code, "hosted_domain", "admin-field-hosted-domain").value(domain));
    }
    who(form, entry, draft).more(further(entry, &draft.values))
}

/// What few people need.
fn further(entry: &Entry, values: &SocialApplicationValues) -> Vec<Field> {
    let settings = &values.settings;
    let lines = |name: &str, label, value: String| Field::new(FieldKind::Lines, name, label).value(value);
    let mut fields = vec![
        lines("auth_params", "admin-field-auth-params", form::pairs_text(&settings.auth_params)).hint("admin-hint-auth-params"),
        lines("audiences", "admin-field-audiences", settings.audiences.join("\n")).hint("admin-hint-audiences"),
        form::number_field("position", "admin-field-position", Some(values.position)).hint("admin-hint-position"),
        Field::tick("disabled", "admin-field-disabled", values.disabled).hint("admin-hint-social-disabled"),
    ];
    if entry.takes_custom() {
        let custom = further_custom(&settings.custom.clone().unwrap_or_default());
        fields.push(form::json_field("custom", "admin-field-custom", &custom).hint("admin-hint-custom"));
    }
    fields
}

fn secret(entry: &Entry, kept: bool) -> Field {
    let (kind, label) = match entry.takes_private_key() {
        true => (FieldKind::SecretLines, "admin-field-private-key"),
        false => (FieldKind::Secret, "admin-field-client-secret"),
    };
    let field = Field { required: !kept && !entry.secret_optional, ..Field::new(kind, "client_secret", label) };
    match (kept, entry.takes_private_key()) {
        (true, _) => field.hint("admin-hint-secret-kept"),
        (false, true) => field.hint("admin-hint-private-key"),
        (false, false) => field,
    }
}

/// When the provider lets the secret end, as its console says; the day is what counts.
fn secret_end(at: Option<i64>) -> Field {
    let day = at.map(form::day);
    Field::new(FieldKind::Date, "secret_expires_at", "admin-field-secret-end").value(day.unwrap_or_default()).hint("admin-hint-secret-end")
}

/// Something that the entry has a place for; its description is the catalogue's.
fn place_of(name: &str, place: &Place, values: &BTreeMap<String, String>) -> Field {
    let value = values.get(name).cloned().unwrap_or_default();
    let example = [place.default.as_deref(), Some(place.example.as_str())].into_iter().flatten().find(|text| !text.is_empty());
    let about = match example {
        Some(example) => format!("{} ({example})", place.about),
        None => place.about.clone(),
    };
    Field {
        kind: FieldKind::Code,
        name: place_field(name),
        label: Words::code(name),
        hint: Some(Words::hint(about)),
        value,
        required: place.default.is_none(),
        ..Field::default()
    }
}

fn custom(custom: &CustomOAuth2) -> Vec<Field> {
    let optional = |name: &str, label, value: &str| Field::code(name, label, value).optional();
    vec![
        Field::code("authorize_url", "admin-field-authorize-url", &custom.authorize_url),
        Field::code("token_url", "admin-field-token-url", &custom.token_url),
        Field::code("profile_url", "admin-field-profile-url", &custom.profile.url),
        Field::code("map_subject", "admin-field-map-subject", &custom.mapping.subject),
        optional("map_email", "admin-field-map-email", &custom.mapping.email),
        optional("map_name", "admin-field-map-name", &custom.mapping.name),
    ]
}

fn who(form: Form, entry: &Entry, draft: &Draft) -> Form {
    let trust = [
        (TrustEmail::Entry, "entry", "admin-trust-entry"),
        (TrustEmail::Never, "never", "admin-trust-never"),
        (TrustEmail::WhenVerified, "when_verified", "admin-trust-when-verified"),
    ];
    let trust = trust.into_iter().map(|(it, word, label)| Choice {
        hint: (it == TrustEmail::Entry && !entry.email_words.is_empty()).then(|| Words::hint(&entry.email_words)),
        ..Choice::new(word, Words::said(label), draft.values.settings.trust_email == it)
    });
    let linking = [("trusted", "admin-linking-trusted"), ("never", "admin-linking-never")];
    let linking = linking.into_iter().map(|(word, label)| Choice::new(word, Words::said(label), draft.values.linking == word));
    form.field(Field::new(FieldKind::Radio, "trust_email", "admin-field-trust-email").choices(trust))
        .field(Field::new(FieldKind::Radio, "linking", "admin-field-linking").choices(linking))
        .field(Field::tick("sign_up", "admin-field-sign-up", draft.values.sign_up))
        .field(Field::tick("keep_tokens", "admin-field-keep-tokens", draft.values.keep_tokens).hint("admin-hint-keep-tokens"))
}
