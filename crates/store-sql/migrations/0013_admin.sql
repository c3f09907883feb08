-- Who runs the installation. `holder` is `account:<sub>` or `application:<client_id>`; `site` is empty for all.
CREATE TABLE role_grants (
    id BLOB PRIMARY KEY,
    holder TEXT NOT NULL,
    role TEXT NOT NULL,
    site TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL
);
CREATE UNIQUE INDEX role_grants_of_holder ON role_grants (holder, role, site);

-- Links by which the first owner gets in: one is open at the most, which `slot` sees to.
CREATE TABLE setup_links (
    id BLOB PRIMARY KEY,
    slot TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    spent_at BIGINT,
    spent_by TEXT NOT NULL
);

-- What was answered to a request with an Idempotency-Key; NULL while it is being made.
CREATE TABLE idempotency_keys (
    key_hash BLOB PRIMARY KEY,
    request_hash BLOB NOT NULL,
    sealed_answer BLOB,
    expires_at BIGINT NOT NULL
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- The chain of the audit log: an event is written without a place in it and gets one soon after, so that nobody waits for anybody.
ALTER TABLE audit_events ADD COLUMN actor TEXT;
ALTER TABLE audit_events ADD COLUMN sequence BIGINT;
ALTER TABLE audit_events ADD COLUMN hash BLOB;
CREATE UNIQUE INDEX audit_events_by_sequence ON audit_events (sequence);
CREATE INDEX audit_events_unsealed ON audit_events (id) WHERE sequence IS NULL;
CREATE INDEX audit_events_by_kind ON audit_events (kind, at, account_id);
CREATE INDEX audit_events_of_actor ON audit_events (actor, at) WHERE actor IS NOT NULL;
CREATE INDEX audit_events_of_account ON audit_events (account_id, at) WHERE account_id IS NOT NULL;
CREATE INDEX audit_events_of_application ON audit_events (client_id, at) WHERE client_id IS NOT NULL;
CREATE TABLE audit_chain (
    name TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash BLOB NOT NULL,
    anchor_sequence BIGINT NOT NULL,
    anchor_hash BLOB NOT NULL
);

-- The name of an address in bytes, which both engines order alike, whatever the database's language: what begins so is a range.
-- NULL until somebody comes by to fill it in.
ALTER TABLE account_emails ADD COLUMN search BLOB;
CREATE INDEX account_emails_by_letters ON account_emails (search);
CREATE INDEX accounts_shut ON accounts (id) WHERE disabled_at IS NOT NULL;
CREATE INDEX accounts_of_realm ON accounts (realm, id);
