//! Authorization requests that were pushed.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    pushed_request::{PushedRequest, PushedRequestId, PushedRequestVerbs},
};
use chabi_token::Timestamp;

use crate::{Execute, Sql, value::Row};

const INSERT: &str = "INSERT INTO pushed_requests (id, secret_hash, client_id, parameters, dpop_jkt, expires_at, kept_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const FIND: &str = "SELECT id, secret_hash, client_id, parameters, dpop_jkt, expires_at, kept_until FROM pushed_requests
    WHERE id = $1 AND kept_until > $2";
// A spent request is gone: the one caller whose statement removed it may give a code.
const SPEND: &str = "DELETE FROM pushed_requests WHERE id = $1 AND kept_until > $2";

pub(super) const STATEMENTS: &[&str] = &[INSERT, FIND, SPEND];

fn pushed_request(row: &mut Row) -> Result<PushedRequest, Fault> {
    Ok(PushedRequest {
        id: PushedRequestId(row.take()?),
        secret_hash: row.take()?,
        client_id: row.take()?,
        parameters: row.take()?,
        dpop_jkt: row.take()?,
        expires_at: row.take()?,
        kept_until: row.take()?,
    })
}

impl<E: Execute> PushedRequestVerbs for Sql<E> {
    fn insert_pushed_request(&self, request: PushedRequest) -> Answer<'_, ()> {
        let PushedRequest { id, secret_hash, client_id, parameters, dpop_jkt, expires_at, kept_until } = request;
        self.run(
            INSERT,
            vec![
                id.0.into(),
                secret_hash.into(),
                client_id.into(),
                parameters.into(),
                dpop_jkt.into(),
                expires_at.into(),
                kept_until.into(),
            ],
        )
    }

    fn find_pushed_request(&self, id: PushedRequestId, now: Timestamp) -> Answer<'_, Option<PushedRequest>> {
        self.find(FIND, vec![id.0.into(), now.into()], pushed_request)
    }

    fn spend_pushed_request(&self, id: PushedRequestId, now: Timestamp) -> Answer<'_, bool> {
        self.touched(SPEND, vec![id.0.into(), now.into()])
    }
}
