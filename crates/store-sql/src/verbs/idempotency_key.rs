//! Requests that may be sent again.

use chabi_store::{
    Answer,
    idempotency_key::{Claim, IdempotencyKeyVerbs, IdempotentRequest},
};
use chabi_token::Timestamp;

use crate::{Execute, Sql};

const CLAIM: &str = "INSERT INTO idempotency_keys (key_hash, request_hash, expires_at) VALUES ($1, $2, $4)
    ON CONFLICT (key_hash) DO UPDATE SET request_hash = excluded.request_hash, sealed_answer = NULL, expires_at = excluded.expires_at
    WHERE idempotency_keys.expires_at <= $3";
const FIND: &str = "SELECT request_hash, sealed_answer FROM idempotency_keys WHERE key_hash = $1";
const ANSWER: &str = "UPDATE idempotency_keys SET sealed_answer = $2, expires_at = $3 WHERE key_hash = $1";
const RELEASE: &str = "DELETE FROM idempotency_keys WHERE key_hash = $1 AND sealed_answer IS NULL";

pub(super) const STATEMENTS: &[&str] = &[CLAIM, FIND, ANSWER, RELEASE];

impl<E: Execute> IdempotencyKeyVerbs for Sql<E> {
    fn claim_idempotency_key(&self, request: IdempotentRequest, now: Timestamp, expires_at: Timestamp) -> Answer<'_, Claim> {
        let IdempotentRequest { key_hash, request_hash } = request;
        Box::pin(async move {
            let row = vec![key_hash.into(), request_hash.into(), now.into(), expires_at.into()];
            if self.touched(CLAIM, row).await? {
                return Ok(Claim::Claimed);
            }
            let read = self.find(FIND, vec![key_hash.into()], |row| Ok((row.take::<[u8; 32]>()?, row.take::<Option<Vec<u8>>>()?)));
            Ok(match read.await? {
                Some((of, _)) if of != request_hash => Claim::OfAnotherRequest,
                Some((_, Some(sealed))) => Claim::Answered(sealed),
                // without a row it was released a moment ago: who asks again claims it
                Some((_, None)) | None => Claim::Running,
            })
        })
    }

    fn answer_idempotency_key(&self, key_hash: [u8; 32], sealed_answer: Vec<u8>, expires_at: Timestamp) -> Answer<'_, ()> {
        self.run(ANSWER, vec![key_hash.into(), sealed_answer.into(), expires_at.into()])
    }

    fn release_idempotency_key(&self, key_hash: [u8; 32]) -> Answer<'_, ()> {
        self.run(RELEASE, vec![key_hash.into()])
    }
}
