//! One statement on one connection, in one round trip, and what its errors mean.

use std::{error::Error, fmt};

use chabi_spec::Fault;
use futures_util::TryStreamExt;
use tokio_postgres::{
    Client,
    error::SqlState,
    types::{BorrowToSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

use super::{TRIES, lease::Lease};
use crate::{
    Written,
    value::{Row, Value},
};

/// Why a statement did not go well.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server or the connection said so.
    Said(tokio_postgres::Error),
    /// It took longer than it may. It was told to stop; whether it did before its end is not known.
    TooLong,
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Said(error)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(error) => match error.as_db_error() {
                Some(said) => write!(f, "{} ({})", said.message(), said.code().code()),
                None => error.fmt(f),
            },
            Self::TooLong => f.write_str("it took too long"),
        }
    }
}

impl Error for Trouble {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Said(error) => Some(error),
            Self::TooLong => None,
        }
    }
}

impl Trouble {
    fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Said(error) => error.code(),
            Self::TooLong => None,
        }
    }

    /// True when the statement was rolled back because it met another, and can be run again.
    pub(super) fn lost(&self) -> bool {
        matches!(self.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED))
    }

    /// True for trouble with the connection, with the server's resources or with its role: it may pass. Anything else is a defect of ours,
    /// or of one value.
    pub(super) fn may_pass(&self) -> bool {
        match self.code() {
            // Classes 08 connection, 40 rolled back, 53 resources, 55 not in this state, 57 operator, 58 system; 25006 is a replica.
            Some(code) => ["08", "40", "53", "55", "57", "58", "25006"].iter().any(|class| code.code().starts_with(class)),
            None => true,
        }
    }

    /// True when the connection is of no more use: it broke, hangs, or leads to a server that goes away.
    pub(super) fn ends_connection(&self) -> bool {
        match self.code() {
            Some(code) => code.code().starts_with("08") || self.ends_server(),
            None => true,
        }
    }

    /// True when all connections to this server are of no more use: it shuts down (57P01), has crashed (57P02), starts (57P03), or is a
    /// standby, perhaps since a moment ago (25006).
    pub(super) fn ends_server(&self) -> bool {
        self.code().is_some_and(|code| ["57P01", "57P02", "57P03", "25006"].contains(&code.code()))
    }

    /// What it means to the caller.
    pub(super) fn fault(self) -> Fault {
        let fault = if self.may_pass() { Fault::unavailable("asking PostgreSQL") } else { Fault::internal("asking PostgreSQL") };
        fault.because(self)
    }
}

/// Sends it unnamed and typed: nothing stays on the server's side, so a pooler may give the next one to another connection.
pub(super) async fn run(client: &Client, sql: &str, parameters: &[Value]) -> Result<Written, tokio_postgres::Error> {
    let typed: Vec<(&Value, Type)> = parameters.iter().map(|value| (value, value.sql_type())).collect();
    let (rows, changed) = send(client, sql, typed).await?;
    Ok(Written { rows: rows.into_iter().map(Row::new).collect(), changed })
}

/// One statement by itself, sent again when it lost: it is undone as a whole then.
pub(super) async fn again_if_lost(connection: &Lease, sql: &str, parameters: &[Value]) -> Result<Written, Fault> {
    let mut tries = 1;
    loop {
        match connection.run(sql, parameters).await {
            Err(trouble) if trouble.lost() && tries < TRIES => tries += 1,
            answered => return answered.map_err(Trouble::fault),
        }
        tracing::info!(counter.store_statements_run_again = 1, tries, "a statement lost to another and is sent again");
    }
}

/// The cells of the rows that it gives, and how many rows it touched.
pub(super) async fn send<P: BorrowToSql>(
    client: &Client,
    sql: &str,
    typed: Vec<(P, Type)>,
) -> Result<(Vec<Vec<Value>>, i64), tokio_postgres::Error> {
    let stream = client.query_typed_raw(sql, typed).await?;
    futures_util::pin_mut!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        rows.push(read(&row)?);
    }
    let changed = stream.rows_affected().unwrap_or_default();
    Ok((rows, i64::try_from(changed).unwrap_or(i64::MAX)))
}

fn read(row: &tokio_postgres::Row) -> Result<Vec<Value>, tokio_postgres::Error> {
    let cell = |(position, column): (usize, &tokio_postgres::Column)| match *column.type_() {
        Type::BOOL => row.try_get(position).map(Value::Bool),
        Type::BYTEA => row.try_get(position).map(Value::Bytes),
        Type::INT8 => row.try_get(position).map(Value::Int),
        Type::INT4 => row.try_get::<_, Option<i32>>(position).map(|number| Value::Int(number.map(i64::from))),
        // Anything else is read as text, and fails there when it is none.
        _ => row.try_get(position).map(Value::Text),
    };
    row.columns().iter().enumerate().map(cell).collect()
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
