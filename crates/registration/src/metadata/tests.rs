use chabi_store::{
    application::Profile,
    application_settings::{ApplicationSettings, RegisteredBy},
};
use chabi_token::Timestamp;
use serde_json::json;

use super::*;
use crate::Place;

fn blank() -> RegisteredClient {
    RegisteredClient {
        client_id: "id".into(),
        name: String::new(),
        profile: Profile::Oidc,
        kind: ApplicationKind::Web,
        authentication: ClientAuthentication::None,
        secret_hashes: vec![[1; 32]],
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        origins: Vec::new(),
        grant_types: Vec::new(),
        scope: Scope::default(),
        default_audience: String::new(),
        id_token_alg: String::new(),
        first_party: false,
        disabled_at: None,
        created_at: Timestamp(0),
        settings: ApplicationSettings { registered_by: RegisteredBy::Itself, ..ApplicationSettings::default() },
    }
}

fn read(metadata: Value) -> Result<RegisteredClient, Refusal> {
    let allowed = Scope::of(["openid", "profile", "offline_access"]);
    ClientMetadata::parse(metadata.to_string().as_bytes())?.over(blank(), &allowed)
}

#[test]
fn what_is_left_out_has_the_defaults_of_the_registry() {
    let application = read(json!({ "redirect_uris": ["https://app.example/cb"] })).unwrap();
    assert_eq!(check(&application, Place::Public), Ok(()));
    let told = Value::Object(describe(&application));
    assert_eq!(told["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(told["grant_types"], json!(["authorization_code"]));
    assert_eq!(told["response_types"], json!(["code"]));
    assert_eq!(told["application_type"], "web");
    assert_eq!(told["id_token_signed_response_alg"], "RS256");
    assert_eq!(told["client_name"], "id");
    assert_eq!(told["scope"], "offline_access openid profile");
}

#[test]
fn everything_that_is_known_comes_back_as_it_was_sent() {
    let sent = json!({
        "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "client_name": "App", "client_name#bn": "অ্যাপ",
        "client_uri": "https://app.example", "logo_uri": "https://app.example/logo", "policy_uri": "https://app.example/policy",
        "policy_uri#bn": "https://app.example/policy-bn", "tos_uri": "https://app.example/tos", "contacts": ["ops@app.example"],
        "jwks_uri": "https://app.example/jwks", "software_id": "app", "software_version": "1", "application_type": "web",
        "sector_identifier_uri": "https://app.example/sector", "subject_type": "pairwise", "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": "EdDSA", "introspection_signed_response_alg": "PS256", "default_max_age": 60,
        "require_auth_time": true, "default_acr_values": ["1"], "initiate_login_uri": "https://app.example/login",
        "post_logout_redirect_uris": ["https://app.example/bye"], "frontchannel_logout_uri": "https://app.example/front",
        "frontchannel_logout_session_required": true, "backchannel_logout_uri": "https://app.example/back",
        "backchannel_logout_session_required": true, "require_pushed_authorization_requests": true, "dpop_bound_access_tokens": true,
        "scope": "openid profile", "response_modes": ["query"],
    });
    let application = read(sent.clone()).unwrap();
    assert_eq!(check(&application, Place::Public), Ok(()));
    let told = describe(&application);
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(told.get(name), Some(value), "{name}");
    }
    let unknown: Vec<_> = told.keys().filter(|name| sent.get(name.as_str()).is_none()).collect();
    assert_eq!(unknown, ["client_id"]);
}

#[test]
fn what_is_not_known_is_ignored_and_null_is_nothing() {
    let application =
        read(json!({ "redirect_uris": ["https://app.example/cb"], "client_name": null, "x": { "y": 1 }, "tos_uri": "", "x#bn": "z" }))
            .unwrap();
    let told = describe(&application);
    for absent in ["x", "x#bn", "tos_uri"] {
        assert!(!told.contains_key(absent), "{absent}");
    }
}

#[test]
fn what_means_nothing_here_is_refused() {
    for (metadata, rule) in [
        (json!([]), "metadata_malformed"),
        (json!({ "redirect_uris": "https://app.example/cb" }), "metadata_malformed"),
        (json!({ "require_auth_time": "yes" }), "metadata_malformed"),
        (json!({ "token_endpoint_auth_method": "client_secret_jwt" }), "auth_method_unknown"),
        (json!({ "application_type": "desktop" }), "application_type_unknown"),
        (json!({ "subject_type": "ephemeral" }), "subject_type_unknown"),
        (json!({ "response_types": ["code id_token"] }), "response_type_unknown"),
        (json!({ "response_types": [] }), "response_types_and_grants"),
        (json!({ "response_types": ["code"], "grant_types": ["client_credentials"] }), "response_types_and_grants"),
        (json!({ "software_statement": "ey" }), "software_statement"),
    ] {
        assert_eq!(read(metadata.clone()).unwrap_err().cause.rule, rule, "{metadata}");
    }
    let twice = br#"{"client_name":"a","client_name":"b"}"#;
    assert_eq!(ClientMetadata::parse(twice).unwrap_err().cause.rule, "metadata_malformed");
    let statement = ClientMetadata::parse(br#"{"software_statement":"ey"}"#).unwrap_err();
    assert_eq!(statement.code, ErrorCode::UnapprovedSoftwareStatement);
}

// req: dos.map
#[test]
fn what_is_kept_for_the_echo_alone_is_short() {
    let with_names = |most: usize| {
        let mut metadata = json!({ "redirect_uris": ["https://app.example/cb"] });
        for number in 0..most {
            metadata[format!("client_name#x{number}")] = json!("App");
        }
        read(metadata).map(|application| application.settings.echoed.len())
    };
    assert_eq!(with_names(100), Ok(100));
    assert_eq!(with_names(101).unwrap_err().cause.rule, "metadata_too_much");
    let with_version = |length: usize| read(json!({ "software_version": "1".repeat(length) })).err().map(|refusal| refusal.cause.rule);
    assert_eq!((with_version(2_048), with_version(2_049)), (None, Some("metadata_too_much")));
}

#[test]
fn a_member_in_no_language_is_not_echoed() {
    let echoed = read(json!({ "client_name#bn-BD": "a", "client_name#": "b", "client_name#<b>": "c" })).unwrap().settings.echoed;
    assert_eq!(echoed.keys().collect::<Vec<_>>(), ["client_name#bn-BD"]);
}

// req: dcr.off
#[test]
fn a_scope_that_is_not_open_to_everybody_is_left_out() {
    let application = read(json!({ "redirect_uris": ["https://app.example/cb"], "scope": "openid admin" })).unwrap();
    assert_eq!(application.scope.to_string(), "openid");
}

#[test]
fn an_application_that_knows_oauth_alone_is_native_when_its_redirects_say_so() {
    let kind = |uris: &[&str]| read(json!({ "redirect_uris": uris })).unwrap().kind;
    assert_eq!(kind(&["http://localhost:33418/", "http://127.0.0.1:33418/"]), ApplicationKind::Native);
    assert_eq!(kind(&["com.example.app:/cb"]), ApplicationKind::Native);
    assert_eq!(kind(&["http://localhost:33418/", "https://app.example/"]), ApplicationKind::Web);
}

#[test]
fn an_update_takes_away_what_it_leaves_out_and_keeps_what_an_operator_said() {
    let mut before = read(json!({ "redirect_uris": ["https://app.example/cb"], "logo_uri": "https://app.example/logo" })).unwrap();
    before.settings.minimal_id_token = true;
    let update = ClientMetadata::parse(br#"{"redirect_uris":["https://app.example/new"]}"#).unwrap();
    let after = update.over(before, &Scope::default()).unwrap();
    assert_eq!((after.settings.logo_uri.as_str(), after.settings.minimal_id_token), ("", true));
    assert_eq!(after.redirect_uris, ["https://app.example/new"]);
}

#[test]
fn copies_have_the_same_fingerprint_and_nothing_else_has() {
    let print = |metadata: Value, id: &str, network: &str| {
        let metadata = ClientMetadata::parse(metadata.to_string().as_bytes()).unwrap();
        fingerprint(&metadata.over(RegisteredClient { client_id: id.into(), ..blank() }, &Scope::default()).unwrap(), network)
    };
    let one = json!({ "redirect_uris": ["https://app.example/cb"] });
    assert_eq!(print(one.clone(), "a", "192.0.2.1"), print(one.clone(), "b", "192.0.2.1"));
    assert_ne!(print(one.clone(), "a", "192.0.2.1"), print(one.clone(), "a", "192.0.2.2"));
    let other = json!({ "redirect_uris": ["https://app.example/other"] });
    assert_ne!(print(one, "a", "192.0.2.1"), print(other, "a", "192.0.2.1"));
}
