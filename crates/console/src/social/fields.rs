//! The form of a social application: what the catalogue's entry has places for, and who may come in by it.

use std::collections::BTreeMap;

use chabi_admin::operation::social_applications::{SocialApplication, SocialApplicationChange, SocialApplicationValues};
use chabi_client::{
    CustomOAuth2, ProviderSettings, TrustEmail,
    catalogue::{Entry, EntryProtocol, Place},
};
use chabi_pages::admin::{Choice, Field, FieldKind, Form, Words};
use chabi_spec::form::Form as Typed;

use crate::form;

/// What stands in the form, beside the secret.
pub(crate) struct Draft {
    pub settings: ProviderSettings,
    pub sites: Vec<String>,
    pub sign_up: bool,
    pub linking: String,
    pub keep_tokens: bool,
}

impl Draft {
    /// A new one of an entry.
    pub(crate) fn of(entry: &Entry) -> Self {
        Self {
            settings: ProviderSettings { catalogue: entry.id.clone(), ..ProviderSettings::default() },
            sites: vec!["main".to_owned()],
            sign_up: true,
            linking: "trusted".to_owned(),
            keep_tokens: false,
        }
    }

    /// As it is.
    pub(crate) fn from(application: &SocialApplication) -> Self {
        let SocialApplication { settings, sites, sign_up, linking, keep_tokens, .. } = application.clone();
        Self { settings, sites, sign_up, linking, keep_tokens }
    }

    /// As an operation takes it; its place among the buttons, and whether it is on, stay as they are.
    pub(crate) fn values(&self, old: Option<&SocialApplication>) -> SocialApplicationValues {
        SocialApplicationValues {
            settings: self.settings.clone(),
            sites: self.sites.clone(),
            sign_up: self.sign_up,
            linking: self.linking.clone(),
            keep_tokens: self.keep_tokens,
            position: old.map_or(0, |old| old.position),
            disabled: old.is_some_and(|old| old.disabled_at.is_some()),
        }
    }

    /// The same, with another secret where one was typed.
    pub(crate) fn change(&self, old: &SocialApplication, client_secret: Option<String>) -> SocialApplicationChange {
        SocialApplicationChange { client_secret, values: self.values(Some(old)) }
    }

    /// What was typed, over what has no field.
    pub(crate) fn read(mut self, typed: &Typed, entry: &Entry) -> Self {
        let settings = &mut self.settings;
        settings.name = form::some(typed, "name");
        settings.client_id = form::text(typed, "client_id");
        settings.issuer = form::some(typed, "issuer");
        settings.values = read_places(entry, typed, &settings.values);
        let scopes = form::lines(typed, "scopes");
        settings.scopes = (!scopes.is_empty()).then_some(scopes);
        if entry.takes_hosted_domain {
            settings.hosted_domain = form::some(typed, "hosted_domain");
        }
        settings.trust_email = match typed.get("trust_email") {
            Some("never") => TrustEmail::Never,
            Some("when_verified") => TrustEmail::WhenVerified,
            _ => TrustEmail::Entry,
        };
        if entry.takes_custom() {
            settings.custom = Some(read_custom(typed, settings.custom.take().unwrap_or_default()));
        }
        let sites = form::ticks(typed, "sites");
        if !sites.is_empty() {
            self.sites = sites;
        }
        self.sign_up = form::ticked(typed, "sign_up");
        self.linking = if typed.get("linking") == Some("never") { "never" } else { "trusted" }.to_owned();
        self.keep_tokens = form::ticked(typed, "keep_tokens");
        self
    }
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

fn read_custom(typed: &Typed, mut custom: CustomOAuth2) -> CustomOAuth2 {
    custom.authorize_url = form::text(typed, "authorize_url");
    custom.token_url = form::text(typed, "token_url");
    custom.profile.url = form::text(typed, "profile_url");
    custom.mapping.subject = form::text(typed, "map_subject");
    custom.mapping.email = form::text(typed, "map_email");
    custom.mapping.name = form::text(typed, "map_name");
    custom
}

fn place_field(name: &str) -> String {
    format!("values-{name}")
}

/// The name of the field that a problem of an operation is about.
pub(crate) fn field_of(problem: &str) -> String {
    match problem.strip_prefix("values.") {
        Some(name) => place_field(name),
        None => problem.trim_start_matches("settings.").trim_start_matches("custom.").to_owned(),
    }
}

/// All fields; `kept`: a secret is there already.
pub(crate) fn fill(form: Form, entry: &Entry, draft: &Draft, kept: bool) -> Form {
    let settings = &draft.settings;
    let mut form = form.field(Field::code("client_id", "admin-field-client-id", &settings.client_id));
    form = form.field(secret(entry, kept));
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
    who(form, entry, draft)
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
        ..Choice::new(word, Words::said(label), draft.settings.trust_email == it)
    });
    let linking = [("trusted", "admin-linking-trusted"), ("never", "admin-linking-never")];
    let linking = linking.into_iter().map(|(word, label)| Choice::new(word, Words::said(label), draft.linking == word));
    form.field(Field::new(FieldKind::Radio, "trust_email", "admin-field-trust-email").choices(trust))
        .field(Field::new(FieldKind::Radio, "linking", "admin-field-linking").choices(linking))
        .field(Field::tick("sign_up", "admin-field-sign-up", draft.sign_up))
        .field(Field::tick("keep_tokens", "admin-field-keep-tokens", draft.keep_tokens).hint("admin-hint-keep-tokens"))
}
