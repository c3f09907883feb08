//! The answer of an authorization request as a form that posts itself (OAuth 2.0 Form Post Response Mode).

use serde::Serialize;

use super::Page;

/// Posts `fields` to `target` at once; where there is no script a button does.
#[derive(Clone, Default, Serialize)]
pub struct FormPost {
    /// The application's redirect URI, which was checked.
    pub target: String,
    /// Names and values of the answer.
    pub fields: Vec<(&'static str, String)>,
    /// The application's name.
    pub application: String,
    /// New for each page: the one script that may run has it.
    pub nonce: String,
}

impl Page for FormPost {
    const TEMPLATE: &'static str = "form_post.html";
    const TITLE: &'static str = "form-post-title";
    const FORM_LEAVES: bool = true;

    fn script_nonce(&self) -> Option<&str> {
        Some(&self.nonce)
    }
}
