//! Resource servers.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    api::{AccessTokenType, Api, ApiVerbs},
};
use chabi_token::Seconds;

use super::{json, scope, to_json, word};
use crate::{Execute, Sql, value::Row};

const FIND: &str = "SELECT audience, name, scope, access_token_lifetime, token_type, signing_alg, settings FROM apis WHERE audience = $1";
const LIST: &str = "SELECT audience, name, scope, access_token_lifetime, token_type, signing_alg, settings FROM apis ORDER BY audience";
const PUT: &str = "INSERT INTO apis (audience, name, scope, access_token_lifetime, token_type, signing_alg, settings)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (audience) DO UPDATE SET name = excluded.name, scope = excluded.scope,
    access_token_lifetime = excluded.access_token_lifetime, token_type = excluded.token_type, signing_alg = excluded.signing_alg,
    settings = excluded.settings";
const DELETE: &str = "DELETE FROM apis WHERE audience = $1";

pub(super) const STATEMENTS: &[&str] = &[FIND, LIST, PUT, DELETE];

fn api(row: &mut Row) -> Result<Api, Fault> {
    Ok(Api {
        audience: row.take()?,
        name: row.take()?,
        scope: scope(row)?,
        access_token_lifetime: Seconds(row.take()?),
        token_type: token_type(&row.take::<String>()?)?,
        signing_alg: row.take()?,
        settings: json(row)?,
    })
}

fn token_type(text: &str) -> Result<AccessTokenType, Fault> {
    word(match text {
        "at+jwt" => Some(AccessTokenType::AtJwt),
        "JWT" => Some(AccessTokenType::Jwt),
        "opaque" => Some(AccessTokenType::Opaque),
        _ => None,
    })
}

const fn token_type_word(token_type: AccessTokenType) -> &'static str {
    match token_type {
        AccessTokenType::AtJwt => "at+jwt",
        AccessTokenType::Jwt => "JWT",
        AccessTokenType::Opaque => "opaque",
    }
}

impl<E: Execute> ApiVerbs for Sql<E> {
    fn find_api(&self, audience: &str) -> Answer<'_, Option<Api>> {
        self.find(FIND, vec![audience.into()], api)
    }

    fn list_apis(&self) -> Answer<'_, Vec<Api>> {
        self.list(LIST, vec![], api)
    }

    fn put_api(&self, api: Api) -> Answer<'_, ()> {
        let Api { audience, name, scope, access_token_lifetime, token_type, signing_alg, settings } = api;
        self.run(
            PUT,
            vec![
                audience.into(),
                name.into(),
                scope.to_string().into(),
                access_token_lifetime.0.into(),
                token_type_word(token_type).into(),
                signing_alg.into(),
                to_json(&settings),
            ],
        )
    }

    fn delete_api(&self, audience: &str) -> Answer<'_, bool> {
        self.touched(DELETE, vec![audience.into()])
    }
}
