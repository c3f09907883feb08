//! *Test sign-in*: the code flow of an application, run from here as the application would run it, and what its tokens hold.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::State,
    response::Response,
};
use chabi_admin::{
    Actor, Admin, OperationError,
    operation::applications::{Application, ApplicationId, AuthenticationWord, FindApplication, UpdateApplication, UpdateApplicationInput},
    tag_of,
};
use chabi_pages::admin::{Block, Fact, Field, FieldKind, Link, Screen, Section, Tone, Words};
use chabi_resource_owner::respond::Handled;
use chabi_spec::{
    Fault,
    cookie::{self, SetCookie},
};
use chabi_token::{base64url, pkce};
use http::{HeaderMap, HeaderValue, Request, header};
use serde_json::Value;
use tower::ServiceExt as _;

use super::{LIST, asked, below, page};
use crate::{
    desk::{Desk, Posted},
    form, tokens,
};

/// What waits for the way back, sealed in a cookie of this browser.
const COOKIE: &str = "chabi_console_test";
const SEALED_FOR: &str = "console test sign-in";
const MINUTES: i64 = 10;
/// The same.
const LASTS: Duration = Duration::from_secs(600);
const LARGEST_ANSWER: usize = 256 * 1_024;

fn callback(admin: &Admin) -> String {
    format!("{}{LIST}test/callback", admin.issuer)
}

/// GET: what will happen.
pub(crate) async fn ask(desk: Desk) -> Handled {
    desk.check_may::<UpdateApplication>()?;
    let application = asked(&desk).await?;
    let mut form = desk.form(below("test/", &application.client_id), "admin-test-sign-in").id("test-begin");
    if is_by_secret(&application) {
        form = form.field(Field {
            required: true,
            ..Field::new(FieldKind::Secret, "client_secret", "admin-field-secret").hint("admin-hint-test-secret")
        });
    }
    let uri = callback(&desk.admin);
    let mut section = Section::bare().with(Words::said("admin-test-what"));
    if !application.values.redirect_uris.contains(&uri) {
        section = section.with(Block::Text(Words::said("admin-test-adds").text("uri", &uri), Tone::Note));
    }
    desk.show(under(&application, Words::said("admin-test-sign-in")).section(section.with(form)))
}

fn under(application: &Application, title: Words) -> Screen {
    Screen::new(title)
        .below(Words::said("admin-applications-title"), LIST)
        .below(Words::typed(&application.values.name), page(&application.client_id))
}

fn is_by_secret(application: &Application) -> bool {
    use AuthenticationWord as By;
    matches!(application.values.authentication, By::Secret | By::SecretBasic | By::SecretPost)
}

