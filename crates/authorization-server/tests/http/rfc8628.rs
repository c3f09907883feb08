//! The device authorization grant. What a person does at `/device` is done here by the store's own verb: see `chabi/tests/http`.

use chabi_authorization_server::ResourceOwnerGate as _;
use chabi_spec::Scope;
use chabi_store::{
    account::AccountId,
    application::RegisteredClient,
    browser_session::SessionId,
    device_grant::{Approval, DeviceDecision, DeviceGrantsOf},
};
use chabi_token::Seconds;

use crate::rig::{Answer, MAIL, NOTES, Rig, SECRET, application, claims};

pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A rig with a device of a public application, `tv`, and one of a confidential one, `console`.
async fn rig(seed: u64) -> Rig {
    let rig = Rig::new(seed).await;
    let grant_types = [GRANT, "refresh_token"].map(str::to_owned).to_vec();
    let tv = RegisteredClient { grant_types, ..application("tv") };
    let web = rig.store.find_application("web").await.unwrap().unwrap();
    let console = RegisteredClient {
        client_id: "console".into(),
        authentication: web.authentication,
        secret_hashes: web.secret_hashes,
        grant_types: vec![GRANT.into()],
        ..tv.clone()
    };
    for client in [tv, console] {
        rig.store.put_application(client).await.unwrap();
    }
    rig
}

async fn begin(rig: &Rig, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("client_id", "tv"), ("scope", "openid notes:read")];
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend(more);
    rig.post("/oauth2/device_authorization", &fields, None).await
}

async fn poll(rig: &Rig, device_code: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("grant_type", GRANT), ("client_id", "tv"), ("device_code", device_code)];
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend(more);
    rig.post("/oauth2/token", &fields, None).await
}

/// What a person decides who is signed in.
async fn decide(rig: &Rig, user_code: &str, scope: Option<Scope>, (account, session): (AccountId, SessionId)) {
    let device = rig.store.find_waiting_device(&user_code.replace('-', ""), rig.env.now()).await.unwrap().unwrap();
    let approval = Approval { account, session, auth_time: rig.env.now(), amr: vec!["pwd".into()] };
    let (decision, scope) = match scope {
        Some(scope) => (DeviceDecision::Allowed(approval), scope),
        None => (DeviceDecision::Denied, device.scope.clone()),
    };
    assert!(rig.store.decide_device_grant(device.id, decision, scope, rig.env.now()).await.unwrap());
}

async fn allow(rig: &Rig, begun: &Answer, who: (AccountId, SessionId)) {
    let device = rig.store.find_waiting_device(&begun.text("user_code").replace('-', ""), rig.env.now()).await.unwrap().unwrap();
    decide(rig, &begun.text("user_code"), Some(device.scope), who).await;
}

mod section_3_2 {
    use super::*;

