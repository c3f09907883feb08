//! Token Status List (draft-ietf-oauth-status-list-21): the claim in tokens, and the lists.

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chabi_store::{
    account::AccountId,
    revocation::Revocation,
    token_family::{FamilyId, RefreshState, RefreshTokenFamily},
};
use chabi_testkit::browser;
use chabi_token::{RefreshTokenKeys, Seconds, StatusIndex, Timestamp, base64url, status_list_token};
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::Value;

use crate::rig::{ISSUER, Rig, SECRET, claims, master};

/// Where a token's status is told: the list and the position in it.
pub fn place(token: &str) -> (String, usize) {
    let claims = claims(token);
    let reference = &claims["status"]["status_list"];
    (reference["uri"].as_str().unwrap().to_owned(), usize::try_from(reference["idx"].as_u64().unwrap()).unwrap())
}

pub async fn get(rig: &Rig, path: &str, more: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let request = more.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    browser::ask(&rig.router, request.body(Body::empty()).unwrap()).await
}

/// What the list of a token says, read as the draft says and not with our own code.
pub async fn list(rig: &Rig, uri: &str) -> Value {
    let (status, _, text) = get(rig, uri.strip_prefix(ISSUER).unwrap(), &[]).await;
    assert_eq!(status, 200, "{text}");
    claims(&text)
}

fn bit(list: &Value, position: usize) -> u8 {
    assert_eq!(list["status_list"]["bits"], 1);
    let compressed = base64url::decode(list["status_list"]["lst"].as_str().unwrap()).unwrap();
    let bytes = miniz_oxide::inflate::decompress_to_vec_zlib(&compressed).unwrap();
    assert_eq!(bytes.len(), 1 << 14);
    (bytes[position / 8] >> (position % 8)) & 1
}

pub async fn status(rig: &Rig, token: &str) -> u8 {
    let (uri, position) = place(token);
    bit(&list(rig, &uri).await, position)
}

pub async fn own_token(rig: &Rig) -> String {
    let basic = format!("Basic {}", STANDARD.encode(format!("web:{SECRET}")));
    rig.post("/oauth2/token", &[("grant_type", "client_credentials")], Some(&basic)).await.text("access_token")
}

mod section_6 {
    use super::*;

    #[tokio::test]
    async fn every_access_token_names_its_place_and_no_id_token_does() {
        let mut rig = Rig::new(1).await;
        let tokens = rig.tokens("scope=openid notes:read offline_access").await;
        let first = place(&tokens.text("access_token"));
        assert_eq!(first.0, format!("{ISSUER}/oauth2/status/0"));
        assert!(claims(&tokens.text("id_token")).get("status").is_none());
        let refreshed = rig.refresh("spa", &tokens.text("refresh_token"), &[]).await;
        assert_eq!(place(&refreshed.text("access_token")), first, "the place is the grant's");
        let other = rig.tokens("").await;
        assert_ne!(place(&other.text("access_token")), first);
    }

    #[tokio::test]
    async fn what_an_application_gets_for_itself_shares_the_place_of_its_epoch() {
        let rig = Rig::new(2).await;
        rig.server.look().await.unwrap();
        assert_eq!(place(&own_token(&rig).await), place(&own_token(&rig).await));
    }

    #[tokio::test]
    async fn a_family_of_the_version_before_gets_its_place_when_it_refreshes() {
        let mut rig = Rig::new(3).await;
        let (account, session) = rig.sign_in().await;
        let (id, now) = (FamilyId(rig.env.new_id()), rig.env.now());
        let (text, hash) = RefreshTokenKeys::new(&master()).first(id.0, &rig.env);
        let refresh = RefreshState {
            generation: 0,
            hash_current: hash,
            hash_previous: [0; 32],
            salt: [0; 16],
            rotated_at: now,
            idle_expires_at: now + Seconds::days(1),
            key_version: 1,
            request_hash: [0; 32],
        };
        let family = RefreshTokenFamily {
            id,
            client_id: "spa".into(),
            account,
            session,
            offline: false,
            scope: chabi_spec::Scope::of(["notes:read"]),
            resource: vec![crate::rig::NOTES.into()],
            auth_time: now,
            amr: Vec::new(),
            created_at: now,
            expires_at: now + Seconds::days(1),
            revoked_at: None,
            revoked_because: String::new(),
            status: None,
            refresh: Some(refresh),
            details: None,
        };
        rig.store.insert_family(family).await.unwrap();
        let first = rig.refresh("spa", text.expose(), &[]).await;
        let second = rig.refresh("spa", &first.text("refresh_token"), &[]).await;
        assert_eq!(place(&first.text("access_token")), place(&second.text("access_token")));
        rig.store.revoke(Revocation::Family(id), "test", rig.env.now()).await.unwrap();
        rig.server.feed().refresh().await.unwrap();
        assert_eq!(status(&rig, &second.text("access_token")).await, 1);
    }
}

