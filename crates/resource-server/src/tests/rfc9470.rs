use std::time::Duration;

use super::*;

fn app_that_asks_for_more(key: &SigningKey) -> Router {
    let api = server(key);
    let route = || get(async |caller: Bearer| caller.subject().to_owned());
    Router::new()
        .route("/acr", route().layer(api.bearer_layer().require_acr(["3", "2"])))
        .route("/young", route().layer(api.bearer_layer().max_age(Duration::from_secs(300))))
        .route("/both", route().layer(api.require_scope("notes:read").require_acr(["2"]).max_age(Duration::from_secs(300))))
}

fn signed_in(acr: Option<&str>, seconds_ago: Option<i64>, key: &SigningKey) -> String {
    token_of(&AccessTokenClaims { acr: acr.map(str::to_owned), auth_time: seconds_ago.map(|ago| NOW - ago), ..claims() }, key)
}

// RFC 9470 §3
// req: rs.step
#[tokio::test]
async fn who_signed_in_too_weakly_or_too_long_ago_is_told_what_would_do() {
    let key = new_key();
    let app = app_that_asks_for_more(&key);
    for (path, acr, ago, passes) in [
        ("/acr", Some("2"), Some(9_000), true),
        ("/acr", Some("3"), None, true),
        ("/acr", Some("1"), Some(1), false),
        ("/acr", Some("22"), Some(1), false),
        ("/acr", None, Some(1), false),
        ("/young", None, Some(300), true),
        ("/young", Some("2"), Some(301), false),
        ("/young", Some("2"), None, false),
        ("/both", Some("2"), Some(10), true),
        ("/both", Some("2"), Some(301), false),
        ("/both", Some("1"), Some(10), false),
    ] {
        let answer = with_token(&app, path, &signed_in(acr, ago, &key)).await;
        let expected = if passes { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        assert_eq!(answer.status, expected, "{path} {acr:?} {ago:?}");
        if !passes {
            assert!(answer.challenge().contains("error=\"insufficient_user_authentication\""), "{}", answer.challenge());
            assert_eq!(answer.challenge().contains("max_age=\"300\""), path != "/acr", "{}", answer.challenge());
            assert_eq!(answer.challenge().contains("acr_values=\"3 2\""), path == "/acr", "{}", answer.challenge());
            assert_eq!(answer.challenge().contains("acr_values=\"2\""), path == "/both", "{}", answer.challenge());
        }
    }
}

// RFC 9470 §3, RFC 6750 §3.1
// req: rs.step
#[tokio::test]
async fn a_token_that_is_not_good_is_not_told_about_signing_in_and_a_remembered_one_grows_old() {
    let key = new_key();
    let (clock, env) = ManualClock::env();
    let api = ResourceServer::builder(ISSUER).audience(AUDIENCE).keys(FixedKeys::new(set_of(&[&key]))).env(&env).build().unwrap();
    let layer = api.bearer_layer().max_age(Duration::from_secs(120));
    let app = Router::new().route("/young", get(async || "").layer(layer));
    let forged = signed_in(None, Some(1), &new_key());
    assert!(with_token(&app, "/young", &forged).await.challenge().contains("error=\"invalid_token\""));
    let token = signed_in(None, Some(100), &key);
    assert_eq!(with_token(&app, "/young", &token).await.status, StatusCode::OK);
    clock.advance(21);
    assert_eq!(with_token(&app, "/young", &token).await.status, StatusCode::UNAUTHORIZED);
}
