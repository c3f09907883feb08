-- Applications that registered themselves (RFC 7591): the token that manages each (RFC 7592), what tells one from a copy of it, and
-- until when it is kept unless it is used.
CREATE TABLE registrations (
    client_id TEXT PRIMARY KEY,
    token_hash BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    network TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX registrations_by_fingerprint ON registrations (fingerprint);
CREATE INDEX registrations_by_end ON registrations (expires_at);

-- Tokens that an operator gives to those who may register (RFC 7591 §3).
CREATE TABLE initial_access_tokens (
    id BLOB PRIMARY KEY,
    secret_hash BLOB NOT NULL,
    label TEXT NOT NULL,
    uses_left BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
