//! Assertions as a grant (RFC 7523 §2.1).

use std::sync::atomic::Ordering;

use chabi_store::{
    application::RegisteredClient,
    application_settings::{ApplicationSettings, AssertionIssuer, ExchangeRule},
    revocation::Revocation,
};
use chabi_token::{Algorithm, JwkSet, Seconds, SigningKey, jws};
use serde_json::{Value, json};

use crate::{
    rfc7523_client::published,
    rig::{Answer, ISSUER, MAIL, NOTES, Rig, SECRET, claims},
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const CLUSTER: &str = "https://cluster.example";
const PORTAL: &str = "https://portal.example";

struct World {
    rig: Rig,
    cluster: SigningKey,
    portal: SigningKey,
}

impl World {
    /// A rig with `job`, which may present what a cluster says of workloads, and a portal of people.
    async fn new(seed: u64) -> Self {
        Self::in_front_of(Rig::new(seed).await).await
    }

    async fn in_front_of(rig: Rig) -> Self {
        let (cluster, portal) = (SigningKey::generate(Algorithm::ES256).unwrap(), SigningKey::generate(Algorithm::EdDSA).unwrap());
        let keys = |key: &SigningKey| JwkSet::new(vec![key.public_jwk().clone()]).to_json();
        let assertion_issuers = vec![
            AssertionIssuer {
                issuer: CLUSTER.into(),
                jwks: keys(&cluster),
                workloads: vec!["system:job".into()],
                ..AssertionIssuer::default()
            },
            AssertionIssuer { issuer: PORTAL.into(), jwks: keys(&portal), people: true, ..AssertionIssuer::default() },
        ];
        let web = rig.store.find_application("web").await.unwrap().unwrap();
        let job = RegisteredClient {
            client_id: "job".into(),
            grant_types: vec![GRANT.into()],
            settings: ApplicationSettings { assertion_issuers, ..ApplicationSettings::default() },
            ..web
        };
        rig.store.put_application(job).await.unwrap();
        Self { rig, cluster, portal }
    }

    fn assertion(&self, issuer: &str, change: Value) -> String {
        let now = self.rig.env.now().as_seconds();
        let mut claims = json!({"iss": issuer, "sub": "system:job", "aud": ISSUER, "iat": now, "exp": now + 300});
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        jws::sign("JWT", &claims, if issuer == PORTAL { &self.portal } else { &self.cluster }).unwrap()
    }

    async fn present(&self, assertion: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![("grant_type", GRANT), ("client_id", "job"), ("client_secret", SECRET), ("assertion", assertion)];
        fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        fields.extend(more);
        self.rig.post("/oauth2/token", &fields, None).await
    }

    fn last_rule(&self) -> &'static str {
        self.rig.seen.0.lock().unwrap().last().and_then(|record| record.refusal.as_ref()).map_or("", |refusal| refusal.cause.rule)
    }
}

