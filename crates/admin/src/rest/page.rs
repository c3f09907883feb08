//! `/api/v1/`: what the document says, for people. Made here, without a script and without anything from elsewhere.

use std::fmt::Write as _;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::header;
use serde_json::Value;

use super::Api1;
use crate::operation::Entry;

/// Nothing but our own style sheet.
const POLICY: &str = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// GET of the path without its slash.
pub(super) async fn to_page(State(api): State<Api1>) -> Redirect {
    Redirect::to(&format!("{}/", api.admin.owner.settings.mounted(super::PATH)))
}

/// GET.
pub(super) async fn show(State(api): State<Api1>) -> Response {
    let html = page(&api);
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, html).into_response()
}

static NOTHING: Value = Value::Null;

/// A member of a member; null where there is none.
fn at<'a>(value: &'a Value, names: &[&str]) -> &'a Value {
    names.iter().fold(value, |value, name| value.get(name).unwrap_or(&NOTHING))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Code between backticks, escaped all over.
fn prose(text: &str) -> String {
    let mut html = String::new();
    for (place, part) in text.split('`').enumerate() {
        let part = escaped(part);
        html.push_str(&if place % 2 == 1 { format!("<code>{part}</code>") } else { part });
    }
    html
}

fn page(api: &Api1) -> String {
    let style = api.admin.owner.settings.mounted(&chabi_pages::static_files::path_of("theme.css").unwrap_or_default());
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Administration API</title>\n\
         <link rel=\"stylesheet\" href=\"{}\">\n</head>\n<body>\n<main class=\"card wide\">\n<h1 id=\"page-title\">Administration API</h1>\n",
        escaped(&style)
    );
    let about = at(api.document(), &["info", "description"]).as_str().unwrap_or_default();
    let _ = write!(html, "<p>{}</p>\n<p><a href=\"openapi.json\">OpenAPI 3.1 document</a></p>\n", prose(about));
    let mut noun = "";
    for entry in api.table.iter() {
        let of = entry.path.trim_start_matches('/').split('/').next().unwrap_or_default();
        if of != noun {
            noun = of;
            let _ = writeln!(html, "<h2 id=\"{0}\">{0}</h2>", escaped(noun));
        }
        html.push_str(&operation(api, entry));
    }
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

fn operation(api: &Api1, entry: &Entry) -> String {
    let method = entry.method.as_str();
    let told = at(api.document(), &["paths", &format!("{}{}", super::PATH, entry.path), &method.to_lowercase()]);
    let mut html = format!(
        "<section id=\"{name}\">\n<h3><code>{method} {path}</code></h3>\n<p>{about} Permission: <code>{permission}</code>.</p>\n",
        name = escaped(entry.name),
        path = escaped(&format!("{}{}", super::PATH, entry.path)),
        about = prose(entry.about),
        permission = entry.permission.as_str(),
    );
    let parameters = at(told, &["parameters"]).as_array().map(Vec::as_slice).unwrap_or_default();
    let body = body_members(api, told);
    if !parameters.is_empty() || !body.is_empty() {
        html.push_str("<dl>\n");
        for parameter in parameters {
            let place = at(parameter, &["in"]).as_str().unwrap_or_default();
            item(
                &mut html,
                at(parameter, &["name"]).as_str().unwrap_or_default(),
                place,
                at(parameter, &["description"]).as_str().unwrap_or_default(),
            );
        }
        for (name, about) in body {
            item(&mut html, &name, "body", &about);
        }
        html.push_str("</dl>\n");
    }
    html.push_str("</section>\n");
    html
}

fn item(html: &mut String, name: &str, place: &str, about: &str) {
    let _ = writeln!(html, "<dt><code>{}</code> ({})</dt><dd>{}</dd>", escaped(name), escaped(place), prose(about));
}

/// The members of the body, those of schemas that it is made of too.
fn body_members(api: &Api1, told: &Value) -> Vec<(String, String)> {
    let schema = at(told, &["requestBody", "content", "application/json", "schema"]);
    let mut found = Vec::new();
    members(api.document(), schema, &mut found);
    found
}

fn members(document: &Value, schema: &Value, found: &mut Vec<(String, String)>) {
    if let Some(name) = at(schema, &["$ref"]).as_str().and_then(|path| path.rsplit('/').next()) {
        members(document, at(document, &["components", "schemas", name]), found);
    }
    for part in at(schema, &["allOf"]).as_array().into_iter().flatten() {
        members(document, part, found);
    }
    for (name, property) in at(schema, &["properties"]).as_object().into_iter().flatten() {
        found.push((name.clone(), at(property, &["description"]).as_str().unwrap_or_default().to_owned()));
    }
}
