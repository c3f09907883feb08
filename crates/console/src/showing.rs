//! A form of something that is there already: when it was drawn, and what became of it.

use chabi_pages::admin::{FieldProblem, Form, Screen, Words};
use chabi_spec::form::Form as Typed;
use http::StatusCode;

/// The field that holds the tag of what the form was drawn of.
pub(crate) const TAG: &str = "tag";

/// A form as it is shown: for the first time, or again.
#[derive(Debug, Default)]
pub(crate) struct Showing {
    /// Of what was there when the person began to type; empty: the form makes something new.
    tag: String,
    problems: Vec<FieldProblem>,
    changed_meanwhile: bool,
}

impl Showing {
    /// For the first time; `tag`: of what is there.
    pub(crate) fn first(tag: String) -> Self {
        Self { tag, ..Self::default() }
    }

    /// Again, with what is wrong with it. It stays a form of what was there when it was first drawn: whoever changes that meanwhile is not
    /// overwritten by a second try.
    pub(crate) fn again(typed: &Typed, problems: Vec<FieldProblem>) -> Self {
        Self { tag: typed.get(TAG).unwrap_or_default().to_owned(), problems, ..Self::default() }
    }

    /// The same, with what is wrong.
    pub(crate) fn with(self, problems: Vec<FieldProblem>) -> Self {
        Self { problems, ..self }
    }

    /// A form of something new, with what is wrong with it.
    pub(crate) fn of_something_new(problems: Vec<FieldProblem>) -> Self {
        Self { problems, ..Self::default() }
    }

    /// Again, because somebody else was faster: what was typed stands in it, and it is a form of what is there now, whose tag
    /// this is.
    pub(crate) fn after_another(tag: String) -> Self {
        let problems = vec![FieldProblem { field: None, words: Words::said("admin-changed-typed-kept") }];
        Self { tag, problems, changed_meanwhile: true }
    }

    /// The form, which says what it was drawn of.
    pub(crate) fn stamp(&self, form: Form) -> Form {
        if self.tag.is_empty() { form } else { form.hidden(TAG, &self.tag) }
    }

    /// The page, which says what is wrong.
    pub(crate) fn tell(self, mut page: Screen) -> Screen {
        page.problems = self.problems;
        if self.changed_meanwhile {
            page.other_status = Some(StatusCode::CONFLICT);
        }
        page
    }
}
