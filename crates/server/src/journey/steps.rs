//! The whole flow in steps: each a line of `dev check`, each with its refusals.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use chabi::Env;
use chabi_dev::fixtures;
use futures_util::future::BoxFuture;
use http::StatusCode;
use serde_json::Value;

use super::{Answer, Application, Tokens, Visitor};
use crate::development::fixtures::other_audience;

/// Who and what takes part.
pub struct Journey {
    issuer: String,
    person: Visitor,
    application: Application,
    code: String,
    tokens: Option<Tokens>,
    env: Env,
}

type Step = (&'static str, for<'a> fn(&'a mut Journey) -> BoxFuture<'a, Result<()>>);

/// In order: each builds on those before it.
pub const STEPS: [Step; 14] = [
    ("discovery", |journey| Box::pin(journey.discovery())),
    ("foreign redirect URI shown a page, not sent there", |journey| Box::pin(journey.foreign_redirect_uri())),
    ("wrong password refused", |journey| Box::pin(journey.wrong_password())),
    ("sign-in with a password", |journey| Box::pin(journey.sign_in())),
    ("wrong verifier refused", |journey| Box::pin(journey.wrong_verifier())),
    ("code + PKCE → tokens", |journey| Box::pin(journey.exchange())),
    ("API 200", |journey| Box::pin(journey.api())),
    ("wrong audience 401", |journey| Box::pin(journey.wrong_audience())),
    ("no token 401, changed token 401", |journey| Box::pin(journey.no_token())),
    ("refresh", |journey| Box::pin(journey.refresh())),
    ("logout", |journey| Box::pin(journey.log_out())),
    ("refresh after logout refused", |journey| Box::pin(journey.refresh_after_logout())),
    ("code replay refused, and its tokens revoked", |journey| Box::pin(journey.replay())),
    ("sign-in with the fake Google", |journey| Box::pin(journey.google())),
];

impl Journey {
    /// Against the server at `base`.
    ///
    /// # Errors
    /// `base` is no URL.
    pub fn new(base: &str, env: Env) -> Result<Self> {
        let issuer = base.trim_end_matches('/').to_owned();
        Ok(Self { person: Visitor::new(&issuer)?, application: application(&issuer, &env), issuer, code: String::new(), tokens: None, env })
    }

    /// Runs all steps; tells each with its time, and stops at the first failure.
    ///
    /// # Errors
    /// The step that failed, and why.
    pub async fn run(&mut self, mut tell: impl FnMut(&str, u128)) -> Result<()> {
        for (name, step) in STEPS {
            let begun = Instant::now();
            step(self).await.with_context(|| format!("step `{name}`"))?;
            tell(name, begun.elapsed().as_millis());
        }
        Ok(())
    }

    async fn discovery(&mut self) -> Result<()> {
        let answer = self.person.get("/.well-known/openid-configuration").await?;
        ensure!(answer.status == StatusCode::OK, answer.unexpected("metadata"));
        let document = answer.json()?;
        let said = document.get("issuer").and_then(Value::as_str);
        ensure!(said == Some(self.issuer.as_str()), "the metadata's issuer is {said:?}, not {}", self.issuer);
        let keys = self.person.get("/oauth2/jwks").await?.json()?;
        let count = keys.get("keys").and_then(Value::as_array).map_or(0, Vec::len);
        ensure!(count >= 2, "the key set has {count} keys; an ES256 and an RS256 key are needed");
        Ok(())
    }

    async fn foreign_redirect_uri(&mut self) -> Result<()> {
        let mut foreign = self.application.clone();
        "https://evil.example/callback".clone_into(&mut foreign.redirect_uri);
        let answer = self.person.get(&foreign.authorize_url()).await?;
        ensure!(
            answer.location().is_none() && answer.status == StatusCode::BAD_REQUEST,
            answer.unexpected("an error page and no redirect")
        );
        Ok(())
    }

    async fn wrong_password(&mut self) -> Result<()> {
        let mut stranger = Visitor::new(&self.issuer)?;
        let attempt = application(&self.issuer, &self.env);
        let page = stranger.get(&attempt.authorize_url()).await?;
        let page = stranger.follow(page, "").await?;
        let fields = [("username", fixtures::PEOPLE[0].email), ("password", "not-her-password-at-all")];
        let answer = stranger.submit(&page, "id=\"login-submit\"", &fields, &attempt.redirect_uri).await?;
        ensure!(answer.location().is_none() && answer.status.is_client_error(), answer.unexpected("the sign-in page again"));
        Ok(())
    }

    async fn sign_in(&mut self) -> Result<()> {
        let [ada, ..] = fixtures::PEOPLE;
        let back = self.application.sign_in(&mut self.person, ada.email, ada.password).await?;
        self.code = self.application.code(&back)?;
        Ok(())
    }

    async fn wrong_verifier(&mut self) -> Result<()> {
        let thief = Application::new(&self.issuer, &self.application.client_id, self.application.redirect_uri.clone(), "", &self.env);
        let answer = thief.exchange(&mut self.person, &self.code).await?;
        refused(&answer, StatusCode::BAD_REQUEST, "invalid_grant")
    }

    async fn exchange(&mut self) -> Result<()> {
        let answer = self.application.exchange(&mut self.person, &self.code).await?;
        let tokens = Tokens::of(&answer)?;
        ensure!(!tokens.refresh_token.is_empty() && !tokens.id_token.is_empty(), "no refresh token or no ID token was given");
        self.tokens = Some(tokens);
        Ok(())
    }

    async fn api(&mut self) -> Result<()> {
        let token = self.tokens()?.access_token;
        let answer = self.person.get_with_token(NOTES, &token).await?;
        ensure!(answer.status == StatusCode::OK, answer.unexpected("200 from the API"));
        Ok(())
    }

    async fn wrong_audience(&mut self) -> Result<()> {
        let resource = other_audience(&self.issuer);
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", fixtures::MACHINE_CLIENT_ID),
            ("client_secret", fixtures::MACHINE_CLIENT_SECRET),
            ("resource", resource.as_str()),
            ("scope", fixtures::NOTES_READ),
        ];
        let other = Tokens::of(&self.person.post("/oauth2/token", &fields).await?)?;
        let answer = self.person.get_with_token(NOTES, &other.access_token).await?;
        refused_by_api(&answer)
    }

    async fn no_token(&mut self) -> Result<()> {
        let answer = self.person.get(NOTES).await?;
        ensure!(answer.status == StatusCode::UNAUTHORIZED, answer.unexpected("401 without a token"));
        let mut token = self.tokens()?.access_token;
        // another payload under the same signature
        let at = token.find('.').context("a JWT has dots")? + 10;
        let changed = if token.get(at..=at) == Some("A") { "B" } else { "A" };
        token.replace_range(at..=at, changed);
        refused_by_api(&self.person.get_with_token(NOTES, &token).await?)
    }

    async fn refresh(&mut self) -> Result<()> {
        let before = self.tokens()?;
        let answer = self.application.refresh(&mut self.person, &before.refresh_token).await?;
        let after = Tokens::of(&answer)?;
        ensure!(after.refresh_token != before.refresh_token, "the refresh token was not replaced");
        let id_token = if after.id_token.is_empty() { before.id_token } else { after.id_token.clone() };
        self.tokens = Some(Tokens { id_token, ..after });
        self.api().await
    }

    async fn log_out(&mut self) -> Result<()> {
        let target = fixtures::demo_post_logout_uri(&self.issuer);
        let hint = self.tokens()?.id_token;
        let parameters = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", target.as_str())];
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let answer = self.person.get(&format!("/oauth2/logout?{query}")).await?;
        let page = self.person.follow(answer, &target).await?;
        let end = match page.location() {
            Some(_) => page,
            None => self.person.submit(&page, "id=\"logout-confirm\"", &[], &target).await?,
        };
        let arrived = end.location().is_some_and(|location| location.as_str().starts_with(&target));
        ensure!(arrived, end.unexpected("a redirect to the application after logout"));
        Ok(())
    }

    async fn refresh_after_logout(&mut self) -> Result<()> {
        let token = self.tokens()?.refresh_token;
        let answer = self.application.refresh(&mut self.person, &token).await?;
        refused(&answer, StatusCode::BAD_REQUEST, "invalid_grant")
    }

    async fn replay(&mut self) -> Result<()> {
        self.application = application(&self.issuer, &self.env);
        self.sign_in().await.context("signing in again")?;
        self.exchange().await?;
        let again = self.application.exchange(&mut self.person, &self.code).await?;
        refused(&again, StatusCode::BAD_REQUEST, "invalid_grant")?;
        self.refresh_after_logout().await.context("the refresh token of the first exchange still works")
    }

    async fn google(&mut self) -> Result<()> {
        let mut person = Visitor::new(&self.issuer)?;
        let application = application(&self.issuer, &self.env);
        let answer = person.get(&application.authorize_url()).await?;
        let page = person.follow(answer, "").await?;
        let personas = person.submit(&page, "/accounts/google/login/", &[], "").await?;
        let back = person.submit(&personas, "id=\"persona-new\"", &[("persona", "new")], &application.redirect_uri).await?;
        let back = application.consent(&mut person, back).await?;
        let code = application.code(&back)?;
        Tokens::of(&application.exchange(&mut person, &code).await?).map(|_| ())
    }

    fn tokens(&self) -> Result<Tokens> {
        self.tokens.clone().context("there are no tokens yet")
    }
}

const NOTES: &str = "/demo/api/notes";

fn application(issuer: &str, env: &Env) -> Application {
    Application::new(issuer, fixtures::DEMO_CLIENT_ID, fixtures::demo_redirect_uri(issuer), fixtures::DEMO_SCOPES, env)
}

fn refused(answer: &Answer, status: StatusCode, error: &str) -> Result<()> {
    let said = answer.json().ok().and_then(|body| body.get("error").and_then(Value::as_str).map(str::to_owned));
    ensure!(answer.status == status && said.as_deref() == Some(error), answer.unexpected(&format!("{status} with {error}")));
    Ok(())
}

fn refused_by_api(answer: &Answer) -> Result<()> {
    let challenge = answer.headers.get("www-authenticate").and_then(|value| value.to_str().ok()).unwrap_or_default();
    ensure!(answer.status == StatusCode::UNAUTHORIZED && challenge.contains("invalid_token"), answer.unexpected("401 with invalid_token"));
    Ok(())
}
