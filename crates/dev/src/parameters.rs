//! Request parameters of the fake providers: from a query or a form, each name at most once.

use std::collections::BTreeMap;

/// Name and value, decoded; a name that came twice is an error, an empty value is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters(BTreeMap<String, String>);

/// A name came twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repeated(pub(crate) String);

impl Parameters {
    /// Reads `a=b&c=d`.
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, Repeated> {
        let mut found = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(encoded) {
            if !value.is_empty() && found.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(Repeated(name.into_owned()));
            }
        }
        Ok(Self(found))
    }

    /// The value of a name.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All names and values, for the hidden fields of a form.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// `uri` with parameters added to its query.
pub(crate) fn with_query(uri: &str, added: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(added);
    let joint = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{joint}{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_name_is_an_error_and_an_empty_value_absent() {
        assert_eq!(Parameters::parse(b"a=1&a=2"), Err(Repeated("a".into())));
        assert_eq!(Parameters::parse(b"a=&b=x%20y").unwrap().find("a"), None);
        assert_eq!(Parameters::parse(b"a=&b=x%20y").unwrap().find("b"), Some("x y"));
    }

    #[test]
    fn parameters_are_added_to_a_query_that_is_there_already() {
        assert_eq!(with_query("http://a/b?c=d", &[("e", "f g")]), "http://a/b?c=d&e=f+g");
        assert_eq!(with_query("http://a/b", &[("e", "f")]), "http://a/b?e=f");
    }
}
