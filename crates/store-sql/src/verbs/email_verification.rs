//! Proofs of e-mail addresses.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::AccountId,
    email_verification::{CODE_TRIES, EmailVerification, EmailVerificationVerbs, Verification, VerificationId},
};
use chabi_token::Timestamp;

use crate::{Execute, Sql, value::Row};

// One row an account and address: a newer mail takes the place of the older one, whose link and code are void from then on.
const INSERT: &str = "INSERT INTO email_verifications (id, secret_hash, code_hash, browser_hash, account_id, canonical, failures,
    expires_at, spent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)
    ON CONFLICT (account_id, canonical) DO UPDATE SET id = excluded.id, secret_hash = excluded.secret_hash,
    code_hash = excluded.code_hash, browser_hash = excluded.browser_hash, failures = excluded.failures,
    expires_at = excluded.expires_at, spent_at = NULL";
const FIND: &str = "SELECT id, secret_hash, code_hash, browser_hash, account_id, canonical, failures, expires_at
    FROM email_verifications WHERE browser_hash = $1 AND spent_at IS NULL AND expires_at > $2 ORDER BY id DESC LIMIT 1";
const PEEK: &str = "SELECT id, secret_hash, code_hash, browser_hash, account_id, canonical, failures, expires_at
    FROM email_verifications WHERE id = $1 AND secret_hash = $2 AND spent_at IS NULL AND expires_at > $3";
const REDEEM_LINK: &str = "UPDATE email_verifications SET spent_at = $3
    WHERE id = $1 AND secret_hash = $2 AND spent_at IS NULL AND expires_at > $3 RETURNING account_id, canonical, failures, spent_at";
// Right: spent. Wrong: one try fewer. K wrong codes at once cost K tries, since each statement sees the row that the last one left.
const REDEEM_CODE: &str = "UPDATE email_verifications SET
    spent_at = CASE WHEN code_hash = $3 THEN $4 ELSE NULL END,
    failures = CASE WHEN code_hash = $3 THEN failures ELSE failures + 1 END
    WHERE id = $1 AND browser_hash = $2 AND spent_at IS NULL AND expires_at > $4 AND failures < $5
    RETURNING account_id, canonical, failures, spent_at";

pub(super) const STATEMENTS: &[&str] = &[INSERT, FIND, PEEK, REDEEM_LINK, REDEEM_CODE];

fn verification(row: &mut Row) -> Result<EmailVerification, Fault> {
    Ok(EmailVerification {
        id: VerificationId(row.take()?),
        secret_hash: row.take()?,
        code_hash: row.take()?,
        browser_hash: row.take()?,
        account: AccountId(row.take()?),
        canonical: row.take()?,
        failures: row.take()?,
        expires_at: row.take()?,
    })
}

fn outcome(row: &mut Row) -> Result<Verification, Fault> {
    let account = AccountId(row.take()?);
    let canonical = row.take()?;
    let failures: i64 = row.take()?;
    Ok(match row.take::<Option<Timestamp>>()? {
        Some(_) => Verification::Proven { account, canonical },
        None => Verification::Wrong { tries_left: CODE_TRIES.saturating_sub(failures) },
    })
}

impl<E: Execute> EmailVerificationVerbs for Sql<E> {
    fn insert_email_verification(&self, verification: EmailVerification) -> Answer<'_, ()> {
        let EmailVerification { id, secret_hash, code_hash, browser_hash, account, canonical, failures, expires_at } = verification;
        self.run(
            INSERT,
            vec![
                id.0.into(),
                secret_hash.into(),
                code_hash.into(),
                browser_hash.into(),
                account.0.into(),
                canonical.into(),
                failures.into(),
                expires_at.into(),
            ],
        )
    }

    fn find_email_verification(&self, browser_hash: [u8; 32], now: Timestamp) -> Answer<'_, Option<EmailVerification>> {
        self.find(FIND, vec![browser_hash.into(), now.into()], verification)
    }

    fn peek_email_link(&self, id: VerificationId, secret_hash: [u8; 32], now: Timestamp) -> Answer<'_, Option<EmailVerification>> {
        self.find(PEEK, vec![id.0.into(), secret_hash.into(), now.into()], verification)
    }

    fn redeem_email_link(&self, id: VerificationId, secret_hash: [u8; 32], now: Timestamp) -> Answer<'_, Verification> {
        let returned = self.change(REDEEM_LINK, vec![id.0.into(), secret_hash.into(), now.into()], outcome);
        Box::pin(async move { Ok(returned.await?.unwrap_or(Verification::Unknown)) })
    }

    fn redeem_email_code(
        &self,
        id: VerificationId,
        browser_hash: [u8; 32],
        code_hash: [u8; 32],
        now: Timestamp,
    ) -> Answer<'_, Verification> {
        let parameters = vec![id.0.into(), browser_hash.into(), code_hash.into(), now.into(), CODE_TRIES.into()];
        let returned = self.change(REDEEM_CODE, parameters, outcome);
        Box::pin(async move { Ok(returned.await?.unwrap_or(Verification::Unknown)) })
    }
}
