//! DPoP: tokens that are bound to a key.

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chabi_store::application::RegisteredClient;
use chabi_testkit::DpopKey;
use chabi_token::Seconds;
use http::{Request, header};

use crate::rig::{Answer, CALLBACK, ISSUER, Rig, SECRET, VERIFIER, authorize_url, claims, parameter};

const TOKEN: &str = "http://localhost:8000/oauth2/token";
const USERINFO: &str = "http://localhost:8000/oauth2/userinfo";

impl Rig {
    /// A request to one of our endpoints with these proofs.
    pub async fn post_proving(&self, path: &str, fields: &[(&str, &str)], proofs: &[&str]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for proof in proofs {
            request = request.header("dpop", *proof);
        }
        self.ask(request.body(Body::from(body)).unwrap()).await
    }

    async fn redeem_proving(&self, client_id: &str, code: &str, key: &DpopKey) -> Answer {
        let proof = key.proof("POST", TOKEN, self.env.now());
        self.post_proving("/oauth2/token", &redemption(client_id, code), &[&proof]).await
    }

    async fn refresh_proving(&self, token: &str, proofs: &[&str]) -> Answer {
        let fields = [("grant_type", "refresh_token"), ("client_id", "spa"), ("refresh_token", token)];
        self.post_proving("/oauth2/token", &fields, proofs).await
    }

    async fn userinfo_by(&self, scheme: &str, token: &str, proof: Option<&str>) -> Answer {
        let mut request = Request::get("/oauth2/userinfo").header(header::AUTHORIZATION, format!("{scheme} {token}"));
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    fn proof(&self, key: &DpopKey) -> String {
        key.proof("POST", TOKEN, self.env.now())
    }

    async fn put(&self, application: RegisteredClient) {
        self.store.put_application(application).await.unwrap();
        self.store.configuration_changed();
    }
}

fn redemption<'a>(client_id: &'a str, code: &'a str) -> [(&'static str, &'a str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

fn challenge(answer: &Answer) -> &str {
    answer.headers.get(header::WWW_AUTHENTICATE).map_or("", |value| value.to_str().unwrap())
}

fn nonce(answer: &Answer) -> String {
    answer.headers["dpop-nonce"].to_str().unwrap().to_owned()
}

mod section_5 {
    use super::*;

    // req: dp.bind
    #[tokio::test]
    async fn a_proof_binds_the_access_token_and_a_public_applications_refresh_token() {
        let mut rig = Rig::new(1).await;
        rig.sign_in().await;
        let (key, other) = (DpopKey::default(), DpopKey::default());
        let code = rig.code("spa", "").await;
        let tokens = rig.redeem_proving("spa", &code, &key).await;
        assert_eq!((tokens.status.as_u16(), tokens.text("token_type").as_str()), (200, "DPoP"), "{}", tokens.body);
        assert_eq!(claims(&tokens.text("access_token"))["cnf"]["jkt"], key.thumbprint());

        let refresh = tokens.text("refresh_token");
        for proofs in [&[][..], &[rig.proof(&other).as_str()]] {
            assert_eq!(rig.refresh_proving(&refresh, proofs).await.error(), (400, "invalid_grant".into()));
        }
        let refreshed = rig.refresh_proving(&refresh, &[&rig.proof(&key)]).await;
        assert_eq!(refreshed.status, 200, "a stranger's attempt spent nothing: {}", refreshed.body);
        assert_eq!(claims(&refreshed.text("access_token"))["cnf"]["jkt"], key.thumbprint());
        assert_eq!(refreshed.text("token_type"), "DPoP");
    }

    // req: dp.bind
    #[tokio::test]
    async fn a_confidential_application_proves_who_it_is_and_may_change_its_key() {
        let mut rig = Rig::new(2).await;
        rig.sign_in().await;
        let (first, second) = (DpopKey::default(), DpopKey::default());
        let code = rig.code("web", "").await;
        let mut fields = redemption("web", &code).to_vec();
        fields.push(("client_secret", SECRET));
        let tokens = rig.post_proving("/oauth2/token", &fields, &[&rig.proof(&first)]).await;
        let refresh = tokens.text("refresh_token");
        let fields = [("grant_type", "refresh_token"), ("client_id", "web"), ("client_secret", SECRET), ("refresh_token", &refresh)];
        let refreshed = rig.post_proving("/oauth2/token", &fields, &[&rig.proof(&second)]).await;
        assert_eq!(claims(&refreshed.text("access_token"))["cnf"]["jkt"], second.thumbprint());
    }