    // req: dv.code
    // req: tk.nostore
    #[tokio::test]
    async fn the_answer_has_both_codes_where_to_type_one_and_how_long() {
        let rig = rig(1).await;
        let answer = begin(&rig, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(
            (&answer.headers["cache-control"], &answer.headers["content-type"]),
            (&"no-store".parse().unwrap(), &"application/json".parse().unwrap())
        );
        let user_code = answer.text("user_code");
        let letters = user_code.replace('-', "");
        assert!(
            user_code.len() == 9 && letters.len() == 8 && letters.bytes().all(|letter| b"BCDFGHJKLMNPQRSTVWXZ".contains(&letter)),
            "{user_code}"
        );
        assert_eq!(answer.text("verification_uri"), "http://localhost:8000/device");
        assert_eq!(answer.text("verification_uri_complete"), format!("http://localhost:8000/device?user_code={user_code}"));
        assert_eq!((answer.body["expires_in"].as_i64(), answer.body["interval"].as_i64()), (Some(600), Some(5)));
        // 256 random bits, of which the store has only the hash
        let device_code = answer.text("device_code");
        let secret = device_code.strip_prefix("chabi_dc_").and_then(|text| text.split_once('.')).unwrap().1;
        assert_eq!(chabi_token::base64url::decode(secret).unwrap().len(), 32);
        let kept = rig.store.find_waiting_device(&letters, rig.env.now()).await.unwrap().unwrap();
        assert_eq!(kept.secret_hash.to_vec(), chabi_token::hash::sha256(&chabi_token::base64url::decode(secret).unwrap()).to_vec());
        assert_ne!(begin(&rig, &[]).await.text("user_code"), user_code);
    }

    // req: dv.code
    #[tokio::test]
    async fn the_application_proves_who_it_is_and_asks_for_what_it_may_have() {
        let rig = rig(2).await;
        for (more, error) in [
            (vec![("client_id", "spa")], (400, "unauthorized_client")),
            (vec![("client_id", "nobody")], (401, "invalid_client")),
            (vec![("client_id", "console")], (401, "invalid_client")),
            (vec![("client_id", "console"), ("client_secret", "wrong")], (401, "invalid_client")),
            (vec![("resource", "https://unknown.example/")], (400, "invalid_target")),
            (vec![("scope", "a\"b")], (400, "invalid_scope")),
        ] {
            assert_eq!(begin(&rig, &more).await.error(), (error.0, error.1.to_owned()), "{more:?}");
        }
        assert_eq!(begin(&rig, &[("client_id", "console"), ("client_secret", SECRET)]).await.status, 200);
        // what it may not have is left out, and never shown
        let begun = begin(&rig, &[("scope", "openid notes:read admin mail:send"), ("resource", NOTES)]).await;
        let kept = rig.store.find_waiting_device(&begun.text("user_code").replace('-', ""), rig.env.now()).await.unwrap().unwrap();
        assert_eq!((kept.scope.to_string(), kept.resource), ("notes:read openid".into(), vec![NOTES.to_owned()]));
        let json = http::Request::post("/oauth2/device_authorization").header("content-type", "application/json");
        assert_eq!(rig.ask(json.body("{}".into()).unwrap()).await.status, 415);
    }

    // req: dv.code
    #[tokio::test]
    async fn nobody_begins_with_devices_without_end() {
        let rig = rig(3).await;
        for _ in 0..100 {
            assert_eq!(begin(&rig, &[]).await.status, 200);
        }
        assert_eq!(begin(&rig, &[]).await.error(), (503, "temporarily_unavailable".into()));
        assert_eq!(begin(&rig, &[("client_id", "console"), ("client_secret", SECRET)]).await.status, 200, "another application");
        rig.clock.advance(Seconds::minutes(15));
        assert_eq!(begin(&rig, &[]).await.status, 200);
    }
}

mod section_3_5 {
    use super::*;

