use serde_json::{Value, json};

use super::*;

const URL: &str = "https://app.example/client.json";

fn read_document(document: &Value) -> Result<RegisteredClient, Refusal> {
    let scope = Scope::of(["openid"]);
    read(URL, document.to_string().as_bytes(), Allowed { scope: &scope, place: Place::Public })
}

// req: cimd
#[test]
fn a_client_id_is_the_normal_form_of_an_https_url_with_a_path() {
    for good in [URL, "https://app.example/a/b?c=d", "https://app.example:8443/client", "http://127.0.0.1:9000/client.json"] {
        assert!(check_url(good).is_ok(), "{good}");
    }
    for bad in [
        "http://app.example/client.json",
        "https://app.example",
        "https://app.example/",
        "https://app.example/client.json#x",
        "https://app.example/client.json#",
        "https://user@app.example/client.json",
        "https://user:pass@app.example/client.json",
        "https://user@app.example/@/client.json",
        "https://:pass@app.example/@/client.json",
        "https://@app.example/client.json",
        "https://app.example/a/../client.json",
        "https://app.example/./client.json",
        "https://app.example/%2e%2e/client.json",
        "https://app.example/a/%2E/client.json",
        "https://APP.example/client.json",
        "HTTPS://app.example/client.json",
        "https://app.example:443/client.json",
        "https:/app.example/client.json",
        "https://app.example\\client.json",
        "https://app.example/cli ent.json",
        "https://app.example/\u{e9}",
        "ftp://app.example/client.json",
        "javascript:alert(1)//x/y",
        "https:///client.json",
        "app",
        "",
    ] {
        assert!(check_url(bad).is_err(), "{bad}");
    }
    assert!(check_url(&format!("https://app.example/{}", "x".repeat(2_048))).is_err());
}

// req: cimd
#[test]
fn a_document_describes_the_application_at_its_own_url() {
    let document = json!({ "client_id": URL, "client_name": "App", "redirect_uris": ["http://127.0.0.1/cb", "http://localhost/cb"],
        "token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"], "scope": "openid admin" });
    let application = read_document(&document).unwrap();
    assert_eq!((application.client_id.as_str(), application.name.as_str()), (URL, "App"));
    assert_eq!((application.kind, application.profile), (ApplicationKind::Native, Profile::OAuth21));
    assert_eq!(application.settings.registered_by, RegisteredBy::Document);
    assert_eq!(application.scope.to_string(), "openid");
    assert!(!application.first_party);
}

#[test]
fn a_document_without_a_method_means_none() {
    let application = read_document(&json!({ "client_id": URL, "redirect_uris": ["https://app.example/cb"] })).unwrap();
    assert_eq!(application.authentication, ClientAuthentication::None);
}

// req: cimd
#[test]
fn a_document_of_another_or_with_a_secret_is_refused() {
    let with = |member: &str, value: Value| {
        let mut document = json!({ "client_id": URL, "redirect_uris": ["https://app.example/cb"] });
        document[member] = value;
        read_document(&document).unwrap_err().cause.rule
    };
    assert_eq!(with("client_id", json!("https://app.example/client.json?")), "document_client_id");
    assert_eq!(with("client_id", json!("https://evil.example/client.json")), "document_client_id");
    assert_eq!(with("client_id", Value::Null), "document_client_id");
    assert_eq!(with("client_secret", json!("x")), "document_with_secret");
    assert_eq!(with("client_secret_expires_at", json!(0)), "document_with_secret");
    for method in ["client_secret_basic", "client_secret_post"] {
        assert!(["document_with_secret", "client_secret_missing"].contains(&with("token_endpoint_auth_method", json!(method))));
    }
    assert_eq!(with("token_endpoint_auth_method", json!("client_secret_jwt")), "auth_method_unknown");
    assert_eq!(with("token_endpoint_auth_method", json!("private_key_jwt")), "jwks_missing");
    assert_eq!(with("redirect_uris", json!(["https://app.example/cb#x"])), "redirect_uri_fragment");
    assert_eq!(with("redirect_uris", json!([])), "redirect_uris_missing");
    assert_eq!(with("grant_types", json!(["client_credentials"])), "client_credentials_public");
    assert_eq!(with("logo_uri", json!("data:image/svg+xml;base64,PHN2Zy8+")), "uri_not_https");
    assert_eq!(
        read(URL, b"<html>", Allowed { scope: &Scope::default(), place: Place::Public }).unwrap_err().cause.rule,
        "metadata_malformed"
    );
}
