//! The whole way over HTTP: the app, a fake Google that shares no code with it, and a browser that is made of redirects.

use axum::Router;
use chabi_client::{CookieSignIn, Env, HttpSettings, MasterSecret, ProviderSettings, SecretText, provider};
use chabi_dev::{DevSettings, fixtures};
use reqwest::{Client, Response, header, redirect::Policy};
use tokio::net::TcpListener;

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(async move { axum::serve(listener, router).await });
}

/// The app's URL. Google is a fake on this machine.
async fn start() -> String {
    let env = Env::system();
    let (google, google_url) = listen().await;
    let (app, app_url) = listen().await;
    let callback = format!("{app_url}/callback");
    let mut vendor = DevSettings::new(&google_url, &env);
    vendor.google.redirect_uris = vec![callback.clone()];
    serve(google, chabi_dev::router(vendor));

    let settings = ProviderSettings {
        catalogue: "google".to_owned(),
        client_id: fixtures::GOOGLE_CLIENT_ID.to_owned(),
        issuer: Some(format!("{google_url}{}", fixtures::GOOGLE_PATH)),
        ..ProviderSettings::default()
    };
    let provider = provider("google", &settings, SecretText::new(fixtures::GOOGLE_CLIENT_SECRET.to_owned())).unwrap();
    let http = HttpSettings { allowed_hosts: vec![google_url.trim_start_matches("http://").to_owned()], ..HttpSettings::default() };
    serve(app, super::app(CookieSignIn::with(provider, callback, (http, &MasterSecret::generate(&env)), env)));
    app_url
}

fn browser() -> Client {
    // reqwest wants one, even for plain http; the second time it is there already
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::builder().redirect(Policy::none()).build().unwrap()
}

fn location(answer: &Response) -> String {
    answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

/// From `/login` to where the fake Google sends the browser back to; and the cookie.
async fn at_google(app: &str, persona: &str) -> (String, String) {
    let sent = browser().get(format!("{app}/login")).send().await.unwrap();
    let cookie = sent.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let google = location(&sent);
    let (page, query) = google.split_once('?').unwrap();
    let picked = browser().post(page).body(format!("{query}&persona={persona}")).send().await.unwrap();
    assert_eq!(picked.status(), 302);
    (location(&picked), cookie)
}

/// What `/` says to who came back; or what the callback said, when they did not.
async fn sign_in(app: &str, persona: &str) -> (u16, String) {
    let (back, cookie) = at_google(app, persona).await;
    let answer = browser().get(back).header(header::COOKIE, cookie).send().await.unwrap();
    if answer.status() != 303 {
        return (answer.status().as_u16(), answer.text().await.unwrap());
    }
    assert_eq!(location(&answer), "/");
    let session = answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let home = browser().get(app).header(header::COOKIE, session).send().await.unwrap();
    (home.status().as_u16(), home.text().await.unwrap())
}

#[tokio::test]
async fn a_person_has_one_account_and_somebody_else_another() {
    let app = start().await;
    let (nobody, first, other, again) = (
        browser().get(&app).send().await.unwrap().text().await.unwrap(),
        sign_in(&app, "new").await,
        sign_in(&app, "workspace").await,
        sign_in(&app, "new").await,
    );
    assert_eq!(nobody, "Nobody is signed in: /login");
    assert!(first.0 == 200 && first.1.starts_with("Your account is "), "{first:?}");
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[tokio::test]
async fn nobody_is_signed_in_by_the_answer_of_another_browser_or_one_that_does_not_hold() {
    let app = start().await;
    let (back, _) = at_google(&app, "new").await;
    let elsewhere = browser().get(&back).send().await.unwrap().text().await.unwrap();
    assert_eq!(elsewhere, "upstream-wrong");
    for (persona, words) in [
        ("cancelled", "upstream-cancelled"),
        ("down", "upstream-down"),
        ("wrong-nonce", "upstream-wrong"),
        ("wrong-signature", "upstream-wrong"),
    ] {
        assert_eq!(sign_in(&app, persona).await, (403, words.to_owned()), "{persona}");
    }
}
