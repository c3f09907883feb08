//! OpenID Connect Core.

use std::sync::atomic::Ordering;

use axum::body::Body;
use chabi_store::authorization_transaction::Decision;
use chabi_testkit::Page;
use chabi_token::{Algorithm, Seconds, id_token};
use http::Request;

use crate::rig::{CALLBACK, ISSUER, Rig, SECRET, application, claims, parameter, transaction};

mod section_3_1_2 {
    use super::*;

    // req: az.prompt
    #[tokio::test]
    async fn prompt_none_shows_no_page() {
        let mut rig = Rig::new(1).await;
        let page = rig.authorize("prompt=none").await;
        assert_eq!(parameter(&page, "error").as_deref(), Some("login_required"));
        rig.sign_in().await;
        let page = rig.authorize("prompt=none").await;
        assert!(parameter(&page, "code").is_some());
        rig.gate.consented.store(false, Ordering::SeqCst);
        let page = rig.authorize("prompt=none").await;
        assert_eq!(parameter(&page, "error").as_deref(), Some("consent_required"));
        assert_eq!(parameter(&page, "iss").as_deref(), Some(ISSUER));
    }

    // req: az.prompt
    #[tokio::test]
    async fn prompt_login_and_max_age_ask_again_and_set_auth_time() {
        let mut rig = Rig::new(2).await;
        let (account, _) = rig.sign_in().await;
        for (more, wait) in [("prompt=login", 1), ("max_age=10", 11), ("max_age=0", 1)] {
            rig.clock.advance(Seconds(wait));
            let page = rig.authorize(more).await;
            assert!(page.location().unwrap().starts_with("/accounts/login/"), "{more}");
            assert_eq!(parameter(&page, "again").as_deref(), Some("true"));
            let resume = format!("/oauth2/authorize/resume/{}", transaction(&page));
            let still = rig.browser.get(&resume).await;
            assert!(still.location().unwrap().starts_with("/accounts/login/"), "{more}: nobody signed in meanwhile");
            rig.clock.advance(Seconds(5));
            rig.sign_in_as(account).await;
            let page = rig.browser.get(&resume).await;
            let answer = rig.redeem("spa", &parameter(&page, "code").unwrap(), &[]).await;
            let auth_time = claims(&answer.text("id_token"))["auth_time"].as_i64();
            assert_eq!(auth_time, Some(rig.env.now().as_seconds()), "{more}");
        }
        let page = rig.authorize("max_age=1000").await;
        assert!(parameter(&page, "code").is_some());
    }

    #[tokio::test]
    async fn who_is_not_signed_in_comes_back_after_signing_in_once() {
        let mut rig = Rig::new(3).await;
        let page = rig.authorize("login_hint=ada").await;
        let resume = format!("/oauth2/authorize/resume/{}", transaction(&page));
        rig.sign_in().await;
        let page = rig.browser.get(&resume).await;
        assert_eq!(page.status, 303);
        assert!(parameter(&page, "code").is_some());
        let again = rig.browser.get(&resume).await;
        assert_eq!((again.status.as_u16(), again.location()), (400, None), "one request, one code");
    }

    // req: az.bind
    #[tokio::test]
    async fn a_waiting_request_is_good_in_its_own_browser_only() {
        let mut rig = Rig::new(4).await;
        let page = rig.authorize("").await;
        let resume = format!("/oauth2/authorize/resume/{}", transaction(&page));
        rig.sign_in().await;
        let mut other = rig.browser.clone();
        other.clear_cookies();
        assert_eq!(other.get(&resume).await.status, 400);
        other.get("/oauth2/authorize?client_id=spa").await;
        assert_eq!(other.get(&resume).await.status, 400);
        assert_eq!(rig.browser.get(&resume).await.status, 303);
    }

