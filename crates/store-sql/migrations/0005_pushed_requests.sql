-- Authorization requests that an application pushed (RFC 9126): found by row, proven by the secret in their `request_uri`.
CREATE TABLE pushed_requests (
    id BLOB PRIMARY KEY,
    secret_hash BLOB NOT NULL,
    client_id TEXT NOT NULL,
    parameters TEXT NOT NULL,
    dpop_jkt TEXT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pushed_requests_by_end ON pushed_requests (expires_at);
