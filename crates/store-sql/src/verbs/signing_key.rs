//! Signing keys, sealed.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    signing_key::{SigningKeyRecord, SigningKeyVerbs},
};
use chabi_token::Timestamp;

use crate::{Execute, Sql, value::Row};

const LIST: &str = "SELECT kid, alg, sealed_private_key, public_jwk, created_at, signs_from, retired_at FROM signing_keys
    WHERE retired_at IS NULL OR retired_at > $1 ORDER BY created_at, kid";
// The look for a published key answers one node alone; between two that start at once, the unique `first_of` decides.
const INSERT: &str = "INSERT INTO signing_keys (kid, alg, sealed_private_key, public_jwk, created_at, signs_from, retired_at, first_of)
    SELECT $1, $2, $3, $4, $5, $6, $7, CASE WHEN $8 THEN $2 ELSE NULL END
    WHERE NOT $8 OR NOT EXISTS (SELECT 1 FROM signing_keys WHERE alg = $2 AND (retired_at IS NULL OR retired_at > $5))
    ON CONFLICT DO NOTHING";
const RETIRE: &str = "UPDATE signing_keys SET retired_at = $3, first_of = NULL
    WHERE alg = $1 AND created_at < $2 AND (retired_at IS NULL OR retired_at > $3)";

pub(super) const STATEMENTS: &[&str] = &[LIST, INSERT, RETIRE];

fn key(row: &mut Row) -> Result<SigningKeyRecord, Fault> {
    Ok(SigningKeyRecord {
        kid: row.take()?,
        alg: row.take()?,
        sealed_private_key: row.take()?,
        public_jwk: row.take()?,
        created_at: row.take()?,
        signs_from: row.take()?,
        retired_at: row.take()?,
    })
}

impl<E: Execute> SigningKeyVerbs for Sql<E> {
    fn list_signing_keys(&self, now: Timestamp) -> Answer<'_, Vec<SigningKeyRecord>> {
        self.list(LIST, vec![now.into()], key)
    }

    fn insert_signing_key(&self, key: SigningKeyRecord, first_only: bool) -> Answer<'_, bool> {
        let SigningKeyRecord { kid, alg, sealed_private_key, public_jwk, created_at, signs_from, retired_at } = key;
        self.touched(
            INSERT,
            vec![
                kid.into(),
                alg.into(),
                sealed_private_key.into(),
                public_jwk.into(),
                created_at.into(),
                signs_from.into(),
                retired_at.into(),
                first_only.into(),
            ],
        )
    }

    fn retire_signing_keys(&self, alg: &str, made_before: Timestamp, retired_at: Timestamp) -> Answer<'_, i64> {
        self.count(RETIRE, vec![alg.into(), made_before.into(), retired_at.into()])
    }
}
