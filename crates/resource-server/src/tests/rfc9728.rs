use serde_json::{Value, json};

use super::*;
use crate::{AboutApi, BuildError};

fn built(audience: &str) -> Result<ResourceServer, BuildError> {
    let about = AboutApi { name: "Notes".into(), scopes: "notes:read notes:write".into(), documentation: String::new() };
    ResourceServer::builder(ISSUER).audience(audience).keys(FixedKeys::new(set_of(&[&new_key()]))).about(about).build()
}

// RFC 9728 §3.1, §3.2, §5.1
// req: rs.prm
#[tokio::test]
async fn the_document_is_where_the_challenge_says_and_names_the_very_resource() {
    let path = "/.well-known/oauth-protected-resource/notes/v1";
    let api = built("https://api.example.test/notes/v1").unwrap();
    let app: Router = Router::new().route("/notes", get(async || "").layer(api.bearer_layer())).merge(api.metadata_router());
    let told = ask(&app, "/notes", &[]).await;
    assert_eq!(told.challenge(), format!("Bearer resource_metadata=\"https://api.example.test{path}\""));
    let answer = ask(&app, path, &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
    assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    let expected = json!({
        "resource": "https://api.example.test/notes/v1",
        "authorization_servers": [ISSUER],
        "scopes_supported": ["notes:read", "notes:write"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Notes",
    });
    assert_eq!(serde_json::from_str::<Value>(&answer.text).unwrap(), expected);
}

// RFC 9728 §3.1
// req: rs.prm
#[tokio::test]
async fn an_api_at_the_root_of_its_host_has_the_short_path() {
    let app: Router = built(AUDIENCE).unwrap().metadata_router();
    assert_eq!(ask(&app, "/.well-known/oauth-protected-resource", &[]).await.status, StatusCode::OK);
}

#[test]
fn an_audience_that_is_no_url_has_no_place_for_a_document() {
    for audience in ["urn:example:notes", "notes", "https://api.example.test/?tenant=1"] {
        assert_eq!(built(audience).err(), Some(BuildError::NoPlaceForMetadata), "{audience}");
    }
}
