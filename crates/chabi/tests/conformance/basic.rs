//! Basic: the code flow, as most applications use it. `form_post.rs` runs the same modules again.

use chabi::Seconds;

use crate::{
    conformance::suite::{EVERYTHING, FIRST, Suite, callback, check_error, check_success},
    server::{ADA, REDIRECT},
};

/// What a request that may show no page is told when it would have to.
const NEEDS_A_PAGE: [&str; 4] = ["login_required", "interaction_required", "consent_required", "account_selection_required"];

mod oidcc_server {
    use super::*;

    #[tokio::test]
    async fn the_code_flow_gives_an_id_token_with_the_nonce_and_no_claim_that_was_not_asked_for() {
        let mut suite = Suite::start(module_path!()).await;
        let tokens = suite.tokens(&[("scope", EVERYTHING)]).await;
        assert_eq!(tokens.id_token["nonce"], "n-0S6_WzA2Mj");
        for name in ["name", "given_name", "email", "phone_number", "address"] {
            assert!(tokens.id_token.get(name).is_none(), "{name} is in the ID token");
        }
        assert_eq!(suite.userinfo(&tokens.access_token).await["sub"], tokens.id_token["sub"]);
        assert!(tokens.answer["expires_in"].as_i64().is_some_and(|seconds| seconds > 0));
    }
}

mod oidcc_response_type_missing {
    use super::*;

    #[tokio::test]
    async fn a_request_without_response_type_is_refused_at_the_redirect_uri() {
        let mut suite = Suite::start(module_path!()).await;
        let back = suite.authorize(&[("response_type", "")]).await;
        check_error(&back, &["invalid_request", "unsupported_response_type"]);
    }
}

mod oidcc_userinfo_get {
    use super::*;

    #[tokio::test]
    async fn userinfo_answers_a_get_with_the_token_in_the_header() {
        let mut suite = Suite::start(module_path!()).await;
        let tokens = suite.tokens(&[]).await;
        assert_eq!(suite.userinfo(&tokens.access_token).await["sub"], tokens.id_token["sub"]);
    }
}

mod oidcc_userinfo_post_header {
    use super::*;

    #[tokio::test]
    async fn userinfo_answers_a_post_with_the_token_in_the_header() {
        let mut suite = Suite::start(module_path!()).await;
        let tokens = suite.tokens(&[]).await;
        let answer = suite.post_userinfo(Some(&tokens.access_token), &[]).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["sub"]), (200, &tokens.id_token["sub"]), "{}", answer.body);
    }
}

mod oidcc_userinfo_post_body {
    use super::*;

    // req: ui.tok
    #[tokio::test]
    async fn userinfo_answers_a_post_with_the_token_in_the_form_and_never_with_two() {
        let mut suite = Suite::start(module_path!()).await;
        let tokens = suite.tokens(&[]).await;
        let form = [("access_token", tokens.access_token.as_str())];
        let answer = suite.post_userinfo(None, &form).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["sub"]), (200, &tokens.id_token["sub"]), "{}", answer.body);
        let twice = suite.post_userinfo(Some(&tokens.access_token), &form).await;
        assert_eq!((twice.status.as_u16(), &twice.json()["error"]), (400, &"invalid_request".into()));
        let repeated = suite.post_userinfo(None, &[form[0], form[0]]).await;
        assert_eq!(repeated.status, 400, "{}", repeated.body);
        let nothing = suite.post_userinfo(None, &[("x", "y")]).await;
        let challenge = nothing.headers["www-authenticate"].to_str().unwrap();
        assert!(nothing.status == 401 && challenge.starts_with("Bearer") && !challenge.contains("error="), "{challenge}");
    }
}

mod oidcc_ensure_request_without_nonce_succeeds_for_code_flow {
    use super::*;

    #[tokio::test]
    async fn without_a_nonce_there_is_a_code_and_none_in_the_id_token() {
        let mut suite = Suite::start(module_path!()).await;
        let tokens = suite.tokens(&[("nonce", "")]).await;
        assert!(tokens.id_token.get("nonce").is_none());
    }
}

/// Every claim of a scope, and none of another.
async fn scope_gives(path: &str, scope: &str, claims: &[&str]) {
    let mut suite = Suite::start(path).await;
    let tokens = suite.tokens(&[("scope", scope)]).await;
    let info = suite.userinfo(&tokens.access_token).await;
    let mut given: Vec<_> = info.as_object().unwrap().keys().map(String::as_str).filter(|name| *name != "sub").collect();
    let mut expected = claims.to_vec();
    given.sort_unstable();
    expected.sort_unstable();
    assert_eq!(given, expected);
}

