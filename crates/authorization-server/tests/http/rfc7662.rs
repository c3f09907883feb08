//! Token Introspection.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::rig::{Answer, NOTES, Rig, SECRET};

async fn ask(rig: &Rig, client: &str, token: &str) -> Answer {
    let basic = format!("Basic {}", STANDARD.encode(format!("{client}:{SECRET}")));
    rig.post("/oauth2/introspect", &[("token", token)], Some(&basic)).await
}

async fn tokens_of_web(rig: &mut Rig) -> (Answer, chabi_store::account::AccountId) {
    let (account, _) = rig.sign_in().await;
    let code = rig.code("web", "").await;
    (rig.redeem("web", &code, &[("client_secret", SECRET)]).await, account)
}

// req: in.auth
#[tokio::test]
async fn only_the_application_and_the_api_of_a_token_learn_that_it_is_good() {
    let mut rig = Rig::new(1).await;
    let tokens = tokens_of_web(&mut rig).await.0;
    let access = tokens.text("access_token");
    for (client, active) in [("web", true), ("notes-api", true), ("classic", false)] {
        let answer = ask(&rig, client, &access).await;
        assert_eq!((answer.status.as_u16(), answer.body["active"].as_bool()), (200, Some(active)), "{client}");
    }
    let answer = ask(&rig, "notes-api", &access).await;
    assert_eq!(
        (answer.text("aud"), answer.text("scope"), answer.text("client_id")),
        (NOTES.into(), "notes:read openid".into(), "web".into())
    );
    assert_eq!(answer.text("username"), "ada");
    assert_eq!(rig.post("/oauth2/introspect", &[("token", &access)], None).await.status, 401);
    assert_eq!(rig.post("/oauth2/introspect", &[("token", &access), ("client_id", "spa")], None).await.status, 401);
    assert_eq!(ask(&rig, "web", &tokens.text("refresh_token")).await.body["active"], true);
    assert_eq!(ask(&rig, "notes-api", &tokens.text("refresh_token")).await.body["active"], false);
}

// req: in.kind
// req: at.cross
#[tokio::test]
async fn what_is_no_good_access_or_refresh_token_is_inactive_and_nothing_more() {
    let mut rig = Rig::new(2).await;
    let (tokens, account) = tokens_of_web(&mut rig).await;
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    let code = rig.code("web", "").await;
    for token in [tokens.text("id_token"), code, "junk".into()] {
        assert_eq!(ask(&rig, "web", &token).await.body, serde_json::json!({"active": false}), "{token}");
    }
    rig.store.set_account_disabled(account, Some(rig.env.now())).await.unwrap();
    assert_eq!(ask(&rig, "web", &access).await.body, serde_json::json!({"active": false}));
    assert_eq!(ask(&rig, "web", &refresh).await.body, serde_json::json!({"active": false}));
    rig.store.set_account_disabled(account, None).await.unwrap();
    let next = rig.refresh("web", &refresh, &[("client_secret", SECRET)]).await;
    assert_eq!(ask(&rig, "web", &refresh).await.body["active"], false, "rotated");
    assert_eq!(ask(&rig, "web", &next.text("refresh_token")).await.body["active"], true);
    rig.clock.advance(chabi_token::Seconds::minutes(6));
    assert_eq!(ask(&rig, "web", &access).await.body, serde_json::json!({"active": false}));
}

// req: in.kind
#[tokio::test]
async fn tokens_of_a_disabled_application_are_inactive() {
    let rig = Rig::new(3).await;
    let own = [("grant_type", "client_credentials"), ("client_id", "classic"), ("client_secret", SECRET)];
    let token = rig.post("/oauth2/token", &own, None).await.text("access_token");
    assert_eq!(ask(&rig, "notes-api", &token).await.body["active"], true);
    let mut classic = rig.store.find_application("classic").await.unwrap().unwrap();
    classic.disabled_at = Some(rig.env.now());
    rig.store.put_application(classic).await.unwrap();
    assert_eq!(ask(&rig, "notes-api", &token).await.body, serde_json::json!({"active": false}));
}

// OpenID Connect Core §8.1: a name that is the same everywhere would undo a subject that is not
#[tokio::test]
async fn a_pairwise_application_is_told_no_name() {
    let mut rig = Rig::new(4).await;
    for pairwise in [false, true] {
        let mut web = rig.store.find_application("web").await.unwrap().unwrap();
        web.settings.pairwise = pairwise;
        rig.store.put_application(web).await.unwrap();
        rig.store.configuration_changed();
        let access = tokens_of_web(&mut rig).await.0.text("access_token");
        let told = ask(&rig, "web", &access).await.body;
        assert_eq!((told["active"].as_bool(), told["username"].is_null()), (Some(true), pairwise), "{told}");
    }
}
