//! One flow with everything secret that there is, and every answer of it: for tests that look for what must not be anywhere.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use chabi_testkit::Page;
use http::{HeaderName, HeaderValue};

use crate::server::{AFTER_LOGOUT, ISSUER, PASSWORD, SECRET, TestServer, VERIFIER};

const NEW: &str = "new@example.test";
const NEW_PASSWORD: &str = "tumble weather casino plinth";
const NEWER_PASSWORD: &str = "gutter saffron lighthouse ember";

/// Headers that strangers send, and that no answer may be made of.
pub const POISON: [(&str, &str); 7] = [
    ("host", "evil.test"),
    ("forwarded", "for=192.0.2.1;host=evil.test;proto=http"),
    ("x-forwarded-host", "evil.test"),
    ("x-forwarded-server", "evil.test"),
    ("x-forwarded-prefix", "/evil.test"),
    ("x-original-url", "/evil.test"),
    ("x-original-host", "evil.test"),
];

/// All heads and bodies of answers, and what stands in mails.
#[derive(Clone, Default)]
pub struct Record(Arc<Mutex<String>>);

impl Record {
    pub fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    /// Sends these headers with every request, and keeps every answer.
    pub fn around(&self, router: Router, headers: &'static [(&'static str, &'static str)]) -> Router {
        router.layer(from_fn_with_state((self.clone(), headers), record))
    }
}

type Added = &'static [(&'static str, &'static str)];

async fn record(State((record, headers)): State<(Record, Added)>, mut request: Request, next: Next) -> Response {
    for (name, value) in headers {
        request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let path = request.uri().to_string();
    let (head, body) = next.run(request).await.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let text = format!("{path}\n{head:?}\n{}\n", String::from_utf8_lossy(&bytes));
    record.0.lock().unwrap().push_str(&text);
    Response::from_parts(head, Body::from(bytes))
}

/// Signs up, proves the address, recovers a forgotten password, signs in to two applications, refreshes, revokes, signs out. Answers every secret of it by its name.
pub async fn run(server: &TestServer) -> BTreeMap<&'static str, String> {
    let mut secrets = BTreeMap::from([
        ("password", PASSWORD.to_owned()),
        ("new password", NEW_PASSWORD.to_owned()),
        ("client secret", SECRET.to_owned()),
        ("verifier", VERIFIER.to_owned()),
    ]);
    sign_up(server, &mut secrets).await;
    recover(server, &mut secrets).await;
    let mut browser = server.browser();
    let back = server.sign_in(&mut browser, &[("scope", "openid profile email offline_access notes:read"), ("nonce", "n-1")]).await;
    let code = back.location_parameter("code").unwrap();
    let first = server.exchange(&code).await.json();
    let text = |answer: &serde_json::Value, name: &str| answer[name].as_str().unwrap().to_owned();
    let second = server.token(&[("grant_type", "refresh_token"), ("refresh_token", &text(&first, "refresh_token"))]).await.json();
    let userinfo = server.get_with_token("/oauth2/userinfo", &text(&second, "access_token")).await;
    assert_eq!(userinfo.status, 200, "{}", userinfo.body);
    let machine = [("grant_type", "client_credentials"), ("client_id", "machine"), ("client_secret", SECRET), ("scope", "notes:read")];
    let machine = server.token(&machine).await;
    assert_eq!(machine.status, 200, "{}", machine.body);
    // the browser's own are kept as they were before signing out
    secrets.insert("session cookie", browser.cookie("__Host-chabi_session").unwrap().to_owned());
    secrets.insert("browser cookie", browser.cookie("__Host-chabi_browser").unwrap().to_owned());
    // a code that nobody redeems, a wrong password, and the page that asks before signing out
    secrets.insert("unspent code", server.sign_in(&mut browser, &[]).await.location_parameter("code").unwrap());
    let mut stranger = server.browser();
    let page = stranger.get("/accounts/login/").await;
    assert_eq!(stranger.submit(&page, &[("username", NEW), ("password", "a guess that is wrong")]).await.status, 422);
    let page = browser.get("/accounts/logout/").await.form_with("logout-confirm").unwrap();
    secrets.insert("CSRF token", field(&page, "csrf"));
    let hint = text(&second, "id_token");
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", AFTER_LOGOUT)])
        .finish();
    let left = browser.visit(&format!("/oauth2/logout?{query}")).await;
    assert!(left.location().unwrap_or_default().starts_with(AFTER_LOGOUT), "{left:?}");
    server.browser().post("/oauth2/revoke", &[("client_id", "app"), ("token", &text(&second, "refresh_token"))]).await;
    secrets.extend([("code", code), ("first refresh token", text(&first, "refresh_token"))]);
    secrets.extend([("refresh token", text(&second, "refresh_token")), ("ID token", hint)]);
    secrets.extend([("access token", text(&second, "access_token")), ("machine's token", text(&machine.json(), "access_token"))]);
    secrets
}

