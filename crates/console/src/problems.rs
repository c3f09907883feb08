//! What an operation says of an input, beside the field that it is about, in the language of the page.

use chabi_admin::Problem;
use chabi_pages::admin::{FieldProblem, rules};

/// What an operation found wrong.
pub(crate) fn of(found: Vec<Problem>) -> Vec<FieldProblem> {
    found.into_iter().map(one).collect()
}

fn one(Problem { field, words }: Problem) -> FieldProblem {
    // `settings.jwks` and `redirect_uris.0` are about a part of a field
    let field = field.split(['.', '[']).next().unwrap_or_default().to_owned();
    FieldProblem { field: Some(field).filter(|field| !field.is_empty()), words: rules::said(&words) }
}

/// About the form as a whole.
pub(crate) fn general(words: String) -> Vec<FieldProblem> {
    vec![FieldProblem { field: None, words: rules::said(&words) }]
}

/// The same, where fields have other names here than in the operation.
pub(crate) fn renamed(found: Vec<Problem>, field_of: impl Fn(&str) -> String) -> Vec<FieldProblem> {
    let rename = |Problem { field, words }: Problem| FieldProblem {
        field: Some(field_of(&field)).filter(|field| !field.is_empty()),
        words: rules::said(&words),
    };
    found.into_iter().map(rename).collect()
}