    // req: dv.code
    #[tokio::test]
    async fn a_device_waits_is_slowed_down_when_it_hurries_and_gets_tokens_once() {
        let mut rig = rig(4).await;
        let who = rig.sign_in().await;
        let begun = begin(&rig, &[]).await;
        let code = begun.text("device_code");
        // seconds since the request before, and what it is told
        for (wait, error) in
            [(0, "authorization_pending"), (5, "authorization_pending"), (2, "slow_down"), (6, "slow_down"), (15, "authorization_pending")]
        {
            rig.clock.advance(Seconds(wait));
            assert_eq!(poll(&rig, &code, &[]).await.error(), (400, error.to_owned()), "after {wait} s");
        }
        allow(&rig, &begun, who).await;
        let tokens = poll(&rig, &code, &[]).await;
        assert_eq!(tokens.status, 200, "{}", tokens.body);
        let access = claims(&tokens.text("access_token"));
        assert_eq!(
            (access["scope"].as_str(), access["aud"].as_str(), access["client_id"].as_str()),
            (Some("notes:read openid"), Some(NOTES), Some("tv"))
        );
        assert_eq!(access["sub"], format!("person-{}", who.0));
        let id = claims(&tokens.text("id_token"));
        assert_eq!((id["sub"].clone(), id["aud"].as_str(), id.get("nonce")), (access["sub"].clone(), Some("tv"), None));
        assert_eq!(rig.userinfo(&tokens.text("access_token")).await.status, 200);
        let refreshed = rig.refresh("tv", &tokens.text("refresh_token"), &[]).await;
        assert_eq!(refreshed.status, 200, "{}", refreshed.body);
        // the second use takes back what the first one gave
        assert_eq!(poll(&rig, &code, &[]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.userinfo(&refreshed.text("access_token")).await.status, 401);
        assert_eq!(rig.refresh("tv", &refreshed.text("refresh_token"), &[]).await.error(), (400, "invalid_grant".into()));
    }

    // req: dv.code
    #[tokio::test]
    async fn a_late_second_use_of_a_code_takes_back_what_the_first_one_gave_also_after_the_row_was_to_end() {
        let mut rig = rig(18).await;
        let who = rig.sign_in().await;
        let begun = begin(&rig, &[("scope", "openid offline_access notes:read")]).await;
        allow(&rig, &begun, who).await;
        let tokens = poll(&rig, &begun.text("device_code"), &[]).await;
        assert_eq!(tokens.status, 200, "{}", tokens.body);
        rig.clock.advance(Seconds::hours(2));
        rig.store.delete_expired(rig.env.now(), 100).await.unwrap();
        assert_eq!(poll(&rig, &begun.text("device_code"), &[]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.refresh("tv", &tokens.text("refresh_token"), &[]).await.error(), (400, "invalid_grant".into()));
    }

    // req: dv.code
    #[tokio::test]
    async fn a_device_that_asks_without_a_pause_is_slowed_down_and_writes_nothing() {
        let rig = rig(19).await;
        let begun = begin(&rig, &[]).await;
        let wait = async || {
            let code = begun.text("user_code").replace('-', "");
            rig.store.find_waiting_device(&code, rig.env.now()).await.unwrap().unwrap().wait
        };
        assert_eq!(poll(&rig, &begun.text("device_code"), &[]).await.error(), (400, "authorization_pending".into()));
        for _ in 0..20 {
            assert_eq!(poll(&rig, &begun.text("device_code"), &[]).await.error(), (400, "slow_down".into()));
        }
        assert_eq!(wait().await, Seconds(5));
        rig.clock.advance(Seconds(1));
        assert_eq!(poll(&rig, &begun.text("device_code"), &[]).await.error(), (400, "slow_down".into()));
        assert_eq!(wait().await, Seconds(10));
    }

    // req: dp.bind
    #[tokio::test]
    async fn the_refresh_token_of_a_device_with_a_key_is_good_with_that_key_alone() {
        let mut rig = rig(17).await;
        let who = rig.sign_in().await;
        let begun = begin(&rig, &[]).await;
        allow(&rig, &begun, who).await;
        let key = chabi_testkit::DpopKey::default();
        let proof = |rig: &Rig| key.proof("POST", "http://localhost:8000/oauth2/token", rig.env.now());
        let code = begun.text("device_code");
        let fields = [("grant_type", GRANT), ("client_id", "tv"), ("device_code", code.as_str())];
        let tokens = rig.post_proving("/oauth2/token", &fields, &[&proof(&rig)]).await;
        assert_eq!((tokens.status.as_u16(), tokens.text("token_type").as_str()), (200, "DPoP"), "{}", tokens.body);
        let token = tokens.text("refresh_token");
        assert_eq!(rig.refresh("tv", &token, &[]).await.error(), (400, "invalid_grant".into()));
        let fields = [("grant_type", "refresh_token"), ("client_id", "tv"), ("refresh_token", token.as_str())];
        assert_eq!(rig.post_proving("/oauth2/token", &fields, &[&proof(&rig)]).await.status, 200);
    }

    // req: dv.code
    #[tokio::test]
    async fn of_many_requests_at_once_exactly_one_gets_tokens() {
        let mut rig = rig(5).await;
        let who = rig.sign_in().await;
        let begun = begin(&rig, &[]).await;
        allow(&rig, &begun, who).await;
        let code = begun.text("device_code");
        let answers = futures_util::future::join_all((0..16).map(|_| poll(&rig, &code, &[]))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    }

    // req: dv.code
    #[tokio::test]
    async fn each_end_has_its_own_code() {
        let mut rig = rig(6).await;
        let who = rig.sign_in().await;
        let denied = begin(&rig, &[]).await;
        decide(&rig, &denied.text("user_code"), None, who).await;
        assert_eq!(poll(&rig, &denied.text("device_code"), &[]).await.error(), (400, "access_denied".into()));
        let (late, too_late) = (begin(&rig, &[]).await, begin(&rig, &[]).await);
        allow(&rig, &too_late, who).await;
        rig.clock.advance(Seconds(600));
        assert_eq!(poll(&rig, &late.text("device_code"), &[]).await.error(), (400, "expired_token".into()));
        assert_eq!(poll(&rig, &too_late.text("device_code"), &[]).await.error(), (400, "expired_token".into()));
        for code in ["chabi_dc_x", "", "chabi_ac_AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let expected = if code.is_empty() { "invalid_request" } else { "invalid_grant" };
            assert_eq!(poll(&rig, code, &[]).await.error(), (400, expected.to_owned()), "{code}");
        }
    }

    // req: dv.code
    #[tokio::test]
    async fn a_device_code_is_for_its_own_application_and_another_one_spends_nothing() {
        let mut rig = rig(7).await;
        let who = rig.sign_in().await;
        let begun = begin(&rig, &[]).await;
        allow(&rig, &begun, who).await;
        let code = begun.text("device_code");
        for other in [vec![("client_id", "console"), ("client_secret", SECRET)], vec![("client_id", "spa")]] {
            assert!(poll(&rig, &code, &other).await.status != 200, "{other:?}");
        }
        let (id, secret) = code.split_once('.').unwrap();
        let wrong_secret = format!("{id}.{}A", secret[1..].chars().rev().collect::<String>());
        assert_eq!(poll(&rig, &wrong_secret, &[]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(poll(&rig, &code, &[]).await.status, 200);
    }

    // req: dv.ok
    // req: az.scope
    #[tokio::test]
    async fn what_is_issued_is_what_was_allowed_and_for_no_other_api() {
        let mut rig = rig(8).await;
        let who = rig.sign_in().await;
        let begun = begin(&rig, &[("scope", "openid notes:read notes:write mail:read"), ("resource", NOTES), ("resource", MAIL)]).await;
        decide(&rig, &begun.text("user_code"), Some(Scope::of(["notes:read", "mail:read"])), who).await;
        let code = begun.text("device_code");
        assert_eq!(poll(&rig, &code, &[("resource", "https://other.example/")]).await.error(), (400, "invalid_target".into()));
        let tokens = poll(&rig, &code, &[("resource", MAIL)]).await;
        assert_eq!((tokens.text("scope"), tokens.text("id_token")), ("mail:read".into(), String::new()));
        assert_eq!(claims(&tokens.text("access_token"))["aud"], MAIL);
        let more = rig.refresh("tv", &tokens.text("refresh_token"), &[("scope", "notes:write")]).await;
        assert_eq!(more.error(), (400, "invalid_scope".into()));
        let again = rig.refresh("tv", &tokens.text("refresh_token"), &[]).await;
        assert_eq!(again.text("scope"), "mail:read notes:read");
    }
}

mod of_the_api {
    use super::*;

    // RFC 8707 §2.2
    // req: az.res
    #[tokio::test]
    async fn a_device_gets_no_token_for_an_api_that_it_did_not_begin_with() {
        let mut rig = rig(11).await;
        let who = rig.sign_in().await;
        let begun = begin(&rig, &[("scope", "openid notes:read mail:read"), ("resource", NOTES)]).await;
        allow(&rig, &begun, who).await;
        assert_eq!(poll(&rig, &begun.text("device_code"), &[("resource", MAIL)]).await.error(), (400, "invalid_target".into()));
        assert_eq!(poll(&rig, &begun.text("device_code"), &[("resource", NOTES)]).await.status, 200, "nothing was spent");
    }

    // RFC 9470 §6.1
    // req: rs.step
    #[tokio::test]
    async fn a_device_gets_no_token_by_a_sign_in_that_has_grown_too_old_for_the_api() {
        let mut rig = rig(12).await;
        let mut notes = rig.store.find_api(NOTES).await.unwrap().unwrap();
        notes.settings.max_auth_age = Some(100);
        rig.store.put_api(notes).await.unwrap();
        let who = rig.sign_in().await;
        let (soon, late) = (begin(&rig, &[]).await, begin(&rig, &[]).await);
        allow(&rig, &soon, who).await;
        allow(&rig, &late, who).await;
        rig.clock.advance(Seconds(100));
        assert_eq!(poll(&rig, &soon.text("device_code"), &[]).await.status, 200);
        rig.clock.advance(Seconds(1));
        assert_eq!(poll(&rig, &late.text("device_code"), &[]).await.error(), (400, "invalid_grant".into()));
    }
}

mod of_the_person {
    use super::*;

    // req: rt.offline
    #[tokio::test]
    async fn a_device_ends_with_the_session_that_allowed_it_save_with_offline_access() {
        let mut rig = rig(9).await;
        let who = rig.sign_in().await;
        let (plain, lasting, late) =
            (begin(&rig, &[]).await, begin(&rig, &[("scope", "openid offline_access")]).await, begin(&rig, &[]).await);
        for begun in [&plain, &lasting, &late] {
            allow(&rig, begun, who).await;
        }
        let plain = poll(&rig, &plain.text("device_code"), &[]).await;
        let lasting = poll(&rig, &lasting.text("device_code"), &[]).await;
        rig.gate.sign_out(who.1, &rig.env).await.unwrap();
        assert_eq!(rig.refresh("tv", &plain.text("refresh_token"), &[]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.refresh("tv", &lasting.text("refresh_token"), &[]).await.status, 200);
        assert_eq!(poll(&rig, &late.text("device_code"), &[]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.store.delete_device_grants(DeviceGrantsOf::Session(who.1)).await.unwrap(), 1);
    }

    // req: dv.ok
    #[tokio::test]
    async fn a_disabled_person_or_application_gets_no_tokens() {
        let mut rig = rig(10).await;
        let who = rig.sign_in().await;
        let begun = begin(&rig, &[]).await;
        allow(&rig, &begun, who).await;
        rig.store.set_account_disabled(who.0, Some(rig.env.now())).await.unwrap();
        assert_eq!(poll(&rig, &begun.text("device_code"), &[]).await.error(), (400, "invalid_grant".into()));
        rig.store.set_account_disabled(who.0, None).await.unwrap();
        let mut tv = rig.store.find_application("tv").await.unwrap().unwrap();
        tv.grant_types = vec!["refresh_token".into()];
        rig.store.put_application(tv.clone()).await.unwrap();
        assert_eq!(poll(&rig, &begun.text("device_code"), &[]).await.error(), (400, "unauthorized_client".into()));
        tv.disabled_at = Some(rig.env.now());
        rig.store.put_application(tv).await.unwrap();
        assert_eq!(poll(&rig, &begun.text("device_code"), &[]).await.error(), (401, "invalid_client".into()));
    }
}

mod section_4 {
    use super::*;

    #[tokio::test]
    async fn the_metadata_tells_of_it_and_scripts_of_registered_origins_may_ask() {
        let rig = rig(11).await;
        for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
            let metadata = rig.ask(http::Request::get(path).body(axum::body::Body::empty()).unwrap()).await;
            assert_eq!(metadata.text("device_authorization_endpoint"), "http://localhost:8000/oauth2/device_authorization");
            assert!(metadata.body["grant_types_supported"].as_array().unwrap().iter().any(|grant| grant == GRANT));
        }
        for (origin, allowed) in [("https://app.example", true), ("https://evil.example", false)] {
            let preflight = http::Request::options("/oauth2/device_authorization")
                .header("origin", origin)
                .header("access-control-request-method", "POST");
            let answer = rig.ask(preflight.body(axum::body::Body::empty()).unwrap()).await;
            assert_eq!(answer.headers.contains_key("access-control-allow-origin"), allowed, "{origin}");
        }
    }
}