    // req: dp.bind
    #[tokio::test]
    async fn a_retry_of_a_refresh_is_by_the_same_key() {
        let mut rig = Rig::new(3).await;
        let tokens = rig.tokens("").await;
        let refresh = tokens.text("refresh_token");
        assert_eq!(tokens.text("token_type"), "Bearer");
        let key = DpopKey::default();
        assert_eq!(rig.refresh_proving(&refresh, &[&rig.proof(&key)]).await.status, 200);
        assert_eq!(rig.refresh_proving(&refresh, &[]).await.error(), (400, "invalid_grant".into()), "another request");
        let other = rig.proof(&DpopKey::default());
        assert_eq!(rig.refresh_proving(&refresh, &[&other]).await.error(), (400, "invalid_grant".into()), "another key");
        assert_eq!(rig.refresh_proving(&refresh, &[&rig.proof(&key)]).await.status, 200, "the same one, within the grace");
    }

    // req: dp.proof
    #[tokio::test]
    async fn what_is_wrong_with_a_proof_is_invalid_dpop_proof_and_spends_nothing() {
        let mut rig = Rig::new(4).await;
        rig.sign_in().await;
        let key = DpopKey::default();
        let code = rig.code("spa", "").await;
        let now = rig.env.now();
        let good = rig.proof(&key);
        for proofs in [
            vec!["nonsense".to_owned()],
            vec![String::new()],
            vec![good.clone(), rig.proof(&key)],
            vec![key.proof("GET", TOKEN, now)],
            vec![key.proof("POST", USERINFO, now)],
            vec![key.proof("POST", "https://evil.example/oauth2/token", now)],
            vec![key.proof("POST", TOKEN, now - Seconds(3600))],
            vec![key.proof("POST", TOKEN, now + Seconds(3600))],
        ] {
            let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
            let answer = rig.post_proving("/oauth2/token", &redemption("spa", &code), &proofs).await;
            assert_eq!(answer.error(), (400, "invalid_dpop_proof".into()), "{proofs:?}");
        }
        for skewed in [10, -10] {
            let proof = key.proof("POST", &format!("{TOKEN}?x=1#f"), now + Seconds(skewed));
            let answer = rig.post_proving("/oauth2/token", &redemption("spa", "x"), &[&proof]).await;
            assert_eq!(answer.error(), (400, "invalid_grant".into()), "the proof is good, the code is not");
        }
        assert_eq!(rig.post_proving("/oauth2/token", &redemption("spa", &code), &[&good]).await.status, 200);
    }

    // req: dp.req
    #[tokio::test]
    async fn an_application_that_chose_it_gets_no_bearer_token_by_any_grant() {
        let mut rig = Rig::new(5).await;
        rig.sign_in().await;
        let bound = |client: RegisteredClient| {
            let mut client = client;
            client.settings.dpop_bound_access_tokens = true;
            client.grant_types = [
                "authorization_code",
                "refresh_token",
                "client_credentials",
                "urn:ietf:params:oauth:grant-type:device_code",
                "urn:ietf:params:oauth:grant-type:token-exchange",
                "urn:ietf:params:oauth:grant-type:jwt-bearer",
            ]
            .map(str::to_owned)
            .to_vec();
            client
        };
        let web = rig.store.find_application("web").await.unwrap().unwrap();
        rig.put(bound(RegisteredClient { client_id: "bound".into(), ..web })).await;
        let basic = format!("Basic {}", STANDARD.encode(format!("bound:{SECRET}")));
        let access_token = "urn:ietf:params:oauth:token-type:access_token";
        for fields in [
            vec![("grant_type", "authorization_code"), ("code", "x")],
            vec![("grant_type", "refresh_token"), ("refresh_token", "x")],
            vec![("grant_type", "client_credentials")],
            vec![("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", "x")],
            vec![
                ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
                ("subject_token", "x"),
                ("subject_token_type", access_token),
            ],
            vec![("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", "x")],
        ] {
            let answer = rig.post("/oauth2/token", &fields, Some(&basic)).await;
            assert_eq!(answer.error(), (400, "invalid_dpop_proof".into()), "{fields:?}");
        }
        let key = DpopKey::default();
        let fields = [("grant_type", "client_credentials"), ("client_id", "bound"), ("client_secret", SECRET)];
        let answer = rig.post_proving("/oauth2/token", &fields, &[&rig.proof(&key)]).await;
        assert_eq!(claims(&answer.text("access_token"))["cnf"]["jkt"], key.thumbprint());
    }
}

mod section_6 {
    use super::*;

