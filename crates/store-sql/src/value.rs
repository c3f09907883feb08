//! What goes into a statement and what comes back: whole numbers, booleans, text, bytes. Nothing else is portable.

use chabi_spec::Fault;
use chabi_token::{Id, Timestamp};

/// A parameter or a cell; `None` is NULL of that type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// `BIGINT`; moments are microseconds since 1970.
    Int(Option<i64>),
    /// `BOOLEAN`; SQLite keeps 0 or 1.
    Bool(Option<bool>),
    /// `TEXT`.
    Text(Option<String>),
    /// `BLOB`, on PostgreSQL `BYTEA`.
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// True for NULL, of whatever type.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Int(None) | Self::Bool(None) | Self::Text(None) | Self::Bytes(None))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Int(Some(value.0))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(value: Option<Timestamp>) -> Self {
        Self::Int(value.map(|at| at.0))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(Some(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value))
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

impl<const N: usize> From<Option<[u8; N]>> for Value {
    fn from(value: Option<[u8; N]>) -> Self {
        Self::Bytes(value.map(|bytes| bytes.to_vec()))
    }
}

impl From<Id> for Value {
    fn from(value: Id) -> Self {
        Self::Bytes(Some(value.as_bytes().to_vec()))
    }
}

impl From<Option<Id>> for Value {
    fn from(value: Option<Id>) -> Self {
        Self::Bytes(value.map(|id| id.as_bytes().to_vec()))
    }
}

/// A list of words, as JSON text.
impl From<&[String]> for Value {
    fn from(words: &[String]) -> Self {
        Self::Text(Some(serde_json::Value::from(words).to_string()))
    }
}

/// What a cell can be read as.
pub trait FromValue: Sized {
    /// `None` when the cell holds something else.
    fn from_value(value: Value) -> Option<Self>;
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Int(value) => value,
            _ => None,
        }
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value).map(Self)
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bool(value) => value,
            Value::Int(Some(0)) => Some(false),
            Value::Int(Some(1)) => Some(true),
            _ => None,
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(value) => value,
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bytes(value) => value,
            _ => None,
        }
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: Value) -> Option<Self> {
        Vec::from_value(value)?.try_into().ok()
    }
}

impl FromValue for Id {
    fn from_value(value: Value) -> Option<Self> {
        FromValue::from_value(value).map(Self::from_bytes)
    }
}

impl FromValue for Vec<String> {
    fn from_value(value: Value) -> Option<Self> {
        serde_json::from_str(&String::from_value(value)?).ok()
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::from_value(value).map(Some) }
    }
}

/// One row, read from left to right.
#[derive(Debug)]
pub struct Row(std::vec::IntoIter<Value>);

impl Row {
    /// A row of these cells.
    #[must_use]
    pub fn new(cells: Vec<Value>) -> Self {
        Self(cells.into_iter())
    }

    /// The next cell.
    ///
    /// # Errors
    /// An internal fault when there is none, or when it is of another type: the statement and its reader disagree.
    pub fn take<T: FromValue>(&mut self) -> Result<T, Fault> {
        self.0.next().and_then(T::from_value).ok_or_else(|| Fault::internal("reading a cell of another type than the statement promised"))
    }
}
