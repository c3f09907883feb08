//! OpenID Connect Core §8: subjects that are another one for each sector.

use chabi_store::application::RegisteredClient;
use chabi_token::client_secret;

use crate::rig::{Rig, SECRET, application, authorize_url, claims, parameter};

async fn with_pairwise(seed: u64) -> Rig {
    let rig = Rig::new(seed).await;
    for (id, sector) in
        [("one", "https://one.example/sector"), ("same", "https://one.example/other"), ("two", "https://two.example/sector")]
    {
        let mut client = RegisteredClient { client_id: id.into(), ..application(id) };
        client.settings.pairwise = true;
        client.settings.sector_identifier_uri = sector.into();
        rig.store.put_application(client).await.unwrap();
    }
    rig
}

async fn subject(rig: &mut Rig, client_id: &str) -> String {
    let code = rig.code(client_id, "scope=openid").await;
    let tokens = rig.redeem(client_id, &code, &[]).await;
    let subject = claims(&tokens.text("id_token"))["sub"].as_str().unwrap().to_owned();
    assert_eq!(claims(&tokens.text("access_token"))["sub"], subject.as_str());
    let userinfo = rig.userinfo(&tokens.text("access_token")).await;
    assert_eq!((userinfo.status.as_u16(), userinfo.text("sub")), (200, subject.clone()));
    subject
}

mod section_8_1 {
    use super::*;

    #[tokio::test]
    async fn applications_of_one_sector_know_a_person_by_the_same_name_and_others_do_not() {
        let mut rig = with_pairwise(1).await;
        rig.sign_in().await;
        let (one, same, two) = (subject(&mut rig, "one").await, subject(&mut rig, "same").await, subject(&mut rig, "two").await);
        assert_eq!(one, same);
        assert_ne!(one, two);
        let public = subject(&mut rig, "spa").await;
        assert!(public != one && public != two);
    }

    #[tokio::test]
    async fn a_hint_names_the_person_as_the_application_knows_them() {
        let mut rig = with_pairwise(2).await;
        rig.sign_in().await;
        let code = rig.code("one", "scope=openid").await;
        let hint = rig.redeem("one", &code, &[]).await.text("id_token");
        let page = rig.browser.get(&authorize_url("one", &format!("scope=openid&prompt=none&id_token_hint={hint}"))).await;
        assert!(parameter(&page, "code").is_some(), "{:?}", page.location());
        rig.sign_in().await;
        let page = rig.browser.get(&authorize_url("one", &format!("scope=openid&prompt=none&id_token_hint={hint}"))).await;
        assert_eq!(parameter(&page, "error").as_deref(), Some("login_required"));
    }

    // OpenID Connect Core §8.1: a session that is the same everywhere would undo a subject that is not
    #[tokio::test]
    async fn the_session_has_another_name_in_each_sector_too() {
        let mut rig = with_pairwise(4).await;
        rig.sign_in().await;
        let mut sids = Vec::new();
        for client_id in ["one", "two", "spa"] {
            let code = rig.code(client_id, "scope=openid").await;
            let tokens = rig.redeem(client_id, &code, &[]).await;
            let sid = claims(&tokens.text("id_token"))["sid"].as_str().unwrap().to_owned();
            assert_eq!(claims(&tokens.text("access_token"))["sid"], sid.as_str());
            sids.push(sid);
        }
        let code = rig.code("one", "scope=openid").await;
        assert_eq!(claims(&rig.redeem("one", &code, &[]).await.text("id_token"))["sid"], sids[0].as_str(), "the same while it lasts");
        sids.sort();
        sids.dedup();
        assert_eq!(sids.len(), 3);
    }

    #[tokio::test]
    async fn introspection_says_what_the_token_says() {
        let mut rig = with_pairwise(3).await;
        let mut client = rig.store.find_application("web").await.unwrap().unwrap();
        client.settings.pairwise = true;
        client.secret_hashes = vec![client_secret::hash_of(SECRET)];
        rig.store.put_application(client).await.unwrap();
        rig.sign_in().await;
        let code = rig.code("web", "scope=openid offline_access").await;
        let tokens = rig.redeem("web", &code, &[("client_secret", SECRET)]).await;
        let subject = claims(&tokens.text("id_token"))["sub"].as_str().unwrap().to_owned();
        for token in ["access_token", "refresh_token"] {
            let fields = [("client_id", "web"), ("client_secret", SECRET), ("token", &tokens.text(token))];
            let told = rig.post("/oauth2/introspect", &fields, None).await;
            assert_eq!(told.text("sub"), subject, "{token}");
        }
    }
}
