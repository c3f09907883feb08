use super::*;
use crate::{DenyByDefault, Policy};

// req: rs.deny
#[tokio::test]
async fn a_route_without_a_policy_answers_403_to_everybody() {
    let key = new_key();
    let api = server(&key);
    let routes = DenyByDefault::new(&api)
        .route("/forgotten", Policy::default(), get(async || "open"))
        .route("/public", Policy::Public, get(async || "open"))
        .route("/signed-in", Policy::Authenticated, get(async || "open"))
        .route("/notes", Policy::scope("notes:read"), get(async || "open"))
        .route("/write", Policy::scope("notes:write"), get(async || "open"))
        .undecided(Router::new())
        .undecided(Router::new().route("/from-elsewhere", get(async || "open")).route("/and-another", get(async || "open")));
    let listed: Vec<_> = routes.policies().map(|(path, _)| path.to_owned()).collect();
    let app = routes.into_router();
    for path in listed.iter().map(String::as_str).chain(["/from-elsewhere", "/and-another"]) {
        let (without, with) = match path {
            "/public" => (StatusCode::OK, StatusCode::OK),
            "/signed-in" | "/notes" => (StatusCode::UNAUTHORIZED, StatusCode::OK),
            "/write" => (StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN),
            _ => (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
        };
        assert_eq!(ask(&app, path, &[]).await.status, without, "{path}");
        assert_eq!(with_token(&app, path, &good_token(&key)).await.status, with, "{path}");
    }
    assert_eq!(ask(&app, "/nowhere", &[]).await.status, StatusCode::NOT_FOUND);
}