    // req: az.consent
    // req: az.srv
    #[tokio::test]
    async fn consent_is_asked_for_and_its_answer_decides() {
        let mut rig = Rig::new(5).await;
        rig.gate.consented.store(false, Ordering::SeqCst);
        let (account, _) = rig.sign_in().await;
        for (decision, expected) in [(Decision::Allowed, None), (Decision::Denied, Some("access_denied"))] {
            let page = rig.authorize("").await;
            assert!(page.location().unwrap().starts_with("/accounts/consent/"));
            rig.decide(&page, decision, account).await;
            // what is added to the way back changes nothing
            let resume = format!("/oauth2/authorize/resume/{}?scope=notes:write&redirect_uri=https://evil.example/", transaction(&page));
            let page = rig.browser.get(&resume).await;
            assert!(page.location().unwrap().starts_with(CALLBACK));
            assert_eq!(parameter(&page, "error").as_deref(), expected);
            if let Some(code) = parameter(&page, "code") {
                assert_eq!(rig.redeem("spa", &code, &[]).await.text("scope"), "notes:read openid");
            }
        }
    }

    // OAuth 2.1 §1.4.1
    // req: az.consent
    #[tokio::test]
    async fn what_is_remembered_beyond_the_request_is_not_granted() {
        let mut rig = Rig::new(10).await;
        *rig.gate.remembers.lock().unwrap() = Some(chabi_spec::Scope::of(["mail:read", "notes:read", "notes:write", "openid", "profile"]));
        rig.sign_in().await;
        let code = rig.code("spa", "scope=openid notes:read").await;
        assert_eq!(rig.redeem("spa", &code, &[]).await.text("scope"), "notes:read openid");
    }

    // req: az.consent
    #[tokio::test]
    async fn another_persons_consent_does_not_count() {
        let mut rig = Rig::new(6).await;
        rig.gate.consented.store(false, Ordering::SeqCst);
        let (ada, _) = rig.sign_in().await;
        let page = rig.authorize("").await;
        rig.decide(&page, Decision::Allowed, ada).await;
        rig.sign_in().await;
        let page = rig.browser.get(&format!("/oauth2/authorize/resume/{}", transaction(&page))).await;
        assert!(page.location().unwrap().starts_with("/accounts/consent/"));
    }

    // req: lo.csrf
    #[tokio::test]
    async fn consent_is_no_word_to_sign_out_and_the_word_to_sign_out_is_no_consent() {
        let mut rig = Rig::new(9).await;
        rig.gate.consented.store(false, Ordering::SeqCst);
        let (account, _) = rig.sign_in().await;
        let asked = rig.authorize("").await;
        rig.decide(&asked, Decision::Allowed, account).await;
        // as if there were nothing of that name
        let is_unknown = |rig: &Rig, page: &Page| {
            let why = rig.seen.0.lock().unwrap().last().unwrap().refusal.is_some();
            (page.status.as_u16(), page.location(), why) == (400, None, false)
        };
        let page = rig.browser.get(&format!("/oauth2/logout/resume/{}", transaction(&asked))).await;
        assert!(is_unknown(&rig, &page), "{page:?}");
        let page = rig.browser.get(&format!("/oauth2/authorize/resume/{}", transaction(&asked))).await;
        assert!(parameter(&page, "code").is_some(), "still signed in: {page:?}");
        let asked = rig.browser.get("/oauth2/logout").await;
        rig.decide(&asked, Decision::Allowed, account).await;
        let page = rig.browser.get(&format!("/oauth2/authorize/resume/{}", transaction(&asked))).await;
        assert!(is_unknown(&rig, &page), "{page:?}");
    }

    #[tokio::test]
    async fn request_objects_are_refused_by_their_own_codes() {
        let mut rig = Rig::new(7).await;
        rig.sign_in().await;
        for (more, error) in [
            ("request=e30.e30.", "request_not_supported"),
            ("request_uri=https://app.example/r", "request_uri_not_supported"),
            ("registration={}", "registration_not_supported"),
            ("prompt=none login", "invalid_request"),
            ("max_age=soon", "invalid_request"),
        ] {
            assert_eq!(parameter(&rig.authorize(more).await, "error").as_deref(), Some(error), "{more}");
        }
    }

