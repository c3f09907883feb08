//! RFC 7592, Dynamic Client Registration Management.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    rfc7591::{open, public, register},
    rig::{Answer, CALLBACK, Rig},
};

struct Registered {
    rig: Rig,
    answer: Answer,
}

impl Registered {
    async fn new(seed: u64, metadata: &Value) -> Self {
        let rig = open(seed).await;
        let answer = register(&rig, metadata).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        Self { rig, answer }
    }

    fn id(&self) -> String {
        self.answer.text("client_id")
    }

    async fn ask(&self, method: &str, body: &Value) -> Answer {
        self.ask_with(method, body, Some(&self.answer.text("registration_access_token"))).await
    }

    async fn ask_with(&self, method: &str, body: &Value, token: Option<&str>) -> Answer {
        self.rig.send_json(method, &format!("/oauth2/register/{}", self.id()), body, token).await
    }

    /// The update that changes one member of what was sent.
    fn update(&self, sent: &Value, member: &str, value: Value) -> Value {
        let mut update = sent.clone();
        update["client_id"] = json!(self.id());
        update[member] = value;
        update
    }
}

mod section_2 {
    use super::*;

    #[tokio::test]
    async fn only_the_token_of_this_very_registration_manages_it() {
        let one = Registered::new(1, &public()).await;
        let other = register(&one.rig, &public()).await;
        for method in ["GET", "PUT", "DELETE"] {
            let body = if method == "PUT" { public() } else { Value::Null };
            for wrong in [Some(other.text("registration_access_token")), Some("x".into()), None] {
                let refused = one.ask_with(method, &body, wrong.as_deref()).await;
                assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{method} {wrong:?}");
                assert!(refused.headers.contains_key("www-authenticate"));
            }
        }
        // an operator's application has no such token, and one that is not there looks the same
        for id in ["spa", "nobody"] {
            let token = one.answer.text("registration_access_token");
            assert_eq!(one.rig.send_json("GET", &format!("/oauth2/register/{id}"), &Value::Null, Some(&token)).await.status, 401);
        }
    }
}

mod section_3 {
    use super::*;

    #[tokio::test]
    async fn a_token_is_its_secret_and_not_the_id_in_it() {
        let one = Registered::new(2, &public()).await;
        let token = one.answer.text("registration_access_token");
        let (id, secret) = token.split_once('.').unwrap();
        let last = secret.chars().next_back().unwrap();
        let guessed = format!("{id}.{}", secret.chars().rev().collect::<String>());
        let others = register(&one.rig, &public()).await.text("registration_access_token");
        let spliced = format!("{id}.{}", others.split_once('.').unwrap().1);
        for wrong in [guessed, spliced, format!("{id}.{}", last.to_string().repeat(43)), format!("{id}."), id.to_owned()] {
            assert_eq!(one.ask_with("GET", &Value::Null, Some(&wrong)).await.status, 401, "{wrong}");
        }
        assert_eq!(one.ask("GET", &Value::Null).await.status, 200);
    }

    #[tokio::test]
    async fn what_an_operator_has_taken_over_is_managed_by_its_maker_no_longer() {
        let one = Registered::new(3, &public()).await;
        let mut row = one.rig.store.find_application(&one.id()).await.unwrap().unwrap();
        row.settings.registered_by = chabi_store::application_settings::RegisteredBy::Operator;
        one.rig.store.put_application(row).await.unwrap();
        for (method, body) in [("GET", Value::Null), ("PUT", one.update(&public(), "client_name", json!("x"))), ("DELETE", Value::Null)] {
            assert_eq!(one.ask(method, &body).await.status, 401, "{method}");
        }
    }
}

mod section_2_1 {
    use super::*;

    #[tokio::test]
    async fn a_registration_can_be_read_and_shows_no_secret_again() {
        let metadata = json!({ "redirect_uris": [CALLBACK], "initiate_login_uri": "https://app.example/login" });
        let one = Registered::new(10, &metadata).await;
        let read = one.ask("GET", &Value::Null).await;
        assert_eq!(read.status, 200);
        assert_eq!(read.body.get("client_secret"), None);
        assert_eq!(read.headers["cache-control"], "no-store");
        let mut expected = one.answer.body.clone();
        for once in ["client_secret", "client_secret_expires_at"] {
            expected.as_object_mut().unwrap().remove(once);
        }
        assert_eq!(read.body, expected);
    }
}

mod section_2_2 {
    use super::*;

