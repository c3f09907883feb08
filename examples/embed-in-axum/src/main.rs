//! Login, tokens and an API in one process: open <http://localhost:8000/>, sign up (mails are printed on the terminal), and call the API
//! with the command that the start prints.
#![expect(clippy::print_stderr, reason = "an example talks to its terminal")]

use std::sync::Arc;

use anyhow::Context as _;
use axum::{Router, response::Html, routing::get};
use chabi::{
    AccessTokenType, Api, Chabi, Env, Fault, Mail, Mailer, MasterSecret, Scope, Seconds, SecretText,
    operations::applications::{self, NewApplication, Place},
    resource_server::Bearer,
};
use futures_util::future::BoxFuture;

const URL: &str = "http://localhost:8000";

/// Your own way to send mail goes here; `chabi::smtp::SmtpMailer` is there, too.
struct Terminal;

impl Mailer for Terminal {
    fn send(&self, mail: Mail) -> BoxFuture<'_, Result<(), Fault>> {
        eprintln!("--- mail to {}: {}\n{}", mail.to, mail.subject, mail.text);
        Box::pin(async { Ok(()) })
    }
}

async fn notes(caller: Bearer) -> String {
    format!("Notes of {}, asked for by {}.\n", caller.subject(), caller.client_id())
}

/// Everything in one router: yours, and Chabi's merged at the root. And the secret of an application that may call the API for itself.
async fn app() -> anyhow::Result<(Router, SecretText)> {
    let env = Env::system();
    let audience = format!("{URL}/api");
    let api = Api {
        audience: audience.clone(),
        name: "Notes".to_owned(),
        scope: Scope::of(["notes:read"]),
        access_token_lifetime: Seconds::minutes(5),
        token_type: AccessTokenType::AtJwt,
        signing_alg: "ES256".to_owned(),
        settings: Default::default(),
    };
    // in production: a secret from a file, the same at every start, with `MasterSecret::parse`, and a store that lasts
    let secret = MasterSecret::generate(&env);
    let chabi = Chabi::builder(URL).store_url("sqlite::memory:").master_secret(secret).mailer(Arc::new(Terminal)).api(api).build().await?;

    // the first start makes keys; a server that listens already answers 503 until then
    chabi.until_ready().await?;

    let robot = NewApplication { client_id: "robot".to_owned(), audience: audience.clone(), machine: true, ..NewApplication::default() };
    let (_, secret) = applications::add(chabi.store(), robot, Place::of(URL), &env).await?;

    let guarded = Router::new().route("/api/notes", get(notes)).route_layer(chabi.bearer_layer(audience)?);
    let home = Router::new().route("/", get(async || Html("<h1>My app</h1><p><a href=\"/accounts/login/\">Sign in</a>")));
    Ok((home.merge(guarded).merge(chabi.router()), secret.context("an application of this kind has a secret")?))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (app, secret) = app().await?;
    eprintln!("My app: {URL}/\nA token: curl -u robot:{} -d grant_type=client_credentials {URL}/oauth2/token", secret.expose());
    eprintln!("The API: curl -H 'Authorization: Bearer …' {URL}/api/notes");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::{Body, to_bytes},
        http::{Request, Response, StatusCode, header::AUTHORIZATION},
    };
    use tower::ServiceExt as _;

    async fn ask(app: &Router, request: Request<Body>) -> Response<Body> {
        app.clone().oneshot(request).await.unwrap()
    }

    async fn text(answer: Response<Body>) -> String {
        String::from_utf8(to_bytes(answer.into_body(), 100_000).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn login_tokens_and_api_are_one_process() {
        let (app, secret) = super::app().await.unwrap();
        let get = |path: &str| Request::get(path).header("host", "localhost:8000");
        for (path, status) in [("/", 200), ("/accounts/login/", 200), ("/.well-known/openid-configuration", 200), ("/api/notes", 401)] {
            assert_eq!(ask(&app, get(path).body(Body::empty()).unwrap()).await.status(), status, "{path}");
        }

        let form = format!("grant_type=client_credentials&client_id=robot&client_secret={}", secret.expose());
        let request = Request::post("/oauth2/token").header("host", "localhost:8000");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(Body::from(form)).unwrap();
        let answer = ask(&app, request).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let body = text(answer).await;
        let token = body.split("\"access_token\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();

        let request = get("/api/notes").header(AUTHORIZATION, format!("Bearer {token}"));
        let answer = ask(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(text(answer).await, "Notes of robot, asked for by robot.\n");
    }
}
