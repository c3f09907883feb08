-- Authorization requests that an application pushed (RFC 9126): found by row, proven by the secret in their `request_uri`. One that
-- began in time is kept for as long as the person may take.
CREATE TABLE pushed_requests (
    id BLOB PRIMARY KEY,
    secret_hash BLOB NOT NULL,
    client_id TEXT NOT NULL,
    parameters TEXT NOT NULL,
    dpop_jkt TEXT,
    expires_at BIGINT NOT NULL,
    kept_until BIGINT NOT NULL
);
CREATE INDEX pushed_requests_by_end ON pushed_requests (kept_until);

-- A request that waits names what was pushed; the parameters themselves stand once. What the person ticked is kept with their decision.
ALTER TABLE authorization_transactions ADD COLUMN pushed_request BLOB;
ALTER TABLE authorization_transactions ADD COLUMN granted_scope TEXT;

-- What a person did not tick, so that the same question is not asked again; and which claims they allowed one by one.
ALTER TABLE consents ADD COLUMN declined TEXT NOT NULL DEFAULT '';
ALTER TABLE consents ADD COLUMN claims TEXT NOT NULL DEFAULT '';