async fn sign_up(server: &TestServer, secrets: &mut BTreeMap<&'static str, String>) {
    let mut browser = server.browser();
    let page = browser.get("/accounts/signup/").await;
    let sent = browser.submit(&page, &[("email", NEW), ("name", "New"), ("password", NEW_PASSWORD)]).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let mail = first_mail(server).await;
    let link = mail.split_whitespace().find(|word| word.contains("/confirm-email/")).unwrap().to_owned();
    assert!(link.starts_with(ISSUER), "{link}");
    let digits = |line: &&str| line.chars().filter(char::is_ascii_digit).count() == 8 && line.len() <= 9;
    secrets.insert("e-mailed code", mail.lines().map(str::trim).find(digits).unwrap().to_owned());
    let page = browser.get(&link).await;
    let done = browser.submit(&page, &[]).await;
    assert_eq!(done.status, 200, "{}", done.body);
    secrets.insert("e-mailed link", link.trim_end_matches('/').rsplit('/').next().unwrap().to_owned());
}

/// The person who signed up forgot the password, and sets another one.
async fn recover(server: &TestServer, secrets: &mut BTreeMap<&'static str, String>) {
    let mut browser = server.browser();
    let page = browser.get("/accounts/password/reset/").await;
    assert_eq!(browser.submit(&page, &[("email", NEW)]).await.status, 303);
    let mail = mail_with(server, "/password/reset/key/").await;
    let link = mail.split_whitespace().find(|word| word.contains("/password/reset/key/")).unwrap().to_owned();
    assert!(link.starts_with(ISSUER), "{link}");
    let page = browser.get(&link).await;
    let done = browser.submit(&page, &[("new_password", NEWER_PASSWORD)]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    // and one that nobody uses: its row stays until it is over
    server.mailbox.0.lock().unwrap().retain(|mail| !mail.text.contains("/password/reset/key/"));
    let page = browser.get("/accounts/password/reset/").await;
    assert_eq!(browser.submit(&page, &[("email", NEW)]).await.status, 303);
    let unused = mail_with(server, "/password/reset/key/").await;
    let unused = unused.split_whitespace().find(|word| word.contains("/password/reset/key/")).unwrap();
    let secret = |link: &str| link.trim_end_matches('/').rsplit('/').next().unwrap().to_owned();
    secrets.extend([("link for a new password", secret(&link)), ("unused link for a new password", secret(unused))]);
    secrets.insert("newer password", NEWER_PASSWORD.to_owned());
}

/// The mail of the sign-up.
pub async fn first_mail(server: &TestServer) -> String {
    mail_with(server, "").await
}

/// Mails are sent beside the answer, so that it takes no longer for an address that has an account.
pub async fn mail_with(server: &TestServer, words: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(mail) = server.mailbox.0.lock().unwrap().iter().find(|mail| mail.text.contains(words)) {
            return format!("{}\n{}\n{}", mail.subject, mail.text, mail.html);
        }
        assert!(Instant::now() < deadline, "no mail came");
        tokio::task::yield_now().await;
    }
}

fn field(page: &Page, name: &str) -> String {
    page.hidden_fields().into_iter().find(|(key, _)| key == name).unwrap().1
}
