//! Token exchange.

use chabi_spec::Scope;
use chabi_store::{
    application::RegisteredClient,
    application_settings::{ApplicationSettings, ExchangeRule},
    revocation::Revocation,
};
use chabi_token::Seconds;
use serde_json::json;

use crate::rig::{Answer, MAIL, NOTES, Rig, SECRET, claims};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

fn rule() -> ExchangeRule {
    ExchangeRule { subjects_of: vec!["spa".into()], audiences: vec![MAIL.into()], scope: "mail:send".into(), ..ExchangeRule::default() }
}

/// A rig with `service`, the API of notes, which may call the API of mail on behalf of people who use `spa`.
async fn rig_with(seed: u64, rule: Option<ExchangeRule>) -> Rig {
    let rig = Rig::new(seed).await;
    put(&rig, "service", rule).await;
    rig
}

async fn rig(seed: u64) -> Rig {
    rig_with(seed, Some(rule())).await
}

async fn put(rig: &Rig, client_id: &str, exchange: Option<ExchangeRule>) {
    let web = rig.store.find_application("web").await.unwrap().unwrap();
    let service = RegisteredClient {
        client_id: client_id.into(),
        grant_types: vec![GRANT.into(), "client_credentials".into()],
        scope: Scope::of(["openid", "notes:read", "notes:write", "mail:read", "mail:send", "offline_access"]),
        default_audience: NOTES.into(),
        settings: ApplicationSettings { exchange, ..ApplicationSettings::default() },
        ..web
    };
    rig.store.put_application(service).await.unwrap();
}

async fn exchange(rig: &Rig, subject_token: &str, more: &[(&str, &str)]) -> Answer {
    let fields = [
        ("grant_type", GRANT),
        ("client_id", "service"),
        ("client_secret", SECRET),
        ("subject_token", subject_token),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    let mut all: Vec<_> = fields.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name)).collect();
    all.extend(more);
    rig.post("/oauth2/token", &all, None).await
}

async fn own_token(rig: &Rig, client_id: &str) -> String {
    let fields = [("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", SECRET)];
    rig.post("/oauth2/token", &fields, None).await.text("access_token")
}

mod section_2 {
    use super::*;

