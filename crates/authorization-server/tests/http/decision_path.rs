//! What an observer is told of each request.

use crate::rig::{CHALLENGE, Rig, VERIFIER};

#[tokio::test]
async fn an_observer_sees_the_rules_in_order_and_what_was_expected() {
    let mut rig = Rig::new(1).await;
    rig.sign_in().await;
    rig.authorize("redirect_uri=https://evil.example/").await;
    let records = std::mem::take(&mut *rig.seen.0.lock().unwrap());
    let [record] = records.as_slice() else { panic!("one request, one record") };
    let steps: Vec<_> = record.steps.iter().map(|step| (step.rule, step.passed)).collect();
    assert_eq!(
        steps,
        [
            ("form::check_encoding", true),
            ("form::parse", true),
            ("return_address::parse", true),
            ("client::find_registered", true),
            ("redirect_uri::trust", false)
        ]
    );
    assert_eq!((record.endpoint, record.status, record.client_id.as_deref()), ("/oauth2/authorize", 400, Some("spa")));
    let cause = &record.refusal.as_ref().unwrap().cause;
    assert_eq!((cause.received.as_deref(), cause.expected.as_deref()), (Some("https://evil.example/"), Some("https://app.example/cb")));
}

// req: lg.secret
#[tokio::test]
async fn an_observer_never_sees_a_secret() {
    let mut rig = Rig::new(2).await;
    let tokens = rig.tokens("").await;
    let refresh = tokens.text("refresh_token");
    rig.redeem("web", "chabi_ac_guess", &[("client_secret", "a secret")]).await;
    let next = rig.refresh("spa", &refresh, &[]).await;
    rig.post("/oauth2/revoke", &[("client_id", "spa"), ("token", &next.text("refresh_token"))], None).await;
    rig.browser.get(&format!("/oauth2/logout?id_token_hint={}", tokens.text("id_token"))).await;
    let told = format!("{:?}", rig.seen.0.lock().unwrap());
    assert!(told.contains(CHALLENGE), "what is no secret is told");
    let secrets = [VERIFIER, "a secret", "chabi_ac_", "chabi_rt_", &tokens.text("access_token"), &tokens.text("id_token")];
    for secret in secrets {
        assert!(!told.contains(secret), "{secret}");
    }
}