/// POST: registers our way back, where it is not yet, and goes to the authorization endpoint.
pub(crate) async fn begin(Posted { desk, form: typed }: Posted) -> Handled {
    let mut application = asked(&desk).await?;
    let uri = callback(&desk.admin);
    let added = !application.values.redirect_uris.contains(&uri);
    if added {
        let read = tag_of(&application)?;
        application.values.redirect_uris.push(uri.clone());
        let input = UpdateApplicationInput { client_id: application.client_id.clone(), body: application.values.clone() };
        // what somebody else changes at this moment stays
        let changed = desk.admin.run_if_unchanged::<UpdateApplication>(&desk.actor, &read, input).await;
        changed.map_err(|error| desk.halt(error))?;
        withdraw_later(&desk, &application.client_id);
    }
    let env = &desk.admin.env;
    let (verifier, challenge) = pkce::generate(env);
    let state = base64url::encode(env.random::<16>());
    let nonce = base64url::encode(env.random::<16>());
    let waiting = serde_json::json!({
        "client_id": application.client_id, "verifier": verifier.expose(), "state": state,
        "secret": form::text(&typed, "client_secret"), "basic": application.values.authentication == AuthenticationWord::SecretBasic,
        "added": added, "until": env.now().as_seconds() + MINUTES * 60,
    });
    let owner = desk.signed_in.session.id.to_string();
    let sealed = desk.admin.sealer.seal(SEALED_FOR, &owner, waiting.to_string().as_bytes(), env)?;
    let query = form::query(&[
        ("response_type", "code"),
        ("client_id", &application.client_id),
        ("redirect_uri", &uri),
        ("scope", &application.values.scope),
        ("state", &state),
        ("nonce", &nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let response = desk.go(&format!("/oauth2/authorize{query}"));
    with_cookie(&desk.admin, response, &base64url::encode(&sealed), MINUTES * 60)
}

fn with_cookie(admin: &Admin, mut response: Response, value: &str, seconds: i64) -> Handled {
    let cookie = SetCookie::new(COOKIE, value, admin.owner.settings.secure).max_age(seconds).to_string();
    let cookie = HeaderValue::from_str(&cookie).map_err(|error| Fault::internal("writing a cookie").because(error))?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Who does not come back leaves our way back registered no longer than a test lasts.
fn withdraw_later(desk: &Desk, client_id: &str) {
    let (admin, actor, client_id) = (desk.admin.clone(), desk.actor.clone(), client_id.to_owned());
    tokio::spawn(async move {
        tokio::time::sleep(LASTS).await;
        withdraw(&admin, &actor, &client_id).await;
    });
}

/// Takes our way back out of the application again, and nothing else that somebody has changed meanwhile.
async fn withdraw(admin: &Admin, actor: &Actor, client_id: &str) {
    let uri = callback(admin);
    // once more, when somebody else was faster
    for _ in 0..2 {
        let Ok(mut application) = admin.run::<FindApplication>(actor, ApplicationId { client_id: client_id.to_owned() }).await else {
            return;
        };
        let Ok(tag) = tag_of(&application) else { return };
        if !application.values.redirect_uris.contains(&uri) {
            return;
        }
        application.values.redirect_uris.retain(|registered| *registered != uri);
        let input = UpdateApplicationInput { client_id: client_id.to_owned(), body: application.values };
        match admin.run_if_unchanged::<UpdateApplication>(actor, &tag, input).await {
            Err(OperationError::Changed) => {}
            Err(error) => return tracing::info!(client_id, %error, "the callback of a test sign-in stays registered"),
            Ok(_) => return,
        }
    }
}

/// GET: the way back: redeems the code as the application would, and shows what came.
pub(crate) async fn finish(State(admin): State<Admin>, headers: HeaderMap, desk: Desk) -> Handled {
    let Some(waiting) = waiting(&desk, &headers) else {
        return desk
            .show(Screen::new(Words::said("admin-test-sign-in")).with(Block::Text(Words::said("admin-test-expired"), Tone::Warning)));
    };
    let text = |name: &str| waiting.get(name).and_then(Value::as_str).unwrap_or_default();
    let client_id = text("client_id");
    let mut section = Section::bare();
    let added = waiting.get("added") == Some(&Value::Bool(true));
    let title = match (desk.query.get("code"), desk.query.get("state") == Some(text("state"))) {
        (Some(code), true) => {
            let answer = redeem(&admin, code, &waiting).await?;
            section = section.with(outcome(&answer));
            section = tokens::shown(section, &answer);
            "admin-test-result"
        }
        _ => {
            let error = desk.query.get("error").unwrap_or("state");
            section = section.with(Block::Text(Words::said("admin-test-refused"), Tone::Bad)).with(Block::Facts(vec![
                Fact::new("admin-column-code", Words::code(error)),
                Fact::new("admin-fact-description", Words::hint(desk.asked("error_description"))),
            ]));
            "admin-test-result"
        }
    };
    if added {
        withdraw(&admin, &desk.actor, client_id).await;
    }
    let section = section.with(Block::Links(vec![Link::new(Words::said("admin-to-application"), page(client_id)).primary()]));
    let response = desk.show(Screen::new(Words::said(title)).below(Words::said("admin-applications-title"), LIST).section(section))?;
    with_cookie(&admin, response, "", 0)
}

fn outcome(answer: &Value) -> Block {
    match answer.get("error").and_then(Value::as_str) {
        None => Block::Text(Words::said("admin-test-good"), Tone::Good),
        Some(_) => Block::Text(Words::said("admin-test-refused"), Tone::Bad),
    }
}

fn waiting(desk: &Desk, headers: &HeaderMap) -> Option<Value> {
    let name = cookie::name(COOKIE, desk.admin.owner.settings.secure);
    let presented =
        headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).find_map(|all| cookie::find(all, &name))?;
    let sealed = base64url::decode(presented).ok()?;
    let plain = desk.admin.sealer.open(SEALED_FOR, &desk.signed_in.session.id.to_string(), &sealed).ok()?;
    let waiting: Value = serde_json::from_slice(&plain).ok()?;
    let until = waiting.get("until").and_then(Value::as_i64)?;
    (desk.admin.env.now().as_seconds() < until).then_some(waiting)
}

/// Asks our own token endpoint, in this process.
async fn redeem(admin: &Admin, code: &str, waiting: &Value) -> Result<Value, Fault> {
    let request = token_request(admin, code, waiting).map_err(|error| failed(&error))?;
    let answer = admin.server.router().oneshot(request).await.map_err(|error| failed(&error))?;
    let bytes = to_bytes(answer.into_body(), LARGEST_ANSWER).await.map_err(|error| failed(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| failed(&error))
}

fn failed(error: &dyn std::fmt::Display) -> Fault {
    Fault::internal("asking the token endpoint").because(error.to_string())
}

fn token_request(admin: &Admin, code: &str, waiting: &Value) -> Result<Request<Body>, http::Error> {
    let text = |name: &str| waiting.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.append_pair("grant_type", "authorization_code").append_pair("code", code);
    body.append_pair("redirect_uri", &callback(admin)).append_pair("code_verifier", text("verifier"));
    let mut request = Request::post("/oauth2/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if waiting.get("basic") == Some(&Value::Bool(true)) {
        // RFC 6749 §2.3.1: both are form-encoded before they are joined
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encoded(text("client_id")), encoded(text("secret")));
        request = request.header(header::AUTHORIZATION, format!("Basic {}", tokens::base64(pair.as_bytes())));
    } else {
        body.append_pair("client_id", text("client_id"));
        if !text("secret").is_empty() {
            body.append_pair("client_secret", text("secret"));
        }
    }
    request.body(Body::from(body.finish()))
}