mod section_5_1 {
    use super::*;

    #[tokio::test]
    async fn a_list_is_a_signed_token_of_its_type_about_its_uri() {
        let rig = Rig::new(4).await;
        let token = own_token(&rig).await;
        rig.server.feed().refresh().await.unwrap();
        let uri = place(&token).0;
        let (status, headers, text) = get(&rig, uri.strip_prefix(ISSUER).unwrap(), &[]).await;
        assert_eq!((status.as_u16(), &headers[header::CONTENT_TYPE]), (200, &"application/statuslist+jwt".parse().unwrap()));
        let head: Value = serde_json::from_slice(&base64url::decode(text.split('.').next().unwrap()).unwrap()).unwrap();
        assert_eq!((&head["typ"], &head["alg"]), (&"statuslist+jwt".into(), &"ES256".into()));
        let ring = rig.keys.ring().unwrap();
        let verified = status_list_token::verify(&text, ring.verification_keys(), &uri, rig.env.now()).unwrap();
        let now = rig.env.now().as_seconds();
        assert_eq!((verified.sub, verified.iat, verified.exp, verified.ttl), (uri, now, Some(now + 3600), Some(10)));
    }

    // req: rs.revoke
    #[tokio::test]
    async fn a_list_is_as_old_as_what_it_is_made_of_and_not_told_when_too_old() {
        let rig = Rig::new(5).await;
        let path = "/oauth2/status/0";
        assert_eq!(get(&rig, path, &[]).await.0, 503, "nothing is known yet");
        assert_eq!(get(&rig, "/oauth2/status", &[]).await.0, 503, "nor which lists tell of something");
        rig.server.feed().refresh().await.unwrap();
        let known_at = rig.env.now().as_seconds();
        rig.clock.advance(Seconds::minutes(59));
        let list = claims(&get(&rig, path, &[]).await.2);
        assert_eq!((list["iat"].as_i64(), list["exp"].as_i64()), (Some(known_at), Some(known_at + 3_600)));
        rig.clock.advance(Seconds::minutes(2));
        let (status, headers, _) = get(&rig, path, &[]).await;
        assert_eq!((status.as_u16(), headers["retry-after"].to_str().unwrap()), (503, "1"));
    }
}

mod section_8 {
    use super::*;

    #[tokio::test]
    async fn a_list_may_be_kept_for_its_ttl_by_anybody_and_asked_for_again_by_its_etag() {
        let rig = Rig::new(6).await;
        rig.server.feed().refresh().await.unwrap();
        for path in ["/oauth2/status/0", "/oauth2/status"] {
            let (_, headers, text) = get(&rig, path, &[]).await;
            assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=10", "{path}");
            assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*", "{path}");
            let etag = headers[header::ETAG].to_str().unwrap();
            let (status, _, again) = get(&rig, path, &[("if-none-match", etag)]).await;
            assert_eq!((status.as_u16(), again.as_str()), (304, ""), "{path}");
            assert_eq!(get(&rig, path, &[]).await.2, text, "kept, not signed again");
        }
    }

    #[tokio::test]
    async fn lists_that_are_none_are_not_found() {
        let rig = Rig::new(7).await;
        rig.server.feed().refresh().await.unwrap();
        // the next one exists too: another node may have begun it this second
        for (list, status) in [("0", 200), ("1", 200), ("2", 404), ("-1", 404), ("00", 404), ("x", 404), ("9223372036854775807", 404)] {
            assert_eq!(get(&rig, &format!("/oauth2/status/{list}"), &[]).await.0, status, "{list}");
        }
    }

    #[tokio::test]
    async fn a_list_that_changed_is_made_anew_at_once() {
        let mut rig = Rig::new(8).await;
        let tokens = rig.tokens("").await;
        rig.server.feed().refresh().await.unwrap();
        assert_eq!(status(&rig, &tokens.text("access_token")).await, 0);
        rig.post("/oauth2/revoke", &[("client_id", "spa"), ("token", &tokens.text("refresh_token"))], None).await;
        rig.server.feed().refresh().await.unwrap();
        assert_eq!(status(&rig, &tokens.text("access_token")).await, 1);
    }