    #[tokio::test]
    async fn a_hint_that_names_somebody_else_finds_nobody() {
        let mut rig = Rig::new(8).await;
        let hint = rig.tokens("").await.text("id_token");
        let page = rig.authorize(&format!("prompt=none&id_token_hint={hint}")).await;
        assert!(parameter(&page, "code").is_some());
        rig.sign_in().await;
        let page = rig.authorize(&format!("prompt=none&id_token_hint={hint}")).await;
        assert_eq!(parameter(&page, "error").as_deref(), Some("login_required"));
        let page = rig.authorize("prompt=none&id_token_hint=junk").await;
        assert_eq!(parameter(&page, "error").as_deref(), Some("invalid_request"));
    }
}

mod section_2 {
    use super::*;

    // req: tk.idt
    #[tokio::test]
    async fn the_id_token_says_who_when_for_whom_and_to_which_request() {
        let mut rig = Rig::new(20).await;
        let tokens = rig.tokens("scope=openid profile email&nonce=n-0S6_WzA2Mj").await;
        let access = tokens.text("access_token");
        let id = claims(&tokens.text("id_token"));
        assert_eq!((id["iss"].as_str(), id["aud"].as_str(), id["nonce"].as_str()), (Some(ISSUER), Some("spa"), Some("n-0S6_WzA2Mj")));
        assert_eq!(id["at_hash"].as_str(), Some(id_token::at_hash(Algorithm::RS256, &access).as_str()));
        assert_eq!(id["auth_time"].as_i64(), Some(rig.env.now().as_seconds()));
        assert_eq!((id["email"].as_str(), id["email_verified"].as_bool()), (Some("ada@example.org"), Some(true)));
        assert_eq!(id["name"].as_str(), Some("Ada"));
        assert!(id["sid"].is_string() && id["azp"].is_null());
        let refreshed = rig.refresh("spa", &tokens.text("refresh_token"), &[]).await;
        let again = claims(&refreshed.text("id_token"));
        assert_eq!((&again["sub"], &again["auth_time"], &again["aud"]), (&id["sub"], &id["auth_time"], &id["aud"]));
        assert!(again["nonce"].is_null());
        assert_ne!(again["jti"], id["jti"]);
    }

