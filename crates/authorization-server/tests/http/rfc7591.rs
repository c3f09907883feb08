//! RFC 7591, Dynamic Client Registration.

use chabi_authorization_server::{RegistrationMode, RegistrationSettings};
use chabi_spec::{ClientAddress, Scope};
use chabi_store::{
    application::Profile,
    application_settings::RegisteredBy,
    registration::{InitialAccessToken, InitialAccessTokenId},
};
use chabi_token::{IdSecret, Seconds, SiteTag};
use http::Request;
use serde_json::{Value, json};

use crate::rig::{Answer, CALLBACK, Rig, authorize_url, claims, parameter};

pub async fn open(seed: u64) -> Rig {
    with(seed, |_| {}).await
}

async fn with(seed: u64, change: impl FnOnce(&mut RegistrationSettings)) -> Rig {
    Rig::with(
        seed,
        |settings| {
            settings.registration.mode = RegistrationMode::Open;
            change(&mut settings.registration);
        },
        &[],
    )
    .await
}

pub fn public() -> Value {
    json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"],
        "client_name": "An agent" })
}

pub async fn register(rig: &Rig, metadata: &Value) -> Answer {
    rig.send_json("POST", "/oauth2/register", metadata, None).await
}

/// As the same network sends it.
async fn register_from(rig: &Rig, network: &str, metadata: &Value) -> Answer {
    let mut request = Request::post("/oauth2/register").header("content-type", "application/json");
    request.extensions_mut().unwrap().insert(ClientAddress(network.parse().unwrap()));
    rig.ask(request.body(metadata.to_string().into()).unwrap()).await
}

async fn initial_token(rig: &Rig, uses_left: i64) -> String {
    let secret = IdSecret::new(SiteTag::MAIN, &rig.env);
    let now = rig.env.now();
    let row = InitialAccessToken {
        id: InitialAccessTokenId(secret.id),
        secret_hash: secret.secret_hash(),
        site: "main".into(),
        label: "a partner".into(),
        uses_left,
        created_at: now,
        expires_at: now + Seconds::days(1),
    };
    rig.store.insert_initial_access_token(row).await.unwrap();
    secret.text("chabi_iat_").expose().to_owned()
}

mod section_3 {
    use super::*;

    // req: dcr.off
    #[tokio::test]
    async fn registration_is_off_unless_an_operator_opens_it() {
        let rig = Rig::new(1).await;
        assert_eq!(register(&rig, &public()).await.status, 404);
        let request = Request::get("/.well-known/oauth-authorization-server").body(axum::body::Body::empty()).unwrap();
        assert_eq!(rig.ask(request).await.body.get("registration_endpoint"), None);
        let rig = open(2).await;
        let request = Request::get("/.well-known/oauth-authorization-server").body(axum::body::Body::empty()).unwrap();
        assert_eq!(rig.ask(request).await.text("registration_endpoint"), "http://localhost:8000/oauth2/register");
    }

    #[tokio::test]
    async fn an_initial_access_token_registers_as_often_as_it_says() {
        let rig = with(3, |settings| settings.mode = RegistrationMode::Token).await;
        let without = register(&rig, &public()).await;
        assert_eq!(without.status, 401);
        assert_eq!(without.headers["www-authenticate"], "Bearer");
        let token = initial_token(&rig, 2).await;
        // what is refused by a rule spends nothing
        let bad = rig.send_json("POST", "/oauth2/register", &json!({ "redirect_uris": [] }), Some(&token)).await;
        assert_eq!(bad.error(), (400, "invalid_redirect_uri".into()));
        for status in [201, 201, 401] {
            assert_eq!(rig.send_json("POST", "/oauth2/register", &public(), Some(&token)).await.status, status);
        }
        for wrong in ["x", "chabi_iat_x.y", &token.replace("chabi_iat_", "chabi_rat_")] {
            let refused = rig.send_json("POST", "/oauth2/register", &public(), Some(wrong)).await;
            assert_eq!(refused.error(), (401, "invalid_token".into()));
        }
    }

    // req: dcr.off
    #[tokio::test]
    async fn an_open_registration_has_a_quota_for_each_network_and_for_all() {
        let rig = with(4, |settings| (settings.most_per_network, settings.most_per_day) = (2, 3)).await;
        let named = |number: i32| json!({ "redirect_uris": [format!("https://app.example/{number}")] });
        assert_eq!(register_from(&rig, "192.0.2.1", &named(1)).await.status, 201);
        assert_eq!(register_from(&rig, "192.0.2.1", &named(2)).await.status, 201);
        let third = register_from(&rig, "192.0.2.1", &named(3)).await;
        assert_eq!((third.status.as_u16(), third.headers["retry-after"].to_str().unwrap()), (429, "3600"));
        assert_eq!(register_from(&rig, "192.0.2.2", &named(4)).await.status, 201);
        assert_eq!(register_from(&rig, "192.0.2.3", &named(5)).await.status, 429);
        rig.clock.advance(Seconds::days(1));
        assert_eq!(register_from(&rig, "192.0.2.3", &named(5)).await.status, 201);
    }
}

