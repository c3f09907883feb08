//! Every operation, one file a noun, and the table of them.
//!
//! A file holds the noun as it is shown ([`serde`] and [`utoipa`] write it), what is written of it, and a type for each thing that can be
//! done. An input has the parts of the path by their names, a `body` where there is one, and all else comes from the query.

pub mod accounts;
pub mod apis;
pub mod applications;
pub mod audit;
mod entry;
pub mod initial_access_tokens;
pub mod keys;
mod members;
pub mod revoke;
pub mod roles;
mod running;
pub mod sites;
pub mod social_applications;
pub mod statistics;

pub use entry::{Entry, Schemas};
pub(crate) use running::run;
pub use running::{Call, Reach, tag_of};

use serde::{Serialize, de::DeserializeOwned};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Ref, RefOr, Schema,
        schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type},
    },
};

use crate::{OperationError, Permission};

/// How a program asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Changes nothing.
    Get,
    /// Makes something, or does something once.
    Post,
    /// Replaces, or makes what has its name already.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// Such as `GET`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// One thing that an administrator can do.
pub trait Operation: Send + Sync + 'static {
    /// Its name everywhere, such as `applications.create`: the `operationId`, and the kind of its audit event.
    const NAME: &'static str;
    /// How a program asks for it.
    const METHOD: Method;
    /// Where, below `/api/v1`, with names in braces: `/applications/{client_id}`.
    const PATH: &'static str;
    /// What the actor needs.
    const PERMISSION: Permission;
    /// One sentence.
    const ABOUT: &'static str;
    /// The status of its answer: 200, 201 or 204.
    const STATUS: u16 = 200;
    /// Parts of the path by name, `body`, and what comes from the query.
    type Input: DeserializeOwned + ToSchema + Send + 'static;
    /// What is answered; `()` with 204.
    type Output: Serialize + ToSchema + Send + 'static;

    /// Does it.
    fn run(call: &Call, input: Self::Input) -> impl Future<Output = Result<Self::Output, OperationError>> + Send;
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct PageOf<T> {
    /// In the order of the list.
    pub items: Vec<T>,
    /// Where the next page begins: the `cursor` to ask with; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

// By hand: the derived one forgets the schema of what it is a page of.
impl<T: ToSchema> PartialSchema for PageOf<T> {
    fn schema() -> RefOr<Schema> {
        let items = ArrayBuilder::new().items(Ref::from_schema_name(T::name())).description(Some("In the order of the list."));
        let about = "Where the next page begins: the `cursor` to ask with; absent at the end.";
        let cursor = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).description(Some(about));
        ObjectBuilder::new().property("items", items).required("items").property("next_cursor", cursor).into()
    }
}

impl<T: ToSchema> ToSchema for PageOf<T> {
    fn schemas(schemas: &mut Schemas) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

/// How many a page has when nobody says, and at the most.
pub(crate) const PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 200;

/// The size of a page, held to its bounds.
pub(crate) fn page_size(limit: Option<i64>) -> Result<i64, OperationError> {
    match limit.unwrap_or(PAGE) {
        limit if (1..=LARGEST_PAGE).contains(&limit) => Ok(limit),
        _ => Err(OperationError::invalid("limit", format!("1 to {LARGEST_PAGE}"))),
    }
}

/// All operations, in the order of their paths.
#[must_use]
pub fn table() -> Vec<Entry> {
    let mut table = [
        accounts::entries(),
        apis::entries(),
        applications::entries(),
        audit::entries(),
        initial_access_tokens::entries(),
        keys::entries(),
        revoke::entries(),
        roles::entries(),
        sites::entries(),
        social_applications::entries(),
        statistics::entries(),
    ]
    .concat();
    table.sort_by_key(|entry| (entry.path, entry.method));
    table
}
