//! Applications that registered themselves.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    registration::{InitialAccessToken, InitialAccessTokenId, Registration, RegistrationVerbs},
};
use chabi_token::Timestamp;

use super::cell;
use crate::{Execute, Sql, value::Row};

const INSERT: &str = "INSERT INTO registrations (client_id, token_hash, fingerprint, created_at, used_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)";
const FIND: &str = "SELECT client_id, token_hash, fingerprint, created_at, used_at, expires_at FROM registrations
    WHERE client_id = $1 AND expires_at > $2";
// What nobody manages stays so: it can be given away without being locked.
const FIND_LIKE: &str = "SELECT client_id, token_hash, fingerprint, created_at, used_at, expires_at FROM registrations
    WHERE fingerprint = $1 AND expires_at > $2 ORDER BY token_hash IS NOT NULL, client_id LIMIT 1";
const CHANGE: &str = "UPDATE registrations SET fingerprint = $3 WHERE client_id = $1 AND token_hash = $2 AND expires_at > $4";
const TOUCH: &str = "UPDATE registrations SET used_at = $2, expires_at = CASE WHEN expires_at > $3 THEN expires_at ELSE $3 END
    WHERE client_id = $1";
const DELETE: &str = "DELETE FROM registrations WHERE client_id = $1 AND token_hash = $2 AND expires_at > $3";
const FORGET: &str = "DELETE FROM registrations WHERE client_id = $1";
const INSERT_TOKEN: &str = "INSERT INTO initial_access_tokens (id, secret_hash, label, uses_left, created_at, expires_at, site)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const LIST_TOKENS: &str = "SELECT id, secret_hash, label, uses_left, created_at, expires_at, site FROM initial_access_tokens
    WHERE expires_at > $1 ORDER BY created_at, id";
const PEEK_TOKEN: &str = "SELECT uses_left FROM initial_access_tokens
    WHERE id = $1 AND secret_hash = $2 AND expires_at > $3 AND uses_left > 0";
const SPEND_TOKEN: &str = "UPDATE initial_access_tokens SET uses_left = uses_left - 1
    WHERE id = $1 AND secret_hash = $2 AND expires_at > $3 AND uses_left > 0";
const DELETE_TOKEN: &str = "DELETE FROM initial_access_tokens WHERE id = $1";

pub(super) const STATEMENTS: &[&str] =
    &[INSERT, FIND, FIND_LIKE, CHANGE, TOUCH, DELETE, FORGET, INSERT_TOKEN, LIST_TOKENS, PEEK_TOKEN, SPEND_TOKEN, DELETE_TOKEN];

fn registration(row: &mut Row) -> Result<Registration, Fault> {
    Ok(Registration {
        client_id: row.take()?,
        token_hash: row.take()?,
        fingerprint: row.take()?,
        created_at: row.take()?,
        used_at: row.take()?,
        expires_at: row.take()?,
    })
}

fn token(row: &mut Row) -> Result<InitialAccessToken, Fault> {
    Ok(InitialAccessToken {
        id: InitialAccessTokenId(row.take()?),
        secret_hash: row.take()?,
        label: row.take()?,
        uses_left: row.take()?,
        created_at: row.take()?,
        expires_at: row.take()?,
        site: row.take()?,
    })
}

impl<E: Execute> RegistrationVerbs for Sql<E> {
    fn insert_registration(&self, registration: Registration) -> Answer<'_, ()> {
        let Registration { client_id, token_hash, fingerprint, created_at, used_at, expires_at } = registration;
        self.run(
            INSERT,
            vec![client_id.into(), token_hash.into(), fingerprint.into(), created_at.into(), used_at.into(), expires_at.into()],
        )
    }

    fn find_registration(&self, client_id: &str, now: Timestamp) -> Answer<'_, Option<Registration>> {
        self.find(FIND, vec![client_id.into(), now.into()], registration)
    }

    fn find_registration_like(&self, fingerprint: [u8; 32], now: Timestamp) -> Answer<'_, Option<Registration>> {
        self.find(FIND_LIKE, vec![fingerprint.into(), now.into()], registration)
    }

    fn change_registration(&self, client_id: &str, token_hash: [u8; 32], fingerprint: [u8; 32], now: Timestamp) -> Answer<'_, bool> {
        self.touched(CHANGE, vec![client_id.into(), token_hash.into(), fingerprint.into(), now.into()])
    }

    fn touch_registration(&self, client_id: &str, used_at: Timestamp, expires_at: Timestamp) -> Answer<'_, bool> {
        self.touched(TOUCH, vec![client_id.into(), used_at.into(), expires_at.into()])
    }

    fn delete_registration(&self, client_id: &str, token_hash: [u8; 32], now: Timestamp) -> Answer<'_, bool> {
        self.touched(DELETE, vec![client_id.into(), token_hash.into(), now.into()])
    }

    fn forget_registration(&self, client_id: &str) -> Answer<'_, bool> {
        self.touched(FORGET, vec![client_id.into()])
    }

    fn insert_initial_access_token(&self, token: InitialAccessToken) -> Answer<'_, ()> {
        let InitialAccessToken { id, secret_hash, site, label, uses_left, created_at, expires_at } = token;
        let ends = [created_at.into(), expires_at.into(), site.into()];
        self.run(INSERT_TOKEN, [id.0.into(), secret_hash.into(), label.into(), uses_left.into()].into_iter().chain(ends).collect())
    }

    fn list_initial_access_tokens(&self, now: Timestamp) -> Answer<'_, Vec<InitialAccessToken>> {
        self.list(LIST_TOKENS, vec![now.into()], token)
    }

    fn peek_initial_access_token(&self, id: InitialAccessTokenId, secret_hash: [u8; 32], now: Timestamp) -> Answer<'_, bool> {
        let found = self.find(PEEK_TOKEN, vec![id.0.into(), secret_hash.into(), now.into()], cell::<i64>);
        Box::pin(async move { Ok(found.await?.is_some()) })
    }

    fn spend_initial_access_token(&self, id: InitialAccessTokenId, secret_hash: [u8; 32], now: Timestamp) -> Answer<'_, bool> {
        self.touched(SPEND_TOKEN, vec![id.0.into(), secret_hash.into(), now.into()])
    }

    fn delete_initial_access_token(&self, id: InitialAccessTokenId) -> Answer<'_, bool> {
        self.touched(DELETE_TOKEN, vec![id.0.into()])
    }
}