    // req: tk.idt
    #[tokio::test]
    async fn without_openid_there_is_no_id_token_and_no_userinfo() {
        let mut rig = Rig::new(21).await;
        let tokens = rig.tokens("scope=notes:read").await;
        assert!(tokens.body["id_token"].is_null());
        let answer = rig.userinfo(&tokens.text("access_token")).await;
        assert_eq!(answer.error(), (403, "insufficient_scope".into()));
        assert!(answer.headers["www-authenticate"].to_str().unwrap().contains(r#"error="insufficient_scope""#));
    }

    // req: ui.claims
    #[tokio::test]
    async fn the_oidc_profile_leaves_claims_to_userinfo() {
        let mut rig = Rig::new(22).await;
        rig.sign_in().await;
        let code = rig.code("classic", "scope=openid email").await;
        let tokens = rig.redeem("classic", &code, &[("client_secret", SECRET)]).await;
        assert!(claims(&tokens.text("id_token"))["email"].is_null());
        let info = rig.userinfo(&tokens.text("access_token")).await;
        assert_eq!((info.text("email"), info.body["name"].is_null()), ("ada@example.org".into(), true));
    }
}

mod section_5_5 {
    use super::*;

    #[tokio::test]
    async fn no_claim_is_given_by_its_name_whose_scope_the_application_may_not_ask_for() {
        let mut rig = Rig::new(20).await;
        rig.sign_in().await;
        let mut spa = application("spa");
        for (allowed, given) in [("openid email", true), ("openid profile", false)] {
            spa.scope = chabi_spec::Scope::parse(allowed).unwrap();
            rig.store.put_application(spa.clone()).await.unwrap();
            rig.store.configuration_changed();
            let named = "scope=openid&claims=%7B%22userinfo%22%3A%7B%22email%22%3Anull%7D%7D";
            let code = rig.code("spa", named).await;
            let token = rig.redeem("spa", &code, &[]).await.text("access_token");
            // also when it is allowed to ask for it later
            spa.scope = chabi_spec::Scope::parse("openid email").unwrap();
            rig.store.put_application(spa.clone()).await.unwrap();
            rig.store.configuration_changed();
            assert_eq!(rig.userinfo(&token).await.body["email"].is_string(), given, "{allowed}");
        }
    }
}

mod section_5_3 {
    use super::*;

    // req: ui.tok
    // req: at.cross
    #[tokio::test]
    async fn userinfo_takes_an_access_token_in_the_header_and_nothing_else() {
        let mut rig = Rig::new(30).await;
        let tokens = rig.tokens("").await;
        let access = tokens.text("access_token");
        let posted = Request::post("/oauth2/userinfo").header("authorization", format!("bearer {access}")).body(Body::empty()).unwrap();
        assert_eq!(rig.ask(posted).await.status, 200);
        for wrong in [tokens.text("id_token"), tokens.text("refresh_token"), "junk".into()] {
            let answer = rig.userinfo(&wrong).await;
            assert_eq!(answer.error(), (401, "invalid_token".into()), "{wrong}");
            assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer error=\"invalid_token\""));
            assert_eq!(answer.headers["cache-control"], "no-store");
        }
        let in_the_url = Request::get(format!("/oauth2/userinfo?access_token={access}")).body(Body::empty()).unwrap();
        let answer = rig.ask(in_the_url).await;
        let challenge = answer.headers["www-authenticate"].to_str().unwrap();
        assert!(answer.status == 401 && challenge.starts_with("Bearer") && !challenge.contains("error"), "{challenge}");
        assert_eq!(rig.post("/oauth2/userinfo", &[("access_token", &access)], None).await.status, 401);
        // RFC 6750 §2: another program on the way may have read the other one
        let twice =
            Request::get("/oauth2/userinfo").header("authorization", format!("Bearer {access}")).header("authorization", "Bearer x");
        assert_eq!(rig.ask(twice.body(Body::empty()).unwrap()).await.status, 401);
        rig.clock.advance(Seconds::minutes(6));
        assert_eq!(rig.userinfo(&access).await.status, 401);
    }

    #[tokio::test]
    async fn userinfo_takes_tokens_of_every_api_and_of_none() {
        let mut rig = Rig::new(31).await;
        let bare = chabi_store::application::RegisteredClient { default_audience: String::new(), ..application("bare") };
        rig.store.put_application(bare).await.unwrap();
        rig.sign_in().await;
        let code = rig.code("bare", "scope=openid notes:read").await;
        let tokens = rig.redeem("bare", &code, &[]).await;
        assert_eq!(tokens.text("scope"), "openid");
        assert_eq!(claims(&tokens.text("access_token"))["aud"], format!("{ISSUER}/oauth2/userinfo"));
        assert_eq!(rig.userinfo(&tokens.text("access_token")).await.status, 200);
    }

    #[tokio::test]
    async fn the_addresses_that_grafana_asks_for_are_a_list() {
        let mut rig = Rig::new(32).await;
        for (scope, expected) in [
            ("openid email", serde_json::json!([{"email": "ada@example.org", "primary": true, "verified": true}])),
            ("openid", serde_json::json!([])),
        ] {
            let access = rig.tokens(&format!("scope={scope}")).await.text("access_token");
            let request = Request::get("/oauth2/userinfo/emails").header("authorization", format!("Bearer {access}"));
            assert_eq!(rig.ask(request.body(Body::empty()).unwrap()).await.body, expected);
        }
    }
}
