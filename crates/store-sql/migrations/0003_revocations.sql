-- Where it is told whether a token was taken back: a place among the status lists for each family, and for each epoch of an
-- application. NULL in rows that the version before writes.
ALTER TABLE token_families ADD COLUMN status_index BIGINT;
-- The log of revocations is this index: few rows at a time, in the order of time.
CREATE INDEX token_families_by_revocation ON token_families (revoked_at, status_index) WHERE revoked_at IS NOT NULL;

-- What an application gets for itself belongs to its epoch: one is current, and revoking the application ends it.
CREATE TABLE client_epochs (
    status_index BIGINT PRIMARY KEY,
    client_id TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    retired_at BIGINT
);
CREATE UNIQUE INDEX client_epochs_current ON client_epochs (client_id) WHERE retired_at IS NULL;
CREATE INDEX client_epochs_by_end ON client_epochs (retired_at, status_index) WHERE retired_at IS NOT NULL;

-- 0: denied by the version before.
ALTER TABLE denied_tokens ADD COLUMN denied_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE denied_tokens ADD COLUMN status_index BIGINT;
CREATE INDEX denied_tokens_by_denial ON denied_tokens (denied_at);
