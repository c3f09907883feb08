//! Resource Indicators.

use crate::rig::{MAIL, NOTES, Rig, claims, parameter};

// req: az.res
#[tokio::test]
async fn an_unknown_or_malformed_resource_is_invalid_target() {
    let mut rig = Rig::new(1).await;
    rig.sign_in().await;
    for resource in ["https://unknown.example/", "https://notes.example", "notes", "https://notes.example/%23x"] {
        let page = rig.authorize(&format!("resource={resource}")).await;
        assert_eq!(parameter(&page, "error").as_deref(), Some("invalid_target"), "{resource}");
    }
}

// req: az.res
// req: at.aud
#[tokio::test]
async fn a_token_is_for_what_was_asked_for_and_has_the_scopes_of_that() {
    let mut rig = Rig::new(2).await;
    rig.sign_in().await;
    let wide = format!("scope=openid notes:read mail:read&resource={NOTES}&resource={MAIL}");
    let code = rig.code("spa", &wide).await;
    let answer = rig.redeem("spa", &code, &[("resource", MAIL)]).await;
    let access = claims(&answer.text("access_token"));
    assert_eq!((access["aud"].as_str(), access["scope"].as_str()), (Some(MAIL), Some("mail:read openid")));
    let both = rig.refresh("spa", &answer.text("refresh_token"), &[]).await;
    let access = claims(&both.text("access_token"));
    assert_eq!(access["aud"].as_array().map(Vec::len), Some(2));
    assert_eq!(access["scope"].as_str(), Some("mail:read notes:read openid"));

    let code = rig.code("spa", &format!("resource={NOTES}")).await;
    assert_eq!(rig.redeem("spa", &code, &[("resource", MAIL)]).await.error(), (400, "invalid_target".into()));
    assert_eq!(rig.redeem("spa", &code, &[]).await.status, 200);
}

// req: az.scope
#[tokio::test]
async fn scopes_that_nobody_knows_are_left_out_and_the_answer_says_so() {
    let mut rig = Rig::new(3).await;
    rig.sign_in().await;
    let code = rig.code("spa", "scope=openid notes:read unknown mail:read").await;
    assert_eq!(rig.redeem("spa", &code, &[]).await.text("scope"), "notes:read openid");
}
