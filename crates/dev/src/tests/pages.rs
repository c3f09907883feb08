use chabi_pages::mail::{Mail, Mailer as _};
use chabi_spec::{ErrorCode, Observer as _, Refusal, RequestRecord, Step};

use super::*;

#[tokio::test]
async fn every_page_says_that_it_is_development_mode_and_lets_no_foreign_script_in() {
    let app = app();
    for path in ["/dev", "/dev/", "/dev/mail", "/dev/requests", "/demo", "/demo/callback", "/dev/requests/7", "/dev/mail/7"] {
        let page = get(&app, path).await;
        assert!(page.text.contains("<strong>Development mode</strong>"), "{path}");
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}");
        assert!(!page.text.contains("<script>") && !page.text.contains("style="), "{path}");
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    }
}

#[tokio::test]
async fn every_link_of_the_pages_to_a_file_of_ours_is_answered() {
    let app = app();
    for path in ["/dev/static/dev.css", "/dev/static/icon.svg", "/demo/demo.js", "/demo/demo.css"] {
        assert_eq!(get(&app, path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn the_printed_issuer_leads_to_the_index() {
    let page = get(&app(), "/").await;
    assert_eq!((page.status, page.headers[header::LOCATION].to_str().unwrap()), (StatusCode::SEE_OTHER, "/dev/"));
}

#[tokio::test]
async fn the_index_lists_the_people_with_their_passwords() {
    let page = get(&app(), "/dev/").await;
    for person in crate::fixtures::PEOPLE {
        assert!(page.text.contains(person.email) && page.text.contains(person.password));
    }
}

#[tokio::test]
async fn the_demo_page_carries_its_settings_and_every_id_that_it_promises() {
    let page = get(&app(), "/demo").await;
    assert!(page.text.replace("&#x2f;", "/").contains("data-issuer=\"http://localhost:8000\""), "{}", page.text);
    assert!(page.text.contains("data-client-id=\"demo\""));
    for id in [
        "demo-sign-in",
        "demo-call-api",
        "demo-add-note",
        "demo-refresh",
        "demo-logout",
        "demo-status",
        "access-token-header",
        "access-token-payload",
        "id-token-payload",
        "api-answer",
    ] {
        assert!(page.text.contains(&format!("id=\"{id}\"")), "{id}");
    }
}

#[tokio::test]
async fn mail_is_shown_newest_first_with_its_links_and_its_html_only_as_source() {
    let settings = settings();
    let inbox = settings.mail_inbox.clone();
    let app = router(settings);
    for subject in ["first", "second"] {
        let mail = Mail {
            to: "ada@example.test".into(),
            subject: subject.into(),
            text: "Confirm: http://localhost:8000/accounts/confirm-email/x".into(),
            html: "<script>alert(1)</script>".into(),
        };
        inbox.send(mail).await.unwrap();
    }
    let page = get(&app, "/dev/mail").await;
    assert!(page.text.find("second") < page.text.find("first"));
    assert!(page.text.contains("&lt;script&gt;") && !page.text.contains("<script"));
    assert!(page.text.replace("&#x2f;", "/").contains("href=\"http://localhost:8000/accounts/confirm-email/x\""));
    let list = get(&app, "/dev/mail.json").await.json();
    assert_eq!((&list[0]["subject"], &list[0]["number"]), (&"second".into(), &2.into()));
    assert_eq!(list[1]["links"][0], "http://localhost:8000/accounts/confirm-email/x");
}

fn refused_request(client_id: &str) -> RequestRecord {
    let refusal = Refusal::new(ErrorCode::InvalidRequest, "redirect_uri_not_registered", "register this redirect URI", "RFC 6749 §3.1.2.3");
    RequestRecord {
        at: 0,
        method: "GET".into(),
        endpoint: "/oauth2/authorize",
        client_id: Some(client_id.into()),
        parameters: vec![("redirect_uri".into(), "http://<evil>".into())],
        steps: vec![Step { rule: "client::find_registered", passed: true }, Step { rule: "redirect_uri::trust", passed: false }],
        status: 400,
        refusal: Some(refusal.explain("http://<evil>", "http://localhost/cb")),
        request_id: None,
    }
}

#[tokio::test]
async fn a_refused_request_is_explained_by_rule_received_expected_clause_and_hint() {
    let settings = settings();
    let inspector = settings.inspector.clone();
    let app = router(settings);
    inspector.observe(refused_request("demo"));
    let page = get(&app, "/dev/requests/1").await;
    for words in ["redirect_uri_not_registered", "register this redirect URI", "RFC 6749 §3.1.2.3", "&lt;evil&gt;", "redirect_uri::trust"]
    {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let mut almost = refused_request("demo");
    almost.request_id = Some("AAZhBrzdyARvujud".into());
    almost.refusal = almost.refusal.map(|refusal| refusal.explain("http://localhost/cb/", "http://localhost/cb"));
    inspector.observe(almost);
    let page = get(&app, "/dev/requests/AAZhBrzdyARvujud").await;
    let text = page.text.replace("&#x2f;", "/");
    assert!(text.contains("http://localhost/cb/\nhttp://localhost/cb\n                   +"), "{}", page.text);
    assert!(page.text.contains("they differ by a slash at the end"));
    let list = get(&app, "/dev/requests.json").await.json();
    let list = &list.as_array().unwrap()[1..];
    assert_eq!(list[0]["refusal"]["error"], "invalid_request");
    assert_eq!(list[0]["steps"][1]["passed"], false);
    assert!(get(&app, "/dev/requests").await.text.contains("/dev/requests/1"));
}

#[tokio::test]
async fn the_inspector_keeps_the_latest_and_lets_the_oldest_go() {
    let settings = settings();
    let inspector = settings.inspector.clone();
    let app = router(settings);
    for number in 1..=501 {
        inspector.observe(refused_request(&number.to_string()));
    }
    assert_eq!(get(&app, "/dev/requests/1").await.status, StatusCode::NOT_FOUND);
    let list = get(&app, "/dev/requests.json").await.json();
    assert_eq!((list.as_array().unwrap().len(), &list[0]["number"]), (500, &501.into()));
}
