//! OAuth 2.0 Multiple Response Types §2.1 and Form Post Response Mode on the whole stack: how an answer travels.

use chabi::RegisteredClient;
use chabi_testkit::Page;

use crate::server::{ADA, PASSWORD, REDIRECT, TestServer, application, authorize_url};

async fn with_modes(modes: &[&str]) -> TestServer {
    let mut app = application();
    app.settings.response_modes = modes.iter().map(|mode| (*mode).to_owned()).collect();
    TestServer::start_with(|builder| builder.application(RegisteredClient { first_party: true, ..app })).await
}

/// Whether the answer came in the query, the fragment or a form; `None` for a page of ours.
fn way(page: &Page) -> Option<&'static str> {
    match page.location() {
        Some(target) if target.starts_with(&format!("{REDIRECT}#")) => Some("fragment"),
        Some(target) if target.starts_with(&format!("{REDIRECT}?")) && !target.contains('#') => Some("query"),
        Some(target) => panic!("{target}"),
        None => page.form_with("id=\"form-post\"").map(|_| "form_post"),
    }
}

// req: az.mode
#[tokio::test]
async fn an_application_gets_its_answers_and_refusals_by_the_ways_of_its_list() {
    for (modes, asked, expected, refused) in [
        (&[][..], "", "query", false),
        (&[], "query", "query", false),
        (&[], "fragment", "fragment", false),
        (&[], "form_post", "form_post", false),
        (&["query"], "form_post", "query", true),
        (&["query"], "fragment", "query", true),
        (&["form_post"], "form_post", "form_post", false),
        (&["form_post"], "", "form_post", true),
        (&[], "web_message", "query", true),
        (&[], "query.jwt", "query", true),
        (&["form_post"], "web_message", "form_post", true),
    ] {
        let server = with_modes(modes).await;
        let mut browser = server.browser();
        let page = browser.visit(&authorize_url(&[("response_mode", asked)])).await;
        let page = match way(&page) {
            Some(_) => page,
            None => {
                let page = browser.submit(&page, &[("username", ADA), ("password", PASSWORD)]).await;
                browser.follow(page).await
            }
        };
        assert_eq!(way(&page), Some(expected), "{modes:?} {asked}");
        let text = format!("{:?}{}", page.location(), page.body);
        assert_eq!(text.contains("invalid_request"), refused, "{modes:?} {asked}: {text}");
        assert!(text.contains("the-state"), "{text}");
        let error = browser.visit(&authorize_url(&[("response_mode", asked), ("scope", "\"")])).await;
        assert_eq!(way(&error), Some(expected), "{modes:?} {asked}");
    }
}

// req: rd.noredir
#[tokio::test]
async fn nothing_is_posted_to_a_redirect_uri_that_is_not_registered() {
    let server = with_modes(&[]).await;
    for mode in ["query", "fragment", "form_post"] {
        let page = server.browser().visit(&authorize_url(&[("response_mode", mode), ("redirect_uri", "https://evil.example/")])).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, None), "{mode}");
        assert!(!page.body.contains("<form") && !page.body.contains("<script"), "{}", page.body);
    }
}

// req: md.truth
#[tokio::test]
async fn the_metadata_lists_the_ways_that_there_are() {
    let server = with_modes(&[]).await;
    let metadata = server.browser().get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["response_modes_supported"], serde_json::json!(["query", "fragment", "form_post"]));
    assert_eq!((&metadata["claims_parameter_supported"], &metadata["acr_values_supported"]), (&true.into(), &serde_json::json!(["1"])));
}
