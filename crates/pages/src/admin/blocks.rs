//! What stands on a page of the console.

use serde::Serialize;

use super::{Form, Words};
use crate::ProviderMark;

/// A part of a page, with a heading or without.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Section {
    /// Its heading; `None`: it needs none.
    pub title: Option<Words>,
    /// The heading's id, for links to it.
    pub id: String,
    /// From the top to the bottom.
    pub blocks: Vec<Block>,
}

impl Section {
    /// Without a heading.
    #[must_use]
    pub fn bare() -> Self {
        Self::default()
    }

    /// With a heading; `id` is its own on the page.
    #[must_use]
    pub fn new(id: impl Into<String>, title: Words) -> Self {
        Self { title: Some(title), id: id.into(), blocks: Vec::new() }
    }

    /// Adds a block.
    #[must_use]
    pub fn with(mut self, block: impl Into<Block>) -> Self {
        self.blocks.push(block.into());
        self
    }

    /// Adds a block where there is one.
    #[must_use]
    pub fn with_some(mut self, block: Option<impl Into<Block>>) -> Self {
        self.blocks.extend(block.map(Into::into));
        self
    }
}

/// One thing on a page.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", content = "it", rename_all = "snake_case")]
pub enum Block {
    /// A paragraph.
    Text(Words, Tone),
    /// Names and values.
    Facts(Vec<Fact>),
    /// A table.
    Table(Table),
    /// A form.
    Form(Form),
    /// Links as buttons, in a row.
    Links(Vec<Link>),
    /// Figures.
    Tiles(Vec<Tile>),
    /// A picture of numbers, and the numbers.
    Chart(Chart),
    /// What to do, one after the other.
    Steps(Vec<Step>),
    /// Something to be copied: a link, a secret, lines of code.
    Copy(Copy),
    /// Things to choose from.
    Cards(Vec<Card>),
    /// Lines that belong together, such as decoded JSON: scrolled, not broken.
    Lines(Words, String),
}

/// How a paragraph or a badge is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As any.
    #[default]
    Plain,
    /// Something to know.
    Note,
    /// Something to be careful about.
    Warning,
    /// All is well.
    Good,
    /// Something is wrong.
    Bad,
    /// Of less weight.
    Small,
}

/// A name and its value.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Fact {
    /// What it is.
    pub label: Words,
    /// What is known.
    pub value: Cell,
}

impl Fact {
    /// A fact.
    #[must_use]
    pub fn new(label: &'static str, value: impl Into<Cell>) -> Self {
        Self { label: Words::said(label), value: value.into() }
    }
}

/// A link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it says.
    pub words: Words,
    /// Path and query, or a web address of others.
    pub url: String,
    /// It leads to the page or area that is open.
    pub current: bool,
    /// The one that most people want.
    pub primary: bool,
    /// It opens beside this page.
    pub elsewhere: bool,
}

impl Link {
    /// A link.
    #[must_use]
    pub fn new(words: Words, url: impl Into<String>) -> Self {
        Self { words, url: url.into(), current: false, primary: false, elsewhere: false }
    }

    /// Opens beside this page.
    #[must_use]
    pub fn elsewhere(mut self) -> Self {
        self.elsewhere = true;
        self
    }

    /// The one that most people want.
    #[must_use]
    pub fn primary(mut self) -> Self {
        self.primary = true;
        self
    }

    /// Leads to what is open.
    #[must_use]
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }
}

/// Rows and columns.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Table {
    /// What it lists, for who cannot see it; seen where `caption_shown`.
    pub caption: Words,
    /// The heads of the columns.
    pub columns: Vec<Column>,
    /// A cell for each column; the first names the row.
    pub rows: Vec<Vec<Cell>>,
    /// Said when there are no rows.
    pub empty: Words,
    /// The next page.
    pub next: Option<String>,
    /// Back to the first page, on all others.
    pub first: Option<String>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(caption: Words, columns: &[&'static str], empty: &'static str) -> Self {
        let columns = columns.iter().map(|key| Column { words: Words::said(*key), number: false }).collect();
        Self { caption, columns, empty: Words::said(empty), ..Self::default() }
    }

    /// The columns from here on hold numbers.
    #[must_use]
    pub fn numbers_from(mut self, position: usize) -> Self {
        for column in self.columns.iter_mut().skip(position) {
            column.number = true;
        }
        self
    }

    /// The rows.
    #[must_use]
    pub fn rows(mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        self.rows.extend(rows);
        self
    }
}

/// The head of a column.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Column {
    /// What it says.
    pub words: Words,
    /// Its cells stand at the end of the line.
    pub number: bool,
}

/// One cell, or a value.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Cell {
    /// What it says; several stand beside each other.
    pub words: Vec<Words>,
    /// Where it leads.
    pub url: Option<String>,
    /// Drawn as a badge.
    pub badge: Option<Tone>,
    /// A second line, of less weight.
    pub second: Option<Words>,
    /// Buttons.
    pub forms: Vec<Form>,
}

impl Cell {
    /// Leads there.
    #[must_use]
    pub fn to(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Drawn as a badge.
    #[must_use]
    pub fn badge(mut self, tone: Tone) -> Self {
        self.badge = Some(tone);
        self
    }

    /// With a second line.
    #[must_use]
    pub fn over(mut self, words: Words) -> Self {
        self.second = Some(words);
        self
    }
}

impl From<Words> for Cell {
    fn from(words: Words) -> Self {
        Self { words: vec![words], ..Self::default() }
    }
}

impl From<Vec<Words>> for Cell {
    fn from(words: Vec<Words>) -> Self {
        Self { words, ..Self::default() }
    }
}

impl From<Form> for Cell {
    fn from(form: Form) -> Self {
        Self { forms: vec![form], ..Self::default() }
    }
}

/// A figure.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tile {
    /// What was counted.
    pub label: Words,
    /// The figure.
    pub value: Words,
}

/// A picture of numbers, light and dark, and the same numbers as a table.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Chart {
    /// What it shows.
    pub alt: Words,
    /// Address of the picture for a light page.
    pub light: String,
    /// Address of the picture for a dark page.
    pub dark: String,
    /// The numbers.
    pub table: Table,
}

/// A step of a guide.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Step {
    /// What to do.
    pub words: Words,
    /// Where.
    pub link: Option<Link>,
}

/// Something to be copied.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Copy {
    /// What it is.
    pub label: Words,
    /// Its id on the page.
    pub id: String,
    /// The text.
    pub value: String,
    /// Several lines, such as code.
    pub lines: bool,
}

impl Copy {
    /// One line.
    #[must_use]
    pub fn new(id: impl Into<String>, label: Words, value: impl Into<String>) -> Self {
        Self { label, id: id.into(), value: value.into(), lines: false }
    }
}

/// Something to choose.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Card {
    /// Its name.
    pub title: Words,
    /// A sentence about it.
    pub about: Option<Words>,
    /// Where it leads.
    pub url: String,
    /// The provider whose mark is shown.
    pub mark: Option<ProviderMark>,
    /// A badge.
    pub badge: Option<Words>,
}

impl From<Form> for Block {
    fn from(form: Form) -> Self {
        Self::Form(form)
    }
}

impl From<Table> for Block {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl From<Chart> for Block {
    fn from(chart: Chart) -> Self {
        Self::Chart(chart)
    }
}

impl From<Copy> for Block {
    fn from(copy: Copy) -> Self {
        Self::Copy(copy)
    }
}

impl From<Words> for Block {
    fn from(words: Words) -> Self {
        Self::Text(words, Tone::Plain)
    }
}
