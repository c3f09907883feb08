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

    /// `POST` of a form whose answer says nothing but its status.
    pub(crate) async fn post_for_success(
        &self,
        doing: &'static str,
        url: &Url,
        form: &[(&str, &str)],
        prepare: impl FnOnce(RequestBuilder) -> RequestBuilder + Send,
    ) -> Result<(), UpstreamRefusal> {
        succeeded(doing, self.lane.run(self.http.post_form(url, form, prepare), self.env).await).map(|_| ())
    }

    /// `POST` of a form whose answer is text.
    pub(crate) async fn post_for_text(&self, doing: &'static str, url: &Url, form: &[(&str, &str)]) -> Result<String, UpstreamRefusal> {
        let answer = succeeded(doing, self.lane.run(self.http.post_form(url, form, |request| request), self.env).await)?;
        String::from_utf8(answer.body).map_err(|_| UpstreamRefusal::wrong(doing, "the answer is not text"))
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

/// `error` as RFC 6749 §5.2 has it, `error.type` as Facebook has it, a number other than 0 in `errcode` as WeChat has it, and Slack's
/// `"ok": false`.
fn error_code(answer: &Object) -> Option<String> {
    match answer.get("error") {
        Some(Value::Object(error)) => return Some(text(error, "type").unwrap_or("error").to_owned()),
        Some(Value::String(code)) => return Some(code.clone()),
        // Feishu and others say `"error": null`, or 0, or false, when there is none
        Some(Value::Null | Value::Bool(false)) | None => {}
        Some(Value::Number(number)) if number.as_i64() == Some(0) => {}
        Some(_) => return Some("error".to_owned()),
    }
    match (answer.get("errcode"), answer.get("ok")) {
        (Some(Value::Number(code)), _) if code.as_i64() != Some(0) => Some(format!("errcode {code}")),
        (_, Some(Value::Bool(false))) => Some("not ok".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(answer: Value) -> Option<String> {
        let Value::Object(answer) = answer else { panic!("an object") };
        error_code(&answer)
    }

    // req: up.err
    #[test]
    fn an_error_is_seen_in_each_of_the_shapes_that_vendors_have_for_it() {
        assert_eq!(code(json!({ "error": "invalid_grant" })).as_deref(), Some("invalid_grant"));
        assert_eq!(code(json!({ "error": { "type": "OAuthException", "code": 1 } })).as_deref(), Some("OAuthException"));
        assert_eq!(code(json!({ "errcode": 40029, "errmsg": "invalid code" })).as_deref(), Some("errcode 40029"));
        assert_eq!(code(json!({ "ok": false })).as_deref(), Some("not ok"));
        assert_eq!(code(json!({ "ok": false, "error": "invalid_code" })).as_deref(), Some("invalid_code"));
        assert_eq!(code(json!({ "error": [1] })).as_deref(), Some("error"));
    }

    #[test]
    fn what_says_that_there_is_no_error_is_none() {
        for fine in [
            json!({}),
            json!({ "errcode": 0 }),
            json!({ "ok": true }),
            json!({ "error": null }),
            json!({ "error": false }),
            json!({ "error": 0 }),
        ] {
            assert_eq!(code(fine.clone()), None, "{fine}");
        }
    }
}