mod section_3_1 {
    use super::*;

    #[tokio::test]
    async fn metadata_are_json() {
        let rig = open(10).await;
        let request = Request::post("/oauth2/register").header("content-type", "text/plain").body(public().to_string().into()).unwrap();
        assert_eq!(rig.ask(request).await.error(), (400, "invalid_client_metadata".into()));
        let request = Request::post("/oauth2/register").header("content-type", "application/json").body("{".into()).unwrap();
        assert_eq!(rig.ask(request).await.error(), (400, "invalid_client_metadata".into()));
    }
}

mod section_3_2 {
    use super::*;

    #[tokio::test]
    async fn what_was_registered_is_told_with_a_secret_that_is_shown_this_once() {
        let rig = open(20).await;
        let answer = register(&rig, &json!({ "redirect_uris": [CALLBACK], "client_name": "Web", "client_name#bn": "ওয়েব", "x": 1 })).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.text("client_name#bn"), "ওয়েব");
        assert_eq!(answer.body["client_secret_expires_at"], 0);
        assert_eq!(answer.body["client_id_issued_at"], rig.env.now().as_seconds());
        assert_eq!(answer.text("token_endpoint_auth_method"), "client_secret_basic");
        assert_eq!(answer.body.get("x"), None);
        let id = answer.text("client_id");
        assert_eq!(answer.text("registration_client_uri"), format!("http://localhost:8000/oauth2/register/{id}"));
        let kept = rig.store.find_application(&id).await.unwrap().unwrap();
        assert!(chabi_token::client_secret::verify(&answer.text("client_secret"), &kept.secret_hashes));
        assert_eq!((kept.settings.registered_by, kept.first_party, kept.profile), (RegisteredBy::Itself, false, Profile::OAuth21));
    }

    #[tokio::test]
    async fn what_breaks_a_rule_has_the_code_that_says_so() {
        let rig = open(21).await;
        for (member, value, code) in [
            ("redirect_uris", json!(["https://app.example/cb#x"]), "invalid_redirect_uri"),
            ("redirect_uris", json!(["http://app.example/cb"]), "invalid_redirect_uri"),
            ("redirect_uris", json!([]), "invalid_redirect_uri"),
            ("redirect_uris", json!("https://app.example/cb"), "invalid_client_metadata"),
            ("grant_types", json!(["client_credentials"]), "invalid_client_metadata"),
            ("grant_types", json!(["authorization_code", "urn:ietf:params:oauth:grant-type:token-exchange"]), "invalid_client_metadata"),
            ("logo_uri", json!("javascript:alert(1)"), "invalid_client_metadata"),
            ("software_statement", json!("e30.e30."), "unapproved_software_statement"),
            ("id_token_signed_response_alg", json!("none"), "invalid_client_metadata"),
        ] {
            let mut metadata = json!({ "redirect_uris": [CALLBACK] });
            metadata[member] = value;
            assert_eq!(register(&rig, &metadata).await.error(), (400, code.into()), "{metadata}");
        }
    }

    // req: dcr.off
    #[tokio::test]
    async fn an_application_chooses_neither_its_id_nor_scopes_that_are_not_open() {
        let rig = with(22, |settings| settings.scope = Scope::of(["notes:read"])).await;
        let mut metadata = public();
        metadata["client_id"] = json!("spa");
        metadata["scope"] = json!("openid notes:read notes:write");
        let answer = register(&rig, &metadata).await;
        assert_eq!(answer.status, 201);
        assert_ne!(answer.text("client_id"), "spa");
        assert_eq!(answer.text("scope"), "notes:read openid");
    }
}

mod section_5 {
    use super::*;

    #[tokio::test]
    async fn a_copy_from_the_same_network_shares_a_row_that_nobody_manages() {
        let rig = open(30).await;
        let first = register_from(&rig, "192.0.2.1", &public()).await;
        let (second, third) = (register_from(&rig, "192.0.2.1", &public()).await, register_from(&rig, "192.0.2.1", &public()).await);
        assert_eq!((first.status.as_u16(), second.status.as_u16(), third.status.as_u16()), (201, 201, 201));
        // not the first one's: it could change where the codes of the others go
        assert_ne!(first.text("client_id"), second.text("client_id"));
        assert_eq!(second.text("client_id"), third.text("client_id"));
        for copy in [&second, &third] {
            assert_eq!((copy.body.get("registration_access_token"), copy.body.get("registration_client_uri")), (None, None));
        }
        // and nobody takes from the first what it manages by sending the same
        let path = format!("/oauth2/register/{}", first.text("client_id"));
        let token = first.text("registration_access_token");
        assert_eq!(rig.send_json("GET", &path, &Value::Null, Some(&token)).await.status, 200);
        let shared = format!("/oauth2/register/{}", second.text("client_id"));
        assert_eq!(rig.send_json("GET", &shared, &Value::Null, Some(&token)).await.status, 401);
        assert_eq!(rig.send_json("DELETE", &path, &Value::Null, Some(&token)).await.status, 204);
        let elsewhere = register_from(&rig, "192.0.2.2", &public()).await;
        assert_ne!(elsewhere.text("client_id"), first.text("client_id"));
    }

