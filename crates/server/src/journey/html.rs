//! The little of HTML that a person without a browser needs: forms, by an id that they hold.

/// A form: where it goes, and its hidden fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Empty: to the page itself.
    pub action: String,
    /// Name and value.
    pub fields: Vec<(String, String)>,
}

/// The form that holds `marker`, such as `id="login-submit"`.
pub fn form_with(html: &str, marker: &str) -> Option<Form> {
    let forms = html.split("<form").skip(1).filter_map(|rest| rest.split("</form>").next());
    let form = forms.filter(|form| form.contains(marker)).last()?;
    let action = attribute(form.split('>').next()?, "action").unwrap_or_default();
    let inputs = form.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    let hidden = inputs.filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"));
    let fields = hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))).collect();
    Some(Form { action, fields })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    let entities = [("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&#x2f;", "/"), ("&#x3d;", "="), ("&lt;", "<"), ("&gt;", ">")];
    let decoded = entities.iter().fold(value.to_owned(), |text, (entity, character)| text.replace(entity, character));
    Some(decoded.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_found_by_what_it_holds() {
        let html = r#"<form action="/a"><button id="x"></form>
            <form method="post" action="/b?c=1&amp;d=2"><input type="hidden" name="csrf" value="t"><input name="u"><button id="y"></form>"#;
        let form = form_with(html, "id=\"y\"").unwrap();
        assert_eq!(form, Form { action: "/b?c=1&d=2".into(), fields: vec![("csrf".into(), "t".into())] });
        assert_eq!(form_with(html, "id=\"z\""), None);
    }
}
