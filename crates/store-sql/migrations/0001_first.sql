-- BLOB is written BYTEA on PostgreSQL by the runner. Moments are microseconds since 1970; lists are JSON text.
-- Ids grow with time, so that primary keys are filled from one end.

CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE versions (
    name TEXT PRIMARY KEY,
    version BIGINT NOT NULL
);

CREATE TABLE accounts (
    id BLOB PRIMARY KEY,
    subject TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE account_emails (
    canonical TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    account_id BLOB NOT NULL,
    verified_at BIGINT,
    position BIGINT NOT NULL
);
CREATE INDEX account_emails_of_account ON account_emails (account_id);

CREATE TABLE passwords (
    account_id BLOB PRIMARY KEY,
    hash TEXT NOT NULL,
    normalization BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE email_verifications (
    id BLOB NOT NULL UNIQUE,
    secret_hash BLOB NOT NULL,
    code_hash BLOB NOT NULL,
    browser_hash BLOB NOT NULL,
    account_id BLOB NOT NULL,
    canonical TEXT NOT NULL,
    failures BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT,
    PRIMARY KEY (account_id, canonical)
);
CREATE INDEX email_verifications_of_browser ON email_verifications (browser_hash);
CREATE INDEX email_verifications_by_expiry ON email_verifications (expires_at);

CREATE TABLE provider_links (
    provider TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id BLOB NOT NULL,
    email TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (provider, issuer, subject)
);
CREATE INDEX provider_links_of_account ON provider_links (account_id);

CREATE TABLE upstream_logins (
    id BLOB PRIMARY KEY,
    provider TEXT NOT NULL,
    state_hash BLOB NOT NULL,
    browser_hash BLOB NOT NULL,
    purpose TEXT NOT NULL,
    account_id BLOB,
    sealed_pending BLOB NOT NULL,
    next TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX upstream_logins_by_expiry ON upstream_logins (expires_at);

CREATE TABLE browser_sessions (
    id BLOB PRIMARY KEY,
    secret_hash BLOB NOT NULL,
    account_id BLOB NOT NULL,
    auth_time BIGINT NOT NULL,
    amr TEXT NOT NULL,
    provider TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX browser_sessions_of_account ON browser_sessions (account_id);
CREATE INDEX browser_sessions_by_expiry ON browser_sessions (expires_at);

CREATE TABLE applications (
    client_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    profile TEXT NOT NULL,
    kind TEXT NOT NULL,
    authentication TEXT NOT NULL,
    secret_hashes BLOB NOT NULL,
    redirect_uris TEXT NOT NULL,
    post_logout_redirect_uris TEXT NOT NULL,
    origins TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    scope TEXT NOT NULL,
    default_audience TEXT NOT NULL,
    id_token_alg TEXT NOT NULL,
    first_party BOOLEAN NOT NULL,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE apis (
    audience TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    access_token_lifetime BIGINT NOT NULL,
    token_type TEXT NOT NULL,
    signing_alg TEXT NOT NULL
);

CREATE TABLE consents (
    account_id BLOB NOT NULL,
    client_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    scope TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id, resource)
);

CREATE TABLE authorization_transactions (
    id BLOB PRIMARY KEY,
    browser_hash BLOB NOT NULL,
    purpose TEXT NOT NULL,
    client_id TEXT NOT NULL,
    parameters TEXT NOT NULL,
    decision TEXT NOT NULL,
    decided_by BLOB,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX authorization_transactions_by_expiry ON authorization_transactions (expires_at);

CREATE TABLE authorization_codes (
    id BLOB PRIMARY KEY,
    secret_hash BLOB NOT NULL,
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    redirect_uri_was_sent BOOLEAN NOT NULL,
    code_challenge TEXT,
    scope TEXT NOT NULL,
    resource TEXT NOT NULL,
    nonce TEXT,
    account_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    auth_time BIGINT NOT NULL,
    amr TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    redeemed_by BLOB,
    family_id BLOB
);
CREATE INDEX authorization_codes_of_session ON authorization_codes (session_id);
CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);

-- One row a family, updated in place; none of the indexed columns changes when the refresh token rotates.
CREATE TABLE token_families (
    id BLOB PRIMARY KEY,
    client_id TEXT NOT NULL,
    account_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    offline BOOLEAN NOT NULL,
    scope TEXT NOT NULL,
    resource TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    amr TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    revoked_because TEXT NOT NULL,
    revoked_by BLOB,
    generation BIGINT,
    hash_current BLOB,
    hash_previous BLOB,
    salt BLOB,
    rotated_at BIGINT,
    idle_expires_at BIGINT,
    key_version BIGINT,
    request_hash BLOB
);
CREATE INDEX token_families_of_account ON token_families (account_id, client_id);
CREATE INDEX token_families_of_session ON token_families (session_id);
CREATE INDEX token_families_of_application ON token_families (client_id);
CREATE INDEX token_families_by_expiry ON token_families (expires_at);

CREATE TABLE denied_tokens (
    jti TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX denied_tokens_by_expiry ON denied_tokens (expires_at);

CREATE TABLE throttles (
    key TEXT PRIMARY KEY,
    attempts BIGINT NOT NULL,
    window_ends_at BIGINT NOT NULL
);
CREATE INDEX throttles_by_end ON throttles (window_ends_at);

-- `first_of` is the algorithm's name in the one first key of it, and NULL in all others: two nodes cannot both make it.
CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    alg TEXT NOT NULL,
    sealed_private_key BLOB NOT NULL,
    public_jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    retired_at BIGINT,
    first_of TEXT UNIQUE
);

CREATE TABLE audit_events (
    id BLOB PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    account_id BLOB,
    client_id TEXT,
    address TEXT,
    detail TEXT NOT NULL
);
