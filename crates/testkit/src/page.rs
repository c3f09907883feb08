//! What a server answered, and the little of HTML that tests read.

use http::{HeaderMap, StatusCode, header};

/// An answer.
#[derive(Clone, Debug)]
pub struct Page {
    /// Path and query that were asked for.
    pub url: String,
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, as text.
    pub body: String,
}

impl Page {
    /// Where it redirects to.
    #[must_use]
    pub fn location(&self) -> Option<String> {
        let location = self.headers.get(header::LOCATION)?.to_str().ok()?;
        self.status.is_redirection().then(|| location.to_owned())
    }

    /// A parameter of the URL that it redirects to, from the query or the fragment.
    #[must_use]
    pub fn location_parameter(&self, name: &str) -> Option<String> {
        let location = self.location()?;
        let parameters = location.split_once(['?', '#'])?.1.split('#').next()?.to_owned();
        form_urlencoded::parse(parameters.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{} answered no JSON ({error}): {}", self.url, self.body))
    }

    /// Where the page's main form goes: the last one with `method="post"`, so that a language picker before it does not count.
    #[must_use]
    pub fn form_action(&self) -> Option<String> {
        self.main_form().and_then(|form| attribute(form.split('>').next()?, "action")).filter(|action| !action.is_empty())
    }

    /// Names and values of the main form's hidden fields.
    #[must_use]
    pub fn hidden_fields(&self) -> Vec<(String, String)> {
        let form = self.main_form().unwrap_or_default();
        let inputs = form.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
        let hidden = inputs.filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"));
        hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))).collect()
    }

    /// The form that holds a field, a button or an id of this name.
    #[must_use]
    pub fn form_with(&self, needle: &str) -> Option<Self> {
        let form = self.forms().into_iter().find(|form| form.contains(needle))?;
        Some(Self { body: form.to_owned(), ..self.clone() })
    }

    fn main_form(&self) -> Option<&str> {
        let posts =
            |form: &&str| form.split('>').next().and_then(|tag| attribute(tag, "method")).is_some_and(|m| m.eq_ignore_ascii_case("post"));
        let forms = self.forms();
        let by_password = forms.iter().find(|form| form.contains("type=\"password\"")).copied();
        by_password.or_else(|| forms.iter().rev().find(|form| posts(form)).copied())
    }

    fn forms(&self) -> Vec<&str> {
        let starts: Vec<usize> = self.body.match_indices("<form").map(|(start, _)| start).collect();
        starts.into_iter().filter_map(|start| self.body.get(start..).and_then(|rest| rest.split("</form>").next())).collect()
    }
}

/// An attribute of a tag, its few entities decoded.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let marks = [format!(" {name}=\""), format!("\n{name}=\"")];
    let value = marks.iter().find_map(|mark| tag.split_once(mark.as_str()))?.1.split('"').next()?;
    let decoded = value.replace("&quot;", "\"").replace("&#x27;", "'").replace("&#39;", "'").replace("&#x2f;", "/").replace("&#x2F;", "/");
    Some(decoded.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_form_is_read_and_not_the_language_picker() {
        let body = r#"<form method="post" action="/l"><input type="hidden" name="x" value="1"></form>
            <form method="post" action="/accounts/login/?a=1&amp;b=2"><input type="hidden" name="csrf" value="t&#x2f;k"><input name="username"></form>"#;
        let page = Page { url: "/".into(), status: StatusCode::OK, headers: HeaderMap::new(), body: body.into() };
        assert_eq!(page.form_action().as_deref(), Some("/accounts/login/?a=1&b=2"));
        assert_eq!(page.hidden_fields(), [("csrf".to_owned(), "t/k".to_owned())]);
        assert_eq!(page.form_with("name=\"x\"").unwrap().form_action().as_deref(), Some("/l"));
    }
}
