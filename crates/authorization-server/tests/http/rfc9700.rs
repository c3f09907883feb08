//! Best Current Practice for OAuth 2.0 Security: refresh tokens.

use chabi_token::Seconds;

use crate::rig::Rig;

mod section_4_14 {
    use super::*;

    // req: rt.rot
    #[tokio::test]
    async fn each_refresh_gives_a_new_refresh_token() {
        let mut rig = Rig::new(1).await;
        let first = rig.tokens("").await.text("refresh_token");
        let second = rig.refresh("spa", &first, &[]).await;
        assert_eq!(second.status, 200, "{}", second.body);
        assert_ne!(second.text("refresh_token"), first);
        assert_eq!(rig.refresh("spa", &second.text("refresh_token"), &[]).await.status, 200);
    }

    // req: rt.grace
    #[tokio::test]
    async fn a_repeated_refresh_gets_the_same_successor_within_the_grace() {
        let mut rig = Rig::new(2).await;
        let first = rig.tokens("").await.text("refresh_token");
        let second = rig.refresh("spa", &first, &[]).await.text("refresh_token");
        rig.clock.advance(Seconds(29));
        let again = rig.refresh("spa", &first, &[]).await;
        assert_eq!((again.status.as_u16(), again.text("refresh_token")), (200, second.clone()));
        // another request with the same token is no retry
        assert_eq!(rig.refresh("spa", &first, &[("scope", "openid")]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.refresh("spa", &second, &[]).await.status, 200);
        let events = rig.store.list_audit_events(10).await.unwrap();
        assert!(events.iter().any(|event| event.kind == "refresh.repeated"));
    }

    // req: rt.reuse
    #[tokio::test]
    async fn reuse_after_the_grace_revokes_everything_of_the_grant() {
        let mut rig = Rig::new(3).await;
        let tokens = rig.tokens("").await;
        let first = tokens.text("refresh_token");
        let second = rig.refresh("spa", &first, &[]).await;
        rig.clock.advance(Seconds(31));
        assert_eq!(rig.refresh("spa", &first, &[]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.refresh("spa", &second.text("refresh_token"), &[]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.userinfo(&second.text("access_token")).await.status, 401);
        let events = rig.store.list_audit_events(10).await.unwrap();
        assert!(events.iter().any(|event| event.kind == "refresh.reused"));
    }

    // req: rt.bind
    #[tokio::test]
    async fn another_application_gets_nothing_and_harms_nothing() {
        let mut rig = Rig::new(4).await;
        let first = rig.tokens("").await.text("refresh_token");
        assert_eq!(rig.refresh("other", &first, &[]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.refresh("spa", &first, &[]).await.status, 200);
    }

    // req: st.mac
    #[tokio::test]
    async fn a_forged_token_revokes_nothing() {
        let mut rig = Rig::new(5).await;
        let first = rig.tokens("").await.text("refresh_token");
        let body = first.strip_prefix("chabi_rt_").unwrap();
        let flipped = if body.starts_with('A') { body.replacen('A', "B", 1) } else { format!("A{}", &body[1..]) };
        for forged in [format!("chabi_rt_{flipped}"), "chabi_rt_".into(), format!("{first}A"), body.into()] {
            assert_eq!(rig.refresh("spa", &forged, &[]).await.error().0, 400, "{forged}");
        }
        assert_eq!(rig.refresh("spa", &first, &[]).await.status, 200);
    }

    // req: rt.scope
    #[tokio::test]
    async fn a_refresh_narrows_one_token_and_never_the_grant() {
        let mut rig = Rig::new(6).await;
        let first = rig.tokens("").await.text("refresh_token");
        assert_eq!(rig.refresh("spa", &first, &[("scope", "openid notes:write")]).await.error(), (400, "invalid_scope".into()));
        let narrow = rig.refresh("spa", &first, &[("scope", "openid")]).await;
        assert_eq!(narrow.text("scope"), "openid");
        let full = rig.refresh("spa", &narrow.text("refresh_token"), &[]).await;
        assert_eq!(full.text("scope"), "notes:read openid");
    }

    // req: rt.exp
    #[tokio::test]
    async fn idle_and_old_families_end() {
        let mut rig = Rig::new(7).await;
        let first = rig.tokens("").await.text("refresh_token");
        rig.clock.advance(Seconds::days(15));
        assert_eq!(rig.refresh("spa", &first, &[]).await.error(), (400, "invalid_grant".into()));
        let mut token = rig.tokens("").await.text("refresh_token");
        for _ in 0..8 {
            rig.clock.advance(Seconds::days(10));
            token = rig.refresh("spa", &token, &[]).await.text("refresh_token");
        }
        rig.clock.advance(Seconds::days(10));
        assert_eq!(rig.refresh("spa", &token, &[]).await.error(), (400, "invalid_grant".into()), "90 days after the grant");
    }

    // req: rt.offline
    #[tokio::test]
    async fn without_offline_access_it_ends_with_the_session_and_with_it_it_does_not() {
        let mut rig = Rig::new(8).await;
        for (scope, status) in [("openid notes:read", 400), ("openid notes:read offline_access", 200)] {
            let (_, session) = rig.sign_in().await;
            let code = rig.code("spa", &format!("scope={scope}")).await;
            let token = rig.redeem("spa", &code, &[]).await.text("refresh_token");
            rig.store.end_session(session).await.unwrap();
            rig.store.revoke(chabi_store::revocation::Revocation::Session(session), "logout", rig.env.now()).await.unwrap();
            assert_eq!(rig.refresh("spa", &token, &[]).await.status, status, "{scope}");
        }
    }

    // req: rt.recheck
    #[tokio::test]
    async fn a_closed_account_and_a_disabled_application_refresh_nothing() {
        let mut rig = Rig::new(9).await;
        let (account, _) = rig.sign_in().await;
        let code = rig.code("spa", "").await;
        let token = rig.redeem("spa", &code, &[]).await.text("refresh_token");
        rig.store.set_account_disabled(account, Some(rig.env.now())).await.unwrap();
        assert_eq!(rig.refresh("spa", &token, &[]).await.error(), (400, "invalid_grant".into()));
        rig.store.set_account_disabled(account, None).await.unwrap();
        let mut spa = rig.store.find_application("spa").await.unwrap().unwrap();
        spa.disabled_at = Some(rig.env.now());
        rig.store.put_application(spa).await.unwrap();
        assert_eq!(rig.refresh("spa", &token, &[]).await.error(), (401, "invalid_client".into()));
    }

    // req: rt.race
    #[tokio::test(flavor = "multi_thread")]
    async fn racing_refreshes_are_all_served_the_same_successor() {
        let mut rig = Rig::new(10).await;
        let first = rig.tokens("").await.text("refresh_token");
        let answers = futures_util::future::join_all((0..16).map(|_| rig.refresh("spa", &first, &[]))).await;
        let mut successors: Vec<String> = answers.iter().map(|answer| answer.text("refresh_token")).collect();
        successors.dedup();
        assert_eq!(successors.len(), 1);
        assert_ne!(successors[0], "");
    }

    // req: rt.auth
    #[tokio::test]
    async fn a_confidential_application_must_prove_itself_to_refresh() {
        let mut rig = Rig::new(11).await;
        rig.sign_in().await;
        let secret = ("client_secret", crate::rig::SECRET);
        let code = rig.code("web", "").await;
        let token = rig.redeem("web", &code, &[secret]).await.text("refresh_token");
        assert_eq!(rig.refresh("web", &token, &[]).await.error(), (401, "invalid_client".into()));
        assert_eq!(rig.refresh("web", &token, &[secret]).await.status, 200);
    }
}