const PROFILE: [&str; 14] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];
const OTHERS: [&str; 5] = ["email", "email_verified", "address", "phone_number", "phone_number_verified"];

mod oidcc_scope_profile {
    use super::*;

    #[tokio::test]
    async fn profile_gives_every_profile_claim() {
        scope_gives(module_path!(), "openid profile", &PROFILE).await;
    }
}

mod oidcc_scope_email {
    use super::*;

    #[tokio::test]
    async fn email_gives_the_address_and_whether_it_was_proven() {
        scope_gives(module_path!(), "openid email", &OTHERS[..2]).await;
    }
}

mod oidcc_scope_address {
    use super::*;

    #[tokio::test]
    async fn address_gives_the_address_as_an_object() {
        scope_gives(module_path!(), "openid address", &OTHERS[2..3]).await;
    }
}

mod oidcc_scope_phone {
    use super::*;

    #[tokio::test]
    async fn phone_gives_the_number_and_whether_it_was_proven() {
        scope_gives(module_path!(), "openid phone", &OTHERS[3..]).await;
    }
}

mod oidcc_scope_all {
    use super::*;

    // req: ui.claims
    #[tokio::test]
    async fn all_scopes_give_every_standard_claim() {
        let all: Vec<_> = PROFILE.into_iter().chain(OTHERS).collect();
        scope_gives(module_path!(), "openid profile email address phone", &all).await;
    }
}

mod oidcc_ensure_other_scope_order_succeeds {
    use super::*;

    #[tokio::test]
    async fn openid_may_stand_anywhere_in_the_scope() {
        let mut suite = Suite::start(module_path!()).await;
        let tokens = suite.tokens(&[("scope", "email openid")]).await;
        assert_eq!(suite.userinfo(&tokens.access_token).await["email"], ADA);
    }
}

/// A parameter that changes nothing that matters.
async fn is_harmless(path: &str, name: &str, value: &str) {
    let mut suite = Suite::start(path).await;
    let tokens = suite.tokens(&[(name, value)]).await;
    suite.userinfo(&tokens.access_token).await;
    assert_eq!(suite.sign_ins, 1, "the ids of the pages were the same");
}

mod oidcc_display_page {
    use super::*;

    #[tokio::test]
    async fn display_page_is_taken() {
        is_harmless(module_path!(), "display", "page").await;
    }
}

mod oidcc_display_popup {
    use super::*;

    #[tokio::test]
    async fn display_popup_is_taken() {
        is_harmless(module_path!(), "display", "popup").await;
    }
}

mod oidcc_prompt_login {
    use super::*;

    // req: az.prompt
    #[tokio::test]
    async fn the_person_signs_in_again_and_auth_time_is_later() {
        let mut suite = Suite::start(module_path!()).await;
        let first = suite.tokens(&[]).await.id_token;
        suite.server.clock.advance(Seconds(2));
        let second = suite.tokens(&[("prompt", "login")]).await.id_token;
        assert_eq!((suite.sign_ins, &second["sub"]), (2, &first["sub"]));
        assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64());
    }
}

mod oidcc_prompt_none_not_logged_in {
    use super::*;

    // req: az.prompt
    #[tokio::test]
    async fn nobody_is_asked_and_the_application_is_told() {
        let mut suite = Suite::start(module_path!()).await;
        let back = suite.authorize(&[("prompt", "none")]).await;
        check_error(&back, &NEEDS_A_PAGE);
        assert_eq!((suite.sign_ins, suite.consents), (0, 0));
    }
}

mod oidcc_prompt_none_logged_in {
    use super::*;

    // req: az.prompt
    #[tokio::test]
    async fn who_is_signed_in_and_consented_is_answered_for_without_a_page() {
        let mut suite = Suite::start(module_path!()).await;
        let first = suite.tokens(&[]).await.id_token;
        suite.server.clock.advance(Seconds(2));
        let second = suite.tokens(&[("prompt", "none")]).await.id_token;
        assert_eq!((suite.sign_ins, suite.consents), (1, 1));
        assert_eq!((&second["sub"], &second["auth_time"]), (&first["sub"], &first["auth_time"]));
    }
}

mod oidcc_max_age_1 {
    use super::*;

    // req: az.prompt
    #[tokio::test]
    async fn after_more_than_a_second_the_person_signs_in_again() {
        let mut suite = Suite::start(module_path!()).await;
        let first = suite.tokens(&[]).await.id_token;
        suite.server.clock.advance(Seconds(2));
        let second = suite.tokens(&[("max_age", "1")]).await.id_token;
        assert_eq!((suite.sign_ins, &second["sub"]), (2, &first["sub"]));
        assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64());
    }
}

