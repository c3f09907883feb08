use super::*;

const FAKES: [&str; 5] = ["google", "facebook", "apple", "github", "microsoft"];

async fn turn(app: &Router, fields: &[(&str, &str)]) -> Answer {
    post(app, "/dev/providers", fields).await
}

#[tokio::test]
async fn the_page_lists_every_fake_with_its_personas_and_switches_as_plain_forms() {
    let app = app();
    let page = get(&app, "/dev/providers").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("<script"));
    let listed = get(&app, "/dev/providers.json").await.json();
    for fake in FAKES {
        for switch in ["slow", "down", "denied", "revoked"] {
            assert!(page.text.contains(&format!("id=\"{fake}-{switch}\"")), "{fake} {switch}");
            assert_eq!(listed[fake]["switches"][switch], false, "{fake} {switch}");
        }
        assert!(listed[fake]["registration"]["redirect_uris"][0].as_str().unwrap().ends_with(&format!("/accounts/{fake}/login/callback/")));
        for persona in listed[fake]["personas"].as_array().unwrap() {
            assert!(page.text.contains(&format!("<code>{}</code>", persona.as_str().unwrap())), "{fake} {persona}");
        }
    }
    // who signs no ID token has no key and no clock that anybody reads
    assert!(page.text.contains("id=\"apple-keys\"") && !page.text.contains("id=\"github-keys\""));
    assert!(page.text.contains("id=\"microsoft-clock\"") && !page.text.contains("id=\"facebook-clock\""));
}

#[tokio::test]
async fn a_switch_is_of_one_fake_and_is_thrown_back() {
    let app = app();
    let answer = turn(&app, &[("provider", "github"), ("down", "on"), ("denied", "on")]).await;
    assert_eq!((answer.status, &answer.headers[header::LOCATION]), (StatusCode::SEE_OTHER, &"/dev/providers#github".parse().unwrap()));
    assert!(get(&app, "/dev/providers").await.text.contains("Down: on"));
    assert_eq!(get(&app, "/dev/idp/github/api/v3/user").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(get(&app, "/dev/idp/google/oauth2/v3/certs").await.status, StatusCode::OK);
    turn(&app, &[("provider", "github"), ("all", "off")]).await;
    assert_eq!(get(&app, "/dev/idp/github/api/v3/user").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_unknown_or_from_another_site_throws_nothing() {
    let app = app();
    for fields in [
        vec![("provider", "github"), ("slow", "on"), ("lights", "on")],
        vec![("provider", "nobody"), ("slow", "on")],
        vec![("slow", "on")],
        vec![("provider", "github"), ("slow", "perhaps")],
    ] {
        assert_eq!(turn(&app, &fields).await.status, StatusCode::BAD_REQUEST, "{fields:?}");
    }
    let foreign = Request::post("/dev/providers").header("sec-fetch-site", "cross-site").body(Body::from("provider=github&slow=on"));
    assert_eq!(send(&app, foreign.unwrap()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&app, "/dev/providers.json").await.json()["github"]["switches"]["slow"], false);
}

#[tokio::test]
async fn rotated_keys_are_others_and_the_older_ones_are_gone() {
    let app = app();
    for (fake, path) in [("google", "oauth2/v3/certs"), ("apple", "auth/keys"), ("microsoft", "common/discovery/v2.0/keys")] {
        let path = format!("/dev/idp/{fake}/{path}");
        let before = get(&app, &path).await.json();
        assert_eq!(get(&app, &path).await.json(), before, "{fake}");
        turn(&app, &[("provider", fake), ("keys", "rotate")]).await;
        let after = get(&app, &path).await.json();
        assert_eq!(after["keys"].as_array().unwrap().len(), 1, "{fake}");
        assert_ne!(after["keys"][0]["kid"], before["keys"][0]["kid"], "{fake}");
    }
}