// req: tx
#[tokio::test]
async fn a_workload_gets_the_applications_own_token() {
    let world = World::new(1).await;
    let answer = world.present(&world.assertion(CLUSTER, json!({})), &[("scope", "notes:read")]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(["refresh_token", "id_token", "issued_token_type"].iter().all(|name| answer.body.get(name).is_none()), "{}", answer.body);
    let token = claims(&answer.text("access_token"));
    assert_eq!((token["sub"].clone(), token["client_id"].clone(), token["aud"].clone()), (json!("job"), json!("job"), json!(NOTES)));
    assert_eq!((token["scope"].clone(), token.get("sid"), token.get("auth_time")), (json!("notes:read"), None, None));
    assert!(token["status"].is_object());
}

// req: tx
#[tokio::test]
async fn only_the_named_issuers_key_for_its_own_subjects_and_for_us_is_heard() {
    let world = World::new(2).await;
    let now = world.rig.env.now().as_seconds();
    let stranger = jws::sign("JWT", &json!({"iss": CLUSTER, "sub": "system:job", "aud": ISSUER, "exp": now + 60}), &world.portal).unwrap();
    for (assertion, rule) in [
        (world.assertion("https://unknown.example", json!({})), "assertion_issuer_unknown"),
        // RFC 7523 §3 point 9: a good signature, by another issuer's key
        (stranger, "assertion_not_good"),
        (world.assertion(CLUSTER, json!({"aud": "https://other.example"})), "assertion_not_good"),
        (world.assertion(CLUSTER, json!({"exp": now - 120})), "assertion_not_good"),
        (world.assertion(CLUSTER, json!({"exp": now + 7_200})), "assertion_not_good"),
        (world.assertion(CLUSTER, json!({"nbf": now + 120})), "assertion_not_good"),
        (world.assertion(CLUSTER, json!({"sub": "system:other"})), "assertion_subject_unknown"),
        (world.assertion(PORTAL, json!({"sub": "nobody"})), "assertion_subject_unknown"),
        ("junk".into(), "assertion_issuer_unknown"),
    ] {
        let answer = world.present(&assertion, &[]).await;
        assert_eq!((answer.error(), world.last_rule()), ((400, "invalid_grant".into()), rule), "{assertion}");
    }
    // the portal speaks for people, the cluster does not
    let mut world = world;
    let (account, _) = world.rig.sign_in().await;
    let person = json!({"sub": format!("person-{account}")});
    assert_eq!(world.present(&world.assertion(CLUSTER, person.clone()), &[]).await.error(), (400, "invalid_grant".into()));
    assert_eq!(world.present(&world.assertion(PORTAL, person), &[]).await.status, 200);
}

// RFC 8707 §2: a workload is nobody whom userinfo could tell about
// req: tx
#[tokio::test]
async fn a_workload_must_say_where_when_the_application_has_no_api_of_its_own() {
    let world = World::new(12).await;
    let mut job = world.rig.store.find_application("job").await.unwrap().unwrap();
    job.default_audience.clear();
    world.rig.store.put_application(job).await.unwrap();
    world.rig.store.configuration_changed();
    let answer = world.present(&world.assertion(CLUSTER, json!({})), &[]).await;
    assert_eq!((answer.error(), world.last_rule()), ((400, "invalid_target".into()), "audience_missing"));
    let answer = world.present(&world.assertion(CLUSTER, json!({})), &[("resource", MAIL)]).await;
    assert_eq!((answer.status.as_u16(), claims(&answer.text("access_token"))["aud"].clone()), (200, json!(MAIL)));
}

// req: tx
#[tokio::test]
async fn an_assertion_with_a_jti_is_good_once_and_not_spent_by_a_request_that_is_wrong() {
    let world = World::new(3).await;
    let assertion = world.assertion(CLUSTER, json!({"jti": "one"}));
    assert_eq!(world.present(&assertion, &[("resource", "https://unknown.example/")]).await.error(), (400, "invalid_target".into()));
    assert_eq!(world.present(&assertion, &[]).await.status, 200);
    assert_eq!((world.present(&assertion, &[]).await.error(), world.last_rule()), ((400, "invalid_grant".into()), "assertion_replayed"));
    let lasting = world.assertion(CLUSTER, json!({}));
    for _ in 0..2 {
        assert_eq!(world.present(&lasting, &[]).await.status, 200);
    }
}

// req: tx
#[tokio::test]
async fn a_person_must_be_enabled_and_what_was_given_can_be_taken_back() {
    let mut world = World::new(4).await;
    let (account, _) = world.rig.sign_in().await;
    let assertion = world.assertion(PORTAL, json!({"sub": format!("person-{account}")}));
    let answer = world.present(&assertion, &[("scope", "openid notes:read offline_access")]).await;
    assert_eq!((answer.status.as_u16(), answer.text("scope")), (200, "notes:read openid".into()), "{}", answer.body);
    assert!(answer.body.get("refresh_token").is_none() && answer.body.get("id_token").is_none());
    let token = answer.text("access_token");
    let said = claims(&token);
    // nobody signed in: nothing says when or how
    assert!(["auth_time", "acr", "amr", "sid"].iter().all(|name| said.get(name).is_none()), "{said}");
    assert_eq!(said["sub"], format!("person-{account}"));
    assert_eq!(world.rig.userinfo(&token).await.status, 200);
    world.rig.store.revoke(Revocation::Account(account), "operator", world.rig.env.now()).await.unwrap();
    assert_eq!(world.rig.userinfo(&token).await.status, 401);
    world.rig.store.set_account_disabled(account, Some(world.rig.env.now())).await.unwrap();
    assert_eq!(world.present(&assertion, &[]).await.error(), (400, "invalid_grant".into()));
}

// RFC 9470 §6.1
// req: tx
// req: rs.step
#[tokio::test]
async fn nobody_signed_in_so_that_an_api_that_demands_a_sign_in_gets_no_token_and_none_by_exchange() {
    let mut world = World::new(7).await;
    let (account, _) = world.rig.sign_in().await;
    let mut job = world.rig.store.find_application("job").await.unwrap().unwrap();
    job.grant_types.push(EXCHANGE.into());
    job.settings.exchange = Some(ExchangeRule {
        subjects_of: vec!["job".into()],
        audiences: vec![MAIL.into()],
        impersonation: true,
        ..ExchangeRule::default()
    });
    world.rig.store.put_application(job).await.unwrap();
    let person = json!({"sub": format!("person-{account}")});
    let token = world.present(&world.assertion(PORTAL, person.clone()), &[("scope", "notes:read")]).await.text("access_token");
    let exchange = |audience: &'static str| {
        let fields = [("grant_type", EXCHANGE), ("subject_token", token.as_str()), ("subject_token_type", ACCESS_TOKEN)];
        let client = [("client_id", "job"), ("client_secret", SECRET), ("audience", audience)];
        let (rig, fields) = (&world.rig, [fields, client].concat());
        async move { rig.post("/oauth2/token", &fields, None).await }
    };
    let said = claims(&exchange(MAIL).await.text("access_token"));
    assert!(["auth_time", "acr", "amr", "sid"].iter().all(|name| said.get(name).is_none()), "{said}");
    for (acr, age) in [("1", None), ("", Some(300))] {
        for audience in [NOTES, MAIL] {
            let mut api = world.rig.store.find_api(audience).await.unwrap().unwrap();
            (api.settings.required_acr, api.settings.max_auth_age) = (acr.into(), age);
            world.rig.store.put_api(api).await.unwrap();
        }
        let refused = world.present(&world.assertion(PORTAL, person.clone()), &[]).await;
        assert_eq!((refused.error(), world.last_rule()), ((400, "invalid_grant".into()), "nobody_signed_in"), "{acr} {age:?}");
        assert_eq!((exchange(MAIL).await.error(), world.last_rule()), ((400, "invalid_grant".into()), "nobody_signed_in"));
        // a workload is no person, and has nothing to sign in with
        assert_eq!(world.present(&world.assertion(CLUSTER, json!({})), &[]).await.status, 200);
    }
}

