//! A browser without scripts, over a router in process: keeps cookies, posts forms, follows redirects when told to.

use std::collections::BTreeMap;

use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::page::Page;

/// One person's browser.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    origin: String,
    cookies: BTreeMap<String, String>,
    /// Sent with every request, such as `Accept-Language`.
    pub headers: HeaderMap,
}

const MOST_REDIRECTS: usize = 10;

impl Browser {
    /// The same browser, cookies and all, whose requests take another way.
    #[must_use]
    pub fn through(&self, router: Router) -> Self {
        Self { router, ..self.clone() }
    }

    /// A browser without cookies. `origin` is the public URL, without trailing slash.
    #[must_use]
    pub fn new(router: Router, origin: impl Into<String>) -> Self {
        Self { router, origin: origin.into(), cookies: BTreeMap::new(), headers: HeaderMap::new() }
    }

    /// The same browser, with its cookies, in front of a server that was built anew.
    #[must_use]
    pub fn with_router(mut self, router: Router) -> Self {
        self.router = router;
        self
    }

    /// The value of a cookie that it keeps.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Forgets all cookies.
    pub fn clear_cookies(&mut self) {
        self.cookies.clear();
    }

    /// Opens a path, or a URL of this origin.
    pub async fn get(&mut self, url: &str) -> Page {
        self.send(Method::GET, url, Body::empty(), false).await
    }

    /// Opens it, and follows redirects as long as they stay on this origin.
    pub async fn visit(&mut self, url: &str) -> Page {
        let page = self.get(url).await;
        self.follow(page).await
    }

    /// Sends a form as a browser would from a page of this origin.
    pub async fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, url, Body::from(body), true).await
    }

    /// Fills in the page's form and sends it: its hidden fields as they are, and `fields`.
    pub async fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let action = page.form_action().unwrap_or_else(|| page.url.clone());
        let hidden = page.hidden_fields();
        let mut all: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.retain(|(name, _)| !fields.iter().any(|(given, _)| given == name));
        all.extend(fields);
        self.post(&action, &all).await
    }

    /// Follows redirects as long as they stay on this origin.
    pub async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..MOST_REDIRECTS {
            let Some(target) = page.location().filter(|target| self.is_here(target)) else { return page };
            page = self.get(&target).await;
        }
        panic!("more than {MOST_REDIRECTS} redirects, the last to {}", page.url);
    }

    fn is_here(&self, url: &str) -> bool {
        url.starts_with('/') || url.strip_prefix(&self.origin).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }

    async fn send(&mut self, method: Method, url: &str, body: Body, form: bool) -> Page {
        let path = url.strip_prefix(&self.origin).unwrap_or(url).split('#').next().unwrap_or_default();
        let host = self.origin.split("://").nth(1).unwrap_or_default();
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, host).header("sec-fetch-site", "same-origin");
        if form {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").header(header::ORIGIN, &self.origin);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let mut request = request.body(body).expect("a request");
        request.headers_mut().extend(self.headers.clone());
        let answer = self.router.clone().oneshot(request).await.expect("a router does not fail");
        let (head, body) = answer.into_parts();
        self.keep_cookies(&head.headers);
        let body = body.collect().await.expect("a body").to_bytes();
        Page { url: path.to_owned(), status: head.status, headers: head.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().expect("a cookie is text");
            let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            let gone = value.is_empty() || attributes.split(';').any(|attribute| attribute.trim().eq_ignore_ascii_case("max-age=0"));
            if gone {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// Sends one request to a router, without cookies, and reads the answer.
pub async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let answer = router.clone().oneshot(request).await.expect("a router does not fail");
    let (head, body) = answer.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    (head.status, head.headers, String::from_utf8_lossy(&body).into_owned())
}
