//! One call to a provider whose answer is a JSON object.

use chabi_outgoing::guarded_http::{Answer, GuardedHttp, HttpTrouble};
use chabi_token::Env;
use reqwest::{
    RequestBuilder,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde_json::{Map, Value};
use url::Url;

use crate::{lane::Lane, refusal::UpstreamRefusal};

/// Claims or members of a document.
pub(crate) type Object = Map<String, Value>;

/// Who calls: the guarded client, on the provider's own lane.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub(crate) http: &'a GuardedHttp,
    pub(crate) lane: &'a Lane,
    pub(crate) env: &'a Env,
}

impl Caller<'_> {
    /// `GET`, with an access token if there is one. Gives the body and its `max-age`.
    pub(crate) async fn get(&self, doing: &'static str, url: &Url, token: Option<&str>) -> Result<Answer, UpstreamRefusal> {
        let prepare = |request: RequestBuilder| match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        self.get_with(doing, url, prepare).await
    }

    /// `GET`; `prepare` adds headers.
    pub(crate) async fn get_with(
        &self,
        doing: &'static str,
        url: &Url,
        prepare: impl FnOnce(RequestBuilder) -> RequestBuilder + Send,
    ) -> Result<Answer, UpstreamRefusal> {
        succeeded(doing, self.lane.run(self.http.get(url, prepare), self.env).await)
    }

    /// As [`Self::get_with`]; what the provider does not know, or keeps from us, is `None`.
    pub(crate) async fn get_if_told(
        &self,
        doing: &'static str,
        url: &Url,
        prepare: impl FnOnce(RequestBuilder) -> RequestBuilder + Send,
    ) -> Result<Option<Answer>, UpstreamRefusal> {
        match self.lane.run(self.http.get(url, prepare), self.env).await {
            Ok(answer) if answer.status == 403 || answer.status == 404 => Ok(None),
            outcome => succeeded(doing, outcome).map(Some),
        }
    }

    /// `POST` of a JSON body.
    pub(crate) async fn post_json(
        &self,
        doing: &'static str,
        url: &Url,
        body: String,
        prepare: impl FnOnce(RequestBuilder) -> RequestBuilder + Send,
    ) -> Result<Object, UpstreamRefusal> {
        let json = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        self.post(doing, url, &[], |request| prepare(request).headers(json).body(body)).await
    }

    /// `POST` of a form. An error that the provider describes in JSON is told with its code.
    pub(crate) async fn post(
        &self,
        doing: &'static str,
        url: &Url,
        form: &[(&str, &str)],
        prepare: impl FnOnce(RequestBuilder) -> RequestBuilder + Send,
    ) -> Result<Object, UpstreamRefusal> {
        let call = self.http.post_form(url, form, prepare);
        let answer = succeeded(doing, self.lane.run(call, self.env).await)?;
        without_error(doing, object(doing, &answer.body)?)
    }
}

/// Some providers send errors with status 200.
pub(crate) fn without_error(doing: &'static str, answer: Object) -> Result<Object, UpstreamRefusal> {
    match error_code(&answer) {
        Some(code) => Err(UpstreamRefusal::refused(doing, code)),
        None => Ok(answer),
    }
}

/// A URL from configuration or discovery, if the guard lets calls to it out.
pub(crate) fn checked_url(http: &GuardedHttp, what: &'static str, text: &str) -> Result<Url, UpstreamRefusal> {
    let url: Url = text.parse().map_err(|_| UpstreamRefusal::wrong(what, "not a URL"))?;
    http.check_url(&url).map_err(|trouble| UpstreamRefusal::wrong(what, trouble.to_string()))?;
    Ok(url)
}

/// The body as a JSON object.
pub(crate) fn object(doing: &'static str, body: &[u8]) -> Result<Object, UpstreamRefusal> {
    serde_json::from_slice(body).map_err(|_| UpstreamRefusal::wrong(doing, "the answer is not a JSON object"))
}

/// A member that is a string with something in it.
pub(crate) fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn succeeded(doing: &'static str, outcome: Result<Answer, HttpTrouble>) -> Result<Answer, UpstreamRefusal> {
    let answer = outcome.map_err(|trouble| UpstreamRefusal::no_answer(doing, &trouble))?;
    match answer.status {
        200..=299 => Ok(answer),
        429 | 500..=599 => Err(UpstreamRefusal::down(doing, format!("status {}", answer.status))),
        status => {
            let code = object(doing, &answer.body).ok().and_then(|object| error_code(&object)).unwrap_or_default();
            Err(UpstreamRefusal::refused(doing, format!("status {status} {code}")))
        }
    }
}

/// `error` as RFC 6749 §5.2 has it, or `error.type` as Facebook has it.
fn error_code(answer: &Object) -> Option<String> {
    match answer.get("error")? {
        Value::Object(error) => Some(text(error, "type").unwrap_or("error").to_owned()),
        Value::String(code) => Some(code.clone()),
        _ => Some("error".to_owned()),
    }
}
