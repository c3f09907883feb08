//! What an operation says of an input, beside the field that it is about.

use chabi_admin::Problem;
use chabi_pages::admin::{FieldProblem, Words};

/// What an operation found wrong: its rules are English sentences for who runs the server.
pub(crate) fn of(found: Vec<Problem>) -> Vec<FieldProblem> {
    found.into_iter().map(one).collect()
}

fn one(Problem { field, words }: Problem) -> FieldProblem {
    // `settings.jwks` and `redirect_uris.0` are about a part of a field
    let field = field.split(['.', '[']).next().unwrap_or_default().to_owned();
    FieldProblem { field: Some(field).filter(|field| !field.is_empty()), words: Words::hint(words) }
}

/// About the form as a whole.
pub(crate) fn general(words: String) -> Vec<FieldProblem> {
    vec![FieldProblem { field: None, words: Words::hint(words) }]
}

/// The same, where fields have other names here than in the operation.
pub(crate) fn renamed(found: Vec<Problem>, field_of: impl Fn(&str) -> String) -> Vec<FieldProblem> {
    let rename = |Problem { field, words }: Problem| FieldProblem {
        field: Some(field_of(&field)).filter(|field| !field.is_empty()),
        words: Words::hint(words),
    };
    found.into_iter().map(rename).collect()
}
