//! A row of the table: an operation without its types, as routes and the OpenAPI document need it.

use chabi_spec::Fault;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{RefOr, Schema},
};

use super::{Method, Operation, members, running};
use crate::{Actor, Admin, OperationError, Permission};

/// Schemas by their names, which the input and the output refer to.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

type Run = for<'a> fn(&'a Admin, &'a Actor, Option<&'a str>, Value) -> BoxFuture<'a, Result<Value, OperationError>>;

/// An operation of the table.
#[derive(Clone, Copy)]
pub struct Entry {
    /// See [`Operation::NAME`].
    pub name: &'static str,
    /// See [`Operation::METHOD`].
    pub method: Method,
    /// See [`Operation::PATH`].
    pub path: &'static str,
    /// See [`Operation::PERMISSION`].
    pub permission: Permission,
    /// See [`Operation::ABOUT`].
    pub about: &'static str,
    /// See [`Operation::STATUS`].
    pub status: u16,
    /// The schema of the input.
    pub input: fn(&mut Schemas) -> RefOr<Schema>,
    /// The schema of the output.
    pub output: fn(&mut Schemas) -> RefOr<Schema>,
    run: Run,
}

impl Entry {
    /// The row of an operation.
    #[must_use]
    pub fn of<O: Operation>() -> Self {
        Self {
            name: O::NAME,
            method: O::METHOD,
            path: O::PATH,
            permission: O::PERMISSION,
            about: O::ABOUT,
            status: O::STATUS,
            input: |schemas| {
                O::Input::schemas(schemas);
                O::Input::schema()
            },
            output: |schemas| {
                O::Output::schemas(schemas);
                O::Output::schema()
            },
            run: |admin, actor, tag, input| Box::pin(run_in_json::<O>(admin, actor, tag, input)),
        }
    }

    /// Runs it with an input in JSON; `tag` is what the caller read before, where that counts.
    ///
    /// # Errors
    /// [`OperationError`]; an input that is none is [`OperationError::Invalid`].
    pub async fn run(&self, admin: &Admin, actor: &Actor, tag: Option<&str>, input: Value) -> Result<Value, OperationError> {
        (self.run)(admin, actor, tag, input).await
    }

    /// The names in braces of its path.
    pub fn path_names(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.name, self.method.as_str(), self.path)
    }
}

async fn run_in_json<O: Operation>(admin: &Admin, actor: &Actor, tag: Option<&str>, mut input: Value) -> Result<Value, OperationError> {
    // who may not do it learns nothing of what its input must be
    running::check_permitted::<O>(actor)?;
    let mut schemas = Schemas::new();
    O::Input::schemas(&mut schemas);
    let schema = O::Input::schema();
    let mut problems = Vec::new();
    if O::METHOD == Method::Put {
        let mut of_output = Schemas::new();
        O::Output::schemas(&mut of_output);
        let only_shown = members::take_what_is_only_shown(&mut input, (&schema, &schemas), (&O::Output::schema(), &of_output));
        if !only_shown.is_empty()
            && let Some(now) = what_is_there::<O>(admin, actor, &input).await
            // of what was changed meanwhile the operation tells
            && tag.is_none_or(|tag| tag == "*" || running::tag_of(&now).is_ok_and(|now| now == tag))
        {
            problems.extend(members::changed(&only_shown, &now));
        }
    }
    problems.extend(members::unknown(&input, &schema, &schemas));
    problems.extend(members::with_zero(&input));
    if !problems.is_empty() {
        return Err(OperationError::Invalid(problems));
    }
    let input = serde_json::from_value(input).map_err(|error| OperationError::invalid("", error.to_string()))?;
    let output = running::run::<O>(admin, actor, tag, input).await?;
    Ok(serde_json::to_value(output).map_err(|error| Fault::internal("writing the output of an operation").because(error))?)
}

/// What a GET of the same path answers this actor; `None`: nothing that they may see, and the operation itself says what is wrong.
async fn what_is_there<O: Operation>(admin: &Admin, actor: &Actor, input: &Value) -> Option<Value> {
    let reading = super::table().into_iter().find(|entry| entry.path == O::PATH && entry.method == Method::Get)?;
    let path: Map<String, Value> = reading.path_names().filter_map(|name| Some((name.to_owned(), input.get(name)?.clone()))).collect();
    reading.run(admin, actor, None, Value::Object(path)).await.ok()
}