mod oidcc_max_age_10000 {
    use super::*;

    #[tokio::test]
    async fn within_max_age_nobody_is_asked_and_auth_time_stays() {
        let mut suite = Suite::start(module_path!()).await;
        let first = suite.tokens(&[]).await.id_token;
        suite.server.clock.advance(Seconds(2));
        let second = suite.tokens(&[("max_age", "10000")]).await.id_token;
        assert_eq!((suite.sign_ins, suite.consents), (1, 1));
        assert_eq!(second["auth_time"], first["auth_time"]);
    }
}

mod oidcc_ensure_request_with_unknown_parameter_succeeds {
    use super::*;

    // req: az.unk
    #[tokio::test]
    async fn an_unknown_parameter_is_ignored() {
        is_harmless(module_path!(), "extra", "foobar").await;
    }
}

mod oidcc_id_token_hint {
    use super::*;

    // req: az.prompt
    #[tokio::test]
    async fn the_hinted_person_is_answered_for_without_a_page_also_by_an_expired_hint() {
        let mut suite = Suite::start(module_path!()).await;
        let first = suite.tokens(&[]).await;
        let hint = first.answer["id_token"].as_str().unwrap().to_owned();
        let second = suite.tokens(&[("prompt", "none"), ("id_token_hint", &hint)]).await.id_token;
        suite.server.clock.advance(Seconds::hours(3));
        let third = suite.tokens(&[("prompt", "none"), ("id_token_hint", &hint)]).await.id_token;
        assert_eq!((suite.sign_ins, suite.consents), (1, 1));
        for later in [second, third] {
            assert_eq!((&later["sub"], &later["auth_time"]), (&first.id_token["sub"], &first.id_token["auth_time"]));
        }
        // signed out, or somebody else's: the hint opens nothing
        suite.browser = suite.server.browser();
        check_error(&suite.authorize(&[("prompt", "none"), ("id_token_hint", &hint)]).await, &NEEDS_A_PAGE);
        check_error(&suite.authorize(&[("prompt", "none"), ("id_token_hint", "a.b.c")]).await, &["invalid_request"]);
    }
}

mod oidcc_login_hint {
    use super::*;

    // req: az.hints
    #[tokio::test]
    async fn a_hint_of_whoever_is_filled_in_and_changes_nothing_else() {
        let mut suite = Suite::start(module_path!()).await;
        let page = suite.browser.visit(&suite.url(&[("login_hint", "buffy@id.example")])).await;
        assert!(page.body.contains("value=\"buffy@id.example\""), "{}", page.body);
        let back = suite.go_on(page).await;
        suite.tokens_of(&back).await;
    }
}

mod oidcc_ui_locales {
    use super::*;

    // req: az.hints
    #[tokio::test]
    async fn a_language_that_we_do_not_have_is_english_with_the_same_ids() {
        let mut suite = Suite::start(module_path!()).await;
        let page = suite.browser.visit(&suite.url(&[("ui_locales", "se")])).await;
        assert!(page.body.contains("<html lang=\"en\"") && page.body.contains(">Sign in</h1>"), "{}", page.body);
        let back = suite.go_on(page).await;
        suite.tokens_of(&back).await;
    }

    #[tokio::test]
    async fn a_language_that_we_have_is_spoken_with_the_same_ids() {
        let mut suite = Suite::start(module_path!()).await;
        let page = suite.browser.visit(&suite.url(&[("ui_locales", "se bn en")])).await;
        assert!(page.body.contains("<html lang=\"bn\""), "{}", page.body);
        let back = suite.go_on(page).await;
        suite.tokens_of(&back).await;
    }
}

mod oidcc_claims_locales {
    use super::*;

    #[tokio::test]
    async fn claims_locales_is_ignored() {
        is_harmless(module_path!(), "claims_locales", "se").await;
    }
}

mod oidcc_ensure_request_with_acr_values_succeeds {
    use super::*;

    // req: az.acr
    #[tokio::test]
    async fn a_wish_for_classes_is_no_error_and_the_id_token_says_one_of_them() {
        let mut suite = Suite::start(module_path!()).await;
        let supported = suite.browser.get("/.well-known/openid-configuration").await.json()["acr_values_supported"].clone();
        let tokens = suite.tokens(&[("acr_values", "1 2")]).await;
        assert_eq!(tokens.id_token["acr"], supported[0]);
        assert!(["1", "2"].contains(&tokens.id_token["acr"].as_str().unwrap()));
    }
}