// req: tx
#[tokio::test]
async fn it_is_off_for_applications_without_the_grant_or_without_issuers() {
    let world = World::new(5).await;
    let assertion = world.assertion(CLUSTER, json!({}));
    assert_eq!(world.present(&assertion, &[("client_id", "web")]).await.error(), (400, "unauthorized_client".into()));
    assert_eq!(world.present(&assertion, &[("client_secret", "wrong")]).await.error(), (401, "invalid_client".into()));
    let mut job = world.rig.store.find_application("job").await.unwrap().unwrap();
    job.settings = ApplicationSettings::default();
    world.rig.store.put_application(job).await.unwrap();
    assert_eq!(world.present(&assertion, &[]).await.error(), (400, "invalid_grant".into()));
    world.rig.clock.advance(Seconds(1));
}

// req: tx
#[tokio::test]
async fn keys_are_fetched_where_the_operator_says_and_again_when_one_is_unknown() {
    let (old, new) = (SigningKey::generate(Algorithm::ES256).unwrap(), SigningKey::generate(Algorithm::ES256).unwrap());
    let place = published(&[&old]).await;
    let mut world = World::in_front_of(Rig::with(6, |_| {}, std::slice::from_ref(&place.host)).await).await;
    let mut job = world.rig.store.find_application("job").await.unwrap().unwrap();
    let cluster = job.settings.assertion_issuers.first_mut().unwrap();
    cluster.jwks.clear();
    cluster.jwks_uri.clone_from(&place.url);
    world.rig.store.put_application(job).await.unwrap();
    assert_eq!(
        world.present(&world.assertion(CLUSTER, json!({})), &[]).await.error(),
        (400, "invalid_grant".into()),
        "not a published key"
    );
    world.cluster = new;
    *place.keys.lock().unwrap() = Some(JwkSet::new(vec![world.cluster.public_jwk().clone()]).to_json());
    world.rig.clock.advance(Seconds::minutes(2));
    for _ in 0..3 {
        assert_eq!(world.present(&world.assertion(CLUSTER, json!({})), &[]).await.status, 200);
    }
    assert!(place.asked.load(Ordering::SeqCst) <= 3, "known keys are not fetched again");
}