    #[tokio::test]
    async fn an_update_takes_the_place_of_everything() {
        let sent = json!({ "redirect_uris": [CALLBACK], "logo_uri": "https://app.example/logo" });
        let one = Registered::new(20, &sent).await;
        let update = json!({ "client_id": one.id(), "redirect_uris": ["https://app.example/new"] });
        let answer = one.ask("PUT", &update).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!((&answer.body["redirect_uris"], answer.body.get("logo_uri")), (&json!(["https://app.example/new"]), None));
        // the token stays, so that a lost answer locks nobody out
        assert_eq!(answer.text("registration_access_token"), one.answer.text("registration_access_token"));
        assert_eq!(one.ask("GET", &Value::Null).await.body["redirect_uris"], json!(["https://app.example/new"]));
        // the secret is the one that it had
        let kept = one.rig.store.find_application(&one.id()).await.unwrap().unwrap();
        assert!(chabi_token::client_secret::verify(&one.answer.text("client_secret"), &kept.secret_hashes));
    }

    #[tokio::test]
    async fn an_update_names_the_application_and_brings_nothing_that_only_we_say() {
        let sent = json!({ "redirect_uris": [CALLBACK] });
        let one = Registered::new(21, &sent).await;
        assert_eq!(one.ask("PUT", &sent).await.error(), (400, "invalid_client_metadata".into()));
        for (member, value) in [
            ("client_id", json!("spa")),
            ("client_secret", json!("chosen")),
            ("registration_access_token", json!("x")),
            ("registration_client_uri", json!("x")),
            ("client_id_issued_at", json!(0)),
            ("client_secret_expires_at", json!(0)),
        ] {
            let refused = one.ask("PUT", &one.update(&sent, member, value)).await;
            assert_eq!(refused.error(), (400, "invalid_client_metadata".into()), "{member}");
        }
        let own = one.update(&sent, "client_secret", json!(one.answer.text("client_secret")));
        assert_eq!(one.ask("PUT", &own).await.status, 200);
    }

    #[tokio::test]
    async fn a_registration_is_changed_sixty_times_an_hour_at_the_most_and_can_be_read_all_the_same() {
        let sent = public();
        let one = Registered::new(24, &sent).await;
        for number in 0..60 {
            assert_eq!(one.ask("PUT", &one.update(&sent, "client_name", json!(format!("Agent {number}")))).await.status, 200, "{number}");
        }
        let refused = one.ask("PUT", &one.update(&sent, "client_name", json!("Agent 60"))).await;
        assert_eq!(refused.error(), (429, "temporarily_unavailable".into()));
        assert_eq!(one.ask("GET", &Value::Null).await.body["client_name"], "Agent 59");
        one.rig.clock.advance(chabi_token::Seconds::hours(1));
        assert_eq!(one.ask("PUT", &one.update(&sent, "client_name", json!("Agent 60"))).await.status, 200);
    }

    // req: dcr.upd
    #[tokio::test]
    async fn the_record_that_would_come_of_an_update_is_checked_as_a_whole() {
        let sent = public();
        let one = Registered::new(22, &sent).await;
        for (member, value, code) in [
            ("redirect_uris", json!(["https://app.example/cb#x"]), "invalid_redirect_uri"),
            ("token_endpoint_auth_method", json!("private_key_jwt"), "invalid_client_metadata"),
            ("grant_types", json!(["client_credentials"]), "invalid_client_metadata"),
            ("frontchannel_logout_uri", json!("https://other.example/out"), "invalid_client_metadata"),
            ("application_type", json!("desktop"), "invalid_client_metadata"),
        ] {
            assert_eq!(one.ask("PUT", &one.update(&sent, member, value)).await.error(), (400, code.into()), "{member}");
        }
        assert_eq!(one.ask("GET", &Value::Null).await.body["redirect_uris"], json!([CALLBACK]));
    }

    // req: dcr.upd
    #[tokio::test]
    async fn a_public_application_that_becomes_confidential_gets_a_secret_and_loses_what_it_was_granted() {
        let sent = public();
        let mut one = Registered::new(23, &sent).await;
        one.rig.sign_in().await;
        let id = one.id();
        let code = one.rig.code(&id, "scope=openid offline_access").await;
        let tokens = one.rig.redeem(&id, &code, &[]).await;
        let updated = one.ask("PUT", &one.update(&sent, "token_endpoint_auth_method", json!("client_secret_post"))).await;
        assert_eq!(updated.status, 200, "{}", updated.body);
        let secret = updated.text("client_secret");
        assert!(secret.starts_with("chabi_cs_"));
        let refreshed = one.rig.refresh(&id, &tokens.text("refresh_token"), &[("client_secret", &secret)]).await;
        assert_eq!(refreshed.error(), (400, "invalid_grant".into()));
        let public_again = one.ask("PUT", &one.update(&sent, "token_endpoint_auth_method", json!("none"))).await;
        assert_eq!(public_again.body.get("client_secret"), None);
        assert_eq!(one.rig.store.find_application(&id).await.unwrap().unwrap().secret_hashes, [[0; 32]; 0]);
    }
}

