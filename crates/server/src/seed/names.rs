//! Which names a table of the seed may have: those of the types that it is read into, so that no list of them can fall behind.

use std::fmt::Display;

use anyhow::{Result, anyhow, bail};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, Visitor, value::Error},
    forward_to_deserialize_any,
};
use toml::{Table, Value};

use crate::config::nearest_of;

/// Notes the names of a struct's fields, and reads nothing.
struct Asked<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("only names are asked for"))
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, fields: &'static [&'static str], _: V) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(Error::custom("only names are asked for"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
        tuple tuple_struct map enum identifier ignored_any
    }
}

/// The names of the fields of a type, as they are read.
fn of<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    let _ = T::deserialize(Asked(&mut names));
    names
}

/// Reads one table into two types: each name belongs to one of them. `place` says which table it is.
pub fn split<A: DeserializeOwned, B: DeserializeOwned>(table: Table, place: impl Display) -> Result<(A, B)> {
    let (first, second) = (of::<A>(), of::<B>());
    check(&table, &[first, second].concat(), &place)?;
    let (own, rest): (Vec<_>, Vec<_>) = table.into_iter().partition(|(name, _)| first.contains(&name.as_str()));
    Ok((read(own.into_iter().collect(), &place)?, read(rest.into_iter().collect(), &place)?))
}

/// Looks at the names of a table within a table, or of each table in a list.
pub fn check_within<T: DeserializeOwned>(table: &Table, name: &str, place: impl Display) -> Result<()> {
    let place = format!("{place}.{name}");
    match table.get(name) {
        Some(Value::Table(inner)) => check(inner, of::<T>(), &place),
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_table).try_for_each(|inner| check(inner, of::<T>(), &place)),
        _ => Ok(()),
    }
}

/// A JWK Set may be written as a table or as JSON text; it is kept as text.
pub fn jwks_to_text(table: &mut Table) -> Result<()> {
    if let Some(jwks) = table.get_mut("jwks").filter(|jwks| jwks.is_table()) {
        *jwks = Value::String(serde_json::to_string(jwks)?);
    }
    Ok(())
}

fn check(table: &Table, known: &[&str], place: &impl Display) -> Result<()> {
    match table.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => match nearest_of(name, known.iter().map(|name| (*name).to_owned())) {
            Some(nearest) => bail!("{place}: there is no key `{name}`; did you mean `{nearest}`?"),
            None => bail!("{place}: there is no key `{name}`"),
        },
    }
}

fn read<T: DeserializeOwned>(table: Table, place: &impl Display) -> Result<T> {
    // without the value: it may be a secret, though one for tests
    table.try_into().map_err(|error: toml::de::Error| anyhow!("{place}: {}", error.message()))
}

#[cfg(test)]
mod tests {
    use chabi::{ApplicationSettings, ExchangeRule};

    use super::*;

    #[test]
    fn the_names_of_a_type_are_those_that_it_is_read_by() {
        assert!(of::<ApplicationSettings>().contains(&"backchannel_logout_uri"));
        assert_eq!(of::<ExchangeRule>().first(), Some(&"subjects_of"));
    }
}