    #[tokio::test]
    async fn a_bit_is_cleared_when_no_token_of_before_can_live_and_not_earlier() {
        let mut rig = Rig::new(9).await;
        let token = rig.tokens("").await.text("access_token");
        rig.post("/oauth2/revoke", &[("client_id", "spa"), ("token", &token)], None).await;
        for (minutes, expected) in [(0, 1), (60, 1), (3, 0)] {
            rig.clock.advance(Seconds::minutes(minutes));
            rig.server.feed().refresh().await.unwrap();
            assert_eq!(status(&rig, &token).await, expected, "{minutes}");
        }
    }
}

mod section_9 {
    use super::*;

    #[tokio::test]
    async fn the_aggregation_names_the_lists_that_tell_of_something() {
        let rig = Rig::new(10).await;
        rig.server.feed().refresh().await.unwrap();
        let read = async || serde_json::from_str::<Value>(&get(&rig, "/oauth2/status", &[]).await.2).unwrap();
        assert_eq!(read().await, serde_json::json!({ "status_lists": [] }));
        for (status, jti) in [(Some(StatusIndex(5 << 17)), "five"), (None, "none")] {
            let expires_at = rig.env.now() + Seconds(60);
            rig.store.revoke(Revocation::Token { jti, status, expires_at }, "test", rig.env.now()).await.unwrap();
        }
        insert_revoked(&rig, (2 << 17) + 7, 1).await;
        rig.clock.advance(Seconds(11));
        rig.server.feed().refresh().await.unwrap();
        let lists = [2, 5].map(|list| format!("{ISSUER}/oauth2/status/{list}"));
        assert_eq!(read().await, serde_json::json!({ "status_lists": lists }));
        let metadata = async |path| serde_json::from_str::<Value>(&get(&rig, path, &[]).await.2).unwrap();
        let provider = metadata("/.well-known/openid-configuration").await;
        assert!(provider.as_object().unwrap().keys().all(|name| !name.starts_with("status_")), "{provider}");
        let metadata = metadata("/.well-known/oauth-authorization-server").await;
        assert_eq!(metadata["status_list_aggregation_endpoint"], format!("{ISSUER}/oauth2/status"));
        assert_eq!(metadata["status_changes_endpoint"], format!("{ISSUER}/oauth2/status/changes"));
    }
}

/// Families with places from `first` on, revoked now, all at once.
pub async fn insert_revoked(rig: &Rig, first: i64, count: i64) {
    let (account, now) = (AccountId(rig.env.new_id()), rig.env.now());
    for index in first..first + count {
        let family = RefreshTokenFamily {
            id: FamilyId(rig.env.new_id()),
            client_id: "spa".into(),
            account,
            session: chabi_store::browser_session::SessionId(rig.env.new_id()),
            offline: false,
            scope: chabi_spec::Scope::of(["notes:read"]),
            resource: Vec::new(),
            auth_time: now,
            amr: Vec::new(),
            created_at: now,
            expires_at: now + Seconds::days(1),
            revoked_at: None,
            revoked_because: String::new(),
            status: Some(StatusIndex(index)),
            refresh: None,
            details: None,
        };
        rig.store.insert_family(family).await.unwrap();
    }
    assert_eq!(rig.store.revoke(Revocation::Account(account), "test", now).await.unwrap(), count);
}

mod what_revokes {
    use super::*;

    /// The token's bit is set once the feed has looked, and introspection and userinfo agree before it has.
    async fn check(rig: &Rig, token: &str, how: &str) {
        assert_eq!(rig.userinfo(token).await.status, 401, "{how}: at once");
        rig.server.feed().refresh().await.unwrap();
        assert_eq!(status(rig, token).await, 1, "{how}");
    }

    // req: rv.cascade
    #[tokio::test]
    async fn the_revocation_endpoint_and_signing_out() {
        let mut rig = Rig::new(11).await;
        for kind in ["access_token", "refresh_token"] {
            let tokens = rig.tokens("").await;
            rig.post("/oauth2/revoke", &[("client_id", "spa"), ("token", &tokens.text(kind))], None).await;
            check(&rig, &tokens.text("access_token"), kind).await;
        }
        let tokens = rig.tokens("").await;
        rig.browser.get(&format!("/oauth2/logout?id_token_hint={}", tokens.text("id_token"))).await;
        check(&rig, &tokens.text("access_token"), "logout").await;
    }

    // req: cd.replay
    // req: rt.reuse
    #[tokio::test]
    async fn the_second_use_of_a_code_or_of_a_refresh_token() {
        let mut rig = Rig::new(12).await;
        rig.sign_in().await;
        let code = rig.code("spa", "").await;
        let tokens = rig.redeem("spa", &code, &[]).await;
        assert_eq!(rig.redeem("spa", &code, &[]).await.status, 400);
        check(&rig, &tokens.text("access_token"), "code").await;

        let tokens = rig.tokens("").await;
        let refreshed = rig.refresh("spa", &tokens.text("refresh_token"), &[]).await;
        rig.clock.advance(Seconds(31));
        assert_eq!(rig.refresh("spa", &tokens.text("refresh_token"), &[]).await.status, 400);
        check(&rig, &refreshed.text("access_token"), "refresh token").await;
    }