mod oidcc_codereuse {
    use super::*;

    #[tokio::test]
    async fn a_code_that_is_used_again_is_refused_and_takes_back_what_it_gave() {
        let mut suite = Suite::start(module_path!()).await;
        let back = suite.authorize(&[]).await;
        let tokens = suite.tokens_of(&back).await;
        let again = suite.exchange(&back).await;
        assert_eq!((again.status.as_u16(), &again.json()["error"]), (400, &"invalid_grant".into()));
        assert_eq!(suite.post_userinfo(Some(&tokens.access_token), &[]).await.status, 401);
    }
}

mod oidcc_codereuse_30seconds {
    use super::*;

    #[tokio::test]
    async fn also_after_half_a_minute() {
        let mut suite = Suite::start(module_path!()).await;
        let back = suite.authorize(&[]).await;
        let tokens = suite.tokens_of(&back).await;
        suite.server.clock.advance(Seconds(30));
        let again = suite.exchange(&back).await;
        assert_eq!((again.status.as_u16(), &again.json()["error"]), (400, &"invalid_grant".into()));
        assert_eq!(suite.post_userinfo(Some(&tokens.access_token), &[]).await.status, 401);
    }
}

mod oidcc_ensure_registered_redirect_uri {
    use super::*;

    // req: rd.exact
    // req: rd.noredir
    #[tokio::test]
    async fn another_redirect_uri_is_a_page_of_ours_and_no_redirect() {
        let mut suite = Suite::start(module_path!()).await;
        for foreign in [format!("{REDIRECT}/other"), format!("{REDIRECT}?foo=bar"), "https://app.example/".to_owned()] {
            let page = suite.browser.get(&suite.url(&[("redirect_uri", &foreign)])).await;
            assert_eq!((page.status.as_u16(), page.location()), (400, None), "{foreign}");
            assert!(callback(&page).is_none() && page.body.contains("id=\"page-title\""), "{}", page.body);
        }
    }
}

mod oidcc_ensure_redirect_uri_in_authorization_request {
    use super::*;

    // req: rd.req
    #[tokio::test]
    async fn a_request_without_redirect_uri_is_a_page_of_ours() {
        let mut suite = Suite::start(module_path!()).await;
        let page = suite.browser.get(&suite.url(&[("redirect_uri", "")])).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, None));
    }
}

mod oidcc_ensure_post_request_succeeds {
    use super::*;

    // req: az.post
    #[tokio::test]
    async fn a_form_posted_by_another_site_begins_a_request_like_a_link_does() {
        let mut suite = Suite::start(module_path!()).await;
        let first = suite.tokens(&[]).await.id_token;
        let page = suite.browser.post("/oauth2/authorize", &suite.parameters(&[])).await;
        let page = suite.browser.follow(page).await;
        let back = suite.go_on(page).await;
        assert_eq!(suite.tokens_of(&back).await.id_token["sub"], first["sub"]);
        // SameSite=Lax: the browser keeps our cookies back
        let mut without_cookies = suite.server.browser();
        let redirect = without_cookies.post("/oauth2/authorize", &suite.parameters(&[])).await;
        let page = suite.browser.follow(redirect).await;
        let back = suite.go_on(page).await;
        check_success(&back);
        assert_eq!(suite.sign_ins, 1);
    }
}

mod oidcc_server_client_secret_post {
    use super::*;

    #[tokio::test]
    async fn the_secret_may_come_in_the_body() {
        let mut suite = Suite::start(module_path!()).await;
        let back = suite.authorize(&[]).await;
        let answer = suite.exchange_by_post(&back).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.json()["id_token"].is_string());
    }
}

mod oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported {
    use super::*;

    #[tokio::test]
    async fn a_request_object_is_refused_by_its_own_code() {
        let mut suite = Suite::start(module_path!()).await;
        check_error(&suite.authorize(&[("request", "eyJhbGciOiJub25lIn0.e30.")]).await, &["request_not_supported"]);
        check_error(&suite.authorize(&[("request_uri", "https://app.example/r#x")]).await, &["request_uri_not_supported"]);
        check_error(&suite.authorize(&[("registration", "{}")]).await, &["registration_not_supported"]);
    }
}

mod oidcc_ensure_request_object_with_redirect_uri {
    use super::*;