    // req: tx
    #[tokio::test]
    async fn a_service_calls_the_next_one_on_behalf_of_the_person_and_the_token_says_so() {
        let mut rig = rig(1).await;
        let tokens = rig.tokens("scope=openid+notes:read+mail:read&resource=https://notes.example/").await;
        let subject = claims(&tokens.text("access_token"));
        let answer = exchange(&rig, &tokens.text("access_token"), &[("audience", MAIL), ("scope", "mail:send")]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!((answer.text("issued_token_type"), answer.text("token_type")), (ACCESS_TOKEN.into(), "Bearer".into()));
        assert!(answer.body.get("refresh_token").is_none() && answer.body.get("id_token").is_none());
        let exchanged = claims(&answer.text("access_token"));
        assert_eq!((exchanged["sub"].clone(), exchanged["aud"].clone()), (subject["sub"].clone(), json!(MAIL)));
        assert_eq!((exchanged["client_id"].clone(), exchanged["act"].clone()), (json!("service"), json!({"sub": "service"})));
        assert_eq!((exchanged["scope"].clone(), exchanged["status"].clone()), (json!("mail:send"), subject["status"].clone()));
        assert_eq!((exchanged["auth_time"].clone(), exchanged["sid"].clone()), (subject["auth_time"].clone(), subject["sid"].clone()));
        let events = rig.store.list_audit_events(50).await.unwrap();
        let event = events.iter().find(|event| event.kind == "token.exchanged").unwrap();
        assert_eq!((event.client_id.as_deref(), event.detail.contains("spa")), (Some("service"), true));
    }

    // req: tx
    // req: az.scope
    #[tokio::test]
    async fn nothing_is_given_beyond_the_subject_token_and_the_rule() {
        let mut rig = rig(2).await;
        let token = rig.tokens("scope=openid+notes:read").await.text("access_token");
        for (more, error) in [
            (vec![("audience", "https://other.example/")], "invalid_target"),
            (vec![("resource", "https://other.example/")], "invalid_target"),
            (vec![("audience", MAIL), ("scope", "mail:read")], "invalid_scope"),
            (vec![("scope", "notes:write")], "invalid_scope"),
        ] {
            assert_eq!(exchange(&rig, &token, &more).await.error(), (400, error.to_owned()), "{more:?}");
        }
        // without a target and scope: the same, narrowed to what this application may have
        let same = exchange(&rig, &token, &[]).await;
        assert_eq!((same.text("scope"), claims(&same.text("access_token"))["aud"].clone()), ("notes:read openid".into(), json!(NOTES)));
        let narrowed = exchange(&rig, &token, &[("scope", "notes:read")]).await;
        assert_eq!(narrowed.text("scope"), "notes:read");
    }

    // req: tx
    #[tokio::test]
    async fn no_exchanged_token_outlives_its_subject_token() {
        let mut rig = rig(3).await;
        let token = rig.tokens("").await.text("access_token");
        rig.clock.advance(Seconds(200));
        let answer = exchange(&rig, &token, &[]).await;
        assert_eq!(answer.body["expires_in"], 100);
        assert_eq!(claims(&answer.text("access_token"))["exp"], claims(&token)["exp"]);
        rig.clock.advance(Seconds(140));
        assert_eq!(exchange(&rig, &token, &[]).await.error(), (400, "invalid_request".into()));
    }

    // req: tx
    // req: at.cross
    #[tokio::test]
    async fn what_is_no_good_access_token_of_a_person_is_refused() {
        let mut rig = rig(4).await;
        let (account, _) = rig.sign_in().await;
        let code = rig.code("spa", "").await;
        let tokens = rig.redeem("spa", &code, &[]).await;
        let token = tokens.text("access_token");
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let foreign = format!("{signed}.{}", signature.chars().rev().collect::<String>());
        for bad in [tokens.text("id_token"), tokens.text("refresh_token"), foreign, "junk".into(), own_token(&rig, "web").await] {
            assert_eq!(exchange(&rig, &bad, &[]).await.error(), (400, "invalid_request".into()), "{bad}");
        }
        for kind in ["id_token", "refresh_token", "saml2"] {
            let kind = format!("urn:ietf:params:oauth:token-type:{kind}");
            assert_eq!(exchange(&rig, &token, &[("subject_token_type", &kind)]).await.error(), (400, "invalid_request".into()), "{kind}");
        }
        rig.store.set_account_disabled(account, Some(rig.env.now())).await.unwrap();
        assert_eq!(exchange(&rig, &token, &[]).await.error(), (400, "invalid_request".into()));
        rig.store.set_account_disabled(account, None).await.unwrap();
        assert_eq!(exchange(&rig, &token, &[]).await.status, 200);
        let mut spa = rig.store.find_application("spa").await.unwrap().unwrap();
        spa.disabled_at = Some(rig.env.now());
        rig.store.put_application(spa).await.unwrap();
        assert_eq!(exchange(&rig, &token, &[]).await.error(), (400, "invalid_request".into()));
    }

    // req: tx
    #[tokio::test]
    async fn it_is_off_without_a_rule_and_for_everybody_whom_the_rule_does_not_name() {
        let mut rig = rig_with(5, None).await;
        let token = rig.tokens("").await.text("access_token");
        assert_eq!(exchange(&rig, &token, &[]).await.error(), (400, "unauthorized_client".into()));
        assert_eq!(exchange(&rig, &token, &[("client_id", "web")]).await.error(), (400, "unauthorized_client".into()), "not its grant");
        put(&rig, "service", Some(ExchangeRule { subjects_of: vec!["other".into()], ..rule() })).await;
        assert_eq!(exchange(&rig, &token, &[]).await.error(), (400, "invalid_request".into()), "not of those applications");
        put(&rig, "service", Some(ExchangeRule { own_audiences: vec![MAIL.into()], ..rule() })).await;
        assert_eq!(exchange(&rig, &token, &[]).await.error(), (400, "invalid_request".into()), "not handed to it");
        put(&rig, "service", Some(rule())).await;
        let mut without = rig.store.find_application("service").await.unwrap().unwrap();
        without.grant_types = vec!["client_credentials".into()];
        rig.store.put_application(without).await.unwrap();
        assert_eq!(exchange(&rig, &token, &[]).await.error(), (400, "unauthorized_client".into()), "a rule, and not the grant");
        put(&rig, "service", Some(rule())).await;
        assert_eq!(exchange(&rig, &token, &[]).await.status, 200);
        let mut public = rig.store.find_application("service").await.unwrap().unwrap();
        public.authentication = chabi_store::application::ClientAuthentication::None;
        public.settings.exchange = Some(rule());
        rig.store.put_application(public).await.unwrap();
        assert_eq!(exchange(&rig, &token, &[("client_secret", "")]).await.error(), (400, "unauthorized_client".into()), "public");
    }
}

mod rfc9449 {
    use chabi_testkit::DpopKey;

    use super::*;
    use crate::rig::{CALLBACK, VERIFIER};