    // req: dp.bind
    #[tokio::test]
    async fn introspection_tells_the_key() {
        let mut rig = Rig::new(11).await;
        rig.sign_in().await;
        let key = DpopKey::default();
        let code = rig.code("spa", "").await;
        let token = rig.redeem_proving("spa", &code, &key).await.text("access_token");
        let basic = format!("Basic {}", STANDARD.encode(format!("notes-api:{SECRET}")));
        let told = rig.post("/oauth2/introspect", &[("token", &token)], Some(&basic)).await;
        assert_eq!(told.body["active"], true, "{}", told.body);
        assert_eq!((told.text("token_type").as_str(), &told.body["cnf"]["jkt"]), ("DPoP", &key.thumbprint().into()));
        assert_eq!(rig.post("/oauth2/revoke", &[("client_id", "spa"), ("token", &token)], None).await.status, 200);
        assert_eq!(rig.post("/oauth2/introspect", &[("token", &token)], Some(&basic)).await.body["active"], false);
    }
}

mod opaque_tokens {
    use chabi_store::api::{AccessTokenType, Api};

    use super::*;
    use crate::rig::NOTES;

    // req: dp.bind
    #[tokio::test]
    async fn an_opaque_token_is_bound_as_well() {
        let rig = Rig::new(12).await;
        let api = rig.store.find_api(NOTES).await.unwrap().unwrap();
        rig.store.put_api(Api { token_type: AccessTokenType::Opaque, ..api }).await.unwrap();
        rig.store.configuration_changed();
        let key = DpopKey::default();
        let fields = [("grant_type", "client_credentials"), ("client_id", "web"), ("client_secret", SECRET)];
        let token = rig.post_proving("/oauth2/token", &fields, &[&rig.proof(&key)]).await.text("access_token");
        assert!(token.starts_with("chabi_at_"), "{token}");
        let basic = format!("Basic {}", STANDARD.encode(format!("notes-api:{SECRET}")));
        let told = rig.post("/oauth2/introspect", &[("token", &token)], Some(&basic)).await;
        assert_eq!((told.text("token_type").as_str(), &told.body["cnf"]["jkt"]), ("DPoP", &key.thumbprint().into()), "{}", told.body);
    }
}

mod section_7 {
    use super::*;

    // req: dp.bind
    #[tokio::test]
    async fn userinfo_takes_a_bound_token_with_a_proof_by_its_key_alone() {
        let mut rig = Rig::new(21).await;
        rig.sign_in().await;
        let (key, other) = (DpopKey::default(), DpopKey::default());
        let code = rig.code("spa", "").await;
        let token = rig.redeem_proving("spa", &code, &key).await.text("access_token");
        let now = rig.env.now();
        let good = key.proof_for(&token, "GET", USERINFO, now);
        for scheme in ["DPoP", "dpop"] {
            let answer = rig.userinfo_by(scheme, &token, Some(&key.proof_for(&token, "GET", USERINFO, now))).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
        let as_bearer = rig.userinfo_by("Bearer", &token, Some(&good)).await;
        assert_eq!(as_bearer.error(), (401, "invalid_token".into()));
        assert!(challenge(&as_bearer).starts_with("Bearer error=\"invalid_token\""), "{}", challenge(&as_bearer));
        assert!(challenge(&as_bearer).ends_with(", DPoP algs=\"ES256 RS256 EdDSA PS256\""), "{}", challenge(&as_bearer));
        for (proof, error) in [
            (None, "invalid_dpop_proof"),
            (Some(key.proof("GET", USERINFO, now)), "invalid_dpop_proof"),
            (Some(key.proof_for("another", "GET", USERINFO, now)), "invalid_dpop_proof"),
            (Some(key.proof_for(&token, "POST", USERINFO, now)), "invalid_dpop_proof"),
            (Some(other.proof_for(&token, "GET", USERINFO, now)), "invalid_token"),
        ] {
            let answer = rig.userinfo_by("DPoP", &token, proof.as_deref()).await;
            assert_eq!(answer.error(), (401, error.into()), "{proof:?}");
        }
        assert_eq!(rig.userinfo_by("DPoP", &token, Some(&good)).await.status, 200, "it was not spent by being refused");
        let replayed = rig.userinfo_by("DPoP", &token, Some(&good)).await;
        assert_eq!(replayed.error(), (401, "invalid_dpop_proof".into()));
        assert!(challenge(&replayed).starts_with("DPoP error=\"invalid_dpop_proof\""), "{}", challenge(&replayed));
    }

    // req: dp.bind
    #[tokio::test]
    async fn a_token_that_is_bound_to_no_key_does_not_come_by_dpop() {
        let mut rig = Rig::new(22).await;
        let token = rig.tokens("").await.text("access_token");
        let proof = DpopKey::default().proof_for(&token, "GET", USERINFO, rig.env.now());
        assert_eq!(rig.userinfo_by("DPoP", &token, Some(&proof)).await.status, 401);
        assert_eq!(rig.userinfo(&token).await.status, 200);
    }
}

mod section_8 {
    use super::*;

