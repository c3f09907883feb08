//! Reading what was typed into the console.

use chabi_pages::admin::{FieldProblem, Words};
use chabi_resource_owner::respond::{Halt, Trouble};
use chabi_spec::form::Form;

/// What may be there more than once: ticks of one list.
const REPEATABLE: [&str; 5] = ["sites", "languages", "grant_types", "scope", "methods"];

/// A query.
pub(crate) fn read_query(text: Option<&str>) -> Result<Form, Halt> {
    read(text.unwrap_or_default().as_bytes())
}

/// A body.
pub(crate) fn read(body: &[u8]) -> Result<Form, Halt> {
    Form::parse(body, &REPEATABLE).map_err(|_| Trouble::BadForm.into())
}

/// What stands in a field, without the spaces around it.
pub(crate) fn text(form: &Form, name: &str) -> String {
    form.get(name).unwrap_or_default().trim().to_owned()
}

/// What stands in a field, unless it is empty.
pub(crate) fn some(form: &Form, name: &str) -> Option<String> {
    Some(text(form, name)).filter(|text| !text.is_empty())
}

/// A value a line, or separated by spaces: none of the values that are typed so holds one.
pub(crate) fn lines(form: &Form, name: &str) -> Vec<String> {
    form.get(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// The ticks of a list.
pub(crate) fn ticks(form: &Form, name: &str) -> Vec<String> {
    form.all(name).map(str::to_owned).collect()
}

/// A tick.
pub(crate) fn ticked(form: &Form, name: &str) -> bool {
    form.get(name).is_some()
}

/// A whole number; `None` when the field is empty, a problem when it holds something else.
pub(crate) fn number(form: &Form, name: &'static str) -> Result<Option<i64>, FieldProblem> {
    match some(form, name) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| problem(name, Words::said("admin-problem-number"))),
    }
}

/// What is wrong with a field.
pub(crate) fn problem(field: &str, words: Words) -> FieldProblem {
    FieldProblem { field: Some(field.to_owned()), words }
}

/// A problem, when the field is empty.
pub(crate) fn required(form: &Form, names: &[&str]) -> Vec<FieldProblem> {
    let empty = names.iter().filter(|name| some(form, name).is_none());
    empty.map(|name| problem(name, Words::said("admin-problem-missing"))).collect()
}

/// A query of these names and values, without those that are empty: `?name=value&…`, or nothing.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
    match query.finish() {
        query if query.is_empty() => query,
        query => format!("?{query}"),
    }
}
