//! One statement on one connection, in one round trip, and what its errors mean.

use std::error::Error;

use chabi_spec::Fault;
use futures_util::TryStreamExt;
use tokio_postgres::{
    Client,
    error::SqlState,
    types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

use crate::{
    Written,
    value::{Row, Value},
};

/// Sends it unnamed and typed: nothing stays on the server's side, so a pooler may give the next one to another connection.
pub(super) async fn run(client: &Client, sql: &str, parameters: &[Value]) -> Result<Written, tokio_postgres::Error> {
    let typed: Vec<(&Value, Type)> = parameters.iter().map(|value| (value, value.sql_type())).collect();
    let stream = client.query_typed_raw(sql, typed).await?;
    futures_util::pin_mut!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        rows.push(read(&row)?);
    }
    let changed = stream.rows_affected().unwrap_or_default();
    Ok(Written { rows, changed: i64::try_from(changed).unwrap_or(i64::MAX) })
}

fn read(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let cell = |(position, column): (usize, &tokio_postgres::Column)| match *column.type_() {
        Type::BOOL => row.try_get(position).map(Value::Bool),
        Type::BYTEA => row.try_get(position).map(Value::Bytes),
        Type::INT8 => row.try_get(position).map(Value::Int),
        Type::INT4 => row.try_get::<_, Option<i32>>(position).map(|number| Value::Int(number.map(i64::from))),
        // Anything else is read as text, and fails there when it is none.
        _ => row.try_get(position).map(Value::Text),
    };
    row.columns().iter().enumerate().map(cell).collect::<Result<_, _>>().map(Row::new)
}

impl Value {
    const fn sql_type(&self) -> Type {
        match self {
            Self::Int(_) => Type::INT8,
            Self::Bool(_) => Type::BOOL,
            Self::Text(_) => Type::TEXT,
            Self::Bytes(_) => Type::BYTEA,
        }
    }
}

impl ToSql for Value {
    fn to_sql(&self, sql_type: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Int(value) => value.to_sql(sql_type, out),
            Self::Bool(value) => value.to_sql(sql_type, out),
            Self::Text(value) => value.to_sql(sql_type, out),
            Self::Bytes(value) => value.to_sql(sql_type, out),
        }
    }

    /// Each value is sent with the type that it has.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// True when it was rolled back because it met another, and can be run again.
pub(super) fn lost(error: &tokio_postgres::Error) -> bool {
    matches!(error.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED))
}

/// What an error means to the caller. Trouble with the connection, with the server's resources or with its role may pass; anything else
/// is a defect of ours.
pub(super) fn fault(error: tokio_postgres::Error) -> Fault {
    let passes = match error.code() {
        // Classes 08 connection, 40 rolled back, 53 resources, 55 not in this state, 57 operator, 58 system; 25006 is a replica.
        Some(code) => ["08", "40", "53", "55", "57", "58", "25006"].iter().any(|class| code.code().starts_with(class)),
        None => true,
    };
    let fault = if passes { Fault::unavailable("asking PostgreSQL") } else { Fault::internal("asking PostgreSQL") };
    fault.because(error)
}
