//! What stands around every page: the language, who is signed in, and the address that the language picker comes back to.

use crate::Language;

/// The surroundings of one answer. Made by [`crate::Pages::frame`] from a request; the handler adds who is signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// In which language.
    pub language: Language,
    /// Path and query of this page as a GET; the language picker adds `ui_locales` to it.
    pub address: String,
    /// The query asked for a language that we have: the answer remembers it in a cookie.
    pub remember_language: bool,
    /// The name or address of the person who is signed in; shown in the frame with a way to the account page.
    pub signed_in: Option<String>,
}

impl Frame {
    /// A frame without a request, for tests and for answers made where there is none.
    #[must_use]
    pub fn in_language(language: Language) -> Self {
        Self { language, ..Self::default() }
    }

    /// Says who is signed in.
    #[must_use]
    pub fn signed_in_as(mut self, name: impl Into<String>) -> Self {
        self.signed_in = Some(name.into());
        self
    }
}

/// `address` with `ui_locales` set to `language`, in place of an older one.
pub(crate) fn address_in(address: &str, language: Language) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut kept = form_urlencoded::Serializer::new(String::new());
    kept.extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "ui_locales"));
    kept.append_pair("ui_locales", language.tag());
    format!("{path}?{}", kept.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picker_keeps_the_query_and_replaces_the_language() {
        assert_eq!(
            address_in("/accounts/login/?transaction=t&ui_locales=en&next=%2Fa", Language::Bengali),
            "/accounts/login/?transaction=t&next=%2Fa&ui_locales=bn"
        );
        assert_eq!(address_in("/accounts/", Language::English), "/accounts/?ui_locales=en");
    }
}
