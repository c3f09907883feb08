//! A provider's tokens, for callers who keep them: what came for the code, refreshing (RFC 6749 §6), giving back (RFC 7009).

use chabi_client::{
    Callback, Finished, Provider, UpstreamRefusal,
    provider::{ClientAuthentication, RevokeCall},
};
use chabi_token::{SecretText, Timestamp};
use serde_json::json;

use crate::fixture::{ACCESS_TOKEN, Answer, CLIENT_ID, CLIENT_SECRET, Fixture, NOW, REDIRECT_URI};

async fn finish(fixture: &Fixture, provider: &Provider) -> Finished {
    let begun = fixture.upstream.begin(provider, REDIRECT_URI, "the-state", &fixture.env).await.unwrap();
    let code = fixture.authorize(&begun.url, None);
    let callback = Callback::parse(&format!("code={code}&state=the-state")).unwrap();
    fixture.upstream.finish_with_tokens(provider, &callback, begun.pending, REDIRECT_URI, &fixture.env).await.unwrap()
}

fn exposed(token: Option<&SecretText>) -> Option<&str> {
    token.map(SecretText::expose)
}

// req: up.tok
#[tokio::test]
async fn what_came_for_the_code_can_be_kept_and_shows_itself_nowhere() {
    let fixture = Fixture::start().await;
    fixture.script(|script| script.claims["sid"] = json!("session-1"));
    let Finished { identity, tokens, .. } = finish(&fixture, &fixture.openid()).await;
    let tokens = tokens.unwrap();
    assert_eq!((tokens.access_token.expose(), identity.session()), (ACCESS_TOKEN, Some("session-1")));
    assert_eq!(tokens.expires_at, Some(Timestamp::from_seconds(NOW + 3600)), "told as text, by this provider");
    assert!(!format!("{tokens:?} {identity:?}").contains(ACCESS_TOKEN));
}

// RFC 6749 §6
#[tokio::test]
async fn a_refresh_token_is_exchanged_with_who_we_are() {
    let fixture = Fixture::start().await;
    let provider = fixture.openid();
    let answer = json!({ "access_token": "a-2", "refresh_token": "r-2", "token_type": "Bearer", "scope": "openid email" });
    fixture.script(|script| script.token_answer = Some(Answer::Json(200, answer)));
    let tokens = fixture.upstream.refresh(&provider, "r-1", &fixture.env).await.unwrap();
    assert_eq!((tokens.access_token.expose(), exposed(tokens.refresh_token.as_ref())), ("a-2", Some("r-2")));
    assert_eq!((tokens.scopes.unwrap(), tokens.expires_at), (vec!["openid".to_owned(), "email".to_owned()], None));
    fixture.script(|script| script.token_answer = Some(Answer::Json(400, json!({ "error": "invalid_grant" }))));
    let refusal = fixture.upstream.refresh(&provider, "r-1", &fixture.env).await.unwrap_err();
    assert!(matches!(refusal, UpstreamRefusal::Refused { .. }), "{refusal}");
}

#[tokio::test]
async fn facebook_has_no_refresh_tokens_and_exchanges_the_access_token_itself() {
    let fixture = Fixture::start().await;
    let provider = fixture.facebook();
    let tokens = finish(&fixture, &provider).await.tokens.unwrap();
    assert_eq!(exposed(tokens.refresh_token.as_ref()), Some(ACCESS_TOKEN));
    fixture.script(|script| script.any_secret = true);
    // nobody begins with this code, so the fixture refuses; what it was shown is what counts
    let _ = fixture.upstream.refresh(&provider, ACCESS_TOKEN, &fixture.env).await;
    let form = fixture.inner.script.lock().unwrap().last_token_form.clone();
    assert_eq!((&*form["grant_type"], &*form["fb_exchange_token"]), ("fb_exchange_token", ACCESS_TOKEN));
    assert_eq!((&*form["client_id"], &*form["client_secret"]), (CLIENT_ID, CLIENT_SECRET));
}

// RFC 7009 §2.1
#[tokio::test]
async fn a_token_is_given_back_where_the_discovery_document_or_the_entry_says() {
    let fixture = Fixture::start().await;
    let mut provider = fixture.openid();
    assert!(!fixture.upstream.revoke(&provider, "r-1", &fixture.env).await.unwrap(), "no place for it");
    let base = fixture.inner.base.clone();
    fixture.answer("/revoke", json!({}));
    provider.revoke = Some(RevokeCall { url: format!("{base}/revoke"), parameter: "token".to_owned(), alone: false });
    provider.client_authentication = ClientAuthentication::Post;
    assert!(fixture.upstream.revoke(&provider, "r-1", &fixture.env).await.unwrap());
    let form = fixture.call("/revoke").form();
    assert_eq!((&*form["token"], &*form["client_id"], &*form["client_secret"]), ("r-1", CLIENT_ID, CLIENT_SECRET));
    fixture.answer("/revoke-alone", json!({ "success": true }));
    provider.revoke = Some(RevokeCall { url: format!("{base}/revoke-alone"), parameter: "access_token".to_owned(), alone: true });
    assert!(fixture.upstream.revoke(&provider, "a-1", &fixture.env).await.unwrap());
    assert_eq!(fixture.call("/revoke-alone").body, "access_token=a-1");
    provider.client_authentication = ClientAuthentication::Basic;
    assert!(fixture.upstream.revoke(&provider, "a-1", &fixture.env).await.unwrap());
    let alone = fixture.call("/revoke-alone");
    assert_eq!((&*alone.body, alone.header("authorization")), ("access_token=a-1", ""), "and nothing of ours beside it");
    fixture.answer_with("/revoke", Answer::Json(503, json!({})));
    provider.revoke = Some(RevokeCall { url: format!("{base}/revoke"), parameter: "token".to_owned(), alone: false });
    assert!(fixture.upstream.revoke(&provider, "r-1", &fixture.env).await.is_err(), "not given back, and said so");
}

// RFC 7009 §2
#[tokio::test]
async fn the_place_of_the_discovery_document_is_used() {
    let fixture = Fixture::start().await;
    let base = fixture.inner.base.clone();
    fixture.script(|script| script.discovery["revocation_endpoint"] = json!(format!("{base}/revoke")));
    fixture.answer_with("/revoke", Answer::Json(200, json!({})));
    assert!(fixture.upstream.revoke(&fixture.openid(), "r-1", &fixture.env).await.unwrap());
    assert!(fixture.call("/revoke").header("authorization").starts_with("Basic "));
}
