-- Devices that wait for a person to type their code (RFC 8628).
CREATE TABLE device_grants (
    id BLOB PRIMARY KEY,
    secret_hash BLOB NOT NULL,
    user_code TEXT NOT NULL,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    resource TEXT NOT NULL,
    details TEXT,
    expires_at BIGINT NOT NULL,
    -- when it asked last, how long it has to wait (microseconds both), and whether it came too soon the last time
    polled_at BIGINT NOT NULL,
    wait BIGINT NOT NULL,
    hurried BOOLEAN NOT NULL,
    decision TEXT NOT NULL,
    account_id BLOB,
    session_id BLOB,
    auth_time BIGINT,
    amr TEXT,
    redeemed_by BLOB,
    family_id BLOB
);
CREATE UNIQUE INDEX device_grants_by_user_code ON device_grants (user_code);
CREATE INDEX device_grants_by_end ON device_grants (expires_at);
CREATE INDEX device_grants_of_account ON device_grants (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX device_grants_of_session ON device_grants (session_id) WHERE session_id IS NOT NULL;
