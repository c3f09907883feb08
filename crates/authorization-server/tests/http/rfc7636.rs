//! Proof Key for Code Exchange.

use crate::rig::{CHALLENGE, Rig, SECRET, parameter};

mod section_4_3 {
    use super::*;

    // req: az.pkce
    // req: az.s256
    #[tokio::test]
    async fn only_an_s256_challenge_is_taken() {
        let mut rig = Rig::new(1).await;
        rig.sign_in().await;
        for more in [
            "code_challenge=&code_challenge_method=",
            "code_challenge_method=",
            "code_challenge_method=plain",
            "code_challenge_method=s256",
            "code_challenge=short",
        ] {
            let page = rig.authorize(more).await;
            assert_eq!(parameter(&page, "error").as_deref(), Some("invalid_request"), "{more}");
            assert_eq!(parameter(&page, "code"), None);
        }
    }
}

mod section_4_6 {
    use super::*;

    // req: cd.ver
    #[tokio::test]
    async fn a_wrong_verifier_gives_nothing_and_does_not_spend_the_code() {
        let mut rig = Rig::new(2).await;
        rig.sign_in().await;
        let code = rig.code("spa", "").await;
        for verifier in ["", "short", CHALLENGE, &"a".repeat(129)] {
            let answer = rig.redeem("spa", &code, &[("code_verifier", verifier)]).await;
            assert_eq!(answer.error(), (400, "invalid_grant".into()), "{verifier}");
        }
        assert_eq!(rig.redeem("spa", &code, &[]).await.status, 200);
    }

    // req: cd.down
    #[tokio::test]
    async fn a_verifier_for_a_request_whose_challenge_was_taken_out_is_refused() {
        let mut rig = Rig::new(3).await;
        rig.sign_in().await;
        let code = rig.code("classic", "code_challenge=&code_challenge_method=&nonce=n").await;
        let secret = ("client_secret", SECRET);
        let answer = rig.redeem("classic", &code, &[secret]).await;
        assert_eq!(answer.error(), (400, "invalid_grant".into()));
        assert_eq!(rig.redeem("classic", &code, &[secret, ("code_verifier", "")]).await.status, 200);
    }
}
