//! Forms as password managers want them, on the pages that people get.

use chabi_testkit::Page;

use crate::server::TestServer;

/// The tags of all `<input>`s of a page.
fn inputs(page: &Page) -> Vec<String> {
    page.body.split("<input").skip(1).filter_map(|rest| rest.split('>').next()).map(str::to_owned).collect()
}

fn autocomplete(tag: &str) -> &str {
    tag.split("autocomplete=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

// req: pw.ui
#[tokio::test]
async fn password_managers_are_told_which_field_is_which_and_nothing_hinders_pasting() {
    let server = TestServer::start().await;
    let mut browser = server.browser();
    server.sign_in(&mut browser, &[]).await;
    for (path, words) in [
        ("/accounts/login/?again=1", &["username", "current-password"][..]),
        ("/accounts/signup/", &["username", "name", "new-password"]),
        ("/accounts/password/change/", &["username", "current-password", "new-password"]),
    ] {
        let page = match path {
            "/accounts/signup/" => server.browser().get(path).await,
            _ => browser.get(path).await,
        };
        assert_eq!(page.status, 200, "{path}");
        let inputs = inputs(&page);
        let seen: Vec<&str> = inputs.iter().map(|tag| autocomplete(tag)).filter(|word| !word.is_empty()).collect();
        assert_eq!(seen, words, "{path}");
        for tag in inputs.iter().filter(|tag| tag.contains("type=\"password\"")) {
            assert!(!tag.contains("maxlength") && !tag.contains("pattern") && !tag.contains("readonly"), "{path}: {tag}");
        }
        // without a script nothing can stop a paste; no handler stands in the page either
        for hindrance in ["onpaste", "oncopy", "ondrop", "oninput", "<script"] {
            assert!(!page.body.contains(hindrance), "{path}: {hindrance}");
        }
    }
    let to_change = server.browser().get("/.well-known/change-password").await;
    assert_eq!(to_change.location().as_deref(), Some("/accounts/password/change/"));
}
