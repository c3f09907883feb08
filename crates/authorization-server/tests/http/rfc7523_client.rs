//! `private_key_jwt`: an application proves who it is by a signed assertion (RFC 7523 §2.2).

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, http::StatusCode, routing::get};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chabi_store::application::{ClientAuthentication, RegisteredClient};
use chabi_testkit::{BoundPort, TestServer};
use chabi_token::{Algorithm, JwkSet, Seconds, SigningKey, jws};
use serde_json::{Value, json};

use crate::rig::{Answer, ISSUER, NOTES, Rig, SECRET, application};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const TOKEN: &str = "http://localhost:8000/oauth2/token";

fn set_of(keys: &[&SigningKey]) -> String {
    JwkSet::new(keys.iter().map(|key| key.public_jwk().clone()).collect()).to_json()
}

/// An application with a key, which may ask for tokens of its own.
fn with_key(change: impl FnOnce(&mut RegisteredClient)) -> RegisteredClient {
    let mut client = RegisteredClient {
        authentication: ClientAuthentication::PrivateKeyJwt,
        grant_types: vec!["client_credentials".into()],
        ..application("keyed")
    };
    change(&mut client);
    client
}

impl Rig {
    async fn registered(&self, client: RegisteredClient) {
        self.store.put_application(client).await.unwrap();
        self.store.configuration_changed();
    }

    /// The claims of an assertion of `keyed`, with an id of its own.
    fn assertion_claims(&self) -> Value {
        let now = self.env.now().as_seconds();
        json!({"iss": "keyed", "sub": "keyed", "aud": ISSUER, "exp": now + 60, "iat": now, "jti": self.env.new_id().to_string()})
    }

    fn assertion(&self, key: &SigningKey) -> String {
        jws::sign("JWT", &self.assertion_claims(), key).unwrap()
    }

    async fn present(&self, assertion: &str) -> Answer {
        self.present_with(&[], assertion).await
    }

    async fn present_with(&self, more: &[(&str, &str)], assertion: &str) -> Answer {
        let mut fields = vec![("grant_type", "client_credentials"), ("client_assertion_type", KIND), ("client_assertion", assertion)];
        fields.extend(more);
        self.post("/oauth2/token", &fields, None).await
    }
}

/// Where an application publishes its keys.
pub struct Published {
    _server: TestServer,
    pub url: String,
    pub host: String,
    pub keys: Arc<Mutex<Option<String>>>,
    pub asked: Arc<AtomicUsize>,
}

pub async fn published(keys: &[&SigningKey]) -> Published {
    let port = BoundPort::free().await;
    let host = port.address().to_string();
    let (keys, asked) = (Arc::new(Mutex::new(Some(set_of(keys)))), Arc::new(AtomicUsize::new(0)));
    let (served, counted) = (Arc::clone(&keys), Arc::clone(&asked));
    let serve = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let body = served.lock().unwrap().clone();
        async move { body.ok_or(StatusCode::SERVICE_UNAVAILABLE) }
    };
    let server = port.serve(Router::new().route("/jwks", get(serve)));
    Published { _server: server, url: format!("http://{host}/jwks"), host, keys, asked }
}

