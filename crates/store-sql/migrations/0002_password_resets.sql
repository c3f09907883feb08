-- Links by which a person who lost their password sets a new one: one an account, the newest.
CREATE TABLE password_resets (
    account_id BLOB PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    secret_hash BLOB NOT NULL,
    canonical TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_resets_by_expiry ON password_resets (expires_at);
