-- Applications that want to be told when a session ends (OpenID Connect Front- and Back-Channel Logout 1.0): written when one gets its
-- ID token, woken in the transaction that ends the session (`ended_at`), due at `next_at` until it was told.
CREATE TABLE logout_deliveries (
    id BLOB PRIMARY KEY,
    session_id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    client_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    sid TEXT NOT NULL,
    ended_at BIGINT,
    attempts BIGINT NOT NULL,
    next_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX logout_deliveries_of_session ON logout_deliveries (session_id, client_id, sid);
CREATE INDEX logout_deliveries_of_account ON logout_deliveries (account_id);
CREATE INDEX logout_deliveries_by_turn ON logout_deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX logout_deliveries_by_end ON logout_deliveries (expires_at);