    #[tokio::test]
    async fn removing_an_application_takes_its_own_tokens_too_and_a_new_epoch_begins() {
        let rig = Rig::new(13).await;
        rig.server.look().await.unwrap();
        let token = own_token(&rig).await;
        let basic = format!("Basic {}", STANDARD.encode(format!("web:{SECRET}")));
        let active = async |token: &str| rig.post("/oauth2/introspect", &[("token", token)], Some(&basic)).await.body["active"].clone();
        assert_eq!(active(&token).await, true);
        let (store, now) = (rig.store.clone(), rig.env.now());
        let revoked = store.transaction("test", move |verbs| {
            Box::pin(async move {
                verbs.revoke(Revocation::Application("web"), "application_removed", now).await?;
                Ok(verbs.bump_version(chabi_store::installation::CONFIGURATION).await?)
            })
        });
        revoked.await.unwrap();
        assert_eq!(active(&token).await, false, "at once");
        rig.server.feed().refresh().await.unwrap();
        assert_eq!(status(&rig, &token).await, 1);
        // within the second, another node may still give the old place: such a token is born revoked
        assert_eq!(place(&own_token(&rig).await), place(&token));
        rig.server.look().await.unwrap();
        let later = own_token(&rig).await;
        assert_ne!(place(&later), place(&token));
        assert_eq!((status(&rig, &later).await, active(&later).await), (0, true.into()));
    }

    #[tokio::test]
    async fn a_single_token_of_an_application_is_named_and_its_place_stays() {
        let rig = Rig::new(14).await;
        rig.server.look().await.unwrap();
        let (first, second) = (own_token(&rig).await, own_token(&rig).await);
        let basic = format!("Basic {}", STANDARD.encode(format!("web:{SECRET}")));
        assert_eq!(rig.post("/oauth2/revoke", &[("token", &first)], Some(&basic)).await.status, 200);
        rig.server.feed().refresh().await.unwrap();
        assert_eq!((status(&rig, &first).await, status(&rig, &second).await), (0, 0));
        let list = list(&rig, &place(&first).0).await;
        assert_eq!(list["denied_jti"], serde_json::json!([claims(&first)["jti"]]));
        rig.clock.advance(Seconds::minutes(8));
        rig.server.feed().refresh().await.unwrap();
        assert!(super::list(&rig, &place(&first).0).await.get("denied_jti").is_none(), "forgotten when it has expired");
    }
}

mod memory {
    use super::*;

    // req: dos.map
    #[tokio::test]
    async fn applications_are_kept_until_the_version_moves_and_no_longer_than_five_seconds_without_a_look() {
        let rig = Rig::new(15).await;
        let basic = format!("Basic {}", STANDARD.encode(format!("web:{SECRET}")));
        let asks = async || rig.post("/oauth2/token", &[("grant_type", "client_credentials")], Some(&basic)).await.status.as_u16();
        let disable = async |disabled: bool| {
            let web = rig.store.find_application("web").await.unwrap().unwrap();
            let changed = chabi_store::application::RegisteredClient { disabled_at: disabled.then_some(Timestamp(1)), ..web };
            rig.store.put_application(changed).await.unwrap();
        };
        rig.server.look().await.unwrap();
        assert_eq!(asks().await, 200);
        disable(true).await;
        assert_eq!(asks().await, 200, "kept");
        rig.store.bump_version(chabi_store::installation::CONFIGURATION).await.unwrap();
        rig.server.look().await.unwrap();
        assert_eq!(asks().await, 401, "the version moved");
        disable(false).await;
        assert_eq!(asks().await, 401, "kept");
        rig.store.configuration_changed();
        assert_eq!(asks().await, 200, "changed through this process");
        disable(true).await;
        rig.clock.advance(Seconds(5));
        assert_eq!(asks().await, 401, "nobody has looked for five seconds");
    }

    #[tokio::test]
    async fn an_application_that_is_new_is_found_at_once() {
        let rig = Rig::new(16).await;
        rig.server.look().await.unwrap();
        assert_eq!(rig.refresh("new", "x", &[]).await.error().1, "invalid_client");
        rig.store.put_application(crate::rig::application("new")).await.unwrap();
        assert_eq!(rig.refresh("new", "x", &[]).await.error().1, "invalid_grant");
    }
}
