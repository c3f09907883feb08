//! Applications that prove who they are by a key: modules of the Basic plan with `private_key_jwt`.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Body, routing::get};
use chabi::{Builder, ClientAuthentication, RegisteredClient};
use chabi_testkit::{BoundPort, Page, TestServer as Site};
use chabi_token::{Algorithm, JwkSet, SigningKey, jws};
use http::{Request, header};
use serde_json::{Value, json};

use crate::{
    conformance::suite::{FIRST, Suite, applications},
    server::{ISSUER, REDIRECT},
};

/// Where the suite publishes its keys, which it may change.
struct Keys {
    site: Site,
    published: Arc<Mutex<String>>,
}

impl Keys {
    async fn publish(key: &SigningKey) -> Self {
        let published = Arc::new(Mutex::new(set_of(key)));
        let served = Arc::clone(&published);
        let router = Router::new().route("/jwks", get(async move || served.lock().unwrap().clone()));
        Self { site: BoundPort::free().await.serve(router), published }
    }

    fn replace(&self, key: &SigningKey) {
        *self.published.lock().unwrap() = set_of(key);
    }

    /// The application of the plan, with keys here in place of its secret.
    fn application(&self) -> RegisteredClient {
        let [mut first, _] = applications();
        first.authentication = ClientAuthentication::PrivateKeyJwt;
        first.secret_hashes.clear();
        first.settings.jwks_uri = format!("{}/jwks", self.site.url);
        first
    }

    fn with(&self, builder: Builder) -> Builder {
        let authority = self.site.url.strip_prefix("http://").unwrap().to_owned();
        builder.application(self.application()).development(true).allow_outgoing(authority)
    }
}

fn set_of(key: &SigningKey) -> String {
    JwkSet::new(vec![key.public_jwk().clone()]).to_json()
}

/// Asks the token endpoint by an assertion whose audience is this.
async fn token_by(suite: &Suite, key: &SigningKey, audience: Value, fields: &[(&str, &str)]) -> Page {
    let env = suite.server.chabi.env();
    let now = env.now().as_seconds();
    let claims = json!({ "iss": FIRST, "sub": FIRST, "aud": audience, "iat": now, "exp": now + 60, "jti": env.new_id().to_string() });
    let assertion = jws::sign("JWT", &claims, key).unwrap();
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        .append_pair("client_assertion", &assertion)
        .finish();
    let request = Request::post("/oauth2/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.body(Body::from(body)).unwrap();
    let (status, headers, body) = chabi_testkit::browser::ask(&suite.server.router, request).await;
    Page { url: "/oauth2/token".into(), status, headers, body }
}

mod oidcc_ensure_client_assertion_with_iss_aud_succeeds {
    use super::*;

    // req: ca.pkjwt
    #[tokio::test]
    async fn an_assertion_for_the_issuer_is_taken_and_one_for_an_endpoint_or_for_several_is_not() {
        let key = SigningKey::generate(Algorithm::RS256).unwrap();
        let keys = Keys::publish(&key).await;
        let mut suite = Suite::start_with(module_path!(), |builder| keys.with(builder)).await;
        let callback = suite.authorize(&[]).await;
        let code = [("grant_type", "authorization_code"), ("code", callback.code()), ("redirect_uri", REDIRECT)];
        for audience in [json!([ISSUER]), json!(format!("{ISSUER}/oauth2/token")), json!(format!("{ISSUER}/"))] {
            let refused = token_by(&suite, &key, audience.clone(), &code).await;
            assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (401, &json!("invalid_client")), "{audience}");
        }
        let answer = token_by(&suite, &key, json!(ISSUER), &code).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

mod oidcc_refresh_token_rp_key_rotation {
    use super::*;

    // req: ca.pkjwt
    // req: rt.bind
    #[tokio::test]
    async fn an_application_that_changed_its_keys_goes_on_with_its_refresh_token() {
        let (old, new) = (SigningKey::generate(Algorithm::ES256).unwrap(), SigningKey::generate(Algorithm::ES256).unwrap());
        let keys = Keys::publish(&old).await;
        let mut suite = Suite::start_with(module_path!(), |builder| keys.with(builder)).await;
        let callback = suite.authorize(&[("scope", "openid offline_access"), ("prompt", "consent")]).await;
        let code = [("grant_type", "authorization_code"), ("code", callback.code()), ("redirect_uri", REDIRECT)];
        let first = token_by(&suite, &old, json!(ISSUER), &code).await.json();
        let refresh = |token: &Value| token["refresh_token"].as_str().unwrap().to_owned();
        keys.replace(&new);
        let first_refresh = refresh(&first);
        let again = [("grant_type", "refresh_token"), ("refresh_token", first_refresh.as_str())];
        let second = token_by(&suite, &new, json!(ISSUER), &again).await;
        assert_eq!(second.status, 200, "{}", second.body);
        let second_refresh = refresh(&second.json());
        let again = [("grant_type", "refresh_token"), ("refresh_token", second_refresh.as_str())];
        let by_the_old_key = token_by(&suite, &old, json!(ISSUER), &again).await;
        assert_eq!((by_the_old_key.status.as_u16(), &by_the_old_key.json()["error"]), (401, &json!("invalid_client")));
    }
}
