//! A person's browser over HTTP: cookies, forms, redirects by hand.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::{Client, RequestBuilder, redirect::Policy};
use url::Url;

use super::html;

const MOST_REDIRECTS: usize = 12;
const PATIENCE: Duration = Duration::from_secs(20);

/// A browser with cookies of its own.
pub struct Visitor {
    http: Client,
    base: Url,
    cookies: BTreeMap<String, String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Of the request that was answered.
    pub url: Url,
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, as text.
    pub body: String,
}

impl Answer {
    /// Where it redirects to.
    pub fn location(&self) -> Option<Url> {
        let location = self.headers.get(header::LOCATION)?.to_str().ok()?;
        self.status.is_redirection().then(|| self.url.join(location).ok()).flatten()
    }

    /// A parameter of that URL.
    pub fn location_parameter(&self, name: &str) -> Option<String> {
        self.location()?.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is none.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_str(&self.body).with_context(|| format!("{} {} answered no JSON", self.status, self.url.path()))
    }

    /// An error in words: status, path, and what the body says of it.
    pub fn unexpected(&self, wanted: &str) -> anyhow::Error {
        let title = self.body.split_once("id=\"page-title\"").and_then(|(_, rest)| rest.split(['>', '<']).nth(1)).unwrap_or_default();
        let said = if title.is_empty() { self.body.chars().take(300).collect() } else { title.trim().to_owned() };
        anyhow!("wanted {wanted}, got {} from {}: {said}", self.status, self.url.path())
    }
}

impl Visitor {
    /// Somebody who has never been at `base`.
    ///
    /// # Errors
    /// `base` is no URL.
    pub fn new(base: &str) -> Result<Self> {
        let http = Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE).build()?;
        Ok(Self { http, base: Url::parse(base).with_context(|| format!("`{base}` is no URL"))?, cookies: BTreeMap::new() })
    }

    /// Opens a path or URL.
    ///
    /// # Errors
    /// Nobody answers.
    pub async fn get(&mut self, url: &str) -> Result<Answer> {
        let url = self.base.join(url)?;
        let request = self.http.get(url.clone());
        self.send(url, request).await
    }

    /// Opens it with an access token, as an API's client does.
    ///
    /// # Errors
    /// Nobody answers.
    pub async fn get_with_token(&mut self, url: &str, token: &str) -> Result<Answer> {
        let url = self.base.join(url)?;
        let request = self.http.get(url.clone()).bearer_auth(token);
        self.send(url, request).await
    }

    /// Posts a form.
    ///
    /// # Errors
    /// Nobody answers.
    pub async fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let url = self.base.join(url)?;
        let request = self.http.post(url.clone()).form(fields);
        self.send(url, request).await
    }

    /// Follows redirects until something else comes, or until one leads to `stop_at`, which is then not opened.
    ///
    /// # Errors
    /// Nobody answers, or the redirects have no end.
    pub async fn follow(&mut self, mut answer: Answer, stop_at: &str) -> Result<Answer> {
        for _ in 0..MOST_REDIRECTS {
            let Some(location) = answer.location() else { return Ok(answer) };
            if !stop_at.is_empty() && location.as_str().starts_with(stop_at) {
                return Ok(answer);
            }
            answer = self.get(location.as_str()).await?;
        }
        bail!("more than {MOST_REDIRECTS} redirects, the last from {}", answer.url.path())
    }

    /// Sends the page's form that holds `marker`, with these fields filled in, and follows.
    ///
    /// # Errors
    /// The page has no such form, or nobody answers.
    pub async fn submit(&mut self, page: &Answer, marker: &str, fields: &[(&str, &str)], stop_at: &str) -> Result<Answer> {
        ensure!(page.status.is_success(), page.unexpected("a page"));
        let form = html::form_with(&page.body, marker).ok_or_else(|| page.unexpected(&format!("a page with {marker}")))?;
        let action = page.url.join(&form.action)?;
        let hidden = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<(&str, &str)> =
            hidden.filter(|(name, _)| !fields.iter().any(|(own, _)| own == name)).chain(fields.iter().copied()).collect();
        let answer = self.post(action.as_str(), &all).await?;
        self.follow(answer, stop_at).await
    }

    async fn send(&mut self, url: Url, request: RequestBuilder) -> Result<Answer> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request.header("sec-fetch-site", "same-origin");
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let answer = request.send().await.with_context(|| format!("asking {url}"))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        headers.get_all(header::SET_COOKIE).iter().for_each(|cookie| self.keep(cookie));
        Ok(Answer { url, status, headers, body: answer.text().await? })
    }

    fn keep(&mut self, cookie: &HeaderValue) {
        let text = cookie.to_str().unwrap_or_default();
        let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
        let Some((name, value)) = pair.split_once('=') else { return };
        if value.is_empty() || attributes.to_ascii_lowercase().contains("max-age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}
