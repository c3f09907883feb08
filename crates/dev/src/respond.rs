//! Answers of the development pages: HTML from a template, JSON, redirects, all with their headers.

use std::sync::LazyLock;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use minijinja::Environment;
use serde::Serialize;

static TEMPLATES: [(&str, &str); 11] = [
    ("frame.html", include_str!("../templates/frame.html")),
    ("index.html", include_str!("../templates/index.html")),
    ("personas.html", include_str!("../templates/personas.html")),
    ("providers.html", include_str!("../templates/providers.html")),
    ("posting.html", include_str!("../templates/posting.html")),
    ("provider-error.html", include_str!("../templates/provider-error.html")),
    ("mail.html", include_str!("../templates/mail.html")),
    ("requests.html", include_str!("../templates/requests.html")),
    ("request.html", include_str!("../templates/request.html")),
    ("missing.html", include_str!("../templates/missing.html")),
    ("demo.html", include_str!("../templates/demo.html")),
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    for (name, source) in TEMPLATES {
        if let Err(error) = environment.add_template(name, source) {
            tracing::error!(%error, name, "a template of the development pages does not parse");
        }
    }
    environment
});

/// Server-rendered pages: no script at all. No `form-action`: the provider's form leaves for the application.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The demo app: its own module and nothing else; it talks to its own origin alone.
const APP_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// The page whose form posts itself to the application. The sandbox takes its origin away, so that the browser treats what it posts as
/// another site's: as it is when the vendor's page posts it.
const POSTING_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; \
     frame-ancestors 'none'; sandbox allow-forms allow-scripts";

/// A page without script.
pub(crate) fn page(status: StatusCode, template: &str, context: &impl Serialize) -> Response {
    html(status, template, context, PAGE_POLICY)
}

/// The page that carries the demo app.
pub(crate) fn app(template: &str, context: &impl Serialize) -> Response {
    html(StatusCode::OK, template, context, APP_POLICY)
}

/// The page whose form posts itself; where there is no script a button does.
pub(crate) fn posting_page(context: &impl Serialize) -> Response {
    html(StatusCode::OK, "posting.html", context, POSTING_POLICY)
}

fn html(status: StatusCode, template: &str, context: &impl Serialize, policy: &'static str) -> Response {
    let rendered = ENVIRONMENT.get_template(template).and_then(|found| found.render(minijinja::value::Serde(context)));
    match rendered {
        Ok(text) => {
            let mut answer = (status, axum::response::Html(text)).into_response();
            harden(&mut answer, policy);
            answer
        }
        Err(error) => {
            tracing::error!(%error, template, "a development page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn harden(answer: &mut Response, policy: &'static str) {
    let rows: [(HeaderName, &'static str); 5] = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in rows {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

/// JSON that no cache keeps.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
}

/// 302, as the vendors answer.
pub(crate) fn redirect(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))])
            .into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// A file that is part of the program. Short cache: a developer may be editing it.
pub(crate) fn file(content_type: &'static str, bytes: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-cache"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, Body::from(bytes)).into_response()
}
