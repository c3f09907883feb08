//! Forms of the console.

use serde::Serialize;

use super::{Link, Words};

/// A form: a POST with the token, or a GET that searches.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Form {
    /// Path and query.
    pub action: String,
    /// The token; `None`: a GET, which changes nothing.
    pub csrf: Option<String>,
    /// Names and values that are not shown.
    pub hidden: Vec<(String, String)>,
    /// What can be typed and chosen.
    pub fields: Vec<Field>,
    /// What few people need: folded away, and unfolded when something is wrong with it.
    pub more: Vec<Field>,
    /// The button.
    pub submit: Words,
    /// The button's id; empty: it has none.
    pub id: String,
    /// How the button looks.
    pub press: Press,
    /// What the button says to who cannot see the row in which it stands.
    pub about: Option<String>,
    /// The way back, beside the button.
    pub back: Option<Link>,
}

/// How much weight a button has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Press {
    /// What the page is for.
    #[default]
    Primary,
    /// Something besides.
    Secondary,
    /// One of many, in a table.
    Plain,
    /// It takes something away for good.
    Danger,
}

impl Form {
    /// A POST.
    #[must_use]
    pub fn post(action: impl Into<String>, csrf: impl Into<String>, submit: &'static str) -> Self {
        Self { action: action.into(), csrf: Some(csrf.into()), submit: Words::said(submit), ..Self::default() }
    }

    /// A GET.
    #[must_use]
    pub fn search(action: impl Into<String>, submit: &'static str) -> Self {
        Self { action: action.into(), submit: Words::said(submit), press: Press::Secondary, ..Self::default() }
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// Adds fields.
    #[must_use]
    pub fn fields(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.fields.extend(fields);
        self
    }

    /// Adds fields that few people need.
    #[must_use]
    pub fn more(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.more.extend(fields);
        self
    }

    /// Adds a value that is not shown.
    #[must_use]
    pub fn hidden(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.hidden.push((name.into(), value.into()));
        self
    }

    /// The button's id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// How the button looks.
    #[must_use]
    pub fn press(mut self, press: Press) -> Self {
        self.press = press;
        self
    }

    /// What the button is about, for who cannot see the row.
    #[must_use]
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = Some(about.into());
        self
    }

    /// The way back.
    #[must_use]
    pub fn back(mut self, words: Words, url: impl Into<String>) -> Self {
        self.back = Some(Link::new(words, url));
        self
    }
}

/// Something to fill in.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Field {
    /// Its name and id.
    pub name: String,
    /// Its label.
    pub label: Words,
    /// A sentence below the label.
    pub hint: Option<Words>,
    /// What it takes.
    pub kind: FieldKind,
    /// What is in it; never a secret. Of a tick: `on`.
    pub value: String,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// It must not be empty.
    pub required: bool,
}

/// What a field takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Words.
    #[default]
    Text,
    /// An identifier or address, written from left to right in every language.
    Code,
    /// A whole number.
    Number,
    /// A secret: what was typed is not shown again.
    Secret,
    /// Several lines, one value each.
    Lines,
    /// Words of several lines.
    Paragraph,
    /// A secret of several lines, such as a key file.
    SecretLines,
    /// Words to look for.
    Search,
    /// A date.
    Date,
    /// Yes or no.
    Tick,
    /// One of several, all of them seen.
    Radio,
    /// Any of several.
    Ticks,
    /// One of many.
    Select,
}

/// One thing that can be chosen.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Choice {
    /// What is posted.
    pub value: String,
    /// What people read.
    pub label: Words,
    /// A sentence about it.
    pub hint: Option<Words>,
    /// Whether it is chosen.
    pub chosen: bool,
}

impl Choice {
    /// A choice.
    #[must_use]
    pub fn new(value: impl Into<String>, label: Words, chosen: bool) -> Self {
        Self { value: value.into(), label, hint: None, chosen }
    }
}

impl Field {
    /// A field with a label.
    #[must_use]
    pub fn new(kind: FieldKind, name: impl Into<String>, label: &'static str) -> Self {
        Self { kind, name: name.into(), label: Words::said(label), ..Self::default() }
    }

    /// A line of words that must be there.
    #[must_use]
    pub fn text(name: impl Into<String>, label: &'static str, value: impl Into<String>) -> Self {
        Self { required: true, ..Self::new(FieldKind::Text, name, label).value(value) }
    }

    /// An identifier that must be there.
    #[must_use]
    pub fn code(name: impl Into<String>, label: &'static str, value: impl Into<String>) -> Self {
        Self { required: true, ..Self::new(FieldKind::Code, name, label).value(value) }
    }

    /// A tick.
    #[must_use]
    pub fn tick(name: impl Into<String>, label: &'static str, ticked: bool) -> Self {
        Self::new(FieldKind::Tick, name, label).value(if ticked { "on" } else { "" })
    }

    /// What is in it.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// A sentence below the label.
    #[must_use]
    pub fn hint(mut self, key: &'static str) -> Self {
        self.hint = Some(Words::said(key));
        self
    }

    /// What can be chosen.
    #[must_use]
    pub fn choices(mut self, choices: impl IntoIterator<Item = Choice>) -> Self {
        self.choices.extend(choices);
        self
    }

    /// May be left empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }
}
