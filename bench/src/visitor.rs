//! A person's browser, as far as a sign-in needs it: cookies, one form, redirects.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context as _, Result, bail, ensure};

use crate::http::{self, Connection};

const MOST_REDIRECTS: usize = 12;

/// A browser at one server.
pub struct Visitor {
    connection: Connection,
    origin: String,
    cookies: BTreeMap<String, String>,
}

/// What came back.
pub struct Page {
    /// Path and query that were asked for.
    pub url: String,
    /// Status code.
    pub status: u16,
    /// Where it redirects to.
    pub location: Option<String>,
    /// The body as text.
    pub body: String,
}

impl Visitor {
    /// Somebody who was never at this server, whose public URL is `origin`.
    ///
    /// # Errors
    /// Nobody listens.
    pub async fn new(address: SocketAddr, origin: &str) -> Result<Self> {
        Ok(Self { connection: Connection::open(address).await?, origin: origin.to_owned(), cookies: BTreeMap::new() })
    }

    /// The value of the header `cookie`.
    #[must_use]
    pub fn cookies(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// Opens a path or a URL of this origin, and follows redirects until one leads elsewhere.
    ///
    /// # Errors
    /// The connection breaks, or the redirects have no end.
    pub async fn visit(&mut self, url: &str) -> Result<Page> {
        let page = self.send(url, None).await?;
        self.follow(page).await
    }

    /// Sends the page's form that holds `marker` with these fields, and follows.
    ///
    /// # Errors
    /// There is no such form, the connection breaks, or the redirects have no end.
    pub async fn submit(&mut self, page: &Page, marker: &str, fields: &[(&str, &str)]) -> Result<Page> {
        let forms = page.body.split("<form").skip(1).filter_map(|rest| rest.split("</form>").next());
        let form = forms.filter(|form| form.contains(marker)).last();
        let form = form.with_context(|| format!("{} answered {} and no form with {marker}", path_of(&page.url), page.status))?;
        let action = attribute(form.split('>').next().unwrap_or_default(), "action").unwrap_or_else(|| page.url.clone());
        let hidden = form.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
        let hidden = hidden.filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"));
        let hidden: Vec<(String, String)> =
            hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))).collect();
        let own = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<(&str, &str)> =
            own.filter(|(name, _)| !fields.iter().any(|(given, _)| given == name)).chain(fields.iter().copied()).collect();
        let page = self.send(&action, Some(&http::form(&all))).await?;
        self.follow(page).await
    }

    async fn follow(&mut self, mut page: Page) -> Result<Page> {
        for _ in 0..MOST_REDIRECTS {
            let here = page.location.as_deref().filter(|to| to.starts_with('/') || to.starts_with(&self.origin)).map(str::to_owned);
            match here {
                Some(to) => page = self.send(&to, None).await?,
                None => return Ok(page),
            }
        }
        bail!("more than {MOST_REDIRECTS} redirects, the last from {}", path_of(&page.url))
    }

    async fn send(&mut self, url: &str, form: Option<&str>) -> Result<Page> {
        let path = url.strip_prefix(&self.origin).unwrap_or(url);
        ensure!(path.starts_with('/'), "{} is at another server", path_of(url));
        let host = self.origin.split("://").nth(1).unwrap_or_default().to_owned();
        let (cookies, origin) = (self.cookies(), self.origin.clone());
        let headers = [("cookie", cookies.as_str()), ("sec-fetch-site", "same-origin"), ("origin", origin.as_str())];
        let request = match form {
            Some(form) => http::post(path, &host, form, &headers),
            None => http::get(path, &host, headers.get(..2).unwrap_or_default()),
        };
        let answer = self.connection.ask(&request).await?;
        for cookie in answer.headers("set-cookie") {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').context("a cookie has a name")?;
            match value.is_empty() || attributes.to_ascii_lowercase().contains("max-age=0") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        let location = answer.headers("location").next().map(str::to_owned);
        Ok(Page { url: path.to_owned(), status: answer.status, location, body: String::from_utf8_lossy(answer.body).into_owned() })
    }
}

/// A parameter of a URL's query, decoded.
#[must_use]
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1.split('#').next()?;
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Without the query, where codes may stand.
fn path_of(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    let entities = [("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&#x2f;", "/"), ("&#x3d;", "="), ("&lt;", "<"), ("&gt;", ">")];
    Some(entities.iter().fold(value.to_owned(), |text, (entity, character)| text.replace(entity, character)).replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_attributes_are_decoded() {
        assert_eq!(parameter("http://a/b?code=x%2By&state=z", "code").as_deref(), Some("x+y"));
        assert_eq!(attribute(r#"<form action="/a?b=1&amp;c&#x3d;2""#, "action").as_deref(), Some("/a?b=1&c=2"));
    }
}
