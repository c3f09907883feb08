//! What belongs to one site is of no use at another, and of none once the site is gone.

use axum::body::Body;
use chabi::{
    RegisteredClient, SiteAccounts, SiteIds,
    admin::{
        Actor,
        operation::initial_access_tokens::{CreateInitialAccessToken, ListInitialAccessTokens, ListInitialAccessTokensInput},
    },
    operations::{
        applications::{self, Place},
        sites::{self, SiteError},
    },
};
use chabi_testkit::browser::ask;
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Value, json};

use super::town::{At, B, Town, site};
use crate::server::{ISSUER, application};

impl At {
    async fn ask_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (StatusCode, HeaderMap, String) {
        let host = self.issuer.strip_prefix("https://").unwrap();
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        ask(&self.router, request.body(Body::from(body.to_owned())).unwrap()).await
    }

    async fn lets_read(&self, origin: &str) -> bool {
        let mut allowed = Vec::new();
        for (method, path) in [("OPTIONS", "/oauth2/token"), ("POST", "/oauth2/token"), ("GET", "/oauth2/userinfo")] {
            let headers = [("origin", origin), ("access-control-request-method", "POST")];
            let (_, headers, _) = self.ask_with(method, path, &headers, "").await;
            allowed.push(headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).is_some_and(|allowed| allowed == origin));
        }
        assert!(allowed.iter().all(|one| *one == allowed[0]), "{allowed:?}");
        allowed[0]
    }

    async fn register(&self, token: &str, name: &str) -> StatusCode {
        let bearer = format!("Bearer {token}");
        let metadata = json!({ "client_name": name, "redirect_uris": [format!("https://{name}.example/back")] }).to_string();
        let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
        self.ask_with("POST", "/oauth2/register", &headers, &metadata).await.0
    }
}

fn of(site: &str, client_id: &str, origin: &str) -> RegisteredClient {
    let mut app = RegisteredClient { client_id: client_id.into(), origins: vec![origin.into()], ..application() };
    app.settings.sites = SiteIds(vec![site.into()]);
    app
}

#[tokio::test]
async fn scripts_of_an_applications_origin_read_the_answers_of_its_own_sites_alone() {
    let town = Town::start_with(|builder| {
        builder.application(of("main", "m", "https://m.example")).application(of("b", "n", "https://n.example"))
    })
    .await;
    let (main, b) = (town.at(ISSUER), town.at(B));
    assert!(main.lets_read("https://m.example").await && !b.lets_read("https://m.example").await);
    assert!(b.lets_read("https://n.example").await && !main.lets_read("https://n.example").await);
    assert!(!main.lets_read("https://nobody.example").await);
}

#[tokio::test]
async fn an_initial_access_token_lets_register_at_its_own_site_alone() {
    let town = Town::start().await;
    let admin = town.server.chabi.admin();
    let make = async |body: Value| {
        let new = serde_json::from_value(json!({ "body": body })).unwrap();
        admin.run::<CreateInitialAccessToken>(&Actor::operator(), new).await
    };
    let (of_main, of_b) =
        (make(json!({ "label": "a", "uses": 5 })).await.unwrap(), make(json!({ "label": "b", "uses": 5, "site": "b" })).await.unwrap());
    assert_eq!((of_main.token.site.as_str(), of_b.token.site.as_str()), ("main", "b"));
    let (main, b) = (town.at(ISSUER), town.at(B));
    assert_eq!(
        (main.register(&of_main.text, "one").await, b.register(&of_main.text, "two").await),
        (StatusCode::CREATED, StatusCode::UNAUTHORIZED)
    );
    assert_eq!(
        (main.register(&of_b.text, "three").await, b.register(&of_b.text, "four").await),
        (StatusCode::UNAUTHORIZED, StatusCode::CREATED)
    );
    let listed = admin.run::<ListInitialAccessTokens>(&Actor::operator(), ListInitialAccessTokensInput::default()).await.unwrap().items;
    let mut left: Vec<_> = listed.iter().map(|token| (token.site.as_str(), token.uses_left)).collect();
    left.sort_unstable();
    assert_eq!(left, [("b", 4), ("main", 4)], "a try elsewhere spends nothing");
    let nowhere = make(json!({ "label": "c", "site": "nowhere" })).await;
    assert!(nowhere.unwrap_err().to_string().contains("there is no site `nowhere`"));
}

/// What a site had would be the next one's of its id.
#[tokio::test]
async fn the_id_of_a_site_that_was_removed_is_never_given_again() {
    let town = Town::start().await;
    let (store, env) = (town.server.chabi.store(), &chabi_token::Env::system());
    let new = serde_json::from_value(json!({ "body": { "label": "b", "site": "b" } })).unwrap();
    town.server.chabi.admin().run::<CreateInitialAccessToken>(&Actor::operator(), new).await.unwrap();
    sites::remove(store, "b", env).await.unwrap();
    let mut again = site("b", SiteAccounts::Separate);
    again.issuer = "https://elsewhere.example".into();
    for refused in [sites::add(store, again.clone(), ISSUER).await, sites::put(store, again, ISSUER).await] {
        let told = refused.unwrap_err();
        assert!(matches!(told, SiteError::Removed(_)) && told.to_string().contains("choose another id"), "{told}");
    }
    assert_eq!(store.list_initial_access_tokens(env.now()).await.unwrap(), [], "and nobody registers there any more");
    sites::add(store, site("d", SiteAccounts::Shared), ISSUER).await.unwrap();
    let mut app = of("b", "n", "https://n.example");
    app.settings.sites.0.push("d".into());
    applications::put(store, app, Place::of(ISSUER)).await.unwrap();
}
