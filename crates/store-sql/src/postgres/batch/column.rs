//! One parameter of all who ask, as an array.

use std::error::Error;

use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use crate::value::Value;

/// An array of one type, NULLs among it.
#[derive(Debug)]
pub(super) enum Column<'a> {
    Int(Vec<Option<i64>>),
    Bool(Vec<Option<bool>>),
    Text(Vec<Option<&'a str>>),
    Bytes(Vec<Option<&'a [u8]>>),
}

impl<'a> Column<'a> {
    /// The parameters at this position. They are of one type, since one statement has them: that of the first.
    pub(super) fn of(parameters: &[&'a [Value]], position: usize) -> Self {
        let cells = || parameters.iter().map(|parameters| parameters.get(position));
        match cells().next().flatten() {
            Some(Value::Int(_)) => Self::Int(cells().map(|cell| if let Some(Value::Int(cell)) = cell { *cell } else { None }).collect()),
            Some(Value::Bool(_)) => Self::Bool(cells().map(|cell| if let Some(Value::Bool(cell)) = cell { *cell } else { None }).collect()),
            Some(Value::Bytes(_)) => {
                Self::Bytes(cells().map(|cell| if let Some(Value::Bytes(cell)) = cell { cell.as_deref() } else { None }).collect())
            }
            Some(Value::Text(_)) | None => {
                Self::Text(cells().map(|cell| if let Some(Value::Text(cell)) = cell { cell.as_deref() } else { None }).collect())
            }
        }
    }

    /// The array's.
    pub(super) const fn sql_type(&self) -> Type {
        match self {
            Self::Int(_) => Type::INT8_ARRAY,
            Self::Bool(_) => Type::BOOL_ARRAY,
            Self::Text(_) => Type::TEXT_ARRAY,
            Self::Bytes(_) => Type::BYTEA_ARRAY,
        }
    }
}

impl ToSql for Column<'_> {
    fn to_sql(&self, sql_type: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Int(cells) => cells.to_sql(sql_type, out),
            Self::Bool(cells) => cells.to_sql(sql_type, out),
            Self::Text(cells) => cells.to_sql(sql_type, out),
            Self::Bytes(cells) => cells.to_sql(sql_type, out),
        }
    }

    /// Each is sent with the type that it has.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
