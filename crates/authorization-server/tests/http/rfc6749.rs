//! The OAuth 2.0 Authorization Framework.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::rig::{CALLBACK, ISSUER, NOTES, Rig, SECRET, authorize_url, claims, parameter};

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

mod section_4_1_1 {
    use super::*;

    // req: az.state
    // req: md.iss
    // req: at.typ
    // req: tk.nostore
    #[tokio::test]
    async fn a_person_who_is_signed_in_comes_back_with_a_code_that_gives_tokens() {
        let mut rig = Rig::new(1).await;
        rig.sign_in().await;
        let page = rig.authorize("state=a b%26c%3D%C3%BC+%22").await;
        assert_eq!(page.status, 303);
        assert!(page.location().unwrap().starts_with(CALLBACK));
        assert_eq!(parameter(&page, "state").as_deref(), Some("a b&c=ü \""));
        assert_eq!(parameter(&page, "iss").as_deref(), Some(ISSUER));
        let answer = rig.redeem("spa", &parameter(&page, "code").unwrap(), &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!((answer.text("token_type"), answer.body["expires_in"].as_i64()), ("Bearer".into(), Some(300)));
        assert_eq!(answer.text("scope"), "notes:read openid");
        let access = claims(&answer.text("access_token"));
        assert_eq!((access["iss"].as_str(), access["aud"].as_str()), (Some(ISSUER), Some(NOTES)));
        assert_eq!((access["client_id"].as_str(), access["scope"].as_str()), (Some("spa"), Some("notes:read openid")));
        for name in ["sub", "jti", "exp", "iat"] {
            assert!(!access[name].is_null(), "{name}");
        }
        assert_eq!(rig.userinfo(&answer.text("access_token")).await.text("sub"), access["sub"].as_str().unwrap());
    }

    // req: rd.noredir
    #[tokio::test]
    async fn an_unknown_application_or_redirect_uri_is_a_page_and_never_a_redirect() {
        let mut rig = Rig::new(2).await;
        rig.sign_in().await;
        for url in [
            authorize_url("nobody", ""),
            authorize_url("disabled", ""),
            authorize_url("spa", "redirect_uri=https://evil.example/"),
            authorize_url("spa", "redirect_uri=https://app.example/cb/"),
            authorize_url("spa", "redirect_uri="),
            authorize_url("", ""),
        ] {
            let page = rig.browser.get(&url).await;
            assert_eq!((page.status.as_u16(), page.location()), (400, None), "{url}");
            assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
            let body = page.body.to_lowercase();
            for way_out in ["href=\"https://evil", "action=\"https://evil", "http-equiv=\"refresh\"", "<script"] {
                assert!(!body.contains(way_out), "{url}: {way_out}");
            }
            assert_eq!(page.headers["x-frame-options"], "DENY");
        }
    }

    // req: az.dup
    #[tokio::test]
    async fn a_repeated_parameter_is_refused_also_when_one_is_in_the_body() {
        let mut rig = Rig::new(3).await;
        rig.sign_in().await;
        let url = format!("{}&state=again", authorize_url("spa", ""));
        assert_eq!(rig.browser.get(&url).await.status, 400);
        let url = authorize_url("spa", "");
        assert_eq!(rig.browser.post(&url, &[("state", "st")]).await.status, 400);
        let code = rig.code("spa", "").await;
        let answer = rig.redeem("spa", &code, &[("scope", "a"), ("scope", "b")]).await;
        assert_eq!(answer.error(), (400, "invalid_request".into()));
    }

    // req: az.unk
    // req: az.hints
    #[tokio::test]
    async fn unknown_parameters_and_wishes_are_ignored() {
        let mut rig = Rig::new(4).await;
        rig.sign_in().await;
        rig.code("spa", "extra=foobar&display=popup&ui_locales=se&claims_locales=se&login_hint=a@b&acr_values=1 2").await;
    }

    // req: az.post
    #[tokio::test]
    async fn get_and_post_are_one() {
        let mut rig = Rig::new(5).await;
        rig.sign_in().await;
        // the browser gets its cookie on the first visit of a page
        rig.authorize("prompt=login").await;
        let url = authorize_url("spa", "");
        let fields: Vec<(String, String)> = form_urlencoded::parse(url.split_once('?').unwrap().1.as_bytes()).into_owned().collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let page = rig.browser.post("/oauth2/authorize", &fields).await;
        assert_eq!(page.status, 303);
        assert!(parameter(&page, "code").is_some());
        let mut wrong = fields.clone();
        wrong.retain(|(name, _)| *name != "code_challenge");
        let page = rig.browser.post("/oauth2/authorize", &wrong).await;
        assert_eq!(parameter(&page, "error").as_deref(), Some("invalid_request"));
    }

    // req: az.post
    #[tokio::test]
    async fn a_post_without_cookies_comes_again_by_get_where_browsers_send_them() {
        let mut rig = Rig::new(6).await;
        let url = authorize_url("spa", "");
        let page = rig.browser.post(&url, &[]).await;
        assert!(page.location().unwrap().starts_with("/oauth2/authorize?response_type=code"));
        let page = rig.browser.follow(page).await;
        assert!(page.url.starts_with("/accounts/login/"));
    }

    // req: az.rt
    // req: md.iss
    #[tokio::test]
    async fn no_response_type_but_code_and_the_refusal_goes_to_the_query() {
        let mut rig = Rig::new(7).await;
        rig.sign_in().await;
        for response_type in ["token", "id_token", "code token", "code id_token", "none"] {
            let page = rig.authorize(&format!("response_type={response_type}")).await;
            assert_eq!(parameter(&page, "error").as_deref(), Some("unsupported_response_type"), "{response_type}");
            assert_eq!(parameter(&page, "iss").as_deref(), Some(ISSUER));
            assert_eq!(parameter(&page, "state").as_deref(), Some("st"));
            assert!(!page.location().unwrap().contains('#'));
        }
        let page = rig.authorize("response_mode=web_message").await;
        assert_eq!(parameter(&page, "error").as_deref(), Some("invalid_request"));
        // RFC 9700 §2.1.2: also where the fragment is asked for, nothing but an error is in it
        let page = rig.authorize("response_mode=fragment&response_type=token").await;
        let target = page.location().unwrap();
        assert!(
            target.starts_with(&format!("{CALLBACK}#error=unsupported_response_type&")) && !target.contains("access_token"),
            "{target}"
        );
    }
}

mod section_4_1_3 {
    use super::*;