    // req: tx
    #[tokio::test]
    async fn a_token_that_is_bound_to_a_key_is_exchanged_by_its_holder_alone() {
        let mut rig = rig(11).await;
        put(&rig, "service", Some(ExchangeRule { subjects_of: vec!["spa".into(), "service".into()], ..rule() })).await;
        rig.sign_in().await;
        let (code, another) = (rig.code("spa", "").await, rig.code("spa", "").await);
        let (holder, thief) = (DpopKey::default(), DpopKey::default());
        let proof = |key: &DpopKey| key.proof("POST", "http://localhost:8000/oauth2/token", rig.env.now());
        let redemption = [
            ("grant_type", "authorization_code"),
            ("client_id", "spa"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let bound = rig.post_proving("/oauth2/token", &redemption, &[&proof(&holder)]).await.text("access_token");
        let free = rig.redeem("spa", &another, &[]).await.text("access_token");
        let exchange = |subject: String, actor: Option<String>, key: Option<&DpopKey>| {
            let mut fields = vec![
                ("grant_type", GRANT.to_owned()),
                ("client_id", "service".to_owned()),
                ("client_secret", SECRET.to_owned()),
                ("subject_token", subject),
                ("subject_token_type", ACCESS_TOKEN.to_owned()),
            ];
            fields.extend(actor.map(|actor| [("actor_token", actor), ("actor_token_type", ACCESS_TOKEN.to_owned())]).into_iter().flatten());
            let proofs: Vec<String> = key.map(proof).into_iter().collect();
            let rig = &rig;
            async move {
                let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
                rig.post_proving("/oauth2/token", &fields, &proofs).await
            }
        };
        for key in [None, Some(&thief)] {
            assert_eq!(exchange(bound.clone(), None, key).await.error(), (400, "invalid_grant".into()));
            assert_eq!(exchange(free.clone(), Some(bound.clone()), key).await.error(), (400, "invalid_grant".into()), "as the actor");
        }
        let answer = exchange(bound, None, Some(&holder)).await;
        assert_eq!((answer.status.as_u16(), answer.text("token_type")), (200, "DPoP".into()), "{}", answer.body);
        assert_eq!(claims(&answer.text("access_token"))["cnf"]["jkt"], holder.thumbprint());
    }
}

mod section_4 {
    use super::*;

    // req: tx
    #[tokio::test]
    async fn the_chain_of_those_who_act_is_kept_and_impersonation_is_the_operators_word() {
        let mut rig = rig(6).await;
        put(&rig, "second", Some(ExchangeRule { subjects_of: vec!["service".into()], own_audiences: vec![MAIL.into()], ..rule() })).await;
        put(&rig, "ghost", Some(ExchangeRule { impersonation: true, ..rule() })).await;
        let token = rig.tokens("scope=openid+notes:read").await.text("access_token");
        let once = exchange(&rig, &token, &[("audience", MAIL), ("scope", "mail:send")]).await.text("access_token");
        let twice = exchange(&rig, &once, &[("client_id", "second")]).await;
        assert_eq!(claims(&twice.text("access_token"))["act"], json!({"sub": "second", "act": {"sub": "service"}}), "{}", twice.body);
        let ghost = exchange(&rig, &token, &[("client_id", "ghost")]).await;
        assert!(claims(&ghost.text("access_token")).get("act").is_none(), "{}", ghost.body);
    }

    // req: tx
    #[tokio::test]
    async fn an_actor_is_proven_by_a_token_of_its_own() {
        let mut rig = rig(7).await;
        let token = rig.tokens("").await.text("access_token");
        let agent = own_token(&rig, "service").await;
        let with = |actor: String| vec![("actor_token", actor), ("actor_token_type", ACCESS_TOKEN.to_owned())];
        for (actor, status) in [(agent, 200), (own_token(&rig, "web").await, 400), ("junk".into(), 400)] {
            let fields = with(actor);
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = exchange(&rig, &token, &fields).await;
            assert_eq!(answer.status, status, "{}", answer.body);
            if status == 200 {
                assert_eq!(claims(&answer.text("access_token"))["act"], json!({"sub": "service"}));
            }
        }
    }
}

mod of_people {
    use super::*;

    // req: tx
    #[tokio::test]
    async fn a_person_who_acts_is_one_who_may_still_enter() {
        let mut rig = rig(13).await;
        let token = rig.tokens("").await.text("access_token");
        let actor = rig.tokens("").await.text("access_token");
        let fields = [("actor_token", actor.as_str()), ("actor_token_type", ACCESS_TOKEN)];
        let given = exchange(&rig, &token, &fields).await;
        assert_eq!(claims(&given.text("access_token"))["act"]["sub"], claims(&actor)["sub"], "{}", given.body);
        let subject = claims(&actor)["sub"].as_str().unwrap().to_owned();
        let account = rig.store.find_account_by_subject(&subject).await.unwrap().unwrap();
        rig.store.set_account_disabled(account.id, Some(rig.env.now())).await.unwrap();
        assert_eq!(exchange(&rig, &token, &fields).await.error(), (400, "invalid_request".into()));
        assert_eq!(exchange(&rig, &token, &[]).await.status, 200, "the subject may");
    }

    // req: tx
    #[tokio::test]
    async fn nothing_that_lasts_is_given_for_what_passes() {
        let mut rig = rig_with(14, Some(ExchangeRule { scope: "mail:send offline_access".into(), ..rule() })).await;
        let mut service = rig.store.find_application("service").await.unwrap().unwrap();
        service.grant_types.extend(["authorization_code", "refresh_token"].map(str::to_owned));
        rig.store.put_application(service).await.unwrap();
        let token = rig.tokens("scope=openid offline_access notes:read").await.text("access_token");
        let given = exchange(&rig, &token, &[("audience", MAIL), ("scope", "mail:send offline_access")]).await;
        assert_eq!((given.text("scope"), given.body.get("refresh_token")), ("mail:send".into(), None), "{}", given.body);
    }
}

mod openid_connect_core_5_5 {
    use super::*;

    // req: tx
    // req: ui.claims
    #[tokio::test]
    async fn what_one_application_asked_for_by_name_is_not_told_to_the_one_that_exchanged_its_token() {
        let mut rig = rig(12).await;
        let named = "scope=openid&claims=%7B%22userinfo%22%3A%7B%22name%22%3Anull%7D%7D";
        let token = rig.tokens(named).await.text("access_token");
        let exchanged = exchange(&rig, &token, &[]).await;
        assert_eq!(exchanged.status, 200, "{}", exchanged.body);
        assert!(rig.userinfo(&token).await.body["name"].is_string());
        let told = rig.userinfo(&exchanged.text("access_token")).await;
        assert_eq!((told.status.as_u16(), told.body.get("name")), (200, None), "{}", told.body);
    }
}

mod taken_back {
    use super::*;

    #[tokio::test]
    async fn introspection_tells_who_acts() {
        let mut rig = rig(10).await;
        let token = rig.tokens("").await.text("access_token");
        let exchanged = exchange(&rig, &token, &[]).await.text("access_token");
        let ask = [("token", exchanged.as_str()), ("client_id", "service"), ("client_secret", SECRET)];
        assert_eq!(rig.post("/oauth2/introspect", &ask, None).await.body["act"], json!({"sub": "service"}));
    }

    async fn is_active(rig: &Rig, token: &str) -> bool {
        rig.post("/oauth2/introspect", &[("token", token), ("client_id", "service"), ("client_secret", SECRET)], None).await.body["active"]
            == true
    }

    // req: tx
    #[tokio::test]
    async fn with_the_grant_of_the_subject_token_at_once() {
        let mut rig = rig(8).await;
        let tokens = rig.tokens("").await;
        let exchanged = exchange(&rig, &tokens.text("access_token"), &[]).await.text("access_token");
        assert!(is_active(&rig, &exchanged).await);
        assert_eq!(rig.userinfo(&exchanged).await.status, 200);
        let revoked = rig.post("/oauth2/revoke", &[("token", &tokens.text("refresh_token")), ("client_id", "spa")], None).await;
        assert_eq!(revoked.status, 200);
        assert!(!is_active(&rig, &exchanged).await);
        assert_eq!(rig.userinfo(&exchanged).await.status, 401);
        assert_eq!(exchange(&rig, &tokens.text("access_token"), &[]).await.error(), (400, "invalid_request".into()));
        assert_eq!(exchange(&rig, &exchanged, &[]).await.error(), (400, "invalid_request".into()));
    }

    #[tokio::test]
    async fn by_its_own_application_alone_and_then_only_itself() {
        let mut rig = rig(9).await;
        let token = rig.tokens("").await.text("access_token");
        let exchanged = exchange(&rig, &token, &[]).await.text("access_token");
        let revoke = |client: &'static str| {
            let fields = [("token", exchanged.clone()), ("client_id", client.to_owned()), ("client_secret", SECRET.to_owned())];
            async {
                let fields = fields;
                let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                rig.post("/oauth2/revoke", &fields, None).await
            }
        };
        assert_eq!(revoke("web").await.error(), (400, "invalid_grant".into()));
        assert_eq!(revoke("service").await.status, 200);
        assert!(!is_active(&rig, &exchanged).await);
        assert_eq!(rig.userinfo(&token).await.status, 200, "the person's own grant stays");
        let jti = claims(&token)["jti"].as_str().unwrap().to_owned();
        let what = Revocation::Token { jti: &jti, status: None, expires_at: rig.env.now() + Seconds(300) };
        rig.store.revoke(what, "operator", rig.env.now()).await.unwrap();
        assert_eq!(exchange(&rig, &token, &[]).await.error(), (400, "invalid_request".into()));
    }
}
