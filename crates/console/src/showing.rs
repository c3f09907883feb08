//! A form as it is shown: for the first time, or again with what was typed and what is wrong with it.

use chabi_pages::admin::{Block, Field, FieldKind, FieldProblem, Form, Screen, Words};
use chabi_spec::form::Form as Typed;
use http::StatusCode;

/// The field that holds the tag of what the form was drawn of.
pub(crate) const TAG: &str = "tag";

/// A form as it is shown.
#[derive(Debug, Default)]
pub(crate) struct Showing {
    /// Of what was there when the person began to type; empty: the form makes something new.
    tag: String,
    /// What they typed; `None`: nothing yet.
    typed: Option<Typed>,
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
        let tag = typed.get(TAG).unwrap_or_default().to_owned();
        Self { tag, typed: Some(typed.clone()), problems, changed_meanwhile: false }
    }

    /// The same, with what is wrong.
    pub(crate) fn with(self, problems: Vec<FieldProblem>) -> Self {
        Self { problems, ..self }
    }

    /// Again, because somebody else was faster: what was typed stands in it, and it is a form of what is there now, whose tag
    /// this is.
    pub(crate) fn after_another(typed: &Typed, tag: String) -> Self {
        let problems = vec![FieldProblem { field: None, words: Words::said("admin-changed-typed-kept") }];
        Self { tag, typed: Some(typed.clone()), problems, changed_meanwhile: true }
    }

    /// A question again, because what it is about was changed since it was asked.
    pub(crate) fn asked_again(tag: String) -> Self {
        let problems = vec![FieldProblem { field: None, words: Words::said("admin-changed-ask-again") }];
        Self { tag, typed: None, problems, changed_meanwhile: true }
    }

    /// The form, which says what it was drawn of.
    pub(crate) fn stamp(&self, form: Form) -> Form {
        if self.tag.is_empty() { form } else { form.hidden(TAG, &self.tag) }
    }

    /// The page, with what was typed in its forms, which says what is wrong.
    pub(crate) fn tell(self, mut page: Screen) -> Screen {
        if let Some(typed) = &self.typed {
            for block in page.sections.iter_mut().flat_map(|section| &mut section.blocks) {
                match block {
                    Block::Form(form) if form.csrf.is_some() => refill(form, typed),
                    _ => {}
                }
            }
        }
        page.problems = self.problems;
        if self.changed_meanwhile {
            page.other_status = Some(StatusCode::CONFLICT);
        }
        page
    }
}

/// Everything as it was typed, however wrong; but no secret.
fn refill(form: &mut Form, typed: &Typed) {
    for field in form.fields.iter_mut().chain(&mut form.more) {
        match field.kind {
            FieldKind::Secret | FieldKind::SecretLines => {}
            FieldKind::Tick => field.value = if typed.get(&field.name).is_some() { "on".to_owned() } else { String::new() },
            FieldKind::Radio | FieldKind::Ticks | FieldKind::Select => choose(field, typed),
            _ => field.value = typed.get(&field.name).unwrap_or_default().to_owned(),
        }
    }
}

fn choose(field: &mut Field, typed: &Typed) {
    let chosen: Vec<&str> = typed.all(&field.name).collect();
    for choice in &mut field.choices {
        // a choice of nothing is posted as nothing
        choice.chosen = chosen.contains(&choice.value.as_str()) || chosen.is_empty() && choice.value.is_empty();
    }
}

#[cfg(test)]
mod tests {
    use chabi_pages::admin::{Choice, Section};

    use super::*;

    #[test]
    fn a_form_that_is_shown_again_holds_all_that_was_typed_but_no_secret() {
        let choices = |words: &[&str]| words.iter().map(|word| Choice::new(*word, Words::code(*word), *word == "a")).collect::<Vec<_>>();
        let form = Form::post("/", "csrf", "admin-save")
            .field(Field::new(FieldKind::Number, "age", "admin-column-number").value("7"))
            .field(Field::new(FieldKind::Secret, "key", "admin-field-secret"))
            .field(Field::tick("on", "admin-on", true))
            .field(Field::new(FieldKind::Ticks, "sites", "admin-field-sites").choices(choices(&["a", "b"])))
            .more([Field::new(FieldKind::Select, "kind", "admin-column-kind").choices(choices(&["", "a"]))]);
        let typed = Typed::parse(b"age=seven&key=secret&sites=b&tag=t", &["sites"]).unwrap();
        let page = Showing::again(&typed, Vec::new()).tell(Screen::new(Words::typed("")).section(Section::bare().with(form)));
        let Some(Block::Form(form)) = page.sections[0].blocks.first() else { panic!("no form") };
        let values: Vec<_> = form.fields.iter().map(|field| field.value.as_str()).collect();
        assert_eq!(values, ["seven", "", "", ""]);
        let chosen = |field: &Field| field.choices.iter().filter(|it| it.chosen).map(|it| it.value.clone()).collect::<Vec<_>>();
        assert_eq!((chosen(&form.fields[3]), chosen(&form.more[0])), (vec!["b".to_owned()], vec![String::new()]));
    }
}
