-- Applications that registered themselves (RFC 7591): the token that manages each (RFC 7592), NULL once nobody manages it; what tells
-- one from a copy of it that the same network sent; and until when it is kept.
CREATE TABLE registrations (
    client_id TEXT PRIMARY KEY,
    token_hash BLOB,
    fingerprint BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
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
CREATE INDEX initial_access_tokens_by_end ON initial_access_tokens (expires_at);
