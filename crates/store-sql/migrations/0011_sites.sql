-- The issuers of one installation. `theme` and `settings` are JSON, NULL where nothing was chosen; `host` is the authority of the issuer.
CREATE TABLE sites (
    id TEXT PRIMARY KEY,
    issuer TEXT NOT NULL UNIQUE,
    host TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    theme TEXT,
    languages TEXT NOT NULL,
    accounts TEXT NOT NULL,
    settings TEXT,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);
-- The site that has the account for itself; empty: the sites that share theirs. It stands, with a space, in front of
-- `account_emails.canonical` and of `provider_links.issuer`.
ALTER TABLE accounts ADD COLUMN realm TEXT NOT NULL DEFAULT '';
-- Whose issuer the logout token must bear.
ALTER TABLE logout_deliveries ADD COLUMN site TEXT NOT NULL DEFAULT 'main';