mod what_was {
    use super::*;

    #[tokio::test]
    async fn a_copy_of_what_it_was_does_not_share_what_it_has_become() {
        let rig = open(26).await;
        let register = async || {
            let mut request = http::Request::post("/oauth2/register").header("content-type", "application/json");
            request.extensions_mut().unwrap().insert(chabi_spec::ClientAddress("192.0.2.1".parse().unwrap()));
            rig.ask(request.body(public().to_string().into()).unwrap()).await
        };
        let first = register().await;
        let mut update = public();
        (update["client_id"], update["redirect_uris"]) = (first.body["client_id"].clone(), json!(["https://app.example/new"]));
        let path = format!("/oauth2/register/{}", first.text("client_id"));
        assert_eq!(rig.send_json("PUT", &path, &update, Some(&first.text("registration_access_token"))).await.status, 200);
        let second = register().await;
        assert_ne!(second.text("client_id"), first.text("client_id"), "or its codes would go there");
    }

    // OpenID Connect Core §8.1
    // req: dcr.upd
    #[tokio::test]
    async fn an_application_that_knows_people_by_other_names_loses_what_it_was_granted() {
        let sent = public();
        let mut one = Registered::new(27, &sent).await;
        one.rig.sign_in().await;
        let id = one.id();
        let code = one.rig.code(&id, "scope=openid offline_access").await;
        let tokens = one.rig.redeem(&id, &code, &[]).await;
        assert_eq!(one.ask("PUT", &one.update(&sent, "client_name", json!("Another name"))).await.status, 200);
        let tokens = one.rig.refresh(&id, &tokens.text("refresh_token"), &[]).await;
        assert_eq!(tokens.status, 200, "of a name nothing depends");
        assert_eq!(one.ask("PUT", &one.update(&sent, "subject_type", json!("pairwise"))).await.status, 200);
        assert_eq!(one.rig.refresh(&id, &tokens.text("refresh_token"), &[]).await.error(), (400, "invalid_grant".into()));
    }
}

mod section_2_3 {
    use super::*;

    #[tokio::test]
    async fn a_removed_application_is_gone_with_everything_that_it_was_granted() {
        let mut one = Registered::new(30, &public()).await;
        one.rig.sign_in().await;
        let id = one.id();
        let code = one.rig.code(&id, "scope=openid").await;
        let tokens = one.rig.redeem(&id, &code, &[]).await;
        assert_eq!(one.rig.userinfo(&tokens.text("access_token")).await.status, 200);
        let removed = one.ask("DELETE", &Value::Null).await;
        assert_eq!((removed.status, removed.body), (StatusCode::NO_CONTENT, Value::Null));
        assert_eq!(one.rig.userinfo(&tokens.text("access_token")).await.status, 401);
        assert_eq!(one.rig.refresh(&id, &tokens.text("refresh_token"), &[]).await.error(), (401, "invalid_client".into()));
        assert_eq!(one.ask("GET", &Value::Null).await.status, 401);
    }

    // req: rs.revoke
    #[tokio::test]
    async fn apis_are_told_of_the_tokens_of_a_removed_application() {
        let mut one = Registered::new(32, &public()).await;
        one.rig.sign_in().await;
        let id = one.id();
        let code = one.rig.code(&id, "scope=openid").await;
        let token = one.rig.redeem(&id, &code, &[]).await.text("access_token");
        assert_eq!(one.ask("DELETE", &Value::Null).await.status, StatusCode::NO_CONTENT);
        one.rig.server.feed().refresh().await.unwrap();
        assert_eq!(crate::status_list::status(&one.rig, &token).await, 1);
    }

    #[tokio::test]
    async fn a_disabled_application_manages_nothing() {
        let one = Registered::new(31, &public()).await;
        let mut row = one.rig.store.find_application(&one.id()).await.unwrap().unwrap();
        row.disabled_at = Some(one.rig.env.now());
        one.rig.store.put_application(row).await.unwrap();
        assert_eq!(one.ask("PUT", &one.update(&public(), "client_name", json!("x"))).await.status, 401);
    }
}