    // req: dp.nonce
    #[tokio::test]
    async fn where_nonces_are_asked_for_a_proof_without_one_is_told_which() {
        let mut rig = Rig::with(31, |settings| settings.require_dpop_nonces = true, &[]).await;
        rig.sign_in().await;
        let key = DpopKey::default();
        let code = rig.code("spa", "").await;
        let asked = rig.redeem_proving("spa", &code, &key).await;
        assert_eq!(asked.error(), (400, "use_dpop_nonce".into()));
        let given = nonce(&asked);
        let with_nonce = |nonce: &str| {
            let mut claims = key.claims("POST", TOKEN, rig.env.now());
            claims["nonce"] = nonce.into();
            key.sign(&claims)
        };
        let wrong = rig.post_proving("/oauth2/token", &redemption("spa", &code), &[&with_nonce("made-up")]).await;
        assert_eq!(wrong.error(), (400, "use_dpop_nonce".into()));
        rig.clock.advance(Seconds(50));
        let answer = rig.post_proving("/oauth2/token", &redemption("spa", &code), &[&with_nonce(&given)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        rig.clock.advance(Seconds(300));
        let next = nonce(&rig.refresh_proving(&answer.text("refresh_token"), &[&with_nonce(&given)]).await);
        assert_ne!(next, given, "it rotates, and the one before is still taken");
        let token = answer.text("access_token");
        let told = rig.userinfo_by("DPoP", &token, Some(&key.proof_for(&token, "GET", USERINFO, rig.env.now()))).await;
        assert_eq!(told.status, 401);
        rig.clock.advance(Seconds(600));
        let answer = rig.refresh_proving(&answer.text("refresh_token"), &[&with_nonce(&given)]).await;
        assert_eq!(answer.error(), (400, "use_dpop_nonce".into()), "an old one is not");
    }

    // req: dp.nonce
    #[tokio::test]
    async fn elsewhere_nonces_are_offered_and_a_wrong_one_is_refused() {
        let rig = Rig::new(32).await;
        let key = DpopKey::default();
        let offered = rig.post_proving("/oauth2/token", &redemption("spa", "x"), &[&rig.proof(&key)]).await;
        assert_eq!(offered.error(), (400, "invalid_grant".into()));
        assert_eq!(nonce(&offered).len(), 22);
        let mut claims = key.claims("POST", TOKEN, rig.env.now());
        claims["nonce"] = "made-up".into();
        let wrong = rig.post_proving("/oauth2/token", &redemption("spa", "x"), &[&key.sign(&claims)]).await;
        assert_eq!(wrong.error(), (400, "use_dpop_nonce".into()));
        let at_userinfo = rig.userinfo_by("DPoP", "x", Some(&key.proof_for("x", "GET", USERINFO, rig.env.now()))).await;
        assert_eq!((at_userinfo.status.as_u16(), nonce(&at_userinfo).len()), (401, 22), "there too");
        let plain = rig.redeem("spa", "x", &[]).await;
        assert!(!plain.headers.contains_key("dpop-nonce"), "who uses no proofs is told nothing of them");
    }

    // req: cors.scope
    #[tokio::test]
    async fn scripts_may_read_the_nonce() {
        let rig = Rig::new(33).await;
        let request = Request::post("/oauth2/token").header("origin", "https://app.example").body(Body::empty()).unwrap();
        let answer = rig.ask(request).await;
        assert!(answer.headers["access-control-expose-headers"].to_str().unwrap().contains("dpop-nonce"));
    }
}

mod section_10 {
    use super::*;

    // req: dp.code
    #[tokio::test]
    async fn a_code_is_bound_to_the_key_that_the_request_named() {
        let mut rig = Rig::new(41).await;
        rig.sign_in().await;
        let (key, other) = (DpopKey::default(), DpopKey::default());
        let code = rig.code("spa", &format!("dpop_jkt={}", key.thumbprint())).await;
        assert_eq!(rig.redeem("spa", &code, &[]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.redeem_proving("spa", &code, &other).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.redeem_proving("spa", &code, &key).await.status, 200, "nobody else spent it");
        let page = rig.browser.get(&authorize_url("spa", "dpop_jkt=short")).await;
        assert_eq!(parameter(&page, "error").as_deref(), Some("invalid_request"));
    }

    // req: dp.code
    #[tokio::test]
    async fn a_pushed_request_is_bound_to_the_key_of_its_proof() {
        let mut rig = Rig::new(42).await;
        rig.sign_in().await;
        let (key, other) = (DpopKey::default(), DpopKey::default());
        let url = format!("{ISSUER}/oauth2/par");
        let query = authorize_url("spa", "");
        let mut fields: Vec<(String, String)> = form_urlencoded::parse(query.split_once('?').unwrap().1.as_bytes()).into_owned().collect();
        let push = async |rig: &Rig, fields: &[(String, String)], key: &DpopKey| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            rig.post_proving("/oauth2/par", &fields, &[&key.proof("POST", &url, rig.env.now())]).await
        };
        let pushed = push(&rig, &fields, &key).await;
        assert_eq!(pushed.status, 201, "{}", pushed.body);
        assert_eq!(nonce(&pushed).len(), 22);
        let request_uri: String = form_urlencoded::byte_serialize(pushed.text("request_uri").as_bytes()).collect();
        let page = rig.browser.get(&format!("/oauth2/authorize?client_id=spa&request_uri={request_uri}")).await;
        let code = parameter(&page, "code").unwrap();
        assert_eq!(rig.redeem_proving("spa", &code, &other).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.redeem_proving("spa", &code, &key).await.status, 200);

        fields.push(("dpop_jkt".into(), other.thumbprint()));
        assert_eq!(push(&rig, &fields, &key).await.error(), (400, "invalid_dpop_proof".into()), "the two differ");
        assert_eq!(push(&rig, &fields, &other).await.status, 201);
    }
}

mod section_11_1 {
    use super::*;

    // req: dp.replay
    #[tokio::test]
    async fn a_proof_is_good_once_at_whichever_endpoint_of_ours() {
        let mut rig = Rig::new(51).await;
        rig.sign_in().await;
        let key = DpopKey::default();
        let code = rig.code("spa", "").await;
        let proof = rig.proof(&key);
        assert_eq!(rig.post_proving("/oauth2/token", &redemption("spa", &code), &[&proof]).await.status, 200);
        let again = rig.post_proving("/oauth2/token", &redemption("spa", "x"), &[&proof]).await;
        assert_eq!(again.error(), (400, "invalid_dpop_proof".into()));
        rig.clock.advance(Seconds(400));
        rig.store.delete_expired(rig.env.now(), 100).await.unwrap();
        let late = rig.post_proving("/oauth2/token", &redemption("spa", "x"), &[&proof]).await;
        assert_eq!(late.error(), (400, "invalid_dpop_proof".into()), "its row is gone, and it is too old");
    }
}

mod bounds {
    use chabi_spec::ClientAddress;

    use super::*;

    async fn refresh_from(rig: &Rig, client_id: &str, secret: Option<&str>) -> Answer {
        let proof = rig.proof(&DpopKey::default());
        let mut fields = vec![("grant_type", "refresh_token"), ("client_id", client_id), ("refresh_token", "chabi_rt_nothing")];
        fields.extend(secret.map(|secret| ("client_secret", secret)));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post("/oauth2/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header("dpop", proof).extension(ClientAddress("192.0.2.9".parse().unwrap()));
        rig.ask(request.body(Body::from(body)).unwrap()).await
    }

    // req: dos.limits
    #[tokio::test]
    async fn proofs_of_who_proves_nothing_else_are_counted_by_network_before_they_are_remembered() {
        let rig = Rig::new(60).await;
        for _ in 0..600 {
            assert_eq!(refresh_from(&rig, "spa", None).await.error(), (400, "invalid_grant".into()));
        }
        assert_eq!(refresh_from(&rig, "spa", None).await.error(), (503, "temporarily_unavailable".into()));
        assert_eq!(refresh_from(&rig, "web", Some(SECRET)).await.error(), (400, "invalid_grant".into()));
        rig.clock.advance(Seconds(60));
        assert_eq!(refresh_from(&rig, "spa", None).await.error(), (400, "invalid_grant".into()));
    }
}