    #[tokio::test]
    async fn what_an_initial_access_token_gives_is_its_own() {
        let rig = open(34).await;
        let token = initial_token(&rig, 3).await;
        let register = async || {
            let mut request = Request::post("/oauth2/register").header("content-type", "application/json");
            request = request.header("authorization", format!("Bearer {token}"));
            request.extensions_mut().unwrap().insert(ClientAddress("192.0.2.1".parse().unwrap()));
            rig.ask(request.body(public().to_string().into()).unwrap()).await
        };
        let mut ids = std::collections::BTreeSet::new();
        for _ in 0..3 {
            let answer = register().await;
            assert!(answer.status == 201 && !answer.text("registration_access_token").is_empty(), "{}", answer.body);
            ids.insert(answer.text("client_id"));
        }
        assert_eq!((ids.len(), register().await.status.as_u16()), (3, 401));
    }

    #[tokio::test]
    async fn nobody_shares_what_an_operator_has_shut() {
        let rig = open(35).await;
        let first = register_from(&rig, "192.0.2.1", &public()).await.text("client_id");
        let mut row = rig.store.find_application(&first).await.unwrap().unwrap();
        row.disabled_at = Some(rig.env.now());
        rig.store.put_application(row).await.unwrap();
        let second = register_from(&rig, "192.0.2.1", &public()).await;
        assert_eq!((second.status.as_u16(), second.text("client_id") == first), (201, false), "{}", second.body);
    }

    #[tokio::test]
    async fn an_application_with_a_secret_is_never_shared() {
        let rig = open(31).await;
        let metadata = json!({ "redirect_uris": [CALLBACK] });
        let first = register_from(&rig, "192.0.2.1", &metadata).await;
        let second = register_from(&rig, "192.0.2.1", &metadata).await;
        assert_ne!(first.text("client_id"), second.text("client_id"));
        for made in [&first, &second] {
            let (path, token) = (format!("/oauth2/register/{}", made.text("client_id")), made.text("registration_access_token"));
            assert_eq!(rig.send_json("GET", &path, &Value::Null, Some(&token)).await.status, 200, "and is managed by whoever made it");
        }
        assert_ne!(first.text("client_secret"), second.text("client_secret"));
    }

    #[tokio::test]
    async fn what_is_not_used_goes_away_and_what_is_used_stays() {
        let mut rig = open(32).await;
        let (unused, used) = (register(&rig, &public()).await.text("client_id"), register(&rig, &public()).await.text("client_id"));
        rig.sign_in().await;
        let code = rig.code(&used, "scope=openid").await;
        assert_eq!(rig.redeem(&used, &code, &[]).await.status, 200);
        rig.clock.advance(Seconds::days(8));
        rig.store.delete_expired(rig.env.now(), 100).await.unwrap();
        assert!(rig.store.find_application(&used).await.unwrap().is_some());
        assert!(rig.store.find_application(&unused).await.unwrap().is_none());
        rig.clock.advance(Seconds::days(180));
        rig.store.delete_expired(rig.env.now(), 100).await.unwrap();
        assert!(rig.store.find_application(&used).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_registered_application_signs_people_in() {
        let mut rig = open(33).await;
        let id = register(&rig, &public()).await.text("client_id");
        rig.sign_in().await;
        let page = rig.browser.get(&authorize_url(&id, "scope=openid offline_access&prompt=consent")).await;
        assert!(page.location().unwrap().contains("/accounts/consent/"), "{:?}", page.location());
        let code = rig.code(&id, "scope=openid").await;
        let tokens = rig.redeem(&id, &code, &[]).await;
        assert_eq!(claims(&tokens.text("id_token"))["aud"], json!(id));
    }

    #[tokio::test]
    async fn the_profile_of_those_who_register_is_the_operators_choice() {
        for (profile, error) in [(Profile::OAuth21, Some("invalid_request".to_owned())), (Profile::Oidc, None)] {
            let mut rig = with(34, |settings| settings.profile = profile).await;
            let id = register(&rig, &json!({ "redirect_uris": [CALLBACK] })).await.text("client_id");
            rig.sign_in().await;
            let page = rig
                .browser
                .get(&format!("/oauth2/authorize?response_type=code&client_id={id}&redirect_uri={CALLBACK}&scope=openid&nonce=n"))
                .await;
            assert_eq!(parameter(&page, "error"), error, "{profile:?}");
        }
    }
}