    #[tokio::test]
    async fn a_redirect_uri_inside_a_request_object_is_never_used() {
        let mut suite = Suite::start(module_path!()).await;
        let inside = chabi_token::base64url::encode(r#"{"redirect_uri":"https://evil.example/cb","client_id":"suite-1"}"#);
        let object = format!("eyJhbGciOiJub25lIn0.{inside}.");
        let back = suite.authorize(&[("request", &object)]).await;
        check_error(&back, &["request_not_supported"]);
        assert_eq!(back.uri, REDIRECT);
        let page = suite.browser.get(&suite.url(&[("request", &object), ("redirect_uri", "")])).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, None));
    }
}

mod oidcc_claims_essential {
    use super::*;

    // req: ui.claims
    #[tokio::test]
    async fn a_claim_that_is_asked_for_by_name_is_given_without_its_scope() {
        let mut suite = Suite::start(module_path!()).await;
        let claims = r#"{"userinfo":{"name":{"essential":true},"email":null}}"#;
        let tokens = suite.tokens(&[("claims", claims)]).await;
        let info = suite.userinfo(&tokens.access_token).await;
        assert_eq!((&info["name"], &info["email"]), (&"Ada Lovelace".into(), &ADA.into()));
        let names: Vec<_> = info.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["email", "name", "sub"], "and nothing else");
        assert!(tokens.id_token.get("name").is_none());
    }

    #[tokio::test]
    async fn in_the_id_token_when_it_is_asked_for_there_and_again_after_a_refresh() {
        let mut suite = Suite::start(module_path!()).await;
        let claims = r#"{"id_token":{"email":{"essential":true},"auth_time":{"essential":true}}}"#;
        let tokens = suite.tokens(&[("claims", claims), ("scope", "openid offline_access"), ("prompt", "consent")]).await;
        assert_eq!((&tokens.id_token["email"], tokens.id_token.get("name")), (&ADA.into(), None));
        assert!(suite.userinfo(&tokens.access_token).await.get("email").is_none());
        let refresh = tokens.answer["refresh_token"].as_str().unwrap();
        let answer = suite.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await.json();
        assert_eq!(suite.verified(answer["id_token"].as_str().unwrap()).await["email"], ADA);
    }
}

mod oidcc_refresh_token {
    use super::*;

    #[tokio::test]
    async fn a_refresh_keeps_who_and_when_and_is_bound_to_its_application() {
        let mut suite = Suite::start(module_path!()).await;
        let first = suite.tokens(&[("scope", "openid offline_access"), ("prompt", "consent")]).await;
        suite.server.clock.advance(Seconds(2));
        let refresh = first.answer["refresh_token"].as_str().unwrap();
        let by_another = suite.as_second().token(&[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await;
        assert_eq!((by_another.status.as_u16(), &by_another.json()["error"]), (400, &"invalid_grant".into()));
        suite.client_id = FIRST;
        let answer = suite.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let second = suite.verified(answer.json()["id_token"].as_str().unwrap()).await;
        for name in ["iss", "sub", "aud", "auth_time", "acr"] {
            assert_eq!(second[name], first.id_token[name], "{name}");
        }
        assert!(second["iat"].as_i64() > first.id_token["iat"].as_i64());
        assert!(second.get("nonce").is_none());
    }
}

mod oidcc_ensure_request_with_valid_pkce_succeeds {
    use super::*;
    use crate::server::{CHALLENGE, VERIFIER};

    // req: az.pkce
    #[tokio::test]
    async fn a_challenge_is_held_to_where_it_is_sent_though_none_is_required() {
        let mut suite = Suite::start(module_path!()).await;
        let pkce = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
        let back = suite.authorize(&pkce).await;
        let without = suite.exchange(&back).await;
        assert_eq!((without.status.as_u16(), &without.json()["error"]), (400, &"invalid_grant".into()));
        let back = suite.authorize(&pkce).await;
        let fields = [("grant_type", "authorization_code"), ("code", back.code()), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
        let answer = suite.token(&fields).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

mod oidcc_alternate_happy_flow {
    use super::*;

    #[tokio::test]
    async fn the_order_of_parameters_does_not_matter_and_a_registered_query_is_kept() {
        let mut suite = Suite::start(module_path!()).await;
        suite.as_second();
        let mut parameters = suite.parameters(&[]);
        parameters.reverse();
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let page = suite.browser.visit(&format!("/oauth2/authorize?{query}")).await;
        let back = suite.go_on(page).await;
        let kept = back.by == crate::conformance::suite::By::FormPost && back.uri.ends_with("?dummy1=lorem&dummy2=ipsum");
        assert!(kept || (back.get("dummy1"), back.get("dummy2")) == (Some("lorem"), Some("ipsum")), "{back:?}");
        suite.tokens_of(&back).await;
    }
}
