//! The outbox of logout tokens.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    account::AccountId,
    browser_session::SessionId,
    logout_delivery::{DeliverySettled, EndedSessions, LogoutDelivery, LogoutDeliveryId, LogoutDeliveryVerbs, MostClaimed},
};
use chabi_token::{Seconds, Timestamp};

use super::cell;
use crate::{Execute, Sql, value::Row};

const NOTE: &str = "INSERT INTO logout_deliveries (id, session_id, account_id, client_id, subject, sid, ended_at, attempts, next_at,
    expires_at, site) VALUES ($1, $2, $3, $4, $5, $6, NULL, 0, NULL, $7, $8)
    ON CONFLICT (session_id, client_id, sid) DO UPDATE SET expires_at = excluded.expires_at WHERE logout_deliveries.ended_at IS NULL";
const HAND_OVER: &str = "UPDATE logout_deliveries SET session_id = $2 WHERE session_id = $1 AND ended_at IS NULL";
const WAKE: &str = "UPDATE logout_deliveries SET ended_at = $2, next_at = $2, expires_at = $3 WHERE session_id = $1 AND ended_at IS NULL";
const WAKE_OF_ACCOUNT: &str = "UPDATE logout_deliveries SET ended_at = $2, next_at = $2, expires_at = $3
    WHERE account_id = $1 AND ended_at IS NULL AND COALESCE(session_id <> $4, TRUE)";
const LIST: &str = "SELECT id, session_id, account_id, client_id, subject, sid, ended_at, attempts, next_at, expires_at, site
    FROM logout_deliveries WHERE session_id = $1 ORDER BY client_id, sid";
const HAS_DUE: &str = "SELECT id FROM logout_deliveries WHERE next_at <= $1 LIMIT 1";
// An application has no more than $4 under way, or about to be tried again within a lease: one that hangs holds up nobody else. The last
// condition is looked at again on the row that another node has just claimed: it is due no longer.
const CLAIM: &str = "UPDATE logout_deliveries SET next_at = $2, attempts = attempts + 1
    WHERE id IN (SELECT waiting.id FROM
            (SELECT id, client_id, next_at, ROW_NUMBER() OVER (PARTITION BY client_id ORDER BY next_at, id) AS turn
                FROM logout_deliveries WHERE next_at <= $1) AS waiting
            LEFT JOIN (SELECT client_id, COUNT(*) AS deliveries FROM logout_deliveries
                WHERE next_at > $1 AND next_at <= $2 AND attempts > 0 GROUP BY client_id) AS busy ON busy.client_id = waiting.client_id
        WHERE waiting.turn + COALESCE(busy.deliveries, 0) <= $4
        ORDER BY waiting.next_at, waiting.id LIMIT $3)
    AND next_at <= $1
    RETURNING id, session_id, account_id, client_id, subject, sid, ended_at, attempts, next_at, expires_at, site";
const DONE: &str = "UPDATE logout_deliveries SET next_at = NULL, expires_at = $3 WHERE id = $1 AND next_at = $2";
const AGAIN: &str = "UPDATE logout_deliveries SET next_at = $3 WHERE id = $1 AND next_at = $2";

pub(super) const STATEMENTS: &[&str] = &[NOTE, HAND_OVER, WAKE, WAKE_OF_ACCOUNT, LIST, HAS_DUE, CLAIM, DONE, AGAIN];

fn delivery(row: &mut Row) -> Result<LogoutDelivery, Fault> {
    Ok(LogoutDelivery {
        id: LogoutDeliveryId(row.take()?),
        session: SessionId(row.take()?),
        account: AccountId(row.take()?),
        client_id: row.take()?,
        subject: row.take()?,
        sid: row.take()?,
        ended_at: row.take()?,
        attempts: row.take()?,
        next_at: row.take()?,
        expires_at: row.take()?,
        site: row.take()?,
    })
}

impl<E: Execute> LogoutDeliveryVerbs for Sql<E> {
    fn note_logout_delivery(&self, delivery: LogoutDelivery) -> Answer<'_, ()> {
        self.run(
            NOTE,
            vec![
                delivery.id.0.into(),
                delivery.session.0.into(),
                delivery.account.0.into(),
                delivery.client_id.into(),
                delivery.subject.into(),
                delivery.sid.into(),
                delivery.expires_at.into(),
                delivery.site.into(),
            ],
        )
    }

    fn hand_over_logout_deliveries(&self, from: SessionId, to: SessionId) -> Answer<'_, i64> {
        self.count(HAND_OVER, vec![from.0.into(), to.0.into()])
    }

    fn wake_logout_deliveries(&self, of: EndedSessions, now: Timestamp, until: Timestamp) -> Answer<'_, i64> {
        match of {
            EndedSessions::One(session) => self.count(WAKE, vec![session.0.into(), now.into(), until.into()]),
            EndedSessions::OfAccount(account, except) => {
                let except = except.map(|session| session.0);
                self.count(WAKE_OF_ACCOUNT, vec![account.0.into(), now.into(), until.into(), except.into()])
            }
        }
    }

    fn list_logout_deliveries(&self, session: SessionId) -> Answer<'_, Vec<LogoutDelivery>> {
        self.list(LIST, vec![session.0.into()], delivery)
    }

    fn has_due_logout_deliveries(&self, now: Timestamp) -> Answer<'_, bool> {
        let found = self.find(HAS_DUE, vec![now.into()], cell::<chabi_token::Id>);
        Box::pin(async move { Ok(found.await?.is_some()) })
    }

    fn claim_logout_deliveries(&self, now: Timestamp, lease: Seconds, most: MostClaimed) -> Answer<'_, Vec<LogoutDelivery>> {
        Box::pin(async move {
            let parameters = vec![now.into(), (now + lease).into(), most.in_all.into(), most.of_one_application.into()];
            let mut written = self.0.write(CLAIM, parameters).await?;
            written.rows.iter_mut().map(delivery).collect()
        })
    }

    fn settle_logout_delivery(&self, id: LogoutDeliveryId, lease_ends: Timestamp, settled: DeliverySettled) -> Answer<'_, bool> {
        let (sql, moment) = match settled {
            DeliverySettled::Done { kept_until } => (DONE, kept_until),
            DeliverySettled::Again { at } => (AGAIN, at),
        };
        self.touched(sql, vec![id.0.into(), lease_ends.into(), moment.into()])
    }
}
