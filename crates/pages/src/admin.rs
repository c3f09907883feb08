//! Pages of the console: one template draws all of them, from sections of a few kinds of blocks, so that each page looks and is read alike.

mod blocks;
mod fields;
pub mod rules;
pub(crate) mod words;

pub use blocks::{Block, Card, Cell, Chart, Column, Copy, Fact, Link, Section, Step, Table, Tile, Tone};
pub use fields::{Choice, Field, FieldKind, Form, Press};
pub use words::Words;

use http::StatusCode;
use serde::Serialize;

use crate::Page;

/// One page of the console.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Screen {
    /// The title: a page's own, or the name of what it shows.
    pub title: Words,
    /// The areas of the console that this person may enter; empty: no menu.
    pub navigation: Vec<Link>,
    /// The way here from the area, without this page.
    pub trail: Vec<Link>,
    /// What was done a moment ago.
    pub notice: Option<Words>,
    /// What is wrong with what was typed.
    pub problems: Vec<FieldProblem>,
    /// From the top to the bottom.
    pub sections: Vec<Section>,
    /// A form of this page ends at a provider: CSP then has no `form-action`.
    #[serde(skip)]
    pub leaves: bool,
    /// Another status than that of a page with or without problems.
    #[serde(skip)]
    pub other_status: Option<StatusCode>,
}

/// Something wrong with a form of the console.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// The field's name; `None`: the form as a whole.
    pub field: Option<String>,
    /// What to mend.
    pub words: Words,
}

impl Screen {
    /// An empty page.
    #[must_use]
    pub fn new(title: Words) -> Self {
        Self { title, ..Self::default() }
    }

    /// Adds a section.
    #[must_use]
    pub fn section(mut self, section: Section) -> Self {
        self.sections.push(section);
        self
    }

    /// Adds blocks without a heading.
    #[must_use]
    pub fn with(self, block: impl Into<Block>) -> Self {
        self.section(Section::bare().with(block))
    }

    /// Adds a step to the way here.
    #[must_use]
    pub fn below(mut self, words: Words, url: impl Into<String>) -> Self {
        self.trail.push(Link::new(words, url));
        self
    }
}

impl Page for Screen {
    const TEMPLATE: &'static str = "admin/screen.html";
    const TITLE: &'static str = "admin-title";

    fn title_words(&self) -> Option<&Words> {
        Some(&self.title)
    }
    fn form_leaves(&self) -> bool {
        self.leaves
    }
    fn runs_our_scripts(&self) -> bool {
        true
    }
    fn status(&self) -> StatusCode {
        match (self.other_status, self.problems.is_empty()) {
            (Some(status), _) => status,
            (None, true) => StatusCode::OK,
            (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}
