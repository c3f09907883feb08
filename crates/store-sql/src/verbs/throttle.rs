//! Counters of attempts.

use chabi_spec::Fault;
use chabi_store::{
    Answer,
    throttle::{Attempt, ThrottleVerbs},
};
use chabi_token::{Seconds, Timestamp};

use crate::{Execute, Sql, value::Row};

// The upsert locks the row before it counts, so K attempts at once count K.
const COUNT: &str = "INSERT INTO throttles (key, attempts, window_ends_at) VALUES ($1, 1, $3)
    ON CONFLICT (key) DO UPDATE SET
    attempts = CASE WHEN throttles.window_ends_at <= $2 THEN 1 ELSE throttles.attempts + 1 END,
    window_ends_at = CASE WHEN throttles.window_ends_at <= $2 THEN $3 ELSE throttles.window_ends_at END
    RETURNING attempts, window_ends_at";
const CLEAR: &str = "DELETE FROM throttles WHERE key = $1";

pub(super) const STATEMENTS: &[&str] = &[COUNT, CLEAR];

fn counted(row: &mut Row) -> Result<(i64, Timestamp), Fault> {
    Ok((row.take()?, row.take()?))
}

impl<E: Execute> ThrottleVerbs for Sql<E> {
    fn count_attempt(&self, key: &str, limit: i64, window: Seconds, now: Timestamp) -> Answer<'_, Attempt> {
        let returned = self.change(COUNT, vec![key.into(), now.into(), (now + window).into()], counted);
        Box::pin(async move {
            match returned.await? {
                Some((attempts, _)) if attempts <= limit => Ok(Attempt::Allowed),
                Some((_, until)) => Ok(Attempt::Blocked { until }),
                None => Err(Fault::internal("reading the row that an upsert must return")),
            }
        })
    }

    fn clear_attempts(&self, key: &str) -> Answer<'_, ()> {
        self.run(CLEAR, vec![key.into()])
    }
}
