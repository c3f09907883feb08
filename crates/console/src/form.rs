//! Reading what was typed into the console.

use std::collections::BTreeMap;

use chabi_pages::admin::{Choice, Field, FieldKind, FieldProblem, Words};
use chabi_resource_owner::respond::{Halt, Trouble};
use chabi_spec::form::Form;
use serde_json::{Map, Value};

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

/// The members of a JSON object; none when the field is empty.
pub(crate) fn json(form: &Form, name: &'static str) -> Result<Map<String, Value>, FieldProblem> {
    match some(form, name) {
        None => Ok(Map::new()),
        Some(text) => serde_json::from_str(&text).map_err(|_| problem(name, Words::said("admin-problem-json"))),
    }
}

/// A field for the members of a JSON object, such as what few people need and has no field of its own.
pub(crate) fn json_field(name: &str, label: &'static str, members: &Map<String, Value>) -> Field {
    let text = match members.is_empty() {
        true => String::new(),
        false => serde_json::to_string_pretty(members).unwrap_or_default(),
    };
    Field::new(FieldKind::Lines, name, label).value(text)
}

/// A name and a value a line.
pub(crate) fn pairs(form: &Form, name: &str) -> BTreeMap<String, String> {
    let lines = form.get(name).unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty());
    let pair = |line: &str| {
        let (name, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        (name.to_owned(), value.trim().to_owned())
    };
    lines.map(pair).collect()
}

/// The same as it is typed.
pub(crate) fn pairs_text(pairs: &BTreeMap<String, String>) -> String {
    pairs.iter().map(|(name, value)| format!("{name} {value}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// A field of a whole number that may be left empty.
pub(crate) fn number_field(name: &str, label: &'static str, value: Option<i64>) -> Field {
    Field::new(FieldKind::Number, name, label).value(value.map(|number| number.to_string()).unwrap_or_default())
}

/// Yes, no, or as something else has it.
pub(crate) fn either_field(name: &str, label: &'static str, (usual, value): (&'static str, Option<bool>)) -> Field {
    let choices = [("", usual, None), ("yes", "admin-yes", Some(true)), ("no", "admin-no", Some(false))];
    let choices = choices.into_iter().map(|(word, label, it)| Choice::new(word, Words::said(label), value == it));
    Field::new(FieldKind::Select, name, label).choices(choices)
}

/// What [`either_field`] was answered with.
pub(crate) fn either(form: &Form, name: &str) -> Option<bool> {
    match form.get(name) {
        Some("yes") => Some(true),
        Some("no") => Some(false),
        _ => None,
    }
}

/// A date of the form `2026-11-30` as seconds since 1970, UTC (days from civil, by eras of 400 years that begin in March).
pub(crate) fn midnight(day: &str) -> Option<i64> {
    let mut parts = day.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    Some((era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468) * 86_400)
}

/// The day of a moment, UTC, as [`midnight`] reads it.
pub(crate) fn day(at: i64) -> String {
    chabi_pages::Moment(at).machine_text().get(..10).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_utc() {
        assert_eq!(midnight("1970-01-01"), Some(0));
        assert_eq!(midnight("2000-02-29"), Some(951_782_400));
        assert_eq!(midnight("2026-11-30"), Some(1_795_996_800));
        for wrong in ["", "2026", "2026-13-01", "x-1-1", "2026-1-40", "99999-01-01"] {
            assert_eq!(midnight(wrong), None, "{wrong}");
        }
        assert_eq!(day(1_795_996_800), "2026-11-30");
    }
}
