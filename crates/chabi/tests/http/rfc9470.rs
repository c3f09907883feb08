//! What an API demands of the sign-in behind its tokens.

use chabi::{Api, ApiSettings, Seconds};

use crate::server::{AUDIENCE, TestServer, api, authorize_url};

async fn start(settings: ApiSettings) -> TestServer {
    TestServer::start_with(|builder| builder.api(Api { settings, ..api() })).await
}

// RFC 9470 §5
// req: rs.step
#[tokio::test]
async fn a_class_that_nobody_reaches_here_is_an_error_before_anybody_signs_in() {
    let server = start(ApiSettings { required_acr: "2".into(), ..ApiSettings::default() }).await;
    let back = server.browser().get(&authorize_url(&[])).await;
    assert_eq!(back.location_parameter("error").as_deref(), Some("unmet_authentication_requirements"), "{back:?}");
    let server = start(ApiSettings { required_acr: "1".into(), ..ApiSettings::default() }).await;
    assert!(server.sign_in(&mut server.browser(), &[]).await.location_parameter("code").is_some());
}

// RFC 9470 §5, §6.1
// req: rs.step
#[tokio::test]
async fn a_sign_in_older_than_the_api_takes_is_made_again_and_refreshes_no_longer() {
    let server = start(ApiSettings { max_auth_age: Some(600), ..ApiSettings::default() }).await;
    let mut browser = server.browser();
    let back = server.sign_in(&mut browser, &[("scope", "openid notes:read offline_access")]).await;
    let tokens = server.exchange(&back.location_parameter("code").unwrap()).await.json();
    let refresh = async |token: &serde_json::Value| {
        server.token(&[("grant_type", "refresh_token"), ("refresh_token", token.as_str().unwrap()), ("resource", AUDIENCE)]).await
    };
    server.clock.advance(Seconds(300));
    let again = refresh(&tokens["refresh_token"]).await;
    assert_eq!(again.status, 200, "{}", again.body);
    server.clock.advance(Seconds(301));
    let refused = refresh(&again.json()["refresh_token"]).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (400, &"invalid_grant".into()), "{}", refused.body);
    // in the same browser, where the session lives on: they are asked to sign in
    let silent = browser.get(&authorize_url(&[("prompt", "none")])).await;
    assert_eq!(silent.location_parameter("error").as_deref(), Some("login_required"), "{silent:?}");
    let page = browser.visit(&authorize_url(&[])).await;
    assert!(page.body.contains("login-submit"), "{}", page.body);
    assert!(server.sign_in(&mut browser, &[]).await.location_parameter("code").is_some());
}
