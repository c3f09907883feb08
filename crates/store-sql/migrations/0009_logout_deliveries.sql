-- Logout tokens that wait to be delivered (OpenID Connect Back-Channel Logout 1.0): written in the transaction that ends the session.
CREATE TABLE logout_deliveries (
    id BLOB PRIMARY KEY,
    client_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    session_id BLOB NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX logout_deliveries_by_turn ON logout_deliveries (next_at);
