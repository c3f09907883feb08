//! The providers' own tokens.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::AccountId,
    upstream_tokens::{UpstreamTokens, UpstreamTokensOf, UpstreamTokensVerbs},
};
use chabi_token::Timestamp;

use crate::{Execute, Sql, value::Row};

const PUT: &str = "INSERT INTO upstream_tokens (account_id, provider, issuer, subject, sealed_tokens, expires_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, provider, issuer, subject) DO UPDATE
    SET sealed_tokens = excluded.sealed_tokens, expires_at = excluded.expires_at, updated_at = excluded.updated_at";
const RENEW: &str = "UPDATE upstream_tokens SET sealed_tokens = $5, expires_at = $6, updated_at = $7
    WHERE account_id = $1 AND provider = $2 AND issuer = $3 AND subject = $4 AND updated_at = $8";
const LIST: &str = "SELECT account_id, provider, issuer, subject, sealed_tokens, expires_at, updated_at FROM upstream_tokens
    WHERE account_id = $1 AND provider = $2 ORDER BY updated_at DESC, issuer, subject";
const LIST_OF: &str = "SELECT account_id, provider, issuer, subject, sealed_tokens, expires_at, updated_at FROM upstream_tokens
    WHERE account_id = $1 ORDER BY updated_at DESC, provider, issuer, subject LIMIT $2";
const LIST_AT: &str = "SELECT account_id, provider, issuer, subject, sealed_tokens, expires_at, updated_at FROM upstream_tokens
    WHERE account_id = $1 AND provider = $2 ORDER BY updated_at DESC, issuer, subject LIMIT $3";
const LIST_OF_PROVIDER: &str = "SELECT account_id, provider, issuer, subject, sealed_tokens, expires_at, updated_at FROM upstream_tokens
    WHERE provider = $1 ORDER BY updated_at DESC, account_id, issuer, subject LIMIT $2";
const DELETE: &str = "DELETE FROM upstream_tokens WHERE account_id = $1";
const DELETE_AT: &str = "DELETE FROM upstream_tokens WHERE account_id = $1 AND provider = $2";
const DELETE_OF_PROVIDER: &str = "DELETE FROM upstream_tokens WHERE provider = $1";

pub(super) const STATEMENTS: &[&str] = &[PUT, RENEW, LIST, LIST_OF, LIST_AT, LIST_OF_PROVIDER, DELETE, DELETE_AT, DELETE_OF_PROVIDER];

fn tokens(row: &mut Row) -> Result<UpstreamTokens, Fault> {
    Ok(UpstreamTokens {
        account: AccountId(row.take()?),
        provider: row.take()?,
        issuer: row.take()?,
        subject: row.take()?,
        sealed_tokens: row.take()?,
        expires_at: row.take()?,
        updated_at: row.take()?,
    })
}

impl<E: Execute> UpstreamTokensVerbs for Sql<E> {
    fn put_upstream_tokens(&self, tokens: UpstreamTokens) -> Answer<'_, ()> {
        self.run(PUT, values(tokens))
    }

    fn renew_upstream_tokens(&self, tokens: UpstreamTokens, was: Timestamp) -> Answer<'_, bool> {
        let mut values = values(tokens);
        values.push(was.into());
        self.touched(RENEW, values)
    }

    fn list_upstream_tokens(&self, account: AccountId, provider: &str) -> Answer<'_, Vec<UpstreamTokens>> {
        self.list(LIST, vec![account.0.into(), provider.into()], tokens)
    }

    fn list_upstream_tokens_of(&self, of: UpstreamTokensOf<'_>, limit: i64) -> Answer<'_, Vec<UpstreamTokens>> {
        match of {
            UpstreamTokensOf::Account(account) => self.list(LIST_OF, vec![account.0.into(), limit.into()], tokens),
            UpstreamTokensOf::AccountAt(account, provider) => {
                self.list(LIST_AT, vec![account.0.into(), provider.into(), limit.into()], tokens)
            }
            UpstreamTokensOf::Provider(provider) => self.list(LIST_OF_PROVIDER, vec![provider.into(), limit.into()], tokens),
        }
    }

    fn delete_upstream_tokens(&self, of: UpstreamTokensOf<'_>) -> Answer<'_, i64> {
        match of {
            UpstreamTokensOf::Account(account) => self.count(DELETE, vec![account.0.into()]),
            UpstreamTokensOf::AccountAt(account, provider) => self.count(DELETE_AT, vec![account.0.into(), provider.into()]),
            UpstreamTokensOf::Provider(provider) => self.count(DELETE_OF_PROVIDER, vec![provider.into()]),
        }
    }
}

/// `$1` to `$7`.
fn values(tokens: UpstreamTokens) -> Vec<crate::value::Value> {
    let UpstreamTokens { account, provider, issuer, subject, sealed_tokens, expires_at, updated_at } = tokens;
    vec![account.0.into(), provider.into(), issuer.into(), subject.into(), sealed_tokens.into(), expires_at.into(), updated_at.into()]
}
