//! Asks the issuer: metadata, the stream, a list. Nothing is asked of anybody else.

use std::time::Duration;

use chabi_spec::Issuer;
use http::{StatusCode, header};
use reqwest::Response;
use serde::Deserialize;
use url::Url;

use crate::fetched_keys::download::{HttpDownload, Trouble, no_answer, read};

/// A list of 2 MiB that cannot be compressed.
const LARGEST_LIST: usize = chabi_token::status_list_token::LONGEST;
const LARGEST_METADATA: usize = 256 * 1024;
/// A stream is begun anew after so long at the latest.
const LONGEST_STREAM: Duration = Duration::from_secs(86_400);

/// To one issuer.
pub(super) struct Connection {
    issuer: Issuer,
    http: HttpDownload,
}

/// What is fetched of a list.
pub(super) enum FetchedList {
    Unchanged,
    New { text: String, etag: Option<String> },
}

impl Connection {
    pub(super) fn new(issuer: &Issuer) -> Self {
        Self { issuer: issuer.clone(), http: HttpDownload::new(issuer) }
    }

    /// True for what the issuer serves itself. A token names a list, and the metadata a stream, at a URL: it is asked for only there
    /// where the keys come from too, and so with https (http for an issuer on loopback alone).
    pub(super) fn is_of_issuer(&self, url: &str) -> Option<Url> {
        let (url, issuer) = (Url::parse(url).ok()?, Url::parse(self.issuer.as_str()).ok()?);
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        (plain && url.origin() == issuer.origin()).then_some(url)
    }

    /// `status_changes_endpoint` of the metadata of RFC 8414; `None` when it has none, or when there is no such document.
    pub(super) async fn find_stream(&self) -> Result<Option<Url>, Trouble> {
        #[derive(Deserialize)]
        struct Metadata {
            issuer: String,
            #[serde(default)]
            status_changes_endpoint: Option<String>,
        }
        let malformed = |words: &str| Trouble::Malformed(words.to_owned());
        // RFC 8414 §3.1: the well-known path stands between the host and the issuer's own path
        let url = format!("{}/.well-known/oauth-authorization-server{}", self.issuer.origin(), self.issuer.path());
        let answer = self.http.client()?.get(url).header(header::ACCEPT, "application/json").send().await.map_err(no_answer)?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let body = read(ok(answer)?, LARGEST_METADATA).await?;
        let metadata: Metadata = serde_json::from_slice(&body).map_err(|error| Trouble::Malformed(error.to_string()))?;
        // RFC 8414 §3.3: metadata that names another issuer is not this issuer's
        if metadata.issuer != self.issuer.as_str() {
            return Err(malformed("the metadata names another issuer"));
        }
        let stream = metadata.status_changes_endpoint.as_deref();
        stream.map(|url| self.is_of_issuer(url).ok_or_else(|| malformed("the stream of revocations is of another origin"))).transpose()
    }

    /// The open stream.
    pub(super) async fn stream(&self, url: &Url, last_id: Option<&str>) -> Result<Response, Trouble> {
        let request = self.http.client()?.get(url.clone()).timeout(LONGEST_STREAM).header(header::ACCEPT, "text/event-stream");
        let request = match last_id {
            Some(id) => request.header("last-event-id", id),
            None => request,
        };
        let answer = ok(request.send().await.map_err(no_answer)?)?;
        let content_type = answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream") {
            true => Ok(answer),
            false => Err(Trouble::Malformed("not a stream of events".to_owned())),
        }
    }

    pub(super) async fn list(&self, url: &Url, etag: Option<&str>) -> Result<FetchedList, Trouble> {
        let request = self.http.client()?.get(url.clone()).header(header::ACCEPT, chabi_token::status_list_token::MEDIA_TYPE);
        let request = match etag {
            Some(etag) => request.header(header::IF_NONE_MATCH, etag),
            None => request,
        };
        let answer = request.send().await.map_err(no_answer)?;
        if answer.status() == StatusCode::NOT_MODIFIED && etag.is_some() {
            return Ok(FetchedList::Unchanged);
        }
        let answer = ok(answer)?;
        let etag = answer.headers().get(header::ETAG).and_then(|value| value.to_str().ok()).filter(|etag| etag.len() <= 256);
        let etag = etag.map(str::to_owned);
        let text = String::from_utf8(read(answer, LARGEST_LIST).await?).map_err(|_| Trouble::Malformed("not a token".to_owned()))?;
        Ok(FetchedList::New { text, etag })
    }
}

fn ok(answer: Response) -> Result<Response, Trouble> {
    match answer.status() {
        StatusCode::OK => Ok(answer),
        status => Err(Trouble::Status(status.as_u16())),
    }
}
