-- Our ids and secrets at providers, kept by an operator: `settings` is JSON that the client role reads, `sites` a list as JSON.
CREATE TABLE social_applications (
    id TEXT PRIMARY KEY,
    settings TEXT NOT NULL,
    sealed_secret BLOB NOT NULL,
    sites TEXT NOT NULL,
    sign_up BOOLEAN NOT NULL,
    linking TEXT NOT NULL,
    keep_tokens BOOLEAN NOT NULL,
    position BIGINT NOT NULL,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL
);

-- The providers' own tokens, where an operator has them kept.
CREATE TABLE upstream_tokens (
    account_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    sealed_tokens BLOB NOT NULL,
    expires_at BIGINT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, provider, issuer, subject)
);
CREATE INDEX upstream_tokens_of_provider ON upstream_tokens (provider);

-- From which sign-in at a provider a session came: hashes of (issuer, subject) and (issuer, sid), by which the provider ends it
-- (OpenID Connect Back-Channel Logout 1.0).
ALTER TABLE browser_sessions ADD COLUMN upstream_subject TEXT NOT NULL DEFAULT '';
ALTER TABLE browser_sessions ADD COLUMN upstream_sid TEXT NOT NULL DEFAULT '';
CREATE INDEX browser_sessions_of_upstream_subject ON browser_sessions (upstream_subject) WHERE upstream_subject <> '';
CREATE INDEX browser_sessions_of_upstream_sid ON browser_sessions (upstream_sid) WHERE upstream_sid <> '';

-- An answer that came as a form, without the browser's cookies: sealed, until the browser asks for it with them.
ALTER TABLE upstream_logins ADD COLUMN sealed_answer BLOB;
