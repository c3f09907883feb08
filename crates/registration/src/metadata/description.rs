//! The metadata of an application as they are told back (RFC 7591 §3.2.1, RFC 7592 §3): what was registered, and not what was sent.

use chabi_store::application::{ApplicationKind, ClientAuthentication, RegisteredClient};
use chabi_token::hash;
use serde_json::{Map, Value, json};

/// Every member that has a value. Neither secrets nor what only an operator says.
#[must_use]
pub fn describe(application: &RegisteredClient) -> Map<String, Value> {
    let mut told = Map::new();
    let code = application.grant_types.iter().any(|grant| grant == "authorization_code");
    let settings = &application.settings;
    for (name, value) in [
        ("client_id", json!(application.client_id)),
        ("redirect_uris", json!(application.redirect_uris)),
        ("token_endpoint_auth_method", json!(method(application.authentication))),
        ("grant_types", json!(application.grant_types)),
        ("response_types", if code { json!(["code"]) } else { json!([]) }),
        ("client_name", json!(application.name)),
        ("scope", json!(application.scope.to_string())),
        ("application_type", json!(if application.kind == ApplicationKind::Native { "native" } else { "web" })),
        ("subject_type", json!(if settings.pairwise { "pairwise" } else { "public" })),
        ("id_token_signed_response_alg", json!(application.id_token_alg)),
    ] {
        told.insert(name.to_owned(), value);
    }
    if !application.post_logout_redirect_uris.is_empty() {
        told.insert("post_logout_redirect_uris".to_owned(), json!(application.post_logout_redirect_uris));
    }
    add_texts(application, &mut told);
    add_choices(application, &mut told);
    // RFC 7591 §2: jwks is an object, not its text
    if let Ok(Value::Object(jwks)) = serde_json::from_str(&settings.jwks) {
        told.insert("jwks".to_owned(), Value::Object(jwks));
    }
    told
}

fn add_texts(application: &RegisteredClient, told: &mut Map<String, Value>) {
    let settings = &application.settings;
    let texts = [
        ("client_uri", &settings.client_uri),
        ("logo_uri", &settings.logo_uri),
        ("policy_uri", &settings.policy_uri),
        ("tos_uri", &settings.tos_uri),
        ("jwks_uri", &settings.jwks_uri),
        ("token_endpoint_auth_signing_alg", &settings.token_endpoint_auth_signing_alg),
        ("sector_identifier_uri", &settings.sector_identifier_uri),
        ("userinfo_signed_response_alg", &settings.userinfo_signed_response_alg),
        ("introspection_signed_response_alg", &settings.introspection_signed_response_alg),
        ("initiate_login_uri", &settings.initiate_login_uri),
        ("frontchannel_logout_uri", &settings.frontchannel_logout_uri),
        ("backchannel_logout_uri", &settings.backchannel_logout_uri),
    ];
    let echoed = settings.echoed.iter().map(|(name, value)| (name.as_str(), value));
    for (name, value) in texts.into_iter().chain(echoed).filter(|(_, value)| !value.is_empty()) {
        told.insert(name.to_owned(), json!(value));
    }
}

fn add_choices(application: &RegisteredClient, told: &mut Map<String, Value>) {
    let settings = &application.settings;
    for (name, list) in [
        ("contacts", &settings.contacts),
        ("default_acr_values", &settings.default_acr_values),
        ("response_modes", &settings.response_modes),
    ] {
        if !list.is_empty() {
            told.insert(name.to_owned(), json!(list));
        }
    }
    if let Some(age) = settings.default_max_age {
        told.insert("default_max_age".to_owned(), json!(age));
    }
    for (name, chosen) in [
        ("require_auth_time", settings.require_auth_time),
        ("frontchannel_logout_session_required", settings.frontchannel_logout_session_required),
        ("backchannel_logout_session_required", settings.backchannel_logout_session_required),
        ("require_pushed_authorization_requests", settings.require_pushed_authorization_requests),
        ("dpop_bound_access_tokens", settings.dpop_bound_access_tokens),
    ] {
        if chosen {
            told.insert(name.to_owned(), json!(true));
        }
    }
}

/// Equal for two applications that registered the same, from the same network; `network` is the caller's.
#[must_use]
pub fn fingerprint(application: &RegisteredClient, network: &str) -> [u8; 32] {
    let mut told = describe(application);
    told.remove("client_id");
    if application.name == application.client_id {
        told.remove("client_name");
    }
    // the members of a map are in the order of the alphabet, so that the same metadata are the same text
    hash::sha256(format!("{network}\n{}", Value::Object(told)).as_bytes())
}

fn method(authentication: ClientAuthentication) -> &'static str {
    match authentication {
        ClientAuthentication::None => "none",
        // one that an operator made may use either; basic is what is said of it
        ClientAuthentication::Secret | ClientAuthentication::SecretBasic => "client_secret_basic",
        ClientAuthentication::SecretPost => "client_secret_post",
        ClientAuthentication::PrivateKeyJwt => "private_key_jwt",
    }
}
