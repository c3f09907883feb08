//! An application: authorization code with PKCE, refresh, logout.

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chabi::Env;
use serde_json::Value;

use super::{Answer, Visitor};

/// What an application knows of itself and of one sign-in.
#[derive(Clone, Debug)]
pub struct Application {
    /// The issuer.
    pub issuer: String,
    /// Its id.
    pub client_id: String,
    /// Registered.
    pub redirect_uri: String,
    /// What it asks for.
    pub scope: String,
    /// At which API; the default one when `None`.
    pub resource: Option<String>,
    verifier: String,
    challenge: String,
    state: String,
}

/// What the token endpoint gave.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// For APIs.
    pub access_token: String,
    /// For more of them; empty when none was given.
    pub refresh_token: String,
    /// Who signed in; empty when none was given.
    pub id_token: String,
    /// What was granted, separated by spaces.
    pub scope: String,
}

impl Application {
    /// At the beginning of a sign-in.
    pub fn new(issuer: &str, client_id: &str, redirect_uri: String, scope: &str, env: &Env) -> Self {
        let (verifier, challenge) = chabi::pkce::generate(env);
        Self {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            redirect_uri,
            scope: scope.to_owned(),
            resource: None,
            verifier: verifier.expose().to_owned(),
            challenge,
            state: URL_SAFE_NO_PAD.encode(env.random::<12>()),
        }
    }

    /// The authorization request.
    pub fn authorize_url(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(format!("{}/oauth2/authorize?", self.issuer));
        query.append_pair("response_type", "code").append_pair("client_id", &self.client_id);
        query.append_pair("redirect_uri", &self.redirect_uri).append_pair("scope", &self.scope);
        query.append_pair("state", &self.state);
        query.append_pair("code_challenge", &self.challenge).append_pair("code_challenge_method", "S256");
        if let Some(resource) = &self.resource {
            query.append_pair("resource", resource);
        }
        query.finish().replacen("?&", "?", 1)
    }

    /// Goes through the sign-in page and, where it comes, the consent page; ends at the redirect that carries the code.
    ///
    /// # Errors
    /// What came in place of the page that should have.
    pub async fn sign_in(&self, person: &mut Visitor, username: &str, password: &str) -> Result<Answer> {
        let answer = person.get(&self.authorize_url()).await?;
        let page = person.follow(answer, &self.redirect_uri).await?;
        if page.location().is_some() {
            return Ok(page);
        }
        let fields = [("username", username), ("password", password)];
        let answer = person.submit(&page, "id=\"login-submit\"", &fields, &self.redirect_uri).await?;
        self.consent(person, answer).await
    }

    /// Allows, if asked.
    ///
    /// # Errors
    /// What came in place of the page that should have.
    pub async fn consent(&self, person: &mut Visitor, answer: Answer) -> Result<Answer> {
        if answer.location().is_some() {
            return Ok(answer);
        }
        person.submit(&answer, "id=\"consent-allow\"", &[("decision", "allow")], &self.redirect_uri).await
    }

    /// The code of the redirect back.
    ///
    /// # Errors
    /// An error came back, or another's `state` or `iss`.
    pub fn code(&self, back: &Answer) -> Result<String> {
        if let Some(error) = back.location_parameter("error") {
            let about = back.location_parameter("error_description").unwrap_or_default();
            anyhow::bail!("the redirect back says {error}: {about}");
        }
        ensure!(back.location_parameter("state").as_deref() == Some(&self.state), back.unexpected("our state in the redirect back"));
        // RFC 9207 §2.4: the answer says whose it is
        ensure!(back.location_parameter("iss").as_deref() == Some(&self.issuer), "the redirect back does not carry the issuer");
        back.location_parameter("code").context("the redirect back carries no code")
    }

    /// Exchanges a code.
    ///
    /// # Errors
    /// Nobody answers.
    pub async fn exchange(&self, http: &mut Visitor, code: &str) -> Result<Answer> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", self.client_id.as_str()),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &self.verifier),
        ];
        http.post("/oauth2/token", &fields).await
    }

    /// Refreshes.
    ///
    /// # Errors
    /// Nobody answers.
    pub async fn refresh(&self, http: &mut Visitor, refresh_token: &str) -> Result<Answer> {
        let fields = [("grant_type", "refresh_token"), ("client_id", self.client_id.as_str()), ("refresh_token", refresh_token)];
        http.post("/oauth2/token", &fields).await
    }
}

impl Tokens {
    /// Reads a successful answer.
    ///
    /// # Errors
    /// It is another.
    pub fn of(answer: &Answer) -> Result<Self> {
        ensure!(answer.status.is_success(), answer.unexpected("tokens"));
        let body = answer.json()?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let tokens = Self {
            access_token: text("access_token"),
            refresh_token: text("refresh_token"),
            id_token: text("id_token"),
            scope: text("scope"),
        };
        ensure!(!tokens.access_token.is_empty(), "the token endpoint gave no access token");
        Ok(tokens)
    }
}
