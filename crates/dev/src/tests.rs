//! Every page and all fakes over HTTP, in process.

mod apple;
mod demo_api;
mod facebook;
mod github;
mod google;
mod microsoft;
mod pages;
mod providers;

use std::collections::HashMap;

use axum::{Router, body::Body};
use chabi_token::Env;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::{DevSettings, router};

const PUBLIC: &str = "http://localhost:8000";

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The hidden fields of the form that posts itself.
    fn posted(&self) -> HashMap<String, String> {
        let attribute = |rest: &str, name: &str| {
            let (_, rest) = rest.split_once(&format!(" {name}=\""))?;
            let (value, _) = rest.split_once('"')?;
            Some(value.replace("&quot;", "\"").replace("&#x2f;", "/").replace("&amp;", "&"))
        };
        let inputs = self.text.split("<input type=\"hidden\"").skip(1);
        inputs.filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?))).collect()
    }

    /// The parameters of the redirect.
    fn location(&self) -> HashMap<String, String> {
        let location = self.headers[header::LOCATION].to_str().unwrap().trim_end_matches("#_=_");
        let (_, query) = location.split_once('?').unwrap();
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }
}

fn settings() -> DevSettings {
    DevSettings::new(PUBLIC, &Env::system())
}

async fn send(app: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

async fn get(app: &Router, path: &str) -> Answer {
    send(app, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn post(app: &Router, path: &str, fields: &[(&str, &str)]) -> Answer {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    send(app, request.body(Body::from(encoded(fields))).unwrap()).await
}

/// The claims of a token, unverified.
fn claims(token: &serde_json::Value) -> serde_json::Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&chabi_token::base64url::decode(payload).unwrap()).unwrap()
}

/// GET with these headers.
async fn get_with(app: &Router, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    send(app, request.body(Body::empty()).unwrap()).await
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn app() -> Router {
    router(settings())
}
