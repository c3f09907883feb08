//! What has expired goes away, in small batches.

use chabi_store::{Answer, expiry::ExpiryVerbs};
use chabi_token::{Seconds, Timestamp};

use crate::{Execute, Sql};

const TRANSACTIONS: &str = "DELETE FROM authorization_transactions WHERE id IN
    (SELECT id FROM authorization_transactions WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2)";
const PUSHED_REQUESTS: &str = "DELETE FROM pushed_requests WHERE id IN
    (SELECT id FROM pushed_requests WHERE kept_until <= $1 ORDER BY kept_until, id LIMIT $2)";
const CODES: &str = "DELETE FROM authorization_codes WHERE id IN
    (SELECT id FROM authorization_codes WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2)";
const FAMILIES: &str = "DELETE FROM token_families WHERE id IN
    (SELECT id FROM token_families WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2)";
const SESSIONS: &str = "DELETE FROM browser_sessions WHERE id IN
    (SELECT id FROM browser_sessions WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2)";
const UPSTREAM_LOGINS: &str = "DELETE FROM upstream_logins WHERE id IN
    (SELECT id FROM upstream_logins WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2)";
const EMAIL_VERIFICATIONS: &str = "DELETE FROM email_verifications WHERE id IN
    (SELECT id FROM email_verifications WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2)";
const PASSWORD_RESETS: &str = "DELETE FROM password_resets WHERE id IN
    (SELECT id FROM password_resets WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2)";
const DENIED_TOKENS: &str = "DELETE FROM denied_tokens WHERE jti IN
    (SELECT jti FROM denied_tokens WHERE expires_at <= $1 ORDER BY expires_at, jti LIMIT $2)";
const DEVICE_GRANTS: &str = "DELETE FROM device_grants WHERE id IN
    (SELECT id FROM device_grants WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2)";
const THROTTLES: &str = "DELETE FROM throttles WHERE window_ends_at <= $1 AND key IN
    (SELECT key FROM throttles WHERE window_ends_at <= $1 ORDER BY window_ends_at, key LIMIT $2)";
const CLIENT_EPOCHS: &str = "DELETE FROM client_epochs WHERE status_index IN
    (SELECT status_index FROM client_epochs WHERE retired_at <= $1 ORDER BY retired_at, status_index LIMIT $2)";
const SIGNING_KEYS: &str = "DELETE FROM signing_keys WHERE kid IN
    (SELECT kid FROM signing_keys WHERE retired_at <= $1 ORDER BY retired_at, kid LIMIT $2)";
// An application that registered itself goes before the row that says so: if only this is done, it is done again.
const REGISTERED_APPLICATIONS: &str = "DELETE FROM applications WHERE client_id IN
    (SELECT client_id FROM registrations WHERE expires_at <= $1 ORDER BY expires_at, client_id LIMIT $2)";
const REGISTRATIONS: &str = "DELETE FROM registrations WHERE client_id IN
    (SELECT client_id FROM registrations WHERE expires_at <= $1 ORDER BY expires_at, client_id LIMIT $2)
    AND expires_at <= $1";
const INITIAL_ACCESS_TOKENS: &str = "DELETE FROM initial_access_tokens WHERE id IN
    (SELECT id FROM initial_access_tokens WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2)";
const REPLAYS: &str = "DELETE FROM replays WHERE (expires_at, hash) IN
    (SELECT expires_at, hash FROM replays WHERE expires_at <= $1 ORDER BY expires_at, hash LIMIT $2)";
const LOGOUT_DELIVERIES: &str = "DELETE FROM logout_deliveries WHERE id IN
    (SELECT id FROM logout_deliveries WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2)";
const REFUSALS: &str =
    "DELETE FROM refusals WHERE request_id IN (SELECT request_id FROM refusals WHERE at <= $1 ORDER BY at, request_id LIMIT $2)";
const IDEMPOTENCY_KEYS: &str = "DELETE FROM idempotency_keys WHERE key_hash IN
    (SELECT key_hash FROM idempotency_keys WHERE expires_at <= $1 ORDER BY expires_at, key_hash LIMIT $2)";

pub(super) const STATEMENTS: &[&str] = &[
    TRANSACTIONS,
    PUSHED_REQUESTS,
    CODES,
    FAMILIES,
    SESSIONS,
    UPSTREAM_LOGINS,
    EMAIL_VERIFICATIONS,
    PASSWORD_RESETS,
    DENIED_TOKENS,
    DEVICE_GRANTS,
    THROTTLES,
    SIGNING_KEYS,
    CLIENT_EPOCHS,
    REGISTERED_APPLICATIONS,
    REGISTRATIONS,
    INITIAL_ACCESS_TOKENS,
    REPLAYS,
    LOGOUT_DELIVERIES,
    REFUSALS,
    IDEMPOTENCY_KEYS,
];

/// A spent code, a device's too, is kept for a day after its end, so that a late replay still revokes what it gave; a family as long, for the access
/// tokens that outlive it; the nodes' clocks may differ by far less.
const KEPT: Seconds = Seconds::days(1);
/// Another node's clock may be behind, and there what was presented is not over yet.
const CLOCKS: Seconds = Seconds::minutes(2);
/// Who took longer at a provider than they may comes back to where they began.
const ATTEMPTS_KEPT: Seconds = Seconds::hours(1);
/// Whoever asks why something was refused asks soon.
const REFUSALS_KEPT: Seconds = Seconds::days(7);

impl<E: Execute> ExpiryVerbs for Sql<E> {
    fn delete_expired(&self, now: Timestamp, limit: i64) -> Answer<'_, i64> {
        Box::pin(async move {
            let mut deleted = 0_i64;
            for statement in STATEMENTS {
                let over = match *statement {
                    CODES | DEVICE_GRANTS | FAMILIES | SIGNING_KEYS | CLIENT_EPOCHS | LOGOUT_DELIVERIES => now - KEPT,
                    REPLAYS => now - CLOCKS,
                    REFUSALS => now - REFUSALS_KEPT,
                    UPSTREAM_LOGINS => now - ATTEMPTS_KEPT,
                    _ => now,
                };
                let written = self.0.write(statement, vec![over.into(), limit.into()]).await?;
                deleted = deleted.saturating_add(written.changed);
            }
            Ok(deleted)
        })
    }
}
