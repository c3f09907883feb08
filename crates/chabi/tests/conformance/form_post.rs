//! Form Post Basic: every module of Basic once more, with `response_mode=form_post`; and the page itself.

use crate::{
    conformance::suite::{By, Suite, callback, check_error},
    server::REDIRECT,
};

#[path = "basic.rs"]
mod plan;

mod oidcc_server {
    use super::*;

    // req: az.fp
    #[tokio::test]
    async fn the_answer_is_a_page_that_posts_itself_and_that_nobody_keeps() {
        let mut suite = Suite::start(module_path!()).await;
        suite.authorize(&[]).await;
        let page = suite.browser.visit(&suite.url(&[])).await;
        let back = callback(&page).unwrap();
        assert_eq!((page.status.as_u16(), back.by, back.uri.as_str()), (200, By::FormPost, REDIRECT));
        let header = |name: &str| page.headers[name].to_str().unwrap().to_owned();
        assert_eq!((header("cache-control"), header("referrer-policy")), ("no-store".to_owned(), "no-referrer".to_owned()));
        let policy = header("content-security-policy");
        let nonce = policy.split_once("script-src 'nonce-").unwrap().1.trim_end_matches('\'').to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("form-action") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.body.matches("<script").count(), 1);
        assert!(page.body.contains(&format!("<script nonce=\"{nonce}\">")) && nonce.len() >= 22);
        let again = suite.browser.visit(&suite.url(&[])).await;
        assert!(!again.headers["content-security-policy"].to_str().unwrap().contains(&nonce), "a nonce for each page");
    }

    // req: az.fp
    #[tokio::test]
    async fn what_a_state_holds_is_text_and_comes_back_byte_for_byte() {
        let mut suite = Suite::start(module_path!()).await;
        suite.authorize(&[]).await;
        for state in [
            "\"><script>alert(1)</script>",
            "'><img src=x onerror=alert(1)>",
            "</form><form action=https://evil.example>",
            "&quot;&amp;&#x22;",
            "javascript:alert(1)",
            "ä日本\u{202e}~!*'();:@&=+$,/?#[]%00",
        ] {
            let page = suite.browser.visit(&suite.url(&[("state", state)])).await;
            let back = callback(&page).unwrap();
            assert_eq!((back.get("state"), back.uri.as_str()), (Some(state), REDIRECT));
            assert_eq!((page.body.matches("<script").count(), page.body.matches("<form").count()), (1, 1), "{state}");
            assert!(!page.body.contains("<img"), "{state}");
        }
    }
}

mod oidcc_response_type_missing {
    use super::*;

    // req: az.fp
    #[tokio::test]
    async fn refusals_are_posted_too_also_those_of_a_person() {
        let mut suite = Suite::start(module_path!()).await;
        for (more, error) in [
            (("response_type", ""), "invalid_request"),
            (("response_type", "token"), "unsupported_response_type"),
            (("scope", "openid \""), "invalid_scope"),
            (("prompt", "none"), "login_required"),
        ] {
            let back = suite.authorize(&[more]).await;
            assert_eq!((back.by, back.uri.as_str()), (By::FormPost, REDIRECT));
            check_error(&back, &[error]);
        }
        let page = suite.browser.visit(&suite.url(&[])).await;
        let page = suite.browser.submit(&page, &[("username", crate::server::ADA), ("password", crate::server::PASSWORD)]).await;
        let page = suite.browser.follow(page).await;
        let page = suite.browser.submit(&page, &[("decision", "deny")]).await;
        let back = callback(&suite.browser.follow(page).await).unwrap();
        assert_eq!(back.by, By::FormPost);
        check_error(&back, &["access_denied"]);
    }
}