    // req: cd.replay
    #[tokio::test]
    async fn a_replayed_code_is_refused_and_takes_back_what_it_gave() {
        let mut rig = Rig::new(10).await;
        rig.sign_in().await;
        let code = rig.code("spa", "").await;
        let first = rig.redeem("spa", &code, &[]).await;
        assert_eq!(rig.redeem("spa", &code, &[]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.userinfo(&first.text("access_token")).await.error(), (401, "invalid_token".into()));
        assert_eq!(rig.refresh("spa", &first.text("refresh_token"), &[]).await.error(), (400, "invalid_grant".into()));
        let events = rig.store.list_audit_events(10).await.unwrap();
        assert!(events.iter().any(|event| event.kind == "code.replayed"));
    }

    // req: cd.once
    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_redemptions_at_once_one_succeeds() {
        let mut rig = Rig::new(11).await;
        rig.sign_in().await;
        let code = rig.code("spa", "").await;
        let attempts = futures_util::future::join_all((0..16).map(|_| rig.redeem("spa", &code, &[]))).await;
        assert_eq!(attempts.iter().filter(|answer| answer.status == 200).count(), 1);
        assert!(attempts.iter().filter(|answer| answer.status != 200).all(|answer| answer.error() == (400, "invalid_grant".into())));
    }

    // req: cd.client
    #[tokio::test]
    async fn a_code_of_another_application_is_invalid_grant_and_stays_good_for_its_own() {
        let mut rig = Rig::new(12).await;
        rig.sign_in().await;
        let code = rig.code("spa", "").await;
        assert_eq!(rig.redeem("other", &code, &[]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.redeem("spa", &code, &[("redirect_uri", "https://evil.example/")]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.redeem("spa", &code, &[]).await.status, 200);
    }

    // req: cd.ttl
    #[tokio::test]
    async fn a_code_is_dead_after_a_minute() {
        let mut rig = Rig::new(13).await;
        rig.sign_in().await;
        let code = rig.code("spa", "").await;
        rig.clock.advance(chabi_token::Seconds(61));
        assert_eq!(rig.redeem("spa", &code, &[]).await.error(), (400, "invalid_grant".into()));
    }

    // req: cd.rand
    // req: st.mac
    #[tokio::test]
    async fn a_changed_code_is_unknown() {
        let mut rig = Rig::new(14).await;
        rig.sign_in().await;
        let code = rig.code("spa", "").await;
        let (id, secret) = code.split_once('.').unwrap();
        let flipped = if secret.starts_with('A') { secret.replacen('A', "B", 1) } else { format!("A{}", &secret[1..]) };
        for changed in [format!("{id}.{flipped}"), id.to_owned(), format!("{code}A"), code.replace("chabi_ac_", "")] {
            assert_eq!(rig.redeem("spa", &changed, &[]).await.error(), (400, "invalid_grant".into()), "{changed}");
        }
        assert_eq!(rig.redeem("spa", &code, &[]).await.status, 200);
    }

    // req: cd.user
    #[tokio::test]
    async fn an_account_closed_or_signed_out_meanwhile_redeems_nothing() {
        let mut rig = Rig::new(15).await;
        let (account, session) = rig.sign_in().await;
        let code = rig.code("spa", "").await;
        rig.store.set_account_disabled(account, Some(rig.env.now())).await.unwrap();
        assert_eq!(rig.redeem("spa", &code, &[]).await.error(), (400, "invalid_grant".into()));
        rig.store.set_account_disabled(account, None).await.unwrap();
        rig.store.end_session(session).await.unwrap();
        assert_eq!(rig.redeem("spa", &code, &[]).await.error(), (400, "invalid_grant".into()));
    }
}

mod section_5_1 {
    use super::*;

    #[tokio::test]
    async fn no_access_token_outlives_its_grant_not_even_by_what_clocks_may_differ() {
        let mut rig = Rig::with(18, |settings| settings.refresh_lifetime = chabi_token::Seconds(120), &[]).await;
        let token = rig.tokens("scope=openid offline_access notes:read").await.text("access_token");
        let access = claims(&token);
        assert_eq!(access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap(), 120);
        rig.clock.advance(chabi_token::Seconds(119));
        assert_eq!(rig.userinfo(&token).await.status, 200);
        rig.clock.advance(chabi_token::Seconds(1));
        assert_eq!(rig.userinfo(&token).await.error(), (401, "invalid_token".into()));
    }
}

mod section_2_3 {
    use super::*;

    const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

    // req: ca.enc
    #[tokio::test]
    async fn basic_and_post_are_both_taken_from_a_confidential_application() {
        let rig = Rig::new(20).await;
        assert_eq!(rig.post("/oauth2/token", &CREDENTIALS, Some(&basic("web", SECRET))).await.status, 200);
        let encoded = basic("web", &SECRET.replace('_', "%5F"));
        assert_eq!(rig.post("/oauth2/token", &CREDENTIALS, Some(&encoded)).await.status, 200);
        let posted = [("grant_type", "client_credentials"), ("client_id", "web"), ("client_secret", SECRET)];
        assert_eq!(rig.post("/oauth2/token", &posted, None).await.status, 200);
        let repeated = [("grant_type", "client_credentials"), ("client_id", "web")];
        assert_eq!(rig.post("/oauth2/token", &repeated, Some(&basic("web", SECRET))).await.status, 200);
    }

    // req: ca.one
    #[tokio::test]
    async fn two_ways_at_once_are_refused() {
        let rig = Rig::new(21).await;
        let both = [("grant_type", "client_credentials"), ("client_id", "web"), ("client_secret", SECRET)];
        assert_eq!(rig.post("/oauth2/token", &both, Some(&basic("web", SECRET))).await.error(), (400, "invalid_request".into()));
        let differ = [("grant_type", "client_credentials"), ("client_id", "spa")];
        assert_eq!(rig.post("/oauth2/token", &differ, Some(&basic("web", SECRET))).await.status, 400);
    }

    // req: ca.same
    #[tokio::test]
    async fn unknown_wrong_disabled_and_missing_look_the_same() {
        let rig = Rig::new(22).await;
        let mut bodies = Vec::new();
        for (id, secret) in [("nobody", SECRET), ("web", "wrong"), ("disabled", SECRET), ("spa", SECRET)] {
            let answer = rig.post("/oauth2/token", &CREDENTIALS, Some(&basic(id, secret))).await;
            assert_eq!(answer.error(), (401, "invalid_client".into()), "{id}");
            assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Basic "));
            bodies.push(answer.body.to_string());
        }
        let no_secret = [("grant_type", "client_credentials"), ("client_id", "web")];
        bodies.push(rig.post("/oauth2/token", &no_secret, None).await.body.to_string());
        bodies.dedup();
        assert_eq!(bodies.len(), 1, "{bodies:?}");
    }

    // req: rt.auth
    #[tokio::test]
    async fn wrong_secrets_are_throttled_for_their_address_and_application() {
        let rig = Rig::new(23).await;
        for _ in 0..21 {
            rig.post("/oauth2/token", &CREDENTIALS, Some(&basic("web", "wrong"))).await;
        }
        assert_eq!(rig.post("/oauth2/token", &CREDENTIALS, Some(&basic("web", SECRET))).await.status, 401);
        assert_eq!(rig.post("/oauth2/token", &CREDENTIALS, Some(&basic("classic", SECRET))).await.status, 200);
        rig.clock.advance(chabi_token::Seconds::minutes(16));
        assert_eq!(rig.post("/oauth2/token", &CREDENTIALS, Some(&basic("web", SECRET))).await.status, 200);
    }
}

mod section_3_2 {
    use axum::body::Body;
    use http::Request;

    use super::*;

    // req: tk.form
    #[tokio::test]
    async fn the_token_endpoint_takes_posted_forms_and_nothing_else() {
        let rig = Rig::new(30).await;
        assert_eq!(rig.ask(Request::get("/oauth2/token").body(Body::empty()).unwrap()).await.status, 405);
        let json = Request::post("/oauth2/token").header("content-type", "application/json").body(Body::from("{}")).unwrap();
        assert_eq!(rig.ask(json).await.error(), (415, "invalid_request".into()));
        let fields = [("grant_type", "client_credentials")];
        let answer = rig.post("/oauth2/token?client_id=web&client_secret=x", &fields, None).await;
        assert_eq!(answer.error(), (400, "invalid_request".into()));
    }

    // req: tk.ropc
    // req: tk.grants
    #[tokio::test]
    async fn grants_that_are_not_offered_or_not_registered_are_refused() {
        let rig = Rig::new(31).await;
        let password = [("grant_type", "password"), ("username", "a"), ("password", "b")];
        assert_eq!(rig.post("/oauth2/token", &password, Some(&basic("web", SECRET))).await.error(), (400, "unsupported_grant_type".into()));
        let own = [("grant_type", "client_credentials"), ("client_id", "spa")];
        assert_eq!(rig.post("/oauth2/token", &own, None).await.error(), (400, "unauthorized_client".into()));
        let unnamed = [("grant_type", "urn:ietf:params:oauth:grant-type:saml2-bearer")];
        assert_eq!(rig.post("/oauth2/token", &unnamed, None).await.error(), (400, "unsupported_grant_type".into()));
        let nothing = [("client_id", "spa")];
        assert_eq!(rig.post("/oauth2/token", &nothing, None).await.error(), (400, "invalid_request".into()));
    }
}

mod section_4_4 {
    use super::*;

    // req: tk.cc
    // req: az.scope
    #[tokio::test]
    async fn an_application_for_itself_gets_an_access_token_and_nothing_more() {
        let rig = Rig::new(40).await;
        let fields = [("grant_type", "client_credentials"), ("scope", "openid notes:read notes:delete")];
        let answer = rig.post("/oauth2/token", &fields, Some(&basic("web", SECRET))).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body["refresh_token"].is_null() && answer.body["id_token"].is_null());
        let access = claims(&answer.text("access_token"));
        assert_eq!((access["sub"].as_str(), access["scope"].as_str()), (Some("web"), Some("notes:read")));
        assert_eq!(access["aud"].as_str(), Some(NOTES));
    }
}

mod section_4_1_2_1 {
    use axum::Extension;
    use chabi_spec::ClientAddress;
    use chabi_testkit::Browser;

    use super::*;

    // req: dos.map
    #[tokio::test]
    async fn a_network_that_begins_endless_requests_is_told_to_come_back_later_and_others_are_served() {
        let rig = Rig::new(50).await;
        let from = |address: &str| Browser::new(rig.router.clone().layer(Extension(ClientAddress(address.parse().unwrap()))), ISSUER);
        let (now, window) = (rig.env.now(), chabi_token::Seconds::minutes(15));
        for _ in 0..1_000 {
            let _ = rig.store.count_attempt("authorize/from/2001:db8:0:1::/64", 1_000, window, now).await.unwrap();
        }
        let blocked = from("2001:db8:0:1::9").get(&authorize_url("spa", "")).await;
        assert_eq!(parameter(&blocked, "error").as_deref(), Some("temporarily_unavailable"));
        let served = from("2001:db8:0:2::9").get(&authorize_url("spa", "")).await;
        assert!(served.location().unwrap().starts_with("/accounts/login/"));
        rig.clock.advance(window);
        assert!(from("2001:db8:0:1::9").get(&authorize_url("spa", "")).await.location().unwrap().starts_with("/accounts/login/"));
    }
}