// req: ca.pkjwt
#[tokio::test]
async fn a_registered_key_proves_it_wherever_applications_prove_who_they_are() {
    let rig = Rig::new(1).await;
    let keys = [Algorithm::ES256, Algorithm::RS256, Algorithm::EdDSA].map(|algorithm| SigningKey::generate(algorithm).unwrap());
    let [es256, rs256, eddsa] = &keys;
    rig.registered(with_key(|client| client.settings.jwks = set_of(&[es256, rs256, eddsa]))).await;
    for key in [es256, rs256, eddsa] {
        let answer = rig.present(&rig.assertion(key)).await;
        assert_eq!(answer.status, 200, "{:?}: {}", key.algorithm(), answer.body);
    }
    let token = rig.present_with(&[("client_id", "keyed"), ("resource", NOTES)], &rig.assertion(es256)).await.text("access_token");
    for (path, about) in [("/oauth2/introspect", "active"), ("/oauth2/revoke", "")] {
        let assertion = rig.assertion(es256);
        let fields = [("token", token.as_str()), ("client_assertion_type", KIND), ("client_assertion", assertion.as_str())];
        let answer = rig.post(path, &fields, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert!(about.is_empty() || answer.body[about] == true, "{path}: {}", answer.body);
    }
}

// req: ca.pkjwt
// req: ca.same
// req: at.cross
#[tokio::test]
async fn whatever_is_wrong_with_an_assertion_is_told_in_the_same_words() {
    let rig = Rig::new(2).await;
    let (key, stranger) = (SigningKey::generate(Algorithm::ES256).unwrap(), SigningKey::generate(Algorithm::ES256).unwrap());
    rig.registered(with_key(|client| client.settings.jwks = set_of(&[&key]))).await;
    let unknown = rig.redeem("nobody", "x", &[]).await;
    let signed = |name: &str, value: Value| {
        let mut claims = rig.assertion_claims();
        claims[name] = value;
        jws::sign("JWT", &claims, &key).unwrap()
    };
    let now = rig.env.now().as_seconds();
    for (what, assertion) in [
        ("another's key", rig.assertion(&stranger)),
        ("audience in an array", signed("aud", json!([ISSUER]))),
        ("token endpoint as audience", signed("aud", json!(TOKEN))),
        ("PAR endpoint as audience", signed("aud", json!("http://localhost:8000/oauth2/par"))),
        ("another's", signed("aud", json!("https://evil.example"))),
        ("no subject", signed("sub", Value::Null)),
        ("another subject", signed("sub", json!("web"))),
        ("another issuer", signed("iss", json!("web"))),
        ("over", signed("exp", json!(now - 300))),
        ("ten years", signed("exp", json!(now + 10 * 365 * 86_400))),
        ("made in the future", signed("iat", json!(now + 61))),
        ("not yet valid", signed("nbf", json!(now + 61))),
        ("a proof", jws::sign("dpop+jwt", &rig.assertion_claims(), &key).unwrap()),
        ("an access token", jws::sign("at+jwt", &rig.assertion_claims(), &key).unwrap()),
        ("nonsense", "nonsense".to_owned()),
    ] {
        let answer = rig.present(&assertion).await;
        assert_eq!((answer.error(), &answer.body), (unknown.error(), &unknown.body), "{what}");
    }
    for skewed in ["iat", "nbf"] {
        assert_eq!(rig.present(&signed(skewed, json!(now + 10))).await.status, 200, "{skewed} of a clock that is ahead");
    }
}

// req: ca.one
#[tokio::test]
async fn the_registered_way_alone_is_taken_and_one_at_a_time() {
    let rig = Rig::new(3).await;
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let web = rig.store.find_application("web").await.unwrap().unwrap();
    let by = |client_id: &str, authentication| RegisteredClient { client_id: client_id.into(), authentication, ..web.clone() };
    rig.registered(by("basic", ClientAuthentication::SecretBasic)).await;
    rig.registered(by("post", ClientAuthentication::SecretPost)).await;
    rig.registered(with_key(|client| {
        client.settings.jwks = set_of(&[&key]);
        client.secret_hashes.clone_from(&web.secret_hashes);
    }))
    .await;
    let grant = ("grant_type", "client_credentials");
    for (client, basic_is_taken, post_is_taken) in
        [("web", true, true), ("basic", true, false), ("post", false, true), ("keyed", false, false)]
    {
        let basic = format!("Basic {}", STANDARD.encode(format!("{client}:{SECRET}")));
        assert_eq!(rig.post("/oauth2/token", &[grant], Some(&basic)).await.status == 200, basic_is_taken, "{client} by Basic");
        let fields = [grant, ("client_id", client), ("client_secret", SECRET)];
        assert_eq!(rig.post("/oauth2/token", &fields, None).await.status == 200, post_is_taken, "{client} in the body");
        let none = rig.post("/oauth2/token", &[grant, ("client_id", client)], None).await;
        assert_eq!(none.error(), (401, "invalid_client".into()), "{client} by nothing");
    }
    let assertion = rig.assertion(&key);
    let both = rig.present_with(&[("client_secret", SECRET), ("client_id", "keyed")], &assertion).await;
    assert_eq!(both.error(), (400, "invalid_request".into()));
    let differs = rig.present_with(&[("client_id", "web")], &assertion).await;
    assert_eq!(differs.error(), (401, "invalid_client".into()), "another client_id than the assertion's");
    assert_eq!(rig.present_with(&[("client_id", "keyed")], &assertion).await.status, 200, "nothing of it was spent");
    let disabled = with_key(|client| {
        client.settings.jwks = set_of(&[&key]);
        client.disabled_at = Some(rig.env.now());
    });
    rig.registered(disabled).await;
    assert_eq!(rig.present(&rig.assertion(&key)).await.error(), (401, "invalid_client".into()));
}

// req: ca.one
#[tokio::test]
async fn an_application_that_proves_itself_by_a_secret_cannot_do_so_by_a_key_that_it_also_has() {
    let rig = Rig::new(9).await;
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let web = rig.store.find_application("web").await.unwrap().unwrap();
    let ways =
        [ClientAuthentication::Secret, ClientAuthentication::SecretBasic, ClientAuthentication::SecretPost, ClientAuthentication::None];
    for authentication in ways {
        let client = with_key(|client| {
            client.settings.jwks = set_of(&[&key]);
            client.secret_hashes.clone_from(&web.secret_hashes);
            client.authentication = authentication;
        });
        rig.registered(client).await;
        assert_eq!(rig.present(&rig.assertion(&key)).await.error(), (401, "invalid_client".into()), "{authentication:?}");
    }
    rig.registered(with_key(|client| client.settings.jwks = set_of(&[&key]))).await;
    assert_eq!(rig.present(&rig.assertion(&key)).await.status, 200, "the same assertion where the key is the way");
}

// req: ca.pkjwt
// req: ca.hs
#[tokio::test]
async fn the_algorithm_that_the_application_chose_is_the_only_one() {
    let rig = Rig::new(4).await;
    let (es256, rs256) = (SigningKey::generate(Algorithm::ES256).unwrap(), SigningKey::generate(Algorithm::RS256).unwrap());
    for (chosen, by_es256, by_rs256) in [("", true, true), ("ES256", true, false), ("PS256", false, false), ("HS256", false, false)] {
        let client = with_key(|client| {
            client.settings.jwks = set_of(&[&es256, &rs256]);
            client.settings.token_endpoint_auth_signing_alg = chosen.into();
        });
        rig.registered(client).await;
        assert_eq!(rig.present(&rig.assertion(&es256)).await.status == 200, by_es256, "{chosen}");
        assert_eq!(rig.present(&rig.assertion(&rs256)).await.status == 200, by_rs256, "{chosen}");
    }
}

// req: ca.pkjwt
#[tokio::test]
async fn an_operator_may_let_an_older_library_name_the_token_endpoint() {
    let rig = Rig::new(5).await;
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let client = with_key(|client| {
        client.settings.jwks = set_of(&[&key]);
        client.settings.legacy_assertion_audience = true;
    });
    rig.registered(client).await;
    for (audience, status) in [(json!(TOKEN), 200), (json!([TOKEN]), 200), (json!(ISSUER), 200), (json!("https://evil.example"), 401)] {
        let mut claims = rig.assertion_claims();
        claims["aud"] = audience.clone();
        assert_eq!(rig.present(&jws::sign("JWT", &claims, &key).unwrap()).await.status, status, "{audience}");
    }
}

// req: ca.jti
// req: ca.jtibound
#[tokio::test]
async fn an_assertion_is_taken_once_and_its_row_goes_when_it_is_over() {
    let rig = Rig::new(6).await;
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    rig.registered(with_key(|client| client.settings.jwks = set_of(&[&key]))).await;
    let assertion = rig.assertion(&key);
    assert_eq!(rig.present(&assertion).await.status, 200);
    assert_eq!(rig.present(&assertion).await.error(), (401, "invalid_client".into()));
    let record = rig.seen.0.lock().unwrap().last().cloned().unwrap();
    assert_eq!(record.refusal.unwrap().cause.rule, "client_assertion_replayed", "who asks why is told");
    rig.clock.advance(Seconds(60 + 30 + 120));
    assert_eq!(rig.store.delete_expired(rig.env.now(), 100).await.unwrap(), 1, "its row");
    assert_eq!(rig.present(&assertion).await.error(), (401, "invalid_client".into()), "over by itself");
}

// req: ca.pkjwt
#[tokio::test]
async fn keys_are_fetched_where_the_application_says_and_again_when_they_change() {
    let (old, new) = (SigningKey::generate(Algorithm::ES256).unwrap(), SigningKey::generate(Algorithm::ES256).unwrap());
    let place = published(&[&old]).await;
    let rig = Rig::with(7, |_| {}, std::slice::from_ref(&place.host)).await;
    rig.registered(with_key(|client| client.settings.jwks_uri.clone_from(&place.url))).await;
    for _ in 0..3 {
        assert_eq!(rig.present(&rig.assertion(&old)).await.status, 200);
    }
    assert_eq!(place.asked.load(Ordering::SeqCst), 1, "fetched once");
    *place.keys.lock().unwrap() = Some(set_of(&[&new]));
    assert_eq!(rig.present(&rig.assertion(&new)).await.status, 200, "an unknown key is looked for at once");
    assert_eq!(rig.present(&rig.assertion(&old)).await.status, 401, "the one that was taken away is not taken");
    assert_eq!(place.asked.load(Ordering::SeqCst), 2, "and not more often than once a minute");
    *place.keys.lock().unwrap() = None;
    rig.clock.advance(Seconds::hours(2));
    assert_eq!(rig.present(&rig.assertion(&new)).await.status, 200, "while they cannot be had, those that are known serve");
}

// req: ca.pkjwt
#[tokio::test]
async fn keys_are_not_fetched_again_for_an_assertion_that_no_newer_key_could_mend() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let place = published(&[&key]).await;
    let rig = Rig::with(10, |_| {}, std::slice::from_ref(&place.host)).await;
    rig.registered(with_key(|client| client.settings.jwks_uri.clone_from(&place.url))).await;
    assert_eq!(rig.present(&rig.assertion(&key)).await.status, 200);
    rig.clock.advance(Seconds(90));
    for (name, value) in [("exp", json!(rig.env.now().as_seconds() - 300)), ("aud", json!("https://evil.example"))] {
        let mut claims = rig.assertion_claims();
        claims[name] = value;
        assert_eq!(rig.present(&jws::sign("JWT", &claims, &key).unwrap()).await.status, 401, "{name}");
    }
    assert_eq!(place.asked.load(Ordering::SeqCst), 1);
}

// req: sr.guard
#[tokio::test]
async fn keys_are_not_fetched_from_inside() {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let place = published(&[&key]).await;
    let rig = Rig::new(8).await;
    rig.registered(with_key(|client| client.settings.jwks_uri.clone_from(&place.url))).await;
    assert_eq!(rig.present(&rig.assertion(&key)).await.error(), (401, "invalid_client".into()));
    assert_eq!(place.asked.load(Ordering::SeqCst), 0);
}
