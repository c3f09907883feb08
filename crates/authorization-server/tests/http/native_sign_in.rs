//! RFC 8693 with a provider's ID token: a mobile app of the operator's own signs a person in.

use chabi_authorization_server::{Authentication, gate::NotSignedIn};
use chabi_spec::Scope;
use chabi_store::{application::RegisteredClient, application_settings::ApplicationSettings};

use crate::rig::{Answer, NOTES, Rig, application, claims};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

fn phone() -> RegisteredClient {
    RegisteredClient {
        grant_types: vec![GRANT.into(), "refresh_token".into()],
        first_party: true,
        settings: ApplicationSettings { native_sign_in: vec!["google".into()], ..ApplicationSettings::default() },
        ..application("phone")
    }
}

/// A rig with `phone`, and a gate that signs somebody in whatever is brought.
async fn rig(seed: u64) -> Rig {
    let mut rig = Rig::new(seed).await;
    rig.store.put_application(phone()).await.unwrap();
    let (account, session) = rig.sign_in().await;
    let person = Authentication::proven(account, format!("person-{account}"), session, rig.env.now(), vec!["fed".into()]);
    *rig.gate.by_token.lock().unwrap() = Some(Ok(person));
    rig
}

async fn bring(rig: &Rig, more: &[(&str, &str)]) -> Answer {
    let fields = [
        ("grant_type", GRANT),
        ("client_id", "phone"),
        ("subject_token", "the-providers-id-token"),
        ("subject_token_type", ID_TOKEN),
        ("nonce", "the-apps-nonce"),
        ("scope", "openid notes:read"),
    ];
    let mut all: Vec<_> = fields.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name)).collect();
    all.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    rig.post("/oauth2/token", &all, None).await
}

#[tokio::test]
async fn it_gives_what_a_code_would_have_given() {
    let rig = rig(1).await;
    let answer = bring(&rig, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.text("issued_token_type"), "urn:ietf:params:oauth:token-type:access_token");
    assert_eq!(answer.text("scope"), "notes:read openid");
    let (access, id) = (claims(&answer.text("access_token")), claims(&answer.text("id_token")));
    assert_eq!(access["aud"], NOTES);
    assert_eq!((&id["aud"], &id["nonce"], &id["amr"]), (&"phone".into(), &"the-apps-nonce".into(), &serde_json::json!(["fed"])));
    assert_eq!((&id["sub"], &id["sid"]), (&access["sub"], &access["sid"]));
    let refreshed = rig.refresh("phone", &answer.text("refresh_token"), &[]).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
}

#[tokio::test]
async fn what_it_gives_ends_with_the_session_unless_it_was_to_outlive_it() {
    for (scope, status) in [("openid notes:read", 400), ("openid notes:read offline_access", 200)] {
        let mut rig = rig(2).await;
        let answer = bring(&rig, &[("scope", scope)]).await;
        let person = rig.gate.by_token.lock().unwrap().clone().unwrap().unwrap();
        let listed = rig.store.list_sessions(person.account(), rig.env.now()).await.unwrap();
        assert!(rig.store.end_session(listed[0].id).await.unwrap());
        assert_eq!(rig.refresh("phone", &answer.text("refresh_token"), &[]).await.status.as_u16(), status, "{scope}");
        rig.browser.clear_cookies();
    }
}

#[tokio::test]
async fn only_a_first_party_application_with_a_rule_and_the_grant_may() {
    let rig = rig(3).await;
    let app = phone();
    for client in [
        RegisteredClient { settings: ApplicationSettings::default(), ..app.clone() },
        RegisteredClient { first_party: false, ..app.clone() },
        RegisteredClient { grant_types: vec!["refresh_token".into()], ..app.clone() },
    ] {
        rig.store.put_application(client).await.unwrap();
        rig.store.configuration_changed();
        assert_eq!(bring(&rig, &[]).await.error(), (400, "unauthorized_client".into()));
    }
}

#[tokio::test]
async fn each_reason_has_its_own_code() {
    let rig = rig(4).await;
    for (why, expected) in [
        (None, (400, "unauthorized_client")),
        (Some(NotSignedIn::UnknownIssuer), (400, "invalid_request")),
        (Some(NotSignedIn::BadToken("id_token_aud".into())), (400, "invalid_request")),
        (Some(NotSignedIn::Replayed), (400, "invalid_request")),
        (Some(NotSignedIn::Shut), (400, "invalid_grant")),
        (Some(NotSignedIn::SignInFirst), (400, "interaction_required")),
        (Some(NotSignedIn::SignUpClosed), (400, "access_denied")),
    ] {
        *rig.gate.by_token.lock().unwrap() = why.clone().map(Err);
        let answer = bring(&rig, &[]).await;
        assert_eq!(answer.error(), (expected.0, expected.1.to_owned()), "{why:?}");
        assert!(!answer.body.to_string().contains("id_token_aud"), "what exactly is for the operator: {}", answer.body);
    }
}

#[tokio::test]
async fn the_nonce_must_come_and_the_scope_is_what_the_application_may_have() {
    let rig = rig(5).await;
    assert_eq!(bring(&rig, &[("nonce", "")]).await.error(), (400, "invalid_request".into()));
    let answer = bring(&rig, &[("scope", "openid notes:read admin")]).await;
    let granted = Scope::parse(&answer.text("scope")).unwrap();
    assert_eq!(granted, Scope::of(["openid", "notes:read"]));
}
