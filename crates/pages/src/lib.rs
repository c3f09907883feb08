//! What people see: the HTML frame, one struct and one template a page, mails, languages, the theme and its static files.
//!
//! A handler fills a struct of [`page`] and hands it to [`Pages::respond`]; it never writes HTML, and never a sentence of English.

pub mod admin;
pub mod form;
pub mod frame;
pub mod headers;
pub mod language;
pub mod look;
pub mod mail;
mod messages;
pub mod moment;
pub mod page;
mod pages;
pub mod problem;
pub mod provider;
pub mod static_files;
mod template;

pub use form::FormFields;
pub use frame::Frame;
pub use language::Language;
pub use look::{Look, NotALook};
pub use moment::Moment;
pub use page::Page;
pub use pages::{Pages, PagesSettings};
pub use problem::{FormProblem, Problem};
pub use provider::{ProviderButton, ProviderButtons, ProviderMark};
pub use static_files::{STATIC_ROUTE, StaticFile};
